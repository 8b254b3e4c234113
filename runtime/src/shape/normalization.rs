//! Normalizations.

use super::*;

/// Response normalization over `n` neighbouring channels, an odd number: (channels, rows, columns) stay.
#[track_caller]
pub const fn local_response_normalization2d(input: Shape, n: usize) -> Shape {
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
    input
}
