//! Images seen through a grid.

use super::*;

const BORDER_MODE: Words =
    Words { of: "BorderMode", words: &[("nearest", "Nearest"), ("mirror", "Mirror"), ("wrap", "Wrap")] };

/// The rows.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "spatial_transformer",
        layer: "SpatialTransformer",
        parameters: Some("Grid"),
        inputs: Inputs::Two,
        arguments: &[
            optional("downsample_factor", Value::Factors),
            optional("border_mode", Value::Word(&BORDER_MODE)),
        ],
        reads: Reads { inputs: true, output: false },
        example: "spatial_transformer(image, theta)",
        ..BASE
    },
    Kind {
        name: "tps_transformer",
        layer: "TpsTransformer",
        parameters: Some("Grid"),
        inputs: Inputs::Two,
        arguments: &[
            optional("downsample_factor", Value::Factors),
            optional("control_points", Value::Size),
            optional("precompute_grid", Value::Flag),
            optional("border_mode", Value::Word(&BORDER_MODE)),
        ],
        reads: Reads { inputs: true, output: false },
        example: "tps_transformer(image, offsets, control_points = 16)",
        ..BASE
    },
];
