//! Dropout and noise.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[Kind {
    name: "dropout",
    layer: "Dropout",
    arguments: &[optional("p", Value::Probability), optional("rescale", Value::Flag)],
    positional: 1,
    is_random: true,
    example: "dropout(0.5)",
    ..BASE
}];
