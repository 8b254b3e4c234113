//! The inverse of a layer.

use super::*;

/// Inverse: from the shape of a layer's output to that of its input. The inputs are what is inverted, and the
/// layer's input and output.
#[track_caller]
pub const fn inverse(inputs: &[Shape]) -> Shape {
    let [value, input, output] = inputs else { panic!("inverse: needs three inputs") };
    real("inverse", *value);
    real("inverse", *input);
    if !value.same(output) {
        Message::new()
            .text("inverse: its input is ")
            .shape(*value)
            .text(", and the layer that it is the inverse of makes ")
            .shape(*output)
            .text("; the two must agree, for example by `reshape`")
            .panic()
    }
    *input
}
