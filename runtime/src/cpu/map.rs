//! Elementwise work over slices, on one thread and on all.

use crate::Real;
use crate::cpu::pieces::{MOST_PIECES, chunk, each, read, write};

/// Replaces each value by `function` of it.
#[inline(always)]
pub fn apply<T: Real>(values: &mut [T], function: impl Fn(T) -> T) {
    values.iter_mut().for_each(|value| *value = function(*value));
}

/// Values that become a function of themselves, or of others: (from, to).
pub trait Become<'a, T: Real> {
    /// Applies the function.
    fn become_of(self, function: impl Fn(T) -> T);

    /// The values, which become themselves first.
    fn in_place(self) -> &'a mut [T];
}

impl<'a, T: Real> Become<'a, T> for &'a mut [T] {
    #[inline(always)]
    fn become_of(self, function: impl Fn(T) -> T) {
        apply(self, function);
    }

    #[inline(always)]
    fn in_place(self) -> &'a mut [T] {
        self
    }
}

impl<'a, T: Real> Become<'a, T> for (&[T], &'a mut [T]) {
    #[inline(always)]
    fn become_of(self, function: impl Fn(T) -> T) {
        self.1.iter_mut().zip(self.0).for_each(|(to, &from)| *to = function(from));
    }

    #[inline(always)]
    fn in_place(self) -> &'a mut [T] {
        self.1.copy_from_slice(self.0);
        self.1
    }
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

/// Partial results that run beside each other, so that they can be combined as vectors.
const LANES: usize = 32;

/// All values combined, in an order that depends on their number alone. Combining with `start` changes nothing.
#[inline(always)]
pub fn fold<T: Real>(values: &[T], start: T, combine: impl Fn(T, T) -> T) -> T {
    fold_of([values], start, |[value]| value, combine)
}

/// The sum of the products of values beside each other, added in the same order.
#[inline(always)]
pub fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    fold_of([a, b], T::zero(), |[a, b]| a * b, |sum, product| sum + product)
}

#[inline(always)]
fn fold_of<T: Real, const N: usize>(
    from: [&[T]; N],
    start: T,
    function: impl Fn([T; N]) -> T,
    combine: impl Fn(T, T) -> T,
) -> T {
    let mut lanes = [start; LANES];
    let whole = from[0].len() / LANES * LANES;
    for first in (0..whole).step_by(LANES) {
        let from = from.map(|from| &from[first..first + LANES]);
        for (lane, result) in lanes.iter_mut().enumerate() {
            *result = combine(*result, function(from.map(|from| from[lane])));
        }
    }
    for (i, result) in (whole..from[0].len()).zip(&mut lanes) {
        *result = combine(*result, function(from.map(|from| from[i])));
    }
    of_lanes(lanes, combine)
}

/// The sums of what `function` makes of values beside each other, added in the order of [`fold`].
#[inline(always)]
pub fn sums<T: Real, const N: usize, const M: usize>(
    from: [&[T]; N],
    function: impl Fn([T; N]) -> [T; M],
) -> [T; M] {
    // Not M times the same: the compiler makes vectors of this, with every element read once.
    let mut lanes = [[T::zero(); LANES]; M];
    let whole = from[0].len() / LANES * LANES;
    for first in (0..whole).step_by(LANES) {
        let from = from.map(|from| &from[first..first + LANES]);
        for lane in 0..LANES {
            let terms = function(from.map(|from| from[lane]));
            lanes.iter_mut().zip(terms).for_each(|(lanes, term)| lanes[lane] += term);
        }
    }
    for (lane, i) in (whole..from[0].len()).enumerate() {
        let terms = function(from.map(|from| from[i]));
        lanes.iter_mut().zip(terms).for_each(|(lanes, term)| lanes[lane] += term);
    }
    lanes.map(|lanes| of_lanes(lanes, |sum, term| sum + term))
}

/// Replaces each value by `function` of it; returns the sum of the results, added in the order of [`fold`].
#[inline(always)]
pub fn apply_and_sum<T: Real>(values: &mut [T], function: impl Fn(T) -> T) -> T {
    let mut lanes = [T::zero(); LANES];
    let mut blocks = values.chunks_exact_mut(LANES);
    for block in &mut blocks {
        for (value, sum) in block.iter_mut().zip(&mut lanes) {
            *value = function(*value);
            *sum += *value;
        }
    }
    for (value, sum) in blocks.into_remainder().iter_mut().zip(&mut lanes) {
        *value = function(*value);
        *sum += *value;
    }
    of_lanes(lanes, |sum, term| sum + term)
}

/// The lanes combined, halves with halves.
#[inline(always)]
fn of_lanes<T: Real>(mut lanes: [T; LANES], combine: impl Fn(T, T) -> T) -> T {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = combine(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// Calls `work` with the number of each chunk of `to`, and the chunk: on all threads.
#[inline]
#[expect(clippy::redundant_closure, reason = "a closure can be told to be inlined")]
pub fn each_chunk<T: Send>(to: &mut [T], chunk: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    each(
        write(to, chunk),
        #[inline(always)]
        |number, to| work(number, to),
    );
}

/// Elements of a piece that stays in the first-level cache, with two more as long.
const PIECE: usize = 2048;

/// Calls `work` with pieces of `to`, whole rows of `row` elements, and the same part of each of `from`: on all threads,
/// and compiled for the instruction set in use.
pub fn in_pieces<T: Real, const N: usize>(
    row: usize,
    to: &mut [T],
    from: [&[T]; N],
    work: impl Fn(&mut [T], [&[T]; N]) + Sync,
) {
    let chunk = chunk(to.len(), row);
    let piece = (PIECE / row).max(1) * row;
    each(
        (write(to, chunk), from.map(|from| read(from, chunk))),
        #[inline(always)]
        |_, (to, from)| {
            for (i, to) in to.chunks_mut(piece).enumerate() {
                let from = from.map(|from| &from[i * piece..][..to.len()]);
                work(to, from);
            }
        },
    );
}

/// `sum += term`.
pub fn add<T: Real>(term: &[T], sum: &mut [T]) {
    add_of(term, sum, |term| term);
}

/// `sum += function(value)`.
pub fn add_of<T: Real>(values: &[T], sum: &mut [T], function: impl Fn(T) -> T + Sync) {
    in_pieces(1, sum, [values], |sum, [values]| {
        sum.iter_mut().zip(values).for_each(|(sum, &value)| *sum += function(value));
    });
}

/// The sum of all squares, in `f64`: those of large `f32` are infinite, of small ones 0. Sums of pieces are added in
/// order, whatever the number of threads.
pub fn squared_norm<T: Real>(values: &[T]) -> f64 {
    of_chunks(
        values,
        #[inline(always)]
        |values| {
            let mut lanes = [0.0; LANES];
            for block in values.chunks(LANES) {
                lanes
                    .iter_mut()
                    .zip(block)
                    .for_each(|(lane, &value)| *lane += value.to_f64() * value.to_f64());
            }
            of_lanes(lanes, |sum, term| sum + term)
        },
    )
}

/// The sum of a function of all values. Sums of pieces are added in order, whatever the number of threads.
pub fn sum<T: Real>(values: &[T], function: impl Fn(T) -> T + Sync) -> f64 {
    of_chunks(
        values,
        #[inline(always)]
        |values| values.chunks(256).map(|block| sums([block], |[x]| [function(x)])[0].to_f64()).sum(),
    )
}

/// The results for chunks of all values, added in order.
fn of_chunks<T: Real>(values: &[T], of_chunk: impl Fn(&[T]) -> f64 + Sync) -> f64 {
    let mut of_chunks = [0.0; MOST_PIECES];
    let chunk = chunk(values.len(), 1);
    each(
        (write(&mut of_chunks, 1), read(values, chunk)),
        #[inline(always)]
        |_, (sum, values)| sum[0] = of_chunk(values),
    );
    of_chunks.iter().sum()
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
        for len in LENGTHS.into_iter().chain([32_767, 65_537, 1_310_733]) {
            let (term, before) = (values::<f32>(len, 1), values::<f32>(len, 2));
            let mut sum = before.clone();
            add(&term, &mut sum);
            assert!((0..len).all(|i| sum[i] == before[i] + term[i]), "{len}");
        }
    }

    #[test]
    fn squares_neither_overflow_nor_vanish() {
        for (value, len) in [(3e30_f32, 70), (2e-30, 4097), (0.5, 1), (-7.0, 0)] {
            let expected = f64::from(value).powi(2) * len as f64;
            assert!((squared_norm(&vec![value; len]) - expected).abs() <= 1e-12 * expected, "{value} {len}");
        }
    }

    #[test]
    fn folds_of_every_length() {
        on_every_set(|isa| {
            for len in LENGTHS {
                let (a, b) = (values::<f64>(len, 1), values::<f64>(len, 2));
                let expected: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
                assert!((dot(&a, &b) - expected).abs() < 1e-9, "{isa} {len}");
                let largest = a.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                assert_eq!(fold(&a, f64::NEG_INFINITY, f64::max), largest, "{isa} {len}");
                let mut doubled = a.clone();
                let sum = fold(&a, 0.0, |sum, value| sum + value);
                assert_eq!(apply_and_sum(&mut doubled, |x| x + x), 2.0 * sum, "{isa} {len}");
                assert!(doubled.iter().zip(&a).all(|(doubled, x)| *doubled == 2.0 * x));
            }
        });
    }

    #[test]
    fn pieces_hold_every_row_once() {
        for (rows, row) in [(0, 3), (1, 1), (5, 7), (3, PIECE + 1), (70_001, 3)] {
            let from = values::<f32>(rows * row, 1);
            let mut to = vec![1.0; from.len()];
            in_pieces(row, &mut to, [&from], |to, [from]| {
                assert!(to.len().is_multiple_of(row) && to.len() == from.len());
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            });
            assert!(to.iter().zip(&from).all(|(to, from)| *to == 1.0 + from), "{rows} {row}");
        }
    }
}
