//! Dense layers.

use super::*;

/// How many axes of the input stay, the batch axis included: `num_leading_axes`, or all but `-num_leading_axes`. `None`
/// if the input has too few.
pub(crate) const fn leading_axes(input: Shape, num_leading_axes: isize) -> Option<usize> {
    let axes = input.rank + 1;
    let leading = if num_leading_axes < 0 {
        axes.saturating_sub(num_leading_axes.unsigned_abs())
    } else {
        num_leading_axes as usize
    };
    if leading == 0 || leading >= axes { None } else { Some(leading) }
}

/// Dense: (leading axes..., rest...) -> (leading axes..., units). The batch axis is the first leading axis; a negative
/// number is that of the other axes.
#[track_caller]
pub const fn dense(input: Shape, num_units: usize, num_leading_axes: isize) -> Shape {
    real("dense", input);
    positive("dense", "num_units", num_units);
    positive("dense", "num_leading_axes", num_leading_axes.unsigned_abs());
    let Some(leading) = leading_axes(input, num_leading_axes) else {
        let negative = num_leading_axes < 0;
        Message::new()
            .text("dense: num_leading_axes = ")
            .signed(num_leading_axes)
            .text(" leaves no axis of its input of ")
            .shape(input)
            .text(if negative { " to stay" } else { " to be summed over" })
            .text("; the batch axis counts as the first, so at ")
            .text(if negative { "least " } else { "most " })
            .signed(if negative { -(input.rank as isize) } else { input.rank as isize })
            .text(" is possible")
            .panic()
    };
    let mut dims = [1; MAX_RANK];
    let mut i = 0;
    while i < leading - 1 {
        dims[i] = input.dims[i];
        i += 1;
    }
    dims[i] = num_units;
    Shape::new(dims.split_at(leading).0)
}
