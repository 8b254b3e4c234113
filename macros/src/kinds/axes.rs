//! The same elements under other axes.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "flatten",
        layer: "Flatten",
        arguments: &[optional("outdim", Value::Size)],
        positional: 1,
        has_inverse: true,
        is_view: true,
        example: "flatten",
        ..BASE
    },
    Kind {
        name: "reshape",
        layer: "Reshape",
        takes_axes: true,
        has_inverse: true,
        is_view: true,
        example: "reshape(1, 28, 28)",
        ..BASE
    },
];
