//! Elements that share something along axes, for kernels with `kernels/sharing.cuh`.

use super::program::Program;
use crate::Shape;
use crate::shape::{Axes, MAX_RANK};

const LENGTHS: [&str; MAX_RANK] = ["AXIS1", "AXIS2", "AXIS3", "AXIS4", "AXIS5"];
const STRIDES: [&str; MAX_RANK + 1] = ["STRIDE0", "STRIDE1", "STRIDE2", "STRIDE3", "STRIDE4", "STRIDE5"];

/// A program with the constants of what items of a shape share along axes.
pub(crate) fn with_sharing(mut program: Program, shape: Shape, axes: Axes) -> Program {
    let shared = axes.mask();
    let mut stride = 1;
    for axis in (0..=MAX_RANK).rev() {
        // Axes that are not there have one place.
        let length = if axis == 0 { 1 } else { shape.dims().get(axis - 1).copied().unwrap_or(1) };
        program = program.int(STRIDES[axis], if shared[axis] { 0 } else { stride });
        if axis > 0 {
            program = program.int(LENGTHS[axis - 1], length);
            if !shared[axis] {
                stride *= length;
            }
        }
    }
    program
}
