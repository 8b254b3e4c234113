//! Outputs that must be probabilities.

use super::ObjectiveError;
use crate::Real;
use crate::arrays::place;

/// How far below 0 or above 1 a probability may be: farther than rounding takes it.
const ROUNDING: f64 = 1e-3;

/// Refuses what is no probability among `outputs`, of which the first is number `first` of those with the axes `dims`.
///
/// NaN passes: the loss tells of it.
pub(super) fn check<T: Real>(
    (objective, nonlinearity): (&'static str, &'static str),
    dims: &[usize],
    first: usize,
    outputs: impl IntoIterator<Item = T>,
) -> Result<(), ObjectiveError> {
    let (least, most) = (T::of(-ROUNDING), T::of(1.0 + ROUNDING));
    match outputs.into_iter().enumerate().find(|&(_, output)| output < least || output > most) {
        Some((number, output)) => Err(ObjectiveError::Probability {
            objective,
            place: place(first + number, dims),
            found: output.to_f64(),
            nonlinearity,
        }),
        None => Ok(()),
    }
}
