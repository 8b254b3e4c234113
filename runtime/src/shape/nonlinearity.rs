//! Functions of each element.

use super::*;

/// A nonlinearity on its own: the shape stays.
#[track_caller]
pub const fn nonlinearity(input: Shape) -> Shape {
    real("nonlinearity", input);
    input
}
