//! Functions of each element.

use super::*;

/// A nonlinearity on its own: the shape stays.
#[track_caller]
pub const fn nonlinearity(input: Shape) -> Shape {
    real("nonlinearity", input);
    input
}

/// A function of one's own: the shape stays.
#[track_caller]
pub const fn expression(input: Shape) -> Shape {
    real("expression", input);
    input
}

/// A randomized rectifier: the shape stays; the slopes' range must not be empty.
#[track_caller]
pub const fn rrelu(input: Shape, lower: f64, upper: f64, shared_axes: Axes) -> Shape {
    if lower > upper || lower.is_nan() || upper.is_nan() {
        Message::new().text("rrelu: lower must be at most upper; exchange the two").panic()
    }
    shared("rrelu", "shared_axes", input, shared_axes)
}
