//! Several inputs.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[
    Kind { name: "add", layer: "Add", inputs: Inputs::Named, example: "add(a, b)", ..BASE },
    Kind {
        name: "concat",
        layer: "Concat",
        inputs: Inputs::Named,
        arguments: &[optional("axis", Value::Size)],
        example: "concat(a, b, axis = 1)",
        ..BASE
    },
];
