//! Dense layers.

use super::*;

/// Dense: (leading axes..., rest...) -> (leading axes..., units). The batch axis is the first leading axis.
#[track_caller]
pub const fn dense(input: Shape, num_units: usize, num_leading_axes: usize) -> Shape {
    real("dense", input);
    positive("dense", "num_units", num_units);
    positive("dense", "num_leading_axes", num_leading_axes);
    if num_leading_axes > input.rank {
        Message::new()
            .text("dense: num_leading_axes = ")
            .number(num_leading_axes)
            .text(" leaves no axis of its input of ")
            .shape(input)
            .text(" to be summed over; the batch axis counts as the first, so at most ")
            .number(input.rank)
            .text(" is possible")
            .panic()
    }
    let mut dims = [1; MAX_RANK];
    let mut i = 0;
    while i < num_leading_axes - 1 {
        dims[i] = input.dims[i];
        i += 1;
    }
    dims[i] = num_units;
    Shape::new(dims.split_at(num_leading_axes).0)
}
