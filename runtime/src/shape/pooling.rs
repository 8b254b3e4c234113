//! Pooling.

use super::*;

/// Two-dimensional pooling: (channels, rows, columns) -> (channels, rows, columns).
///
/// With `ignore_border` along each axis `(length + 2 pad - size) / stride + 1`, rounded down: what does not fill
/// a window is left out. Without, every element is covered (and `pad` must be 0, as in Theano).
#[track_caller]
pub const fn pool2d(
    layer: &str,
    input: Shape,
    pool_size: [usize; 2],
    stride: [usize; 2],
    pad: [usize; 2],
    ignore_border: bool,
) -> Shape {
    real(layer, input);
    rank(layer, input, 3, "(channels, rows, columns)");
    positive(layer, "pool_size", pool_size[0] * pool_size[1]);
    positive(layer, "stride", stride[0] * stride[1]);
    if !ignore_border && pad[0] + pad[1] > 0 {
        Message::new().text(layer).text(": padding needs ignore_border = true; drop one of the two").panic()
    }
    let mut size = [0; 2];
    let mut axis = 0;
    while axis < 2 {
        let length = input.dims[1 + axis];
        if pad[axis] >= pool_size[axis] {
            Message::new()
                .text(layer)
                .text(": a pad of ")
                .numbers(&pad)
                .text(" leaves windows of ")
                .numbers(&pool_size)
                .text(" that cover nothing; the pad must be smaller than the window")
                .panic()
        }
        if ignore_border && pool_size[axis] > length + 2 * pad[axis] {
            Message::new()
                .text(layer)
                .text(": a ")
                .numbers(&pool_size)
                .text(" window does not fit its ")
                .shape(input)
                .text(" input; use a smaller window, or ignore_border = false")
                .panic()
        }
        size[axis] = if ignore_border {
            (length + 2 * pad[axis] - pool_size[axis]) / stride[axis] + 1
        } else if stride[axis] >= pool_size[axis] {
            (length - 1) / stride[axis] + 1
        } else {
            length.saturating_sub(pool_size[axis]).div_ceil(stride[axis]) + 1
        };
        axis += 1;
    }
    Shape::new(&[input.dims[0], size[0], size[1]])
}
