//! Inputs and their batch; outputs.

use super::*;

/// The shape of an input, as written in the network.
#[track_caller]
pub const fn input(dims: &[usize], dtype: Dtype) -> Shape {
    let mut shape = Shape::new(dims);
    shape.dtype = dtype;
    shape
}

/// The lengths that an axis may have at run time, both included: in the text of an input `..=100`, or `5..=100`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// The shortest, at least 1.
    pub shortest: usize,
    /// The longest.
    pub longest: usize,
}

/// The lengths of a network's axes of any length, which are all of one length at a time.
#[track_caller]
pub const fn lengths(all: &[Lengths]) -> Lengths {
    let first = all[0];
    positive("input", "the shortest length", first.shortest);
    if first.longest < first.shortest {
        Message::new()
            .text("input: no length is at least ")
            .number(first.shortest)
            .text(" and at most ")
            .number(first.longest)
            .text("; the shortest comes first, as in `5..=100`")
            .panic()
    }
    let mut i = 1;
    while i < all.len() {
        if all[i].shortest != first.shortest || all[i].longest != first.longest {
            Message::new()
                .text("input: one axis may be of length ")
                .number(first.shortest)
                .text(" to ")
                .number(first.longest)
                .text(", another of ")
                .number(all[i].shortest)
                .text(" to ")
                .number(all[i].longest)
                .text("; the axes of any length of a network share one length, and so one range")
                .panic()
        }
        i += 1;
    }
    first
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
