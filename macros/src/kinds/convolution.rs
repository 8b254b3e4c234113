//! Convolutions.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[Kind {
    name: "conv2d",
    layer: "Conv2d",
    parameters: Some("Conv2dParameters"),
    arguments: &[
        required("num_filters", Value::Size),
        required("filter_size", Value::Pair),
        optional("nonlinearity", Value::Nonlinearity),
        optional("stride", Value::Pair),
        optional("pad", Value::Pad),
        optional("untie_biases", Value::Flag),
        optional("w", Value::Init),
        optional("b", Value::OptionalInit),
        optional("flip_filters", Value::Flag),
    ],
    positional: 3,
    reads: Reads { inputs: true, output: true },
    is_shareable: true,
    has_inverse: true,
    example: "conv2d(32, 5, relu)",
    ..BASE
}];
