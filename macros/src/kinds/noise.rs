//! Dropout and noise.

use super::*;

const OF_DROPOUT: &[Argument] = &[optional("p", Value::Probability), optional("rescale", Value::Flag)];

/// Dropout of whole channels or locations, by one of its names.
const fn dropout(name: &'static str, default: &'static str, example: &'static str) -> Kind {
    Kind {
        name,
        layer: "Dropout",
        default,
        arguments: OF_DROPOUT,
        positional: 1,
        is_random: true,
        example,
        ..BASE
    }
}

/// The rows.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "dropout",
        layer: "Dropout",
        arguments: &[
            optional("p", Value::Probability),
            optional("rescale", Value::Flag),
            optional("shared_axes", Value::Axes(&["spatial", "features", "all"])),
        ],
        positional: 1,
        is_random: true,
        example: "dropout(0.5)",
        ..BASE
    },
    dropout("dropout_channels", "CHANNELS", "dropout_channels(0.5)"),
    dropout("spatial_dropout", "CHANNELS", "spatial_dropout(0.5)"),
    dropout("dropout_locations", "LOCATIONS", "dropout_locations(0.5)"),
    Kind {
        name: "gaussian_noise",
        layer: "GaussianNoise",
        arguments: &[optional("sigma", Value::Number)],
        positional: 1,
        is_random: true,
        example: "gaussian_noise(0.1)",
        ..BASE
    },
];
