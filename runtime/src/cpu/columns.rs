//! Sums over the rows of a matrix.

use ndarray::ArrayView2;

use crate::Real;
use crate::cpu::pieces::{each, write};

/// The sum of each column of `matrix`, whose rows are contiguous, in the order of its rows.
pub fn sum<T: Real>(matrix: ArrayView2<'_, T>, sums: &mut [T]) {
    let block = if matrix.len() < 1 << 15 { sums.len() } else { 64 };
    each(
        write(sums, block),
        #[inline(always)]
        |i, sums| {
            sums.fill(T::zero());
            for row in matrix.rows() {
                let row = row.to_slice().expect("contiguous rows");
                sums.iter_mut().zip(&row[i * block..]).for_each(|(sum, &value)| *sum += value);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, s};

    use super::*;

    fn plain_sums<T: Real>() {
        for (rows, columns) in [(0, 3), (1, 1), (1, 67), (7, 1), (13, 64), (500, 65), (511, 131), (40_000, 1)]
        {
            let matrix =
                Array2::from_shape_fn((rows, columns + 2), |(i, j)| T::of(((i * 5 + j) % 17) as f64 / 3.0));
            let matrix = matrix.slice(s![.., 1..=columns]);
            let mut sums = vec![T::nan(); columns];
            sum(matrix, &mut sums);
            for (column, found) in sums.into_iter().enumerate() {
                let expected = matrix.column(column).iter().fold(T::zero(), |sum, &value| sum + value);
                assert_eq!(found, expected, "{} ({rows}, {columns}) {column}", T::NAME);
            }
        }
    }

    #[test]
    fn plain_sums_f32() {
        plain_sums::<f32>()
    }

    #[test]
    fn plain_sums_f64() {
        plain_sums::<f64>()
    }
}
