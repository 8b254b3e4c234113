//! Normalizations.

use super::*;

/// The words for axes whose elements are normalized together.
const NORMALIZED: Value = Value::Axes(&["auto", "spatial", "features"]);

/// The rows.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "batch_norm",
        layer: "BatchNorm",
        parameters: Some("BatchNormParameters"),
        arguments: &[
            optional("axes", Value::Axes(&["auto"])),
            optional("epsilon", Value::Number),
            optional("alpha", Value::Number),
            optional("beta", Value::OptionalInit),
            optional("gamma", Value::OptionalInit),
            optional("mean", Value::Init),
            optional("inv_std", Value::Init),
            optional("use_averages", Value::Flag),
            optional("update_averages", Value::Flag),
        ],
        reads: Reads { inputs: true, output: false },
        is_norm: true,
        example: "batch_norm",
        ..BASE
    },
    Kind {
        name: "standardization",
        layer: "Standardization",
        parameters: Some("StandardizationParameters"),
        arguments: &[optional("axes", NORMALIZED), optional("epsilon", Value::Number)],
        reads: Reads { inputs: true, output: false },
        is_norm: true,
        example: "standardization",
        ..BASE
    },
    Kind {
        name: "instance_norm",
        layer: "Standardization",
        default: "INSTANCE_NORM",
        parameters: Some("StandardizationParameters"),
        arguments: &[
            optional("learn_scale", Value::Flag),
            optional("learn_bias", Value::Flag),
            optional("epsilon", Value::Number),
        ],
        reads: Reads { inputs: true, output: false },
        is_norm: true,
        example: "instance_norm",
        ..BASE
    },
    Kind {
        name: "layer_norm",
        layer: "Standardization",
        default: "LAYER_NORM",
        parameters: Some("StandardizationParameters"),
        arguments: &[optional("epsilon", Value::Number)],
        reads: Reads { inputs: true, output: false },
        is_norm: true,
        example: "layer_norm",
        ..BASE
    },
    Kind {
        name: "local_response_normalization2d",
        layer: "LocalResponseNormalization2d",
        arguments: &[
            optional("alpha", Value::Number),
            optional("k", Value::Number),
            optional("beta", Value::Number),
            optional("n", Value::Size),
        ],
        reads: Reads { inputs: true, output: false },
        example: "local_response_normalization2d",
        ..BASE
    },
];
