//! Several inputs.

use super::*;

const CROPPING: Argument = optional("cropping", Value::Cropping);

const OF_SUM: &[Argument] = &[optional("coeffs", Value::Coefficients), CROPPING];
const OF_MERGE: &[Argument] = &[CROPPING];

/// A sum, by one of its names.
const fn sum(name: &'static str, example: &'static str) -> Kind {
    Kind { name, layer: "ElemwiseSum", inputs: Inputs::Named, arguments: OF_SUM, example, ..BASE }
}

/// A merge by a function that has a name of its own.
const fn merge(name: &'static str, default: &'static str, example: &'static str) -> Kind {
    Kind {
        name,
        layer: "ElemwiseMerge",
        default,
        inputs: Inputs::Named,
        arguments: OF_MERGE,
        reads: Reads { inputs: true, output: false },
        example,
        ..BASE
    }
}

/// The rows.
pub const KINDS: &[Kind] = &[
    sum("add", "add(a, b)"),
    sum("elemwise_sum", "elemwise_sum(a, b, coeffs = (2, -1))"),
    merge("mul", "MUL", "mul(a, b)"),
    merge("maximum", "MAXIMUM", "maximum(a, b)"),
    merge("max", "MAXIMUM", "max(a, b)"),
    merge("minimum", "MINIMUM", "minimum(a, b)"),
    merge("min", "MINIMUM", "min(a, b)"),
    Kind {
        name: "elemwise_merge",
        layer: "ElemwiseMerge",
        inputs: Inputs::Named,
        arguments: &[
            required("merge_function", Value::MergeFunction),
            optional("derivative", Value::OptionalFunction),
            optional("code", Value::Code(2)),
            CROPPING,
        ],
        is_checked: true,
        reads: Reads { inputs: true, output: false },
        example: "elemwise_merge(a, b, merge_function = mul)",
        ..BASE
    },
    Kind {
        name: "concat",
        layer: "Concat",
        inputs: Inputs::Named,
        arguments: &[optional("axis", Value::Index), CROPPING],
        example: "concat(a, b, axis = 1)",
        ..BASE
    },
];
