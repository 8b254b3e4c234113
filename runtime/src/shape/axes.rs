//! The same elements under other axes.

use super::*;

/// Flatten: keeps the first `outdim - 1` axes (the batch axis is the first) and joins the rest into one.
#[track_caller]
pub const fn flatten(input: Shape, outdim: usize) -> Shape {
    if outdim < 2 || outdim > input.rank + 1 {
        Message::new()
            .text("flatten: outdim = ")
            .number(outdim)
            .text(" is not possible for an input of ")
            .shape(input)
            .text("; with the batch axis it must be from 2 to ")
            .number(input.rank + 1)
            .panic()
    }
    let mut dims = input.dims;
    let mut axis = outdim - 1;
    while axis < input.rank {
        dims[outdim - 2] *= input.dims[axis];
        axis += 1;
    }
    let mut shape = Shape::new(dims.split_at(outdim - 1).0);
    shape.dtype = input.dtype;
    shape
}

/// Reshape: other axes over the same elements.
#[track_caller]
pub const fn reshape(input: Shape, dims: &[usize]) -> Shape {
    let mut shape = Shape::new(dims);
    if shape.len() != input.len() {
        Message::new()
            .text("reshape: ")
            .numbers(dims)
            .text(" has ")
            .number(shape.len())
            .text(" elements, and its input of ")
            .shape(input)
            .text(" has ")
            .number(input.len())
            .text("; the two must agree (the batch axis is not written)")
            .panic()
    }
    shape.dtype = input.dtype;
    shape
}
