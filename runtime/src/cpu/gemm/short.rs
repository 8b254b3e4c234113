//! Products of few rows: they take as long as B takes to be read.
//!
//! So B is read in the order of memory. If its rows are contiguous, each thread reads a range of them (a range of the
//! columns is read at half the speed): a piece of k, whose products are summed into a C of its own. These are added in
//! order. If its columns are contiguous, each thread has a range of them: elements of C are dot products.

use std::ops::Range;

use ndarray::ArrayView2;

use super::Epilogue;
use super::blocks::{Operand, Product};
use super::cuts::cut;
use super::kernels::{STEPS, Stream};
use crate::Real;
use crate::cpu::isa::Work;
use crate::cpu::scratch;
use crate::cpu::threads::{self, Parts};

/// The most rows of tiles.
pub const MOST_TILES: usize = 3;

/// The most rows if numbers of B are rounded as they are read.
const MOST_ROUNDED: usize = 8;

/// The fewest rows of B in a piece, and the fewest for each row of C: a piece has a C of its own to write.
const LEAST_STEPS: usize = 64;
const LEAST_STEPS_PER_ROW: usize = 8;

/// With fewer pieces there is too little for several threads; more cost too much when they are added.
const PIECES: Range<usize> = 4..17;

/// The columns of C that are added at a time.
const COLUMNS: usize = 512;

/// The columns of B whose dot products are taken at a time.
const DOTS: usize = 32;

impl<T: Real, E: Epilogue<T>> Product<'_, T, E> {
    /// Computes C, if the product is short; else does nothing and returns false.
    ///
    /// The product of a smaller batch to come may be short: there is room for its sums from now on, so that it allocates
    /// nothing.
    pub fn run_if_short(&self, threads: usize) -> bool {
        if self.is_short_by_rows() {
            self.run_by_rows(threads);
        } else if self.is_short_by_columns() {
            self.run_by_columns(threads);
        } else {
            self.reserve_sums();
            return false;
        }
        true
    }

    /// Sees to it that this thread has memory for the sums of short products of smaller batches.
    pub fn reserve_sums(&self) {
        scratch::reserve::<T>(self.most_sums());
    }

    /// The same with all factors [rounded](crate::cpu::round::Factor): those of A, of whatever strides, into memory of their
    /// own, those of B as they are read.
    pub fn run_rounded_if_short(self, a: ArrayView2<T>, threads: usize) -> bool {
        let product = Product { a: Operand::rows(std::ptr::null(), self.depth), rounded_b: true, ..self };
        let is_short = product.is_short_by_rows() || product.is_short_by_columns();
        scratch::with(MOST_ROUNDED * product.depth, |rounded: &mut [T]| {
            if product.rows > MOST_ROUNDED || !is_short {
                product.reserve_sums();
                return false;
            }
            rounded.iter_mut().zip(a).for_each(|(to, from)| *to = from.rounded());
            let a = Operand::rows(rounded.as_ptr(), product.depth);
            Product { a, ..product }.run_if_short(threads)
        })
    }

    /// The most sums of [pieces](Self::pieces) that any number of rows leads to, of products such as this one.
    fn most_sums(&self) -> usize {
        let is_read_by_rows = self.a.column_stride == 1 && self.b.column_stride == 1;
        let most_rows = MOST_TILES * self.kernels.rows();
        let rows_of_pieces = (self.depth / LEAST_STEPS_PER_ROW).min((PIECES.end - 1) * most_rows);
        let has_pieces = self.depth / LEAST_STEPS >= PIECES.start;
        if is_read_by_rows && has_pieces { rows_of_pieces * self.columns } else { 0 }
    }

    /// The pieces that k is cut into; a function of the lengths alone.
    fn pieces(&self) -> usize {
        (self.depth / LEAST_STEPS.max(LEAST_STEPS_PER_ROW * self.rows)).min(PIECES.end - 1)
    }

    /// Whether the product has few rows, long ones, and operands that are read row by row.
    fn is_short_by_rows(&self) -> bool {
        let in_place = self.packed_b.is_none() && self.a.column_stride == 1 && self.b.column_stride == 1;
        in_place && self.rows <= MOST_TILES * self.kernels.rows() && self.pieces() >= PIECES.start
    }

    /// Computes a C that [is short](Self::is_short_by_rows).
    fn run_by_rows(&self, threads: usize) {
        let (pieces, len) = (self.pieces(), self.rows * self.columns);
        scratch::with(pieces * len, |sums: &mut [T]| {
            let sums = Sums { product: self, first: sums.as_mut_ptr() };
            share(threads, pieces, |parts| {
                for piece in parts {
                    let k = cut(self.depth, STEPS, pieces, piece);
                    let product = Stream {
                        rows: self.rows,
                        columns: self.columns,
                        depth: k.len(),
                        a: self.a.at(0, k.start),
                        a_row_stride: self.a.row_stride,
                        b: self.b.at(k.start, 0),
                        b_stride: self.b.row_stride,
                        c: sums.row(piece, 0),
                        c_row_stride: self.columns as isize,
                    };
                    // SAFETY: A and B hold all rows and columns for the whole of `k`, the sums are this piece's own,
                    // and the processor has the kernels' instruction set.
                    unsafe { (self.kernels.stream[usize::from(self.rounded_b)])(&product) };
                }
            });
            share(threads, self.columns.div_ceil(COLUMNS), |parts| {
                for part in parts {
                    let columns = part * COLUMNS..self.columns.min((part + 1) * COLUMNS);
                    self.isa.run(Total { sums: &sums, pieces, columns });
                }
            });
        });
    }

    /// Whether the product has few rows, and a B whose columns are contiguous. C is written, not added to.
    fn is_short_by_columns(&self) -> bool {
        let in_place = self.packed_b.is_none() && self.a.column_stride == 1 && self.b.row_stride == 1;
        in_place && !self.accumulate && self.rows <= self.kernels.rows() && self.depth >= self.kernels.lanes
    }

    /// Computes a C that [is short](Self::is_short_by_columns).
    fn run_by_columns(&self, threads: usize) {
        share(threads, self.columns.div_ceil(DOTS), |parts| {
            for part in parts {
                let columns = part * DOTS..self.columns.min((part + 1) * DOTS);
                let product = Stream {
                    rows: self.rows,
                    columns: columns.len(),
                    depth: self.depth,
                    a: self.a.at(0, 0),
                    a_row_stride: self.a.row_stride,
                    b: self.b.at(0, columns.start),
                    b_stride: self.b.column_stride,
                    c: self.c.wrapping_add(columns.start),
                    c_row_stride: self.c_row_stride,
                };
                // SAFETY: A and B hold all of k, the columns of C are this thread's own, and the processor has the
                // kernels' instruction set.
                unsafe { (self.kernels.dots[usize::from(self.rounded_b)])(&product) };
                self.isa.run(Finish { product: self, columns });
            }
        });
    }
}

/// Calls `work` on so many threads.
fn share(threads: usize, parts: usize, work: impl Fn(Parts<'_>) + Sync) {
    if threads == 1 { work(Parts::Alone(0..parts)) } else { threads::share(parts, work) }
}

/// The sums of all pieces, each as large as C.
struct Sums<'a, 'b, T: Real, E> {
    product: &'a Product<'b, T, E>,
    first: *mut T,
}

// SAFETY: at first each thread writes to the sums of its own pieces, and later all threads only read.
unsafe impl<T: Real, E: Sync> Sync for Sums<'_, '_, T, E> {}

impl<T: Real, E> Sums<'_, '_, T, E> {
    /// Row `row` of a piece's sums.
    fn row(&self, piece: usize, row: usize) -> *mut T {
        self.first.wrapping_add((piece * self.product.rows + row) * self.product.columns)
    }
}

/// Some columns of C: the sums of all pieces, and what comes after.
struct Total<'a, 'b, T: Real, E> {
    sums: &'a Sums<'a, 'b, T, E>,
    pieces: usize,
    columns: Range<usize>,
}

impl<T: Real, E: Epilogue<T>> Work for Total<'_, '_, T, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let product = self.sums.product;
        for row in 0..product.rows {
            let at = row as isize * product.c_row_stride + self.columns.start as isize;
            // SAFETY: the elements are C's, and no other thread has them.
            let c =
                unsafe { std::slice::from_raw_parts_mut(product.c.wrapping_offset(at), self.columns.len()) };
            let sums = |piece: usize| {
                let first = self.sums.row(piece, row).wrapping_add(self.columns.start);
                // SAFETY: the elements are this piece's sums, all of which have been written.
                unsafe { std::slice::from_raw_parts(first.cast_const(), self.columns.len()) }
            };
            if product.accumulate {
                c.iter_mut().zip(sums(0)).for_each(|(c, &sum)| *c += sum);
            } else {
                c.copy_from_slice(sums(0));
            }
            for piece in 1..self.pieces {
                c.iter_mut().zip(sums(piece)).for_each(|(c, &sum)| *c += sum);
            }
            product.epilogue.apply(row, self.columns.start, c);
        }
    }
}

/// Some columns of C that have their final sums.
struct Finish<'a, 'b, T: Real, E> {
    product: &'a Product<'b, T, E>,
    columns: Range<usize>,
}

impl<T: Real, E: Epilogue<T>> Work for Finish<'_, '_, T, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Finish { product, columns } = self;
        for row in 0..product.rows {
            let at = row as isize * product.c_row_stride + columns.start as isize;
            // SAFETY: the elements are C's and have been written, and no other thread has them.
            let c = unsafe { std::slice::from_raw_parts_mut(product.c.wrapping_offset(at), columns.len()) };
            product.epilogue.apply(row, columns.start, c);
        }
    }
}
