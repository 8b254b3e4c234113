//! The inverse of an earlier layer.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[Kind {
    name: "inverse",
    layer: "Inverse",
    inputs: Inputs::OfLayer,
    reads: Reads { inputs: true, output: false },
    example: "inverse(dense1)",
    ..BASE
}];
