//! Work on the rows of several matrices at once, shared by threads.

use rayon::join;

use crate::Real;
use crate::cpu::isa::isa;

/// Elements below which a hand-over to another thread costs more than it saves, where an element takes several
/// exponentials.
const PARALLEL: usize = 1 << 12;

/// The most pieces that work is split into.
const MOST_PIECES: usize = 16;

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

    #[inline(always)]
    fn row(&mut self, row: usize) -> &mut [T] {
        &mut self.values[row * self.len..][..self.len]
    }

    /// Keeps the first `rows` rows, and returns the others.
    fn split_off(&mut self, rows: usize) -> Self {
        let (own, rest) = std::mem::take(&mut self.values).split_at_mut(rows * self.len);
        self.values = own;
        Rows { values: rest, len: self.len }
    }
}

/// The rows in a piece of `rows` rows of `len` elements. It depends on the lengths alone, never on the number of
/// threads.
pub fn piece(rows: usize, len: usize) -> usize {
    let pieces = (rows * len / PARALLEL).clamp(1, MOST_PIECES);
    rows.div_ceil(pieces).max(1)
}

/// Calls `work` with the number of each of `rows` rows, and that row of each matrix. Beside them it is handed a row of
/// `of_pieces`, which has one for each piece of `piece` rows: what is summed there does not depend on the number of
/// threads either.
pub fn for_each<T: Real, const M: usize>(
    rows: usize,
    piece: usize,
    matrices: [Rows<'_, T>; M],
    of_pieces: Rows<'_, T>,
    work: &(impl Fn(usize, [&mut [T]; M], &mut [T]) + Sync),
) {
    share(0..rows, piece, matrices, of_pieces, work);
}

fn share<T: Real, const M: usize>(
    rows: std::ops::Range<usize>,
    piece: usize,
    mut matrices: [Rows<'_, T>; M],
    mut of_pieces: Rows<'_, T>,
    work: &(impl Fn(usize, [&mut [T]; M], &mut [T]) + Sync),
) {
    if rows.len() <= piece {
        return isa().call(|| {
            let of_piece = of_pieces.row(0);
            for (i, row) in rows.enumerate() {
                work(row, matrices.each_mut().map(|matrix| matrix.row(i)), of_piece);
            }
        });
    }
    let pieces = rows.len().div_ceil(piece) / 2;
    let half = pieces * piece;
    let lower = matrices.each_mut().map(|matrix| matrix.split_off(half));
    let of_lower = of_pieces.split_off(pieces);
    join(
        || share(rows.start..rows.start + half, piece, matrices, of_pieces, work),
        || share(rows.start + half..rows.end, piece, lower, of_lower, work),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_once_with_the_row_of_its_piece() {
        for rows in [0_usize, 1, 2, 5, 16, 17, 100] {
            for piece in [1, 2, 3, 7, 100] {
                let pieces = rows.div_ceil(piece).max(1);
                let (mut a, mut b, mut sums) = (vec![0.0; rows * 3], vec![0.0; rows], vec![0.0; pieces * 2]);
                let matrices = [Rows::new(&mut a, 3), Rows::new(&mut b, 1)];
                for_each(rows, piece, matrices, Rows::new(&mut sums, 2), &|row, [a, b], sums| {
                    a.iter_mut().for_each(|a| *a += row as f64 + 1.0);
                    b[0] += a[2];
                    sums[1] += b[0];
                });
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
