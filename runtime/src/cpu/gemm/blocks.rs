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

/// A packed panel of B of this size, in bytes, stays in the first-level cache with room to spare.
const PANEL_BYTES: usize = 32 << 10;

/// A block of A of this size, in bytes, stays in the second-level cache.
const A_BLOCK_BYTES: usize = 640 << 10;

/// B is read in place by products of at most this many rows of tiles.
const TILES_IN_PLACE: usize = 3;

/// A is read in place, if its rows are contiguous, by products of at most this many panels of B.
const PANELS_IN_PLACE: usize = 4;

/// Less work than this, some tens of microseconds, is done by the calling thread.
const LEAST_PARALLEL_WORK: usize = 3 << 20;

/// How many multiplications take as long as bringing one element from memory.
const WORK_PER_ELEMENT: usize = 16;

/// More parts even out threads of unequal speed; but each packs its operands anew.
const PARTS_PER_THREAD: usize = 3;

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
            Threads::All if self.work() < LEAST_PARALLEL_WORK => 1,
            Threads::All => rayon::current_num_threads(),
        };
        if threads == 1 {
            let whole = self.part(0..self.rows, 0..self.columns);
            return whole.run(whole.room());
        }
        let grid = Grid::new(self.rows, self.columns, self.kernels, threads * PARTS_PER_THREAD);
        let part = |index| {
            let (rows, columns) = grid.part(index);
            self.part(rows, columns)
        };
        // A thread has room for every part after its first, whichever that is: it then keeps its scratch space.
        let rooms = (0..grid.parts()).map(|index| part(index).room());
        let room = rooms.fold([0, 0], |[a, b], [more_a, more_b]| [a.max(more_a), b.max(more_b)]);
        (0..grid.parts()).into_par_iter().with_max_len(1).for_each(|index| part(index).run(room));
    }

    /// About how long the product takes, in multiplications by full vectors.
    fn work(&self) -> usize {
        let (m, n, k) = (self.rows, self.columns, self.depth);
        m * n * k + WORK_PER_ELEMENT * (m * k + k * n + m * n)
    }

    /// A part of C.
    fn part(&self, rows: Range<usize>, columns: Range<usize>) -> Part<'_, 'a, T, E> {
        let kernels = self.kernels;
        let tile_rows = rows.len().div_ceil(rows.len().div_ceil(kernels.rows()));
        let tiles = rows.len().div_ceil(tile_rows);
        let depth_step = even(self.depth, PANEL_BYTES / (kernels.columns * size_of::<T>()));
        let a_tiles = A_BLOCK_BYTES / (depth_step * tile_rows * size_of::<T>());
        let pack_b = self.b.column_stride != 1 || tiles > TILES_IN_PLACE;
        Part {
            product: self,
            tile_rows,
            depth_step,
            rows_step: even(tiles, a_tiles.max(1)) * tile_rows,
            pack_a: columns.len() > PANELS_IN_PLACE * kernels.columns
                || self.a.column_stride != 1 && columns.len() > kernels.columns,
            pack_b,
            panel_columns: if !pack_b && rows.len() <= kernels.wide_rows() {
                kernels.wide_columns
            } else {
                kernels.columns
            },
            rows,
            columns,
        }
    }

    /// The values of A for these rows and steps of k, to be packed `width` apart.
    fn a_panel(&self, rows: Range<usize>, k: Range<usize>, to: *mut T, width: usize) -> Panel<T> {
        Panel {
            from: self.a.at(rows.start, k.start),
            k_stride: self.a.column_stride,
            lane_stride: self.a.row_stride,
            depth: k.len(),
            lanes: rows.len(),
            to,
            width,
        }
    }

    /// The values of B for these columns and steps of k, to be packed.
    fn b_panel(&self, columns: Range<usize>, k: Range<usize>, to: *mut T) -> Panel<T> {
        Panel {
            from: self.b.at(k.start, columns.start),
            k_stride: self.b.row_stride,
            lane_stride: self.b.column_stride,
            depth: k.len(),
            lanes: columns.len(),
            to,
            width: self.kernels.columns,
        }
    }
}

/// A part of C, one thread's, and the way to compute it.
struct Part<'a, 'b, T: Real, E> {
    product: &'a Product<'b, T, E>,
    rows: Range<usize>,
    columns: Range<usize>,
    /// The rows of a tile, of a block of A, and the columns of a panel of B.
    tile_rows: usize,
    rows_step: usize,
    panel_columns: usize,
    /// The extent of k in a block.
    depth_step: usize,
    pack_a: bool,
    pack_b: bool,
}

impl<T: Real, E: Epilogue<T>> Part<'_, '_, T, E> {
    /// The elements of a block of A and of a panel of B, if they are packed.
    fn room(&self) -> [usize; 2] {
        [
            if self.pack_a { self.rows_step * self.depth_step } else { 0 },
            if self.pack_b { self.product.kernels.columns * self.depth_step } else { 0 },
        ]
    }

    /// Computes the part in scratch space of at least its [`room`](Self::room).
    fn run(&self, [a, b]: [usize; 2]) {
        with_scratch(a, b, |a, b| self.compute(a.as_mut_ptr(), b.as_mut_ptr()));
    }

    /// Computes the part, given scratch space for a block of A and a panel of B if they are packed.
    fn compute(&self, packed_a: *mut T, packed_b: *mut T) {
        let product = self.product;
        let blocks = steps(0..product.depth, self.depth_step)
            .flat_map(|k| steps(self.rows.clone(), self.rows_step).map(move |rows| (k.clone(), rows)));
        for (k, rows) in blocks {
            let a = self.a_block(&rows, &k, packed_a);
            let mut columns = self.panel(self.columns.start);
            while !columns.is_empty() {
                let (mut b, mut b_k_stride) = (product.b.at(k.start, columns.start), product.b.row_stride);
                if self.pack_b {
                    let panel = product.b_panel(columns.clone(), k.clone(), packed_b);
                    // SAFETY: the panel is within B; the scratch space has room for `depth_step`
                    // times a panel's columns; the processor has the kernels' instruction set.
                    unsafe { (product.kernels.pack)(&panel) };
                    (b, b_k_stride) = (packed_b, panel.width as isize);
                }
                product.isa.run(Column {
                    product,
                    rows: rows.clone(),
                    columns: columns.clone(),
                    k: k.clone(),
                    tile_rows: self.tile_rows,
                    a,
                    b,
                    b_k_stride,
                });
                columns = self.panel(columns.end);
            }
        }
    }

    /// The panel of columns from `start` on, empty at the end.
    fn panel(&self, start: usize) -> Range<usize> {
        let left = self.columns.end - start;
        let width = if left < self.panel_columns {
            left.min(self.product.kernels.columns)
        } else {
            self.panel_columns
        };
        start..start + width
    }

    /// A block of A as the kernel will read it: packed, or in place.
    fn a_block(&self, rows: &Range<usize>, k: &Range<usize>, packed: *mut T) -> Block<T> {
        let product = self.product;
        if !self.pack_a {
            return Block {
                pointer: product.a.at(rows.start, k.start),
                row_stride: product.a.row_stride,
                k_stride: product.a.column_stride,
                tile_stride: product.a.row_stride * self.tile_rows as isize,
            };
        }
        for tile in steps(rows.clone(), self.tile_rows) {
            let to = packed.wrapping_add((tile.start - rows.start) * k.len());
            let panel = product.a_panel(tile, k.clone(), to, self.tile_rows);
            // SAFETY: the panel is within A; the scratch space has room for `rows_step` times
            // `depth_step` values; the processor has the kernels' instruction set.
            unsafe { (product.kernels.pack)(&panel) };
        }
        Block {
            pointer: packed,
            row_stride: 1,
            k_stride: self.tile_rows as isize,
            tile_stride: (self.tile_rows * k.len()) as isize,
        }
    }
}

/// A block of A as the kernel reads it.
#[derive(Clone, Copy)]
struct Block<T> {
    pointer: *const T,
    row_stride: isize,
    k_stride: isize,
    /// From the first row of a tile to that of the next.
    tile_stride: isize,
}

/// The tiles of a block that lie one below the other, and share a panel of B.
struct Column<'a, 'b, T: Real, E> {
    product: &'a Product<'b, T, E>,
    rows: Range<usize>,
    columns: Range<usize>,
    k: Range<usize>,
    tile_rows: usize,
    a: Block<T>,
    b: *const T,
    b_k_stride: isize,
}

impl<T: Real, E: Epilogue<T>> Work for Column<'_, '_, T, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let product = self.product;
        let width = self.columns.len();
        let mut a = self.a.pointer;
        for rows in steps(self.rows, self.tile_rows) {
            let at = rows.start as isize * product.c_row_stride + self.columns.start as isize;
            let c = product.c.wrapping_offset(at);
            let tile = Tile {
                depth: self.k.len(),
                columns: width,
                a,
                a_row_stride: self.a.row_stride,
                a_k_stride: self.a.k_stride,
                b: self.b,
                b_k_stride: self.b_k_stride,
                c,
                c_row_stride: product.c_row_stride,
                accumulate: product.accumulate || self.k.start > 0,
            };
            a = a.wrapping_offset(self.a.tile_stride);
            // SAFETY: the tile is within C and this thread's own; A and B hold its rows and columns
            // for the whole of `k`; the processor has the instruction set that `run` was called on.
            unsafe { product.kernels.kernel(rows.len(), width)(&tile) };
            if self.k.end == product.depth {
                for row in rows.clone() {
                    let at = (row - rows.start) as isize * product.c_row_stride;
                    // SAFETY: the kernel wrote these elements, and no other thread has them.
                    let values = unsafe { std::slice::from_raw_parts_mut(c.wrapping_offset(at), width) };
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
    fn new<T>(rows: usize, columns: usize, kernels: &Kernels<T>, target: usize) -> Grid {
        let tile_rows = kernels.rows();
        let tile_columns = if rows <= kernels.wide_rows() { kernels.wide_columns } else { kernels.columns };
        let mut grid = Grid { rows, columns, row_cuts: 1, column_cuts: 1, tile_rows, tile_columns };
        while grid.parts() < target {
            let height = rows.div_ceil(tile_rows) / grid.row_cuts;
            let width = columns.div_ceil(tile_columns) / grid.column_cuts;
            if height.max(width) < 2 {
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
