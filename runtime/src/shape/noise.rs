//! Dropout and noise.

use super::*;

/// Dropout: the shape stays; `p` must be in [0, 1).
#[track_caller]
pub const fn dropout(input: Shape, p: f64) -> Shape {
    real("dropout", input);
    if !(p >= 0.0 && p < 1.0) {
        Message::new()
            .text("dropout: the probability of setting a value to zero must be at least 0 and below 1")
            .panic()
    }
    input
}
