//! Every shape rule: what each layer makes of its input's shape, and when it refuses.
//!
//! The rules are `const fn`s. `network!` calls them in constants, so that a shape that does not fit is a compile
//! error at the layer; the same rules serve at run time.

mod axes;
mod convolution;
mod dense;
mod embedding;
mod init;
mod input;
mod inverse;
mod merge;
mod noise;
mod nonlinearity;
mod normalization;
mod pooling;
mod recurrent;
mod share;
mod shared;
mod transformer;

pub(crate) use axes::axis_of_item;
pub use axes::{Axis, Indices, Length, Widths, dimshuffle, flatten, pad, reshape, slice};
pub(crate) use convolution::dilated;
pub use convolution::{channelwise, conv, fft, nin, num_groups, transposed_conv, winograd};
pub use dense::dense;
pub(crate) use dense::leading_axes;
pub use embedding::embedding;
pub use init::{biases, init, optional_init};
pub use input::{Lengths, batch, input, lengths, output};
pub use inverse::inverse;
pub(crate) use merge::starts;
pub use merge::{Crop, concat, elementwise, elemwise_merge, elemwise_sum};
pub use noise::{dropout, gaussian_noise};
pub use nonlinearity::{expression, nonlinearity, rrelu};
pub use normalization::{epsilon, local_response_normalization2d, running_average};
pub use pooling::{feature_pool, feature_wta, global_pool, pool, spatial_pyramid_pooling, upscale};
pub use recurrent::{Sequence, custom_recurrent, peephole, recurrent, step};
pub use share::{ParameterShapes, same_at_every_length, share};
pub use shared::{Axes, shared, shared_parameters, standardization};
pub use transformer::{control_points, transformer};

use crate::Message;

impl Message {
    /// Adds a shape without its batch axis: `1x28x28`.
    pub const fn shape(self, shape: Shape) -> Self {
        self.numbers(shape.dims())
    }
}

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

    /// The number of elements for each index into the axes before `axis`.
    pub(crate) const fn len_from(&self, axis: usize) -> usize {
        product(self.dims().split_at(axis).1)
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

/// How far a convolution's window goes beyond its input, along N axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pad<const N: usize> {
    /// Not at all: the output is smaller by the window less one.
    Valid,
    /// Just so far that, at stride 1, the output is as large as the input. Needs an odd window.
    Same,
    /// Wherever at least one element is covered: the output is larger by the window less one.
    Full,
    /// This many zeros before and after, for each axis.
    Explicit([usize; N]),
}

impl<const N: usize> Pad<N> {
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

/// Refuses more axes than a shape can have.
#[track_caller]
pub(crate) const fn at_most_max_rank(layer: &str, axes: usize) {
    if axes > MAX_RANK {
        Message::new()
            .text(layer)
            .text(": a shape has at most ")
            .number(MAX_RANK)
            .text(" axes beside the batch axis, and this one ")
            .number(axes)
            .panic()
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
            .text("; reshape it first, for example `reshape(")
            .text(match rank {
                1 => "784",
                2 => "1, 784",
                3 => "1, 28, 28",
                _ => "1, 16, 28, 28",
            })
            .text(")`")
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
