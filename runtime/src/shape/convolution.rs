//! Convolutions.

use super::*;

/// What an image with so many axes beside its channels is called in messages.
const fn axes_of_image(axes: usize) -> &'static str {
    match axes {
        1 => "(channels, length)",
        2 => "(channels, rows, columns)",
        3 => "(channels, depth, rows, columns)",
        _ => panic!("a convolution has one to three axes beside the channels"),
    }
}

/// What convolutions of any kind ask of their input and arguments.
#[track_caller]
const fn convolvable<const N: usize>(
    layer: &str,
    input: Shape,
    num_filters: usize,
    filter_size: [usize; N],
    stride: [usize; N],
) {
    real(layer, input);
    rank(layer, input, N + 1, axes_of_image(N));
    positive(layer, "num_filters", num_filters);
    positive(layer, "filter_size", product(&filter_size));
    positive(layer, "stride", product(&stride));
}

/// Refuses `same` with an even filter: the image would need more zeros on one side than on the other.
#[track_caller]
const fn odd_if_same<const N: usize>(layer: &str, option: &str, pad: Pad<N>, filter_size: [usize; N]) {
    let mut axis = 0;
    while axis < N {
        if matches!(pad, Pad::Same) && filter_size[axis].is_multiple_of(2) {
            Message::new()
                .text(layer)
                .text(": ")
                .text(option)
                .text(" = same needs a filter of odd size, and this one is ")
                .numbers(&filter_size)
                .text("; make it odd, or give ")
                .text(option)
                .text(" as a number")
                .panic()
        }
        axis += 1;
    }
}

/// The shape with these channels and these lengths of the other axes.
#[track_caller]
const fn image<const N: usize>(channels: usize, lengths: [usize; N]) -> Shape {
    let mut dims = [channels; MAX_RANK];
    let mut axis = 0;
    while axis < N {
        dims[1 + axis] = lengths[axis];
        axis += 1;
    }
    Shape::new(dims.split_at(N + 1).0)
}

/// The length that a filter of `size` elements covers, each `dilation` after the one before.
pub(crate) const fn dilated(size: usize, dilation: usize) -> usize {
    (size - 1) * dilation + 1
}

/// Convolution along N axes: (channels, axes...) -> (filters, axes...).
///
/// Along each axis `(length + 2 pad - covered) / stride + 1`, rounded down, where a filter covers
/// `(size - 1) dilation + 1`.
#[track_caller]
pub const fn conv<const N: usize>(
    layer: &str,
    input: Shape,
    num_filters: usize,
    filter_size: [usize; N],
    stride: [usize; N],
    dilation: [usize; N],
    pad: Pad<N>,
) -> Shape {
    convolvable(layer, input, num_filters, filter_size, stride);
    positive(layer, "dilation", product(&dilation));
    odd_if_same(layer, "pad", pad, filter_size);
    let mut covered = [0; N];
    let mut largest = [0; N];
    let mut fits = true;
    let mut axis = 0;
    while axis < N {
        covered[axis] = dilated(filter_size[axis], dilation[axis]);
        largest[axis] = input.dims[1 + axis] + 2 * pad.amount(axis, covered[axis]);
        fits &= covered[axis] <= largest[axis];
        axis += 1;
    }
    if !fits {
        let mut message = Message::new().text(layer).text(": a ").numbers(&filter_size).text(" filter ");
        if product(&dilation) > 1 {
            message = message
                .text("with a dilation of ")
                .numbers(&dilation)
                .text(" covers ")
                .numbers(&covered)
                .text(" and ");
        }
        message
            .text("does not fit its ")
            .shape(input)
            .text(" input; use pad = same, or a filter ")
            .text(if product(&dilation) > 1 { "that covers" } else { "of" })
            .text(" at most ")
            .numbers(&largest)
            .panic()
    }
    let mut lengths = [0; N];
    let mut axis = 0;
    while axis < N {
        lengths[axis] = (largest[axis] - covered[axis]) / stride[axis] + 1;
        axis += 1;
    }
    image(num_filters, lengths)
}

/// Groups of a convolution: each takes an equal share of the input's channels and of the filters.
#[track_caller]
pub const fn num_groups(layer: &str, input: Shape, num_filters: usize, num_groups: usize) {
    positive(layer, "num_groups", num_groups);
    if !input.dims[0].is_multiple_of(num_groups) || !num_filters.is_multiple_of(num_groups) {
        Message::new()
            .text(layer)
            .text(": num_groups = ")
            .number(num_groups)
            .text(" must divide the ")
            .number(input.dims[0])
            .text(" channels of its ")
            .shape(input)
            .text(" input and its ")
            .number(num_filters)
            .text(" filters evenly; change one of them")
            .panic()
    }
}

/// What `algorithm = winograd` asks of a convolution along N axes: filters of 3x3 or 5x5 at stride 1.
#[track_caller]
pub const fn winograd<const N: usize>(layer: &str, filter_size: [usize; N], stride: [usize; N]) {
    let mut open = N == 2;
    let mut axis = 0;
    while axis < N {
        let size = filter_size[axis];
        open = open && (size == 3 || size == 5) && size == filter_size[0] && stride[axis] == 1;
        axis += 1;
    }
    if !open {
        Message::new()
            .text(layer)
            .text(": algorithm = winograd is for conv2d with filters of 3x3 or 5x5 at stride 1, and this has filters of ")
            .numbers(&filter_size)
            .text(" at stride ")
            .numbers(&stride)
            .text("; use algorithm = auto, direct or gemm")
            .panic()
    }
}

/// What `algorithm = fft` asks of a convolution: stride 1.
#[track_caller]
pub const fn fft<const N: usize>(layer: &str, stride: [usize; N]) {
    let mut axis = 0;
    while axis < N {
        if stride[axis] != 1 {
            Message::new()
                .text(layer)
                .text(": algorithm = fft is for stride 1, and this has stride ")
                .numbers(&stride)
                .text("; use algorithm = auto, direct or gemm")
                .panic()
        }
        axis += 1;
    }
}

/// Transposed convolution along N axes: (channels, axes...) -> (filters, axes...).
///
/// Along each axis `(length - 1) stride + size - 2 crop`, or `output_size`, which must be that or at most
/// `stride - 1` more: a convolution of such an image gives the input's shape.
#[track_caller]
pub const fn transposed_conv<const N: usize>(
    layer: &str,
    input: Shape,
    num_filters: usize,
    filter_size: [usize; N],
    stride: [usize; N],
    crop: Pad<N>,
    output_size: Option<[usize; N]>,
) -> Shape {
    convolvable(layer, input, num_filters, filter_size, stride);
    odd_if_same(layer, "crop", crop, filter_size);
    let mut whole = [0; N];
    let mut smallest = [0; N];
    let mut largest = [0; N];
    let mut axis = 0;
    while axis < N {
        let cropped = 2 * crop.amount(axis, filter_size[axis]);
        whole[axis] = (input.dims[1 + axis] - 1) * stride[axis] + filter_size[axis];
        smallest[axis] = whole[axis].saturating_sub(cropped);
        largest[axis] = (whole[axis] + stride[axis] - 1).saturating_sub(cropped);
        axis += 1;
    }
    let lengths = match output_size {
        Some(lengths) => {
            positive(layer, "output_size", product(&lengths));
            lengths
        }
        None => smallest,
    };
    if product(&lengths) == 0 {
        Message::new()
            .text(layer)
            .text(": the crop leaves nothing of the ")
            .numbers(&whole)
            .text(" that it makes of its ")
            .shape(input)
            .text(" input; crop less, or use a larger filter or stride")
            .panic()
    }
    let mut axis = 0;
    while axis < N {
        if lengths[axis] < smallest[axis] || lengths[axis] > largest[axis] {
            Message::new()
                .text(layer)
                .text(": output_size = ")
                .numbers(&lengths)
                .text(" is not possible for its ")
                .shape(input)
                .text(" input; a convolution gives that shape for images of ")
                .numbers(&smallest)
                .text(" to ")
                .numbers(&largest)
                .panic()
        }
        axis += 1;
    }
    image(num_filters, lengths)
}

/// Channelwise: each filter has the channel of its number, so they must be equally many.
#[track_caller]
pub const fn channelwise(layer: &str, input: Shape, num_filters: usize) {
    if input.dims[0] != num_filters {
        Message::new()
            .text(layer)
            .text(": channelwise needs as many filters as channels, and it has ")
            .number(num_filters)
            .text(" filters and an input of ")
            .shape(input)
            .text("; use num_filters = ")
            .number(input.dims[0])
            .panic()
    }
}

/// Network in network: (channels, axes...) -> (units, axes...).
#[track_caller]
pub const fn nin(input: Shape, num_units: usize) -> Shape {
    real("nin", input);
    positive("nin", "num_units", num_units);
    if input.rank == 0 {
        Message::new()
            .text("nin: needs an input of at least one axis (channels, ...), and its input has none; ")
            .text("reshape it first, for example `reshape(1, 28, 28)`")
            .panic()
    }
    let mut dims = input.dims;
    dims[0] = num_units;
    Shape::new(dims.split_at(input.rank).0)
}
