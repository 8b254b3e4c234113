//! Work on the rows of several matrices at once, shared by threads.

use crate::Real;
use crate::cpu::pieces::{Write, each, rows_of_piece, write};

/// Elements below which a hand-over to another thread costs more than it saves, where an element takes several
/// exponentials.
const PARALLEL: usize = 1 << 11;

/// Rows side by side in memory, `len` values each.
pub struct Rows<'a, T> {
    values: &'a mut [T],
    len: usize,
}

impl<'a, T> Rows<'a, T> {
    /// The rows of `values`.
    pub fn new(values: &'a mut [T], len: usize) -> Self {
        Rows { values, len }
    }

    /// Pieces of so many rows; none where they have no values, so that there would be none to count.
    fn pieces(self, rows: usize) -> Option<Write<'a, T>>
    where
        T: Send,
    {
        (self.len > 0).then(|| write(self.values, rows * self.len))
    }
}

/// The rows in a piece of `rows` rows of `len` elements. It depends on the lengths alone, never on the number of
/// threads.
pub fn piece(rows: usize, len: usize) -> usize {
    rows_of_piece(rows, len, PARALLEL)
}

/// What is done with a row of each of `M` matrices.
pub trait RowWork<T, const M: usize>: Sync {
    /// Does the work on row number `row`; `of_piece` is for sums over the rows of a piece. Mark it `#[inline(always)]`
    /// to have it compiled for the vector instructions in use.
    fn row(&self, row: usize, matrices: [&mut [T]; M], of_piece: &mut [T]);
}

impl<T, const M: usize, F: Fn(usize, [&mut [T]; M], &mut [T]) + Sync> RowWork<T, M> for F {
    #[inline(always)]
    fn row(&self, row: usize, matrices: [&mut [T]; M], of_piece: &mut [T]) {
        self(row, matrices, of_piece)
    }
}

/// Does `work` on each of `rows` rows. Beside the rows it is handed one of `of_pieces`, which has one for each piece of
/// `piece` rows: what is summed there does not depend on the number of threads either.
pub fn for_each<T: Real, const M: usize>(
    rows: usize,
    piece: usize,
    matrices: [Rows<'_, T>; M],
    of_pieces: Rows<'_, T>,
    work: &impl RowWork<T, M>,
) {
    let lens = matrices.each_ref().map(|matrix| matrix.len);
    let split = (matrices.map(|matrix| matrix.pieces(piece)), of_pieces.pieces(1));
    each(
        split,
        #[inline(always)]
        |number, (mut matrices, of_piece)| {
            let mut none = [];
            let of_piece = of_piece.unwrap_or(&mut none);
            for row in 0..piece.min(rows - number * piece) {
                let mut cuts = matrices.iter_mut().zip(lens);
                let matrices: [&mut [T]; M] = std::array::from_fn(|_| match cuts.next() {
                    Some((Some(values), len)) => &mut values[row * len..][..len],
                    _ => &mut [],
                });
                work.row(number * piece + row, matrices, of_piece);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::pieces::MOST_PIECES;

    struct Count;

    impl RowWork<f64, 2> for Count {
        fn row(&self, row: usize, [a, b]: [&mut [f64]; 2], sums: &mut [f64]) {
            a.iter_mut().for_each(|a| *a += row as f64 + 1.0);
            b[0] += a[2];
            sums[1] += b[0];
        }
    }

    #[test]
    fn every_row_once_with_the_row_of_its_piece() {
        for rows in [0_usize, 1, 2, 5, 16, 17, 100] {
            for piece in [1, 2, 3, 7, 100] {
                let pieces = rows.div_ceil(piece).max(1);
                let (mut a, mut b, mut sums) = (vec![0.0; rows * 3], vec![0.0; rows], vec![0.0; pieces * 2]);
                let matrices = [Rows::new(&mut a, 3), Rows::new(&mut b, 1)];
                for_each(rows, piece, matrices, Rows::new(&mut sums, 2), &Count);
                for row in 0..rows {
                    assert_eq!(
                        (a[3 * row], a[3 * row + 2], b[row]),
                        (row as f64 + 1.0, row as f64 + 1.0, a[3 * row])
                    );
                }
                for (number, sums) in sums.chunks(2).enumerate() {
                    let own = (number * piece..((number + 1) * piece).min(rows)).map(|row| row as f64 + 1.0);
                    assert_eq!(sums, [0.0, own.sum()], "{rows} {piece} {number}");
                }
            }
        }
    }

    #[test]
    fn pieces_are_few() {
        for (rows, len) in [(0, 8), (1, 1 << 20), (7, 5), (1000, 1), (1000, 1000)] {
            let piece = piece(rows, len);
            assert!(piece > 0 && rows.div_ceil(piece) <= MOST_PIECES, "{rows} {len}: {piece}");
        }
    }
}
