//! Sums over the rows of a matrix.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::Real;

/// The sum of each column of `matrix`, whose rows are contiguous, in the order of its rows.
pub fn sum<T: Real>(matrix: ArrayView2<'_, T>, sums: &mut [T]) {
    let block = if matrix.len() < 1 << 15 { sums.len() } else { 64 };
    sums.par_chunks_mut(block).enumerate().for_each(|(i, sums)| {
        sums.fill(T::zero());
        for row in matrix.rows() {
            let row = row.to_slice().expect("contiguous rows");
            sums.iter_mut().zip(&row[i * block..]).for_each(|(sum, &value)| *sum += value);
        }
    });
}
