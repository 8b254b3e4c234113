//! Means and deviations of the elements that share them, and the way back through them.

use crate::Real;
use crate::cpu::sharing::Sharing;

/// The means of whole items' elements that share one, and `1 / sqrt(variance + epsilon)`.
pub fn moments<T: Real>(sharing: &Sharing, x: &[T], epsilon: f64, mean: &mut [T], inv_std: &mut [T]) {
    let factor = T::one() / count(sharing, x);
    sharing.sums([x], [mean], |_, [x]| [x]);
    mean.iter_mut().for_each(|mean| *mean *= factor);
    sharing.sums([x], [inv_std], |place, [x]| {
        let difference = x - mean[place];
        [difference * difference]
    });
    let epsilon = T::of(epsilon);
    inv_std.iter_mut().for_each(|value| *value = T::one() / (*value * factor + epsilon).sqrt());
}

/// How many elements share each value.
pub fn count<T: Real>(sharing: &Sharing, x: &[T]) -> T {
    T::of((x.len() / sharing.len()) as f64)
}
