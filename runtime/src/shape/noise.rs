//! Dropout and noise.

use super::*;

/// Dropout: the shape stays; `p` must be in [0, 1).
#[track_caller]
pub const fn dropout(input: Shape, p: f64, shared_axes: Axes) -> Shape {
    if !(p >= 0.0 && p < 1.0) {
        Message::new()
            .text("dropout: the probability of setting a value to zero must be at least 0 and below 1")
            .panic()
    }
    shared("dropout", "shared_axes", input, shared_axes)
}

/// Gaussian noise: the shape stays; `sigma` must not be negative.
#[track_caller]
pub const fn gaussian_noise(input: Shape, sigma: f64) -> Shape {
    real("gaussian_noise", input);
    if sigma < 0.0 || sigma.is_nan() {
        Message::new().text("gaussian_noise: the standard deviation sigma must be at least 0").panic()
    }
    input
}
