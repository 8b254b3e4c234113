//! Means and deviations of the elements that share them, and the way back through them.

use crate::Real;
use crate::cpu::scratch;
use crate::cpu::sharing::Sharing;

/// The means of whole items' elements that share one, and `1 / sqrt(variance + epsilon)`.
///
/// Both come from one pass, by sums of the distances from one of the elements and of their squares: the distances are of
/// the deviation's size, so that little is lost where the mean is large.
pub fn moments<T: Real>(sharing: &Sharing, x: &[T], epsilon: f64, mean: &mut [T], inv_std: &mut [T]) {
    let factor = T::one() / count(sharing, x);
    scratch::with(sharing.len(), |start: &mut [T]| {
        sharing.firsts(x, start);
        sharing.sums([x], [start], [&mut *mean, &mut *inv_std], |[x], [start]| {
            let distance = x - start;
            [distance, distance * distance]
        });
        let epsilon = T::of(epsilon);
        for ((mean, inv_std), &mut start) in mean.iter_mut().zip(inv_std).zip(start) {
            let distance = *mean * factor;
            let variance = *inv_std * factor - distance * distance;
            *mean = start + distance;
            // Rounding may leave a little less than zero; NaN stays NaN.
            let variance = if variance < T::zero() { T::zero() } else { variance };
            *inv_std = T::one() / (variance + epsilon).sqrt();
        }
    });
}

/// How many elements share each value.
pub fn count<T: Real>(sharing: &Sharing, x: &[T]) -> T {
    T::of((x.len() / sharing.len()) as f64)
}
