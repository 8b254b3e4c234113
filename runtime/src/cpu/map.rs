//! Elementwise work over slices, on one thread and on all.

use rayon::prelude::*;

use crate::Real;

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

/// `sum += term`.
pub fn add<T: Real>(term: &[T], sum: &mut [T]) {
    add_of(term, sum, |term| term);
}

/// `sum += function(value)`.
pub fn add_of<T: Real>(values: &[T], sum: &mut [T], function: impl Fn(T) -> T + Sync) {
    let chunk = chunk(sum.len(), 1);
    sum.par_chunks_mut(chunk).zip(values.par_chunks(chunk)).for_each(|(sum, values)| {
        sum.iter_mut().zip(values).for_each(|(sum, &value)| *sum += function(value));
    });
}

/// The sum of all squares. Sums of pieces are added in order, whatever the number of threads.
pub fn squared_norm<T: Real>(values: &[T]) -> f64 {
    sum(values, |value| value * value)
}

/// The sum of a function of all values. Sums of pieces are added in order, whatever the number of threads.
pub fn sum<T: Real>(values: &[T], function: impl Fn(T) -> T + Sync) -> f64 {
    let mut sums = [0.0; MOST_PIECES];
    let chunk = chunk(values.len(), 1);
    sums.par_iter_mut().zip(values.par_chunks(chunk)).for_each(|(sum, values)| {
        *sum = values.chunks(256).map(|values| values.iter().map(|&x| function(x)).sum::<T>().to_f64()).sum();
    });
    sums.iter().sum()
}

/// The length of pieces, whole rows of `row` elements, to split `len` elements over threads by. It depends on the
/// lengths alone, never on the number of threads.
pub fn chunk(len: usize, row: usize) -> usize {
    let pieces = (len / PARALLEL).clamp(1, MOST_PIECES);
    (len / row).div_ceil(pieces).max(1) * row
}
