//! Arrays that objectives take beside the outputs.

use ndarray::{Array, ArrayView, Dimension};

/// Reals of the outputs' element type `T` in `R` axes: targets of objectives that compare element by element, or
/// weights.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are no values of `{T}` with the axes `{R}`",
    label = "other values are needed here",
    note = "targets and weights are an `ArrayView` or an `&Array` of the network's element type; targets that are \
            compared element by element have the output's axes, (batch, 1) for `dense(1)`: \
            `targets.insert_axis(Axis(1))` makes them of (batch)",
    note = "weights have the axes of the losses: those of the output, or for objectives over classes all but its last"
)]
pub trait Values<T, R: Dimension> {
    /// A view of them.
    fn values(&self) -> ArrayView<'_, T, R>;
}

impl<T, R: Dimension> Values<T, R> for ArrayView<'_, T, R> {
    fn values(&self) -> ArrayView<'_, T, R> {
        self.view()
    }
}

impl<T, R: Dimension> Values<T, R> for &Array<T, R> {
    fn values(&self) -> ArrayView<'_, T, R> {
        (*self).view()
    }
}
