//! Inputs and their batch; outputs.

use super::*;

/// The shape of an input, as written in the network.
#[track_caller]
pub const fn input(dims: &[usize], dtype: Dtype) -> Shape {
    let mut shape = Shape::new(dims);
    shape.dtype = dtype;
    shape
}

/// An output must be of real numbers.
#[track_caller]
pub const fn output(shape: Shape) {
    real("output", shape);
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
