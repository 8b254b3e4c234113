//! The loops around the kernels: which thread computes which part of C, in which blocks.

use ndarray::{ArrayView2, ArrayViewMut2};
use rayon::prelude::*;

use std::ops::Range;

use super::kernels::{Kernels, Tile};
use super::pack::Panel;
use super::scratch::with_scratch;
use super::{Epilogue, Threads};
use crate::Real;
use crate::cpu::isa::{Isa, Work};

/// A step of k in bytes of packed B: a panel of this depth fills most of the first-level cache.
const PANEL_BYTES: usize = 32 << 10;

/// A block of A of this size, in bytes, stays in the second-level cache.
const A_BLOCK_BYTES: usize = 640 << 10;

/// B is read in place by products of at most this many rows of tiles.
const TILES_IN_PLACE: usize = 3;

/// Products of fewer multiplications than this run on the calling thread.
const LEAST_PARALLEL_PRODUCTS: usize = 1 << 20;

/// A matrix to read.
struct Operand<T> {
    pointer: *const T,
    row_stride: isize,
    column_stride: isize,
}

impl<T> Operand<T> {
    fn new(view: &ArrayView2<T>) -> Operand<T> {
        let (rows, columns) = view.dim();
        // The stride of an axis with one element is never used; calling it 1 makes it a fast case.
        let stride = |axis: usize, length: usize| if length == 1 { 1 } else { view.strides()[axis] };
        Operand { pointer: view.as_ptr(), row_stride: stride(0, rows), column_stride: stride(1, columns) }
    }

    fn at(&self, row: usize, column: usize) -> *const T {
        self.pointer.wrapping_offset(row as isize * self.row_stride + column as isize * self.column_stride)
    }
}

/// A product with its operands and result.
pub struct Product<'a, T: Real, E> {
    isa: Isa,
    kernels: &'static Kernels<T>,
    rows: usize,
    columns: usize,
    /// The extent of k.
    depth: usize,
    a: Operand<T>,
    b: Operand<T>,
    c: *mut T,
    c_row_stride: isize,
    accumulate: bool,
    epilogue: &'a E,
}

// SAFETY: the operands are only read, and each thread writes to a part of C of its own.
unsafe impl<T: Real, E: Sync> Sync for Product<'_, T, E> {}

impl<'a, T: Real, E: Epilogue<T>> Product<'a, T, E> {
    /// The shapes are known to agree, not to be empty, and C to have contiguous rows that do not
    /// overlap.
    pub fn new(
        isa: Isa,
        a: ArrayView2<'a, T>,
        b: ArrayView2<'a, T>,
        accumulate: bool,
        mut c: ArrayViewMut2<'a, T>,
        epilogue: &'a E,
    ) -> Self {
        let ((rows, depth), columns) = (a.dim(), b.ncols());
        Product {
            isa,
            kernels: T::kernels(isa),
            rows,
            columns,
            depth,
            a: Operand::new(&a),
            b: Operand::new(&b),
            c: c.as_mut_ptr(),
            c_row_stride: c.strides()[0],
            accumulate,
            epilogue,
        }
    }

    /// Computes C.
    pub fn run(&self, threads: Threads) {
        let threads = match threads {
            Threads::One => 1,
            Threads::All if self.rows * self.columns * self.depth < LEAST_PARALLEL_PRODUCTS => 1,
            Threads::All => rayon::current_num_threads(),
        };
        if threads == 1 {
            return self.part(0..self.rows, 0..self.columns);
        }
        let grid = Grid::new(self.rows, self.columns, self.kernels, threads);
        (0..grid.parts()).into_par_iter().with_max_len(1).for_each(|part| {
            let (rows, columns) = grid.part(part);
            self.part(rows, columns)
        })
    }

    /// Computes a part of C.
    fn part(&self, rows: Range<usize>, columns: Range<usize>) {
        let kernels = self.kernels;
        let tile_rows = rows.len().div_ceil(rows.len().div_ceil(kernels.rows()));
        let tiles = rows.len().div_ceil(tile_rows);
        let depth_step = even(self.depth, PANEL_BYTES / (kernels.columns * size_of::<T>()));
        let rows_step = even(tiles, (A_BLOCK_BYTES / (depth_step * tile_rows * size_of::<T>())).max(1));
        let rows_step = rows_step * tile_rows;

        let pack_b = self.b.column_stride != 1 || tiles > TILES_IN_PLACE;
        let pack_a = columns.len() > if self.a.column_stride != 1 { 1 } else { 4 } * kernels.columns;
        let panel_columns =
            if !pack_b && rows.len() <= kernels.wide_rows() { kernels.wide_columns } else { kernels.columns };

        let a_length = if pack_a { rows_step * depth_step } else { 0 };
        let b_length = if pack_b { panel_columns * depth_step } else { 0 };
        with_scratch::<T>(a_length, b_length, |scratch| {
            for k in steps(0..self.depth, depth_step) {
                for rows in steps(rows.clone(), rows_step) {
                    let mut a = Strided {
                        pointer: self.a.at(rows.start, k.start),
                        lane_stride: self.a.row_stride,
                        k_stride: self.a.column_stride,
                        tile_stride: self.a.row_stride * tile_rows as isize,
                    };
                    if pack_a {
                        let to: *mut T = scratch.a.as_mut_ptr();
                        for tile in steps(rows.clone(), tile_rows) {
                            let panel = Panel {
                                from: self.a.at(tile.start, k.start),
                                k_stride: self.a.column_stride,
                                lane_stride: self.a.row_stride,
                                depth: k.len(),
                                lanes: tile.len(),
                                to: to.wrapping_add((tile.start - rows.start) * k.len()),
                                width: tile_rows,
                            };
                            // SAFETY: the panel is within A; the scratch space has room for
                            // `rows_step` rows of `depth_step` values.
                            unsafe { (kernels.pack)(&panel) };
                        }
                        a = Strided {
                            pointer: to,
                            lane_stride: 1,
                            k_stride: tile_rows as isize,
                            tile_stride: (tile_rows * k.len()) as isize,
                        };
                    }
                    let mut next = columns.start;
                    while next < columns.end {
                        let left = columns.end - next;
                        let width =
                            if left < panel_columns { left.min(kernels.columns) } else { panel_columns };
                        let panel_range = next..next + width;
                        next += width;
                        let mut b = (self.b.at(k.start, panel_range.start), self.b.row_stride);
                        if pack_b {
                            let panel = Panel {
                                from: b.0,
                                k_stride: self.b.row_stride,
                                lane_stride: self.b.column_stride,
                                depth: k.len(),
                                lanes: width,
                                to: scratch.b.as_mut_ptr(),
                                width: kernels.columns,
                            };
                            // SAFETY: the panel is within B; the scratch space has room for
                            // `depth_step` rows of a panel.
                            unsafe { (kernels.pack)(&panel) };
                            b = (scratch.b.as_ptr(), kernels.columns as isize);
                        }
                        self.isa.run(Column {
                            product: self,
                            rows: rows.clone(),
                            columns: panel_range,
                            k: k.clone(),
                            tile_rows,
                            a,
                            b: b.0,
                            b_k_stride: b.1,
                        });
                    }
                }
            }
        })
    }
}

/// A block of A as the kernel reads it.
#[derive(Clone, Copy)]
struct Strided<T> {
    pointer: *const T,
    lane_stride: isize,
    k_stride: isize,
    tile_stride: isize,
}

/// The tiles of a block that lie one below the other, and share a panel of B.
struct Column<'a, 'b, T: Real, E> {
    product: &'a Product<'b, T, E>,
    rows: Range<usize>,
    columns: Range<usize>,
    k: Range<usize>,
    tile_rows: usize,
    a: Strided<T>,
    b: *const T,
    b_k_stride: isize,
}

impl<T: Real, E: Epilogue<T>> Work for Column<'_, '_, T, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let product = self.product;
        let mut a = self.a.pointer;
        for rows in steps(self.rows, self.tile_rows) {
            let at = rows.start as isize * product.c_row_stride + self.columns.start as isize;
            let c = product.c.wrapping_offset(at);
            let kernel = product.kernels.kernel(rows.len(), self.columns.len());
            // SAFETY: the tile is within C and this thread's own; A and B hold its rows and columns
            // for the whole of `k`; the processor has the instruction set that `run` was called on.
            unsafe {
                kernel(&Tile {
                    depth: self.k.len(),
                    columns: self.columns.len(),
                    a,
                    a_row_stride: self.a.lane_stride,
                    a_k_stride: self.a.k_stride,
                    b: self.b,
                    b_k_stride: self.b_k_stride,
                    c,
                    c_row_stride: product.c_row_stride,
                    accumulate: product.accumulate || self.k.start > 0,
                })
            };
            a = a.wrapping_offset(self.a.tile_stride);
            if self.k.end == product.depth {
                for row in rows.clone() {
                    let at = (row - rows.start) as isize * product.c_row_stride;
                    // SAFETY: the kernel wrote these elements, and no other thread has them.
                    let values =
                        unsafe { std::slice::from_raw_parts_mut(c.wrapping_offset(at), self.columns.len()) };
                    product.epilogue.apply(row, self.columns.start, values);
                }
            }
        }
    }
}

/// C cut into parts of whole tiles, as equal as can be.
struct Grid {
    rows: usize,
    columns: usize,
    row_cuts: usize,
    column_cuts: usize,
    tile_rows: usize,
    tile_columns: usize,
}

impl Grid {
    fn new<T>(rows: usize, columns: usize, kernels: &Kernels<T>, threads: usize) -> Grid {
        let (tile_rows, tile_columns) = (kernels.rows(), kernels.columns);
        let mut grid = Grid { rows, columns, row_cuts: 1, column_cuts: 1, tile_rows, tile_columns };
        let target = 4 * threads;
        while grid.parts() < target {
            let height = rows.div_ceil(tile_rows) / grid.row_cuts;
            let width = columns.div_ceil(tile_columns) / grid.column_cuts;
            if height.max(width) < 4 {
                break;
            }
            if height * tile_rows > width * tile_columns {
                grid.row_cuts += 1;
            } else {
                grid.column_cuts += 1;
            }
        }
        grid
    }

    fn parts(&self) -> usize {
        self.row_cuts * self.column_cuts
    }

    /// The rows and columns of a part.
    fn part(&self, index: usize) -> (Range<usize>, Range<usize>) {
        let (row, column) = (index % self.row_cuts, index / self.row_cuts);
        (
            cut(self.rows, self.tile_rows, self.row_cuts, row),
            cut(self.columns, self.tile_columns, self.column_cuts, column),
        )
    }
}

/// Piece `index` of `length` cut into `cuts` pieces at multiples of `tile`.
fn cut(length: usize, tile: usize, cuts: usize, index: usize) -> Range<usize> {
    let tiles = length.div_ceil(tile);
    let edge = |index: usize| (tiles * index / cuts * tile).min(length);
    edge(index)..edge(index + 1)
}

/// The least step that covers `length` in as few steps as steps of at most `most` would.
fn even(length: usize, most: usize) -> usize {
    length.div_ceil(length.div_ceil(most))
}

/// A range in steps; the last may be shorter.
#[inline(always)]
fn steps(range: Range<usize>, step: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(step).map(move |start| start..end.min(start + step))
}
