//! Tables of vectors.

use super::*;

/// Whole numbers below this are exact in `f32`, which they are kept as.
const MOST_NUMBERS: usize = 1 << 24;

/// Embedding: (axes...) of numbers -> (axes..., output_size).
#[track_caller]
pub const fn embedding(input: Shape, input_size: usize, output_size: usize) -> Shape {
    if matches!(input.dtype, Dtype::Real) {
        Message::new()
            .text("embedding: looks numbers up, and its input of ")
            .shape(input)
            .text(" holds real ones; it must be an input of word or class numbers, `input(..., dtype = i32)`")
            .panic()
    }
    positive("embedding", "input_size", input_size);
    positive("embedding", "output_size", output_size);
    if input_size > MOST_NUMBERS {
        Message::new()
            .text("embedding: an input_size of ")
            .number(input_size)
            .text(" is more than it can tell apart; it must be at most ")
            .number(MOST_NUMBERS)
            .panic()
    }
    if input.rank == MAX_RANK {
        Message::new()
            .text("embedding: adds an axis to its input of ")
            .shape(input)
            .text(", and a shape has at most ")
            .number(MAX_RANK)
            .text("; give the input fewer, for example by `flatten`")
            .panic()
    }
    let mut dims = input.dims;
    dims[input.rank] = output_size;
    Shape::new(dims.split_at(input.rank + 1).0)
}
