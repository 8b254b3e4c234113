//! Elements that share something along axes, for kernels with `kernels/sharing.cuh`.

use super::axes::{lengths, with_item};
use super::program::Program;
use crate::Shape;
use crate::shape::{Axes, MAX_RANK};

/// A batch's elements that share values along axes.
#[derive(Clone, Copy)]
pub(crate) struct Sharing {
    pub shape: Shape,
    pub axes: Axes,
    /// How many values there are.
    pub values: usize,
    /// How many elements share each.
    pub elements: usize,
}

impl Sharing {
    /// For `len` elements of items of a shape.
    pub fn new(shape: Shape, axes: Axes, len: usize) -> Self {
        let shared = axes.mask();
        let own = shape.dims().iter().enumerate().filter(|(axis, _)| !shared[axis + 1]);
        let of_item: usize = own.map(|(_, length)| length).product();
        let values = if shared[0] { of_item } else { of_item * (len / shape.len()) };
        Sharing { shape, axes, values, elements: len / values.max(1) }
    }

    /// A program with the constants of `kernels/sharing.cuh`.
    pub fn define(&self, program: Program) -> Program {
        with_sharing(program, self.shape, self.axes)
    }

    /// Whether elements next to each other have values next to each other.
    pub fn across(&self) -> bool {
        !self.axes.mask()[self.shape.rank()]
    }
}

const STRIDES: [&str; MAX_RANK + 1] = ["STRIDE0", "STRIDE1", "STRIDE2", "STRIDE3", "STRIDE4", "STRIDE5"];

/// A program with the constants of what items of a shape share along axes.
pub(crate) fn with_sharing(program: Program, shape: Shape, axes: Axes) -> Program {
    let (shared, lengths) = (axes.mask(), lengths(shape));
    let (mut program, mut stride) = (with_item(program, lengths), 1);
    for axis in (0..=MAX_RANK).rev() {
        program = program.int(STRIDES[axis], if shared[axis] { 0 } else { stride });
        if axis > 0 && !shared[axis] {
            stride *= lengths[axis - 1];
        }
    }
    program
}
