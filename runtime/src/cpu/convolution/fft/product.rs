//! Products of spectra, frequency by frequency: a small matrix product for each vector of them.

use super::transform::{Frequencies, LANES};
use crate::Real;
use crate::cpu::convolution::madd;
use crate::cpu::isa::{Isa, Work};

/// Spectra as a matrix: where its element (row, column) lies.
#[derive(Clone, Copy)]
pub struct Matrix<'a, T> {
    /// All spectra, from the vector of frequencies on that is multiplied.
    pub values: &'a [Frequencies<T>],
    /// Vectors from a row to the next, and from a column to the next.
    pub strides: [usize; 2],
}

impl<T> Matrix<'_, T> {
    #[inline(always)]
    fn at(&self, row: usize, column: usize) -> &Frequencies<T> {
        &self.values[row * self.strides[0] + column * self.strides[1]]
    }
}

/// `sums += a b` of one vector of frequencies, for `a` (rows, depth), `b` (depth, columns) and sums (rows, columns) side
/// by side.
pub struct Product<'a, T> {
    pub a: Matrix<'a, T>,
    pub b: Matrix<'a, T>,
    pub depth: usize,
    pub columns: usize,
    pub sums: &'a mut [Frequencies<T>],
}

impl<T: Real> Product<'_, T> {
    /// Computes it.
    pub fn run(self, isa: Isa) {
        match isa {
            Isa::Portable => isa.run(Tiles::<T, false>(self)),
            _ => isa.run(Tiles::<T, true>(self)),
        }
    }
}

/// The rows and columns of a tile, whose sums stay in registers.
const TILE: [usize; 2] = [2, 4];

/// The product tile by tile; `FUSED` if the processor has fused multiply-adds.
struct Tiles<'a, T, const FUSED: bool>(Product<'a, T>);

impl<T: Real, const FUSED: bool> Work for Tiles<'_, T, FUSED> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let (rows, columns) = (self.0.sums.len() / self.0.columns, self.0.columns);
        let [height, width] = TILE;
        let whole = [rows - rows % height, columns - columns % width];
        for row in (0..whole[0]).step_by(height) {
            (0..whole[1]).step_by(width).for_each(|column| self.tile::<{ TILE[0] }, { TILE[1] }>(row, column));
            (whole[1]..columns).for_each(|column| self.tile::<{ TILE[0] }, 1>(row, column));
        }
        for row in whole[0]..rows {
            (0..whole[1]).step_by(width).for_each(|column| self.tile::<1, { TILE[1] }>(row, column));
            (whole[1]..columns).for_each(|column| self.tile::<1, 1>(row, column));
        }
    }
}

impl<T: Real, const FUSED: bool> Tiles<'_, T, FUSED> {
    #[inline(always)]
    fn tile<const ROWS: usize, const COLUMNS: usize>(&mut self, row: usize, column: usize) {
        let Product { a, b, depth, columns, sums } = &mut self.0;
        let zero = [[[T::zero(); LANES]; COLUMNS]; ROWS];
        let (mut real, mut imaginary) = (zero, zero);
        for k in 0..*depth {
            for i in 0..ROWS {
                let [a_re, a_im] = a.at(row + i, k);
                for j in 0..COLUMNS {
                    let [b_re, b_im] = b.at(k, column + j);
                    let (re, im) = (&mut real[i][j], &mut imaginary[i][j]);
                    for lane in 0..LANES {
                        re[lane] = madd::<T, FUSED>(a_re[lane], b_re[lane], re[lane]);
                        re[lane] = madd::<T, FUSED>(-a_im[lane], b_im[lane], re[lane]);
                        im[lane] = madd::<T, FUSED>(a_re[lane], b_im[lane], im[lane]);
                        im[lane] = madd::<T, FUSED>(a_im[lane], b_re[lane], im[lane]);
                    }
                }
            }
        }
        for i in 0..ROWS {
            for j in 0..COLUMNS {
                let [re, im] = &mut sums[(row + i) * *columns + column + j];
                for lane in 0..LANES {
                    re[lane] += real[i][j][lane];
                    im[lane] += imaginary[i][j][lane];
                }
            }
        }
    }
}
