//! Convolutions.

use super::*;

/// Two-dimensional convolution: (channels, rows, columns) -> (filters, rows, columns).
///
/// Along each axis `(length + 2 pad - size) / stride + 1`, rounded down.
#[track_caller]
pub const fn conv2d(
    input: Shape,
    num_filters: usize,
    filter_size: [usize; 2],
    stride: [usize; 2],
    pad: Pad,
) -> Shape {
    real("conv2d", input);
    rank("conv2d", input, 3, "(channels, rows, columns)");
    positive("conv2d", "num_filters", num_filters);
    positive("conv2d", "filter_size", filter_size[0] * filter_size[1]);
    positive("conv2d", "stride", stride[0] * stride[1]);
    if matches!(pad, Pad::Same) && (filter_size[0].is_multiple_of(2) || filter_size[1].is_multiple_of(2)) {
        Message::new()
            .text("conv2d: pad = same needs a filter of odd size, and this one is ")
            .numbers(&filter_size)
            .text("; make it odd, or give the padding as a number")
            .panic()
    }
    let mut size = [0; 2];
    let mut axis = 0;
    while axis < 2 {
        let padded = input.dims[1 + axis] + 2 * pad.amount(axis, filter_size[axis]);
        if filter_size[axis] > padded {
            let message = Message::new()
                .text("conv2d: a ")
                .numbers(&filter_size)
                .text(" filter does not fit its ")
                .shape(input)
                .text(" input; use pad = same, or a filter of at most ");
            let largest = [
                input.dims[1] + 2 * pad.amount(0, filter_size[0]),
                input.dims[2] + 2 * pad.amount(1, filter_size[1]),
            ];
            message.numbers(&largest).panic()
        }
        size[axis] = (padded - filter_size[axis]) / stride[axis] + 1;
        axis += 1;
    }
    Shape::new(&[num_filters, size[0], size[1]])
}
