//! Tables of vectors.

use super::*;

/// The rows.
pub const KINDS: &[Kind] = &[Kind {
    name: "embedding",
    layer: "Embedding",
    parameters: Some("EmbeddingParameters"),
    arguments: &[
        required("input_size", Value::Size),
        required("output_size", Value::Size),
        optional("w", Value::Init),
    ],
    positional: 2,
    reads: Reads { inputs: true, output: false },
    is_lookup: true,
    example: "embedding(10000, 64)",
    ..BASE
}];
