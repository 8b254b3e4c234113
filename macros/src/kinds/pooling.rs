//! Pooling.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[Kind {
    name: "max_pool2d",
    layer: "MaxPool2d",
    arguments: &[
        required("pool_size", Value::Sizes(2)),
        optional("stride", Value::OptionalSizes(2)),
        optional("pad", Value::Sizes(2)),
        optional("ignore_border", Value::Flag),
    ],
    positional: 1,
    example: "max_pool2d(2)",
    ..BASE
}];
