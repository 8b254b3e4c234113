//! Dense layers.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[Kind {
    name: "dense",
    layer: "Dense",
    parameters: Some("DenseParameters"),
    arguments: &[
        required("num_units", Value::Size),
        optional("nonlinearity", Value::Nonlinearity),
        optional("w", Value::Init),
        optional("b", Value::OptionalInit),
        optional("num_leading_axes", Value::Index),
        NORM,
    ],
    positional: 2,
    reads: Reads { inputs: true, output: true },
    example: "dense(800, relu)",
    ..BASE
}];
