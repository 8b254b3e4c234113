//! Elementwise work over slices, on one thread and on all.

use crate::Real;
use crate::cpu::pieces::{each, read, write};

/// Elements below which a hand-over to another thread costs more than it saves.
const PARALLEL: usize = 1 << 15;

/// The most pieces that work is split into.
const MOST_PIECES: usize = 16;

/// Replaces each value by `function` of it.
#[inline(always)]
pub fn apply<T: Real>(values: &mut [T], function: impl Fn(T) -> T) {
    values.iter_mut().for_each(|value| *value = function(*value));
}

/// Multiplies each element of `gradient` by `factor` of the value beside it.
#[inline(always)]
pub fn scale<T: Real>(gradient: &mut [T], values: &[T], factor: impl Fn(T) -> T) {
    gradient.iter_mut().zip(values).for_each(|(gradient, &value)| *gradient *= factor(value));
}

/// The slope of a rectifier with slope `alpha` below 0; at 0 the mean of those on both sides.
#[inline(always)]
pub fn rectifier_slope<T: Real>(x: T, alpha: T) -> T {
    if x > T::zero() {
        T::one()
    } else if x < T::zero() {
        alpha
    } else {
        T::of(0.5) * (T::one() + alpha)
    }
}

/// `sum += term`.
pub fn add<T: Real>(term: &[T], sum: &mut [T]) {
    add_of(term, sum, |term| term);
}

/// `sum += function(value)`.
pub fn add_of<T: Real>(values: &[T], sum: &mut [T], function: impl Fn(T) -> T + Sync) {
    let chunk = chunk(sum.len(), 1);
    each(
        (write(sum, chunk), read(values, chunk)),
        #[inline(always)]
        |_, (sum, values)| {
            sum.iter_mut().zip(values).for_each(|(sum, &value)| *sum += function(value));
        },
    );
}

/// The sum of all squares. Sums of pieces are added in order, whatever the number of threads.
pub fn squared_norm<T: Real>(values: &[T]) -> f64 {
    sum(values, |value| value * value)
}

/// The sum of a function of all values. Sums of pieces are added in order, whatever the number of threads.
pub fn sum<T: Real>(values: &[T], function: impl Fn(T) -> T + Sync) -> f64 {
    let mut sums = [0.0; MOST_PIECES];
    let chunk = chunk(values.len(), 1);
    each((write(&mut sums, 1), read(values, chunk)), |_, (sum, values)| {
        sum[0] =
            values.chunks(256).map(|values| values.iter().map(|&x| function(x)).sum::<T>().to_f64()).sum();
    });
    sums.iter().sum()
}

/// The length of pieces, whole rows of `row` elements, to split `len` elements over threads by. It depends on the
/// lengths alone, never on the number of threads.
pub fn chunk(len: usize, row: usize) -> usize {
    let pieces = (len / PARALLEL).clamp(1, MOST_PIECES);
    (len / row).div_ceil(pieces).max(1) * row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::isa::on_every_set;

    /// Around the lengths of vectors, and of loops that are unrolled.
    const LENGTHS: [usize; 16] = [0, 1, 2, 3, 5, 7, 8, 9, 13, 16, 17, 31, 33, 63, 67, 131];

    fn values<T: Real>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::of(((i * 37 + seed * 11) % 101) as f64 / 7.0 - 6.0)).collect()
    }

    fn every_element_once<T: Real>() {
        on_every_set(|isa| {
            for len in LENGTHS {
                // From the second value on, so that vectors are not aligned.
                let (before, factors) = (values::<T>(len + 2, 1), values::<T>(len + 2, 2));
                let inside = 1..=len;
                let mut applied = before.clone();
                apply(&mut applied[inside.clone()], |x| x * x - T::of(0.3));
                let mut scaled = before.clone();
                scale(&mut scaled[inside.clone()], &factors[inside.clone()], |y| y - T::of(0.7));
                for i in 0..len + 2 {
                    let (x, y) = (before[i], factors[i]);
                    let expected =
                        if inside.contains(&i) { (x * x - T::of(0.3), x * (y - T::of(0.7))) } else { (x, x) };
                    assert_eq!((applied[i], scaled[i]), expected, "{} {isa} {i} of {len}", T::NAME);
                }
            }
        });
    }

    #[test]
    fn every_element_once_f32() {
        every_element_once::<f32>()
    }

    #[test]
    fn every_element_once_f64() {
        every_element_once::<f64>()
    }

    #[test]
    fn sums_of_every_length() {
        for len in LENGTHS.into_iter().chain([PARALLEL - 1, 2 * PARALLEL + 1, 40 * PARALLEL + 13]) {
            let (term, before) = (values::<f32>(len, 1), values::<f32>(len, 2));
            let mut sum = before.clone();
            add(&term, &mut sum);
            assert!((0..len).all(|i| sum[i] == before[i] + term[i]), "{len}");
        }
    }

    #[test]
    fn pieces_are_whole_rows() {
        for (len, row) in [(1, 1), (70, 7), (PARALLEL * 3, 3), (1_000_000, 10), (8 << 20, 1 << 20)] {
            let chunk = chunk(len, row);
            assert!(chunk > 0 && chunk.is_multiple_of(row), "{len} {row}: {chunk}");
            assert!(len.div_ceil(chunk) <= 16, "{len} {row}: {chunk}");
        }
    }
}
