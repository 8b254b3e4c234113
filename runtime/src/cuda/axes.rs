//! The axes of items, for kernels with `kernels/axes.cuh`.

use super::program::Program;
use crate::Shape;
use crate::shape::MAX_RANK;

/// The names of their lengths.
const AXES: [&str; MAX_RANK] = ["AXIS1", "AXIS2", "AXIS3", "AXIS4", "AXIS5"];

/// Their lengths; those that are not there have one place.
pub(super) fn lengths(shape: Shape) -> [usize; MAX_RANK] {
    std::array::from_fn(|axis| shape.dims().get(axis).copied().unwrap_or(1))
}

/// A program with their lengths.
pub(super) fn with_item(program: Program, lengths: [usize; MAX_RANK]) -> Program {
    AXES.into_iter().zip(lengths).fold(program, |program, (name, length)| program.int(name, length))
}
