//! Means and deviations of the elements that share them, and the way back through them.

use crate::Real;
use crate::cpu::sharing::Sharing;
use crate::cpu::{map, scratch};

/// How far from the mean, in variances, the squared distance of the element may be that others are measured from.
const FAR: f64 = 64.0;

/// The means of whole items' elements that share one, and `1 / sqrt(variance + epsilon)`.
///
/// Both come from one pass, by sums of the distances from one of the elements and of their squares: the distances are of
/// the deviation's size, so that little is lost where the mean is large. Where that element is an outlier, such as the
/// dark corner of bright images, a second pass measures from the mean of the first.
pub fn moments<T: Real>(sharing: &Sharing, x: &[T], epsilon: f64, mean: &mut [T], inv_std: &mut [T]) {
    scratch::with(sharing.len(), |start: &mut [T]| {
        sharing.firsts(x, start);
        let is_far = pass(sharing, x, epsilon, start, mean, inv_std);
        if is_far {
            start.copy_from_slice(mean);
            pass(sharing, x, epsilon, start, mean, inv_std);
        }
    });
}

/// One pass; returns whether an element that it measured from was an outlier.
fn pass<T: Real>(
    sharing: &Sharing,
    x: &[T],
    epsilon: f64,
    start: &[T],
    mean: &mut [T],
    inv_std: &mut [T],
) -> bool {
    let (share, epsilon) = (T::one() / count(sharing, x), T::of(epsilon));
    sharing.sums([x], [start], [&mut *mean, &mut *inv_std], |[x], [start]| {
        let distance = x - start;
        [distance, distance * distance]
    });
    let mut is_far = false;
    for ((mean, inv_std), &start) in mean.iter_mut().zip(inv_std).zip(start) {
        let found = of_sums([*mean, *inv_std].map(|sum| sum * share), start, epsilon);
        (*mean, *inv_std) = (found.mean, found.inv_std);
        is_far |= found.is_far;
    }
    is_far
}

/// What the means of distances and of their squares say.
struct Found<T> {
    mean: T,
    inv_std: T,
    /// Whether the element that they are measured from was an outlier.
    is_far: bool,
}

#[inline(always)]
fn of_sums<T: Real>([distance, squared]: [T; 2], start: T, epsilon: T) -> Found<T> {
    let variance = squared - distance * distance;
    // Rounding may leave a little less than zero; NaN stays NaN.
    let variance = if variance < T::zero() { T::zero() } else { variance };
    Found {
        mean: start + distance,
        inv_std: T::one() / (variance + epsilon).sqrt(),
        is_far: distance * distance > T::of(FAR) * variance,
    }
}

/// The same for values side by side that all share them, of which there is at least one.
#[inline(always)]
pub fn moments_of_row<T: Real>(x: &[T], epsilon: T) -> [T; 2] {
    let mut found = pass_of_row(x, epsilon, x[0]);
    if found.is_far {
        found = pass_of_row(x, epsilon, found.mean);
    }
    [found.mean, found.inv_std]
}

#[inline(always)]
fn pass_of_row<T: Real>(x: &[T], epsilon: T, start: T) -> Found<T> {
    let share = T::one() / T::of(x.len() as f64);
    let sums = map::sums([x], |[x]| {
        let distance = x - start;
        [distance, distance * distance]
    });
    of_sums(sums.map(|sum| sum * share), start, epsilon)
}

/// How many elements share each value.
pub fn count<T: Real>(sharing: &Sharing, x: &[T]) -> T {
    T::of((x.len() / sharing.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shape;

    #[test]
    fn an_outlier_to_measure_from_loses_nothing() {
        // Two channels of 2000 elements: the first element of one is far from the others.
        let sharing = Sharing::new(Shape::new(&[2, 2000]), [true, false, true, false, false, false]);
        let wave = |i: usize| 200.0 + 0.1 * (i as f32 * 0.7).sin();
        let x: Vec<f32> = (0..4000).map(|i| if i == 0 { 0.0 } else { wave(i) }).collect();
        let (mut mean, mut inv_std) = ([0.0; 2], [0.0; 2]);
        moments(&sharing, &x, 0.0, &mut mean, &mut inv_std);
        for (channel, x) in x.chunks(2000).enumerate() {
            let exact = x.iter().map(|&x| f64::from(x)).sum::<f64>() / 2000.0;
            let variance = x.iter().map(|&x| (f64::from(x) - exact).powi(2)).sum::<f64>() / 2000.0;
            assert!((f64::from(mean[channel]) - exact).abs() < 1e-4 * exact, "{channel}: {mean:?} {exact}");
            let deviation = 1.0 / f64::from(inv_std[channel]);
            assert!((deviation / variance.sqrt() - 1.0).abs() < 1e-4, "{channel}: {deviation} {variance}");
            let of_row = moments_of_row(x, 0.0).map(f64::from);
            assert!((of_row[0] - exact).abs() < 1e-4 * exact, "{channel}: {of_row:?} {exact}");
            assert!(
                (1.0 / of_row[1] / variance.sqrt() - 1.0).abs() < 1e-4,
                "{channel}: {of_row:?} {variance}"
            );
        }
    }
}
