//! Normalizations.

use super::*;

/// Refuses an `epsilon` that does not keep variances from being zero or less.
#[track_caller]
pub const fn epsilon(layer: &str, epsilon: f64) {
    if !(epsilon >= 0.0 && epsilon.is_finite()) {
        Message::new()
            .text(layer)
            .text(
                ": epsilon is added to the variance, and must be a number of at least 0; it is usually 1e-4",
            )
            .panic()
    }
}

/// Refuses an `alpha` that is no share of a batch in the running averages.
#[track_caller]
pub const fn running_average(layer: &str, alpha: f64) {
    if !(alpha >= 0.0 && alpha <= 1.0) {
        Message::new()
            .text(layer)
            .text(": alpha is the share of the newest batch in the running averages, from 0 to 1; it is usually 0.1")
            .panic()
    }
}

/// Response normalization by `k + alpha` times the squares of `n` neighbouring channels, an odd number: (channels, rows,
/// columns) stay.
#[track_caller]
pub const fn local_response_normalization2d(input: Shape, alpha: f64, k: f64, n: usize) -> Shape {
    let layer = "local_response_normalization2d";
    real(layer, input);
    rank(layer, input, 3, "(channels, rows, columns)");
    if n.is_multiple_of(2) {
        Message::new()
            .text(layer)
            .text(": n = ")
            .number(n)
            .text(" has no middle; the number of channels summed over must be odd, for example ")
            .number(n + 1)
            .panic()
    }
    if !(k > 0.0 && k.is_finite() && alpha >= 0.0 && alpha.is_finite()) {
        Message::new()
            .text(layer)
            .text(": divides by a power of k + alpha times a sum of squares, so k must be above 0 and alpha at least 0; ")
            .text("they are usually 2 and 1e-4")
            .panic()
    }
    input
}
