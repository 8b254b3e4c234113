//! Elementwise work over slices, on one thread and on all.

use rayon::prelude::*;

use crate::Real;

/// Elements below which a hand-over to another thread costs more than it saves.
const PARALLEL: usize = 1 << 15;

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
    let chunk = chunk(sum.len(), 1);
    sum.par_chunks_mut(chunk).zip(term.par_chunks(chunk)).for_each(|(sum, term)| {
        sum.iter_mut().zip(term).for_each(|(sum, &term)| *sum += term);
    });
}

/// The length of pieces, whole rows of `row` elements, to split `len` elements over threads by. It depends on the
/// lengths alone, never on the number of threads.
pub fn chunk(len: usize, row: usize) -> usize {
    let pieces = (len / PARALLEL).clamp(1, 16);
    (len / row).div_ceil(pieces).max(1) * row
}
