//! Pooling.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[Kind {
    name: "max_pool2d",
    layer: "MaxPool2d",
    arguments: &[
        required("pool_size", Value::Pair),
        optional("stride", Value::OptionalPair),
        optional("pad", Value::Pair),
        optional("ignore_border", Value::Flag),
    ],
    positional: 1,
    has_inverse: true,
    example: "max_pool2d(2)",
    ..BASE
}];
