//! Every shape rule: what each layer makes of its input's shape, and when it refuses.
//!
//! The rules are `const fn`s. `network!` calls them in constants, so that a shape that does not fit is a compile
//! error at the layer; the same rules serve at run time.

use crate::Message;

/// The most axes that a shape can have, the batch axis not counted.
pub const MAX_RANK: usize = 5;

/// What one item of a batch is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Dtype {
    /// The network's element type, `f32` or `f64`.
    #[default]
    Real,
    /// Class or word numbers, `i32`.
    Int32,
}

/// The shape of one item of a batch: the batch axis is not part of it.
///
/// Images are (channels, rows, columns), sequences (time, features), vectors (features).
///
/// ```
/// use layercake::Shape;
///
/// let shape = Shape::new(&[1, 28, 28]);
/// assert_eq!((shape.rank(), shape.len()), (3, 784));
/// assert_eq!(shape.to_string(), "1x28x28");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    rank: usize,
    dims: [usize; MAX_RANK],
    dtype: Dtype,
}

impl Shape {
    /// The shape with these lengths of its axes.
    ///
    /// # Panics
    /// Panics if there are more than [`MAX_RANK`] axes, or a length is zero.
    #[track_caller]
    pub const fn new(dims: &[usize]) -> Self {
        if dims.len() > MAX_RANK {
            Message::new()
                .text("a shape has at most ")
                .number(MAX_RANK)
                .text(" axes beside the batch axis, and ")
                .numbers(dims)
                .text(" has ")
                .number(dims.len())
                .panic()
        }
        let mut shape = Shape { rank: dims.len(), dims: [1; MAX_RANK], dtype: Dtype::Real };
        let mut i = 0;
        while i < dims.len() {
            if dims[i] == 0 {
                Message::new()
                    .text("axis ")
                    .number(i + 1)
                    .text(" of the shape ")
                    .numbers(dims)
                    .text(" has no elements; every length must be at least 1")
                    .panic()
            }
            shape.dims[i] = dims[i];
            i += 1;
        }
        shape
    }

    /// The number of axes, without the batch axis.
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The lengths of the axes, without the batch axis.
    pub const fn dims(&self) -> &[usize] {
        self.dims.split_at(self.rank).0
    }

    /// The number of elements of one item.
    #[expect(clippy::len_without_is_empty, reason = "no shape is empty: every length is at least 1")]
    pub const fn len(&self) -> usize {
        product(self.dims())
    }

    /// What its elements are.
    pub const fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// The length of axis `axis`, counted without the batch axis.
    pub const fn dim(&self, axis: usize) -> usize {
        self.dims()[axis]
    }

    /// Whether two shapes have the same axes.
    pub const fn same(&self, other: &Shape) -> bool {
        let mut i = 0;
        while i < MAX_RANK {
            if self.dims[i] != other.dims[i] {
                return false;
            }
            i += 1;
        }
        self.rank == other.rank
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(Message::new().shape(*self).as_str())
    }
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Shape({self})")
    }
}

const fn product(dims: &[usize]) -> usize {
    let mut product = 1;
    let mut i = 0;
    while i < dims.len() {
        product *= dims[i];
        i += 1;
    }
    product
}

/// How far a convolution's or pooling's window goes beyond its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pad {
    /// Not at all: the output is smaller by the window less one.
    Valid,
    /// Just so far that, at stride 1, the output is as large as the input. Needs an odd window.
    Same,
    /// Wherever at least one element is covered: the output is larger by the window less one.
    Full,
    /// This many zeros before and after, for each axis.
    Explicit([usize; 2]),
}

impl Pad {
    /// The number of zeros before and after the input along `axis`, for a window of `size` there.
    pub const fn amount(self, axis: usize, size: usize) -> usize {
        match self {
            Pad::Valid => 0,
            Pad::Same => size / 2,
            Pad::Full => size - 1,
            Pad::Explicit(pad) => pad[axis],
        }
    }
}

/// Refuses an input of class numbers: only layers that look things up take them.
#[track_caller]
const fn real(layer: &str, input: Shape) {
    if matches!(input.dtype, Dtype::Int32) {
        Message::new()
            .text(layer)
            .text(": takes real numbers, and its input of ")
            .shape(input)
            .text(" is dtype = i32; drop the dtype, or give the numbers to a layer that looks them up")
            .panic()
    }
}

/// Refuses an input without the axes that the layer needs.
#[track_caller]
const fn rank(layer: &str, input: Shape, rank: usize, axes: &str) {
    if input.rank != rank {
        let message = Message::new()
            .text(layer)
            .text(": needs an input of ")
            .number(rank)
            .text(" axes ")
            .text(axes)
            .text(", and its input ");
        if input.rank == 0 {
            message.text("has none").panic()
        }
        message
            .text("of ")
            .shape(input)
            .text(" has ")
            .number(input.rank)
            .text("; reshape it first, for example `reshape(1, 28, 28)`")
            .panic()
    }
}

/// Refuses a count of zero.
#[track_caller]
const fn positive(layer: &str, what: &str, value: usize) {
    if value == 0 {
        Message::new().text(layer).text(": ").text(what).text(" is 0; it must be at least 1").panic()
    }
}

/// The shape of an input, as written in the network.
#[track_caller]
pub const fn input(dims: &[usize], dtype: Dtype) -> Shape {
    let mut shape = Shape::new(dims);
    shape.dtype = dtype;
    shape
}

/// The batch size that a network's inputs fix, if any of them does.
#[track_caller]
pub const fn batch(fixed: &[Option<usize>]) -> Option<usize> {
    let mut batch = None;
    let mut i = 0;
    while i < fixed.len() {
        match (batch, fixed[i]) {
            (_, Some(0)) => Message::new()
                .text("input: a batch of 0 holds no item; leave `batch` out to take any size")
                .panic(),
            (Some(a), Some(b)) if a != b => Message::new()
                .text("input: one input fixes the batch to ")
                .number(a)
                .text(", another to ")
                .number(b)
                .text("; the inputs of a network share one batch")
                .panic(),
            (None, Some(size)) => batch = Some(size),
            _ => {}
        }
        i += 1;
    }
    batch
}

/// Dense: (leading axes..., rest...) -> (leading axes..., units). The batch axis is the first leading axis.
#[track_caller]
pub const fn dense(input: Shape, num_units: usize, num_leading_axes: usize) -> Shape {
    real("dense", input);
    positive("dense", "num_units", num_units);
    positive("dense", "num_leading_axes", num_leading_axes);
    if num_leading_axes > input.rank {
        Message::new()
            .text("dense: num_leading_axes = ")
            .number(num_leading_axes)
            .text(" leaves no axis of its input of ")
            .shape(input)
            .text(" to be summed over; the batch axis counts as the first, so at most ")
            .number(input.rank)
            .text(" is possible")
            .panic()
    }
    let mut dims = [1; MAX_RANK];
    let mut i = 0;
    while i < num_leading_axes - 1 {
        dims[i] = input.dims[i];
        i += 1;
    }
    dims[i] = num_units;
    Shape::new(dims.split_at(num_leading_axes).0)
}

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

/// Dropout: the shape stays; `p` must be in [0, 1).
#[track_caller]
pub const fn dropout(input: Shape, p: f64) -> Shape {
    real("dropout", input);
    if !(p >= 0.0 && p < 1.0) {
        Message::new()
            .text("dropout: the probability of setting a value to zero must be at least 0 and below 1")
            .panic()
    }
    input
}

/// A nonlinearity on its own: the shape stays.
#[track_caller]
pub const fn nonlinearity(input: Shape) -> Shape {
    real("nonlinearity", input);
    input
}

/// Flatten: keeps the first `outdim - 1` axes (the batch axis is the first) and joins the rest into one.
#[track_caller]
pub const fn flatten(input: Shape, outdim: usize) -> Shape {
    if outdim < 2 || outdim > input.rank + 1 {
        Message::new()
            .text("flatten: outdim = ")
            .number(outdim)
            .text(" is not possible for an input of ")
            .shape(input)
            .text("; with the batch axis it must be from 2 to ")
            .number(input.rank + 1)
            .panic()
    }
    let mut dims = input.dims;
    let mut axis = outdim - 1;
    while axis < input.rank {
        dims[outdim - 2] *= input.dims[axis];
        axis += 1;
    }
    let mut shape = Shape::new(dims.split_at(outdim - 1).0);
    shape.dtype = input.dtype;
    shape
}

/// Reshape: other axes over the same elements.
#[track_caller]
pub const fn reshape(input: Shape, dims: &[usize]) -> Shape {
    let mut shape = Shape::new(dims);
    if shape.len() != input.len() {
        Message::new()
            .text("reshape: ")
            .numbers(dims)
            .text(" has ")
            .number(shape.len())
            .text(" elements, and its input of ")
            .shape(input)
            .text(" has ")
            .number(input.len())
            .text("; the two must agree (the batch axis is not written)")
            .panic()
    }
    shape.dtype = input.dtype;
    shape
}

/// Elementwise merges: all inputs of one shape, and so the output.
#[track_caller]
pub const fn elementwise(layer: &str, inputs: &[Shape]) -> Shape {
    let mut i = 0;
    while i < inputs.len() {
        real(layer, inputs[i]);
        if !inputs[0].same(&inputs[i]) {
            Message::new()
                .text(layer)
                .text(": needs inputs of one shape; input 1 is ")
                .shape(inputs[0])
                .text(", input ")
                .number(i + 1)
                .text(" is ")
                .shape(inputs[i])
                .text("; change one of them first, for example with a dense layer")
                .panic()
        }
        i += 1;
    }
    inputs[0]
}

/// Concat: inputs that agree in all axes but `axis`, one after the other there. Axis 0 is the batch axis.
#[track_caller]
pub const fn concat(inputs: &[Shape], axis: usize) -> Shape {
    let first = inputs[0];
    if axis == 0 || axis > first.rank {
        Message::new()
            .text("concat: axis = ")
            .number(axis)
            .text(
                " is not an axis that can be joined; axis 0 is the batch, and the last axis of its input of ",
            )
            .shape(first)
            .text(" is ")
            .number(first.rank)
            .panic()
    }
    let mut dims = first.dims;
    dims[axis - 1] = 0;
    let mut i = 0;
    while i < inputs.len() {
        real("concat", inputs[i]);
        let mut agrees = inputs[i].rank == first.rank;
        let mut other = 0;
        while other < MAX_RANK {
            agrees &= other == axis - 1 || inputs[i].dims[other] == first.dims[other];
            other += 1;
        }
        if !agrees {
            Message::new()
                .text("concat: joins along axis ")
                .number(axis)
                .text(", and all other axes must agree; input 1 is ")
                .shape(first)
                .text(", input ")
                .number(i + 1)
                .text(" is ")
                .shape(inputs[i])
                .text("; change one of them first, or join along another axis")
                .panic()
        }
        dims[axis - 1] += inputs[i].dims[axis - 1];
        i += 1;
    }
    Shape::new(dims.split_at(first.rank).0)
}
