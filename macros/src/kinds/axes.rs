//! The same elements under other axes, fewer of them, or more around them.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "flatten",
        layer: "Flatten",
        arguments: &[optional("outdim", Value::Size)],
        positional: 1,
        is_view: true,
        example: "flatten",
        ..BASE
    },
    Kind {
        name: "reshape",
        layer: "Reshape",
        axes: Some(Value::Length),
        is_view: true,
        example: "reshape(1, 28, 28)",
        ..BASE
    },
    Kind {
        name: "dimshuffle",
        layer: "Dimshuffle",
        axes: Some(Value::Axis),
        example: "dimshuffle(2, 3, 1)",
        ..BASE
    },
    Kind {
        name: "pad",
        layer: "PadLayer",
        arguments: &[
            required("width", Value::Widths),
            optional("val", Value::Number),
            optional("batch_ndim", Value::Size),
        ],
        positional: 1,
        example: "pad([1, (0, 2)])",
        ..BASE
    },
    Kind {
        name: "slice",
        layer: "Slice",
        arguments: &[required("indices", Value::Indices), optional("axis", Value::Index)],
        positional: 1,
        example: "slice(1..4, axis = 1)",
        ..BASE
    },
];
