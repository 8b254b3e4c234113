//! Several inputs.

use super::*;

/// Elementwise merges: all inputs of one shape, and so the output.
#[track_caller]
pub const fn elementwise(layer: &str, inputs: &[Shape]) -> Shape {
    let mut i = 0;
    while i < inputs.len() {
        real(layer, inputs[i]);
        if !inputs[0].same(&inputs[i]) {
            Message::new()
                .text(layer)
                .text(": needs inputs of one shape; input 1 is ")
                .shape(inputs[0])
                .text(", input ")
                .number(i + 1)
                .text(" is ")
                .shape(inputs[i])
                .text("; change one of them first, for example with a dense layer")
                .panic()
        }
        i += 1;
    }
    inputs[0]
}

/// Concat: inputs that agree in all axes but `axis`, one after the other there. Axis 0 is the batch axis.
#[track_caller]
pub const fn concat(inputs: &[Shape], axis: usize) -> Shape {
    let first = inputs[0];
    if axis == 0 || axis > first.rank {
        Message::new()
            .text("concat: axis = ")
            .number(axis)
            .text(
                " is not an axis that can be joined; axis 0 is the batch, and the last axis of its input of ",
            )
            .shape(first)
            .text(" is ")
            .number(first.rank)
            .panic()
    }
    let mut dims = first.dims;
    dims[axis - 1] = 0;
    let mut i = 0;
    while i < inputs.len() {
        real("concat", inputs[i]);
        let mut agrees = inputs[i].rank == first.rank;
        let mut other = 0;
        while other < MAX_RANK {
            agrees &= other == axis - 1 || inputs[i].dims[other] == first.dims[other];
            other += 1;
        }
        if !agrees {
            Message::new()
                .text("concat: joins along axis ")
                .number(axis)
                .text(", and all other axes must agree; input 1 is ")
                .shape(first)
                .text(", input ")
                .number(i + 1)
                .text(" is ")
                .shape(inputs[i])
                .text("; change one of them first, or join along another axis")
                .panic()
        }
        dims[axis - 1] += inputs[i].dims[axis - 1];
        i += 1;
    }
    Shape::new(dims.split_at(first.rank).0)
}
