//! Pooling: windows, or other regions of an image, reduced to one value each.

mod average;
mod beside;
mod max;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::Real;

pub use average::{average_pool, average_pool_backward};
pub use max::{max_pool, max_pool_backward};

/// A box of one channel: layers, rows and columns.
pub type Region = [Range<usize>; 3];

/// The element of a channel with the largest value in a region, the first where several are equal. A NaN is larger
/// than all.
#[inline]
pub fn winner<T: Real>(channel: &[T], input: [usize; 3], region: Region) -> usize {
    let [layers, rows, columns] = region;
    let mut winner = (layers.start * input[1] + rows.start) * input[2] + columns.start;
    for layer in layers {
        for row in rows.clone() {
            let line = (layer * input[1] + row) * input[2];
            for at in line + columns.start..line + columns.end {
                if larger(channel[at], channel[winner]) {
                    winner = at;
                }
            }
        }
    }
    winner
}

/// The sum of a region's values.
#[inline]
pub fn sum<T: Real>(channel: &[T], input: [usize; 3], region: Region) -> T {
    let [layers, rows, columns] = region;
    let mut sum = T::zero();
    for layer in layers {
        for row in rows.clone() {
            let line = (layer * input[1] + row) * input[2];
            sum =
                channel[line + columns.start..line + columns.end].iter().fold(sum, |sum, &value| sum + value);
        }
    }
    sum
}

/// Adds `value` to all elements of a region.
#[inline]
pub fn add<T: Real>(value: T, channel: &mut [T], input: [usize; 3], region: Region) {
    let [layers, rows, columns] = region;
    for layer in layers {
        for row in rows.clone() {
            let line = (layer * input[1] + row) * input[2];
            channel[line + columns.start..line + columns.end].iter_mut().for_each(|sum| *sum += value);
        }
    }
}

/// Whether `a` wins over `b` where the smallest is sought. A NaN is smaller than all.
#[inline(always)]
pub fn smaller<T: Real>(a: T, b: T) -> bool {
    (a < b) | (a.is_nan() & !b.is_nan())
}

/// Whether `a` wins over `b` where the largest is sought. A NaN is larger than all.
#[inline(always)]
pub fn larger<T: Real>(a: T, b: T) -> bool {
    (a > b) | (a.is_nan() & !b.is_nan())
}
