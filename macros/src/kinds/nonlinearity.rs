//! Functions of each element.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[Kind {
    name: "nonlinearity",
    layer: "NonlinearityLayer",
    arguments: &[required("nonlinearity", Value::Nonlinearity)],
    positional: 1,
    reads: Reads { inputs: true, output: true },
    has_inverse: true,
    example: "nonlinearity(relu)",
    ..BASE
}];
