//! Products of spectra, frequency by frequency: a small matrix product for each vector of them.

use super::transform::{Frequencies, LANES};
use crate::Real;
use crate::cpu::gemm::kernels::{Vector, VectorWork};
use crate::cpu::isa::Isa;

/// Spectra as a matrix: where its element (row, column) lies.
#[derive(Clone, Copy)]
pub struct Matrix<'a, T> {
    /// All spectra, from the vector of frequencies on that is multiplied.
    pub values: &'a [Frequencies<T>],
    /// Vectors from a row to the next, and from a column to the next.
    pub strides: [usize; 2],
}

impl<T> Matrix<'_, T> {
    fn has(&self, rows: usize, columns: usize) -> bool {
        (rows - 1) * self.strides[0] + (columns - 1) * self.strides[1] < self.values.len()
    }

    /// # Safety
    ///
    /// The matrix has the element.
    #[inline(always)]
    unsafe fn at(&self, row: usize, column: usize) -> *const T {
        // SAFETY: the caller's contract.
        unsafe { self.values.as_ptr().add(row * self.strides[0] + column * self.strides[1]).cast() }
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
        let (rows, columns) = (self.sums.len() / self.columns, self.columns);
        if rows * columns * self.depth == 0 {
            return;
        }
        assert!(self.a.has(rows, self.depth) && self.b.has(self.depth, columns), "spectra of these sizes");
        T::on_vectors(isa, self);
    }
}

impl<T: Real> VectorWork<T> for Product<'_, T> {
    /// By tiles whose sums fit the registers: there are 32 of 64 bytes, and 16 of others.
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(mut self) {
        // SAFETY: the caller's contract; the matrices have all elements, as `Product::run` has asserted.
        unsafe {
            if size_of::<V>() == 64 { product::<V, 2, 4>(&mut self) } else { product::<V, 2, 2>(&mut self) }
        }
    }
}

/// # Safety
///
/// The processor has the vectors' instruction set, and the matrices have all elements.
#[inline(always)]
unsafe fn product<V: Vector<Element: Real>, const ROWS: usize, const COLUMNS: usize>(
    product: &mut Product<'_, V::Element>,
) {
    let (rows, columns) = (product.sums.len() / product.columns, product.columns);
    let (whole_rows, whole_columns) = (rows - rows % ROWS, columns - columns % COLUMNS);
    // Loops rather than closures, which would not be compiled for the instruction set.
    //
    // SAFETY: the caller's contract, for tiles within the product.
    unsafe {
        for row in (0..whole_rows).step_by(ROWS) {
            for column in (0..whole_columns).step_by(COLUMNS) {
                tile::<V, ROWS, COLUMNS>(product, row, column);
            }
            for column in whole_columns..columns {
                tile::<V, ROWS, 1>(product, row, column);
            }
        }
        for row in whole_rows..rows {
            for column in (0..whole_columns).step_by(COLUMNS) {
                tile::<V, 1, COLUMNS>(product, row, column);
            }
            for column in whole_columns..columns {
                tile::<V, 1, 1>(product, row, column);
            }
        }
    }
}

/// Sums of some rows and columns, in registers: products of real parts, of imaginary parts, and mixed ones.
///
/// # Safety
///
/// As for [`product`]; the product has these rows and columns.
#[inline(always)]
unsafe fn tile<V: Vector<Element: Real>, const ROWS: usize, const COLUMNS: usize>(
    product: &mut Product<'_, V::Element>,
    row: usize,
    column: usize,
) {
    let Product { a, b, depth, columns, sums } = product;
    // SAFETY: every access is to an element that the caller vouches for.
    unsafe {
        for part in (0..LANES).step_by(V::LANES) {
            let mut real = [[V::zero(); COLUMNS]; ROWS];
            let (mut imaginary, mut mixed) = (real, real);
            for k in 0..*depth {
                let mut rows = [[V::zero(); 2]; ROWS];
                for (i, values) in rows.iter_mut().enumerate() {
                    let from = a.at(row + i, k).add(part);
                    *values = [V::load(from), V::load(from.add(LANES))];
                }
                for j in 0..COLUMNS {
                    let from = b.at(k, column + j).add(part);
                    let [re, im] = [V::load(from), V::load(from.add(LANES))];
                    for i in 0..ROWS {
                        real[i][j] = real[i][j].add_product(rows[i][0], re);
                        imaginary[i][j] = imaginary[i][j].add_product(rows[i][1], im);
                        mixed[i][j] = mixed[i][j].add_product(rows[i][0], im).add_product(rows[i][1], re);
                    }
                }
            }
            let minus = V::splat(-V::Element::of(1.0));
            for i in 0..ROWS {
                for j in 0..COLUMNS {
                    let [re, im] = &mut sums[(row + i) * *columns + column + j];
                    let (re, im) = (re.as_mut_ptr().add(part), im.as_mut_ptr().add(part));
                    V::load(re).add(real[i][j]).add_product(imaginary[i][j], minus).store(re);
                    V::load(im).add(mixed[i][j]).store(im);
                }
            }
        }
    }
}
