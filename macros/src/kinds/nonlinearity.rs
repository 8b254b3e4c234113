//! Functions of each element, with and without parameters.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "nonlinearity",
        layer: "NonlinearityLayer",
        arguments: &[required("nonlinearity", Value::Nonlinearity)],
        positional: 1,
        reads: Reads { inputs: true, output: true },
        example: "nonlinearity(relu)",
        ..BASE
    },
    Kind {
        name: "expression",
        layer: "Expression",
        arguments: &[
            required("function", Value::Function),
            required("derivative", Value::Function),
            optional("code", Value::Code(1)),
        ],
        positional: 2,
        is_checked: true,
        reads: Reads { inputs: true, output: false },
        example: "expression(|x| x * x, |x| 2.0 * x)",
        ..BASE
    },
    Kind {
        name: "bias",
        layer: "Bias",
        parameters: Some("BiasParameters"),
        arguments: &[optional("b", Value::OptionalInit), optional("shared_axes", SHARED)],
        positional: 1,
        example: "bias",
        ..BASE
    },
    Kind {
        name: "scale",
        layer: "Scale",
        parameters: Some("ScaleParameters"),
        arguments: &[optional("scales", Value::Init), optional("shared_axes", SHARED)],
        positional: 1,
        reads: Reads { inputs: true, output: false },
        example: "scale",
        ..BASE
    },
    Kind {
        name: "prelu",
        layer: "Prelu",
        parameters: Some("PreluParameters"),
        arguments: &[optional("alpha", Value::Init), optional("shared_axes", SHARED)],
        positional: 1,
        reads: Reads { inputs: true, output: false },
        example: "prelu",
        ..BASE
    },
    Kind {
        name: "rrelu",
        layer: "Rrelu",
        arguments: &[
            optional("lower", Value::Number),
            optional("upper", Value::Number),
            optional("shared_axes", SHARED),
        ],
        positional: 2,
        reads: Reads { inputs: true, output: false },
        is_random: true,
        example: "rrelu(0.3, 0.8)",
        ..BASE
    },
];
