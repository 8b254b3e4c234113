//! The loops around the kernels: which thread computes which part of C, in which blocks.

use ndarray::{ArrayView2, ArrayViewMut2};

use std::ops::Range;

use super::cuts::{Cuts, PANELS_TOGETHER};
use super::kernels::{Kernels, Tile};
use super::pack::Panel;
use super::scratch::with_scratch;
use super::{Epilogue, Threads};
use crate::Real;
use crate::cpu::isa::{Isa, Work};
use crate::cpu::threads::{self, Parts};

/// Less work than this, some tens of microseconds, is done by the calling thread.
const LEAST_PARALLEL_WORK: usize = 3 << 19;

/// How many multiplications take as long as bringing one element from memory.
const WORK_PER_ELEMENT: usize = 16;

/// The steps of k that are packed of one panel of B before the next one's.
const STEPS_TOGETHER: usize = 16;

/// A matrix to read.
pub struct Operand<T> {
    pointer: *const T,
    pub row_stride: isize,
    pub column_stride: isize,
}

impl<T> Operand<T> {
    fn new(view: &ArrayView2<T>) -> Operand<T> {
        let (rows, columns) = view.dim();
        // The stride of an axis with one element is never used; calling it 1 makes it a fast case.
        let stride = |axis: usize, length: usize| if length == 1 { 1 } else { view.strides()[axis] };
        Operand { pointer: view.as_ptr(), row_stride: stride(0, rows), column_stride: stride(1, columns) }
    }

    /// The address of an element.
    pub fn at(&self, row: usize, column: usize) -> *const T {
        self.pointer.wrapping_offset(row as isize * self.row_stride + column as isize * self.column_stride)
    }
}

/// A product with its operands and result.
pub struct Product<'a, T: Real, E> {
    pub isa: Isa,
    pub kernels: &'static Kernels<T>,
    pub rows: usize,
    pub columns: usize,
    /// The extent of k.
    pub depth: usize,
    pub a: Operand<T>,
    pub b: Operand<T>,
    /// The panels of B, if it has been packed for several products.
    pub packed_b: Option<*const T>,
    /// Whether each thread begins with the last of its parts.
    pub backwards: bool,
    pub c: *mut T,
    pub c_row_stride: isize,
    pub accumulate: bool,
    pub epilogue: &'a E,
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
            packed_b: None,
            backwards: false,
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
            Threads::All => threads::count(),
        };
        let is_packed = self.packed_b.is_some();
        if !is_packed && self.is_short_by_rows() {
            return self.run_by_rows(threads);
        }
        if !is_packed && self.is_short_by_columns() {
            return self.run_by_columns(threads);
        }
        let lengths = [self.rows, self.columns, self.depth];
        let strides = [self.a.row_stride, self.a.column_stride, self.b.column_stride];
        let cuts = Cuts::new(lengths, strides, is_packed, self.kernels, threads);
        if threads == 1 {
            self.compute(&cuts, threads, Parts::Alone(0..cuts.parts()));
        } else {
            threads::share(cuts.parts(), |parts| self.compute(&cuts, threads, parts));
        }
    }

    /// About how long the product takes, in multiplications by full vectors.
    fn work(&self) -> usize {
        let (m, n, k) = (self.rows, self.columns, self.depth);
        m * n * k + WORK_PER_ELEMENT * (m * k + k * n + m * n)
    }

    /// Computes the parts of C that fall to this thread, of so many.
    fn compute(&self, cuts: &Cuts, threads: usize, parts: Parts<'_>) {
        let [a, b] = cuts.room();
        with_scratch(a, b, |a, b| {
            let (packed_a, packed_b) = (a.as_mut_ptr(), b.as_mut_ptr());
            // Parts of the same rows follow each other, so that a block of A is often packed already.
            let mut packed = None;
            for part in parts {
                let part = if self.backwards { threads::mirrored(part, cuts.parts(), threads) } else { part };
                let (rows, panels) = cuts.part(part);
                for k in steps(0..self.depth, cuts.depth_step) {
                    if cuts.pack_a && packed != Some((rows.start, k.start)) {
                        self.pack_a(cuts, &rows, &k, packed_a);
                        packed = Some((rows.start, k.start));
                    }
                    let a = self.a_block(cuts, &rows, &k, packed_a);
                    for group in steps(panels.clone(), PANELS_TOGETHER) {
                        if cuts.pack_b {
                            self.pack_b(cuts, &group, &k, packed_b);
                        }
                        for panel in group.clone() {
                            let b = self.b_panel(cuts, panel, panel - group.start, &k, packed_b);
                            self.column(cuts, &rows, &k, panel, a, b);
                        }
                    }
                }
            }
        });
    }

    /// Computes the tiles of one panel of B and a block of A.
    fn column(
        &self,
        cuts: &Cuts,
        rows: &Range<usize>,
        k: &Range<usize>,
        panel: usize,
        a: Block<T>,
        b: Block<T>,
    ) {
        let (rows, columns, k) = (rows.clone(), cuts.panel(panel), k.clone());
        self.isa.run(Column { product: self, rows, columns, k, tile_rows: cuts.tile_rows, a, b });
    }

    /// Packs panels of B that lie beside each other.
    fn pack_b(&self, cuts: &Cuts, panels: &Range<usize>, k: &Range<usize>, to: *mut T) {
        let width = self.kernels.columns();
        // Some steps of all panels and then some more: rows are read in longer pieces, from fewer pages at a time.
        let together = if self.b.column_stride == 1 { STEPS_TOGETHER } else { k.len() };
        for part in steps(k.clone(), together) {
            for panel in panels.clone() {
                let columns = cuts.panel(panel);
                let at = (panel - panels.start) * k.len() + part.start - k.start;
                let from = Panel {
                    from: self.b.at(part.start, columns.start),
                    k_stride: self.b.row_stride,
                    lane_stride: self.b.column_stride,
                    depth: part.len(),
                    lanes: columns.len(),
                    to: to.wrapping_add(at * width),
                    width,
                };
                // SAFETY: the panel is within B; the scratch space has room for `depth_step` times a panel's columns,
                // as often as panels are packed together; the processor has the kernels' instruction set.
                unsafe { (self.kernels.pack)(&from) };
            }
        }
    }

    /// A panel of B as the kernels read it: packed for all products, the `number`th packed for this one, or in place.
    fn b_panel(
        &self,
        cuts: &Cuts,
        panel: usize,
        number: usize,
        k: &Range<usize>,
        packed: *mut T,
    ) -> Block<T> {
        let width = self.kernels.columns();
        let (pointer, row_stride) = if let Some(panels) = self.packed_b {
            (panels.wrapping_add((panel * self.depth + k.start) * width), width as isize)
        } else if cuts.pack_b {
            (packed.wrapping_add(number * k.len() * width).cast_const(), width as isize)
        } else {
            (self.b.at(k.start, cuts.panel(panel).start), self.b.row_stride)
        };
        Block { pointer, row_stride }
    }

    /// Packs a block of A, row by row.
    fn pack_a(&self, cuts: &Cuts, rows: &Range<usize>, k: &Range<usize>, to: *mut T) {
        let panel = Panel {
            from: self.a.at(rows.start, k.start),
            k_stride: self.a.row_stride,
            lane_stride: self.a.column_stride,
            depth: rows.len(),
            lanes: k.len(),
            to,
            width: cuts.packed_row(),
        };
        // SAFETY: the panel is within A; the scratch space has room for the longest block's rows; the processor has
        // the kernels' instruction set.
        unsafe { (self.kernels.pack)(&panel) };
    }

    /// A block of A as the kernels read it: packed, or in place.
    fn a_block(&self, cuts: &Cuts, rows: &Range<usize>, k: &Range<usize>, packed: *mut T) -> Block<T> {
        if cuts.pack_a {
            Block { pointer: packed, row_stride: cuts.packed_row() as isize }
        } else {
            Block { pointer: self.a.at(rows.start, k.start), row_stride: self.a.row_stride }
        }
    }
}

/// A block of A, or a panel of B, as the kernels read it.
#[derive(Clone, Copy)]
struct Block<T> {
    pointer: *const T,
    row_stride: isize,
}

/// The tiles of a block that lie one below the other, and share a panel of B.
struct Column<'a, 'b, T: Real, E> {
    product: &'a Product<'b, T, E>,
    rows: Range<usize>,
    columns: Range<usize>,
    k: Range<usize>,
    tile_rows: usize,
    a: Block<T>,
    b: Block<T>,
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
                b: self.b.pointer,
                b_k_stride: self.b.row_stride,
                c,
                c_row_stride: product.c_row_stride,
                accumulate: product.accumulate || self.k.start > 0,
            };
            a = a.wrapping_offset(self.a.row_stride * rows.len() as isize);
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

/// A range in steps; the last may be shorter.
#[inline(always)]
fn steps(range: Range<usize>, step: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(step).map(move |start| start..end.min(start + step))
}
