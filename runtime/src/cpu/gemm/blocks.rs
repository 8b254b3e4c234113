//! The loops around the kernels: which thread computes which part of C, in which blocks.

use ndarray::{ArrayView2, ArrayViewMut2};

use std::mem;
use std::ops::Range;

use super::cuts::Cuts;
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

    /// A matrix with contiguous rows of so many elements.
    pub fn rows(pointer: *const T, columns: usize) -> Operand<T> {
        Operand { pointer, row_stride: columns as isize, column_stride: 1 }
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
    /// Whether numbers of B are [rounded](crate::cpu::round::Factor) before they are multiplied; of short products alone.
    pub rounded_b: bool,
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
            rounded_b: false,
            packed_b: None,
            backwards: false,
            c: c.as_mut_ptr(),
            c_row_stride: c.strides()[0],
            accumulate,
            epilogue,
        }
    }

    /// On how many threads the product is worth it.
    pub fn threads(&self, threads: Threads) -> usize {
        threads.count(self.work() >= LEAST_PARALLEL_WORK)
    }

    /// Computes C.
    pub fn run(&self, threads: Threads) {
        let threads = self.threads(threads);
        if self.run_if_short(threads) {
            return;
        }
        let cuts = self.cuts(threads);
        if threads == 1 {
            self.compute(&cuts, threads, Parts::Alone(0..cuts.parts()));
        } else {
            threads::share(cuts.parts(), |parts| self.compute(&cuts, threads, parts));
        }
    }

    fn cuts(&self, threads: usize) -> Cuts {
        let is_packed = self.packed_b.is_some();
        let lengths = [self.rows, self.columns, self.depth];
        let strides = [self.a.row_stride, self.a.column_stride, self.b.column_stride];
        Cuts::new(lengths, strides, is_packed, self.kernels, threads)
    }

    /// Sees to it that this thread has the memory that the product would take, and those of smaller batches.
    pub fn reserve(&self, threads: Threads) {
        let [a, b] = self.cuts(self.threads(threads)).room();
        with_scratch(a, b, |_: &mut [T], _: &mut [T]| ());
        self.reserve_sums();
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
            // Parts of the same rows or panels follow each other, so that a block is often packed already.
            let (mut packed_rows, mut packed_panels) = (None, None);
            for part in parts {
                let part = if self.backwards { threads::mirrored(part, cuts.parts(), threads) } else { part };
                let (rows, panels) = cuts.part(part);
                for k in steps(0..self.depth, cuts.depth_step) {
                    let first = Some((rows.start, k.start));
                    if cuts.pack_a && mem::replace(&mut packed_rows, first) != first {
                        self.pack_a(cuts, &rows, &k, packed_a);
                    }
                    let a = self.a_rows(cuts, &rows, &k, packed_a);
                    for panels in steps(panels.clone(), cuts.panels_together) {
                        let first = Some((panels.start, k.start));
                        if cuts.pack_b && mem::replace(&mut packed_panels, first) != first {
                            self.pack_b(cuts, &panels, &k, packed_b);
                        }
                        let b = self.b_panels(cuts, panels.start, &k, packed_b);
                        for panels in steps(panels, cuts.panels_beside) {
                            let (rows, k) = (rows.clone(), k.clone());
                            self.isa.run(Block { product: self, cuts, rows, panels, k, a, b });
                        }
                    }
                }
            }
        });
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

    /// Panels of B, from `first` on, as the kernels read them: packed for all products, for this one, or in place.
    fn b_panels(&self, cuts: &Cuts, first: usize, k: &Range<usize>, packed: *const T) -> Panels<T> {
        let width = self.kernels.columns();
        let whole = |pointer, first, steps: usize| Panels {
            pointer,
            k_stride: width as isize,
            packed: Some(Packed { first, apart: steps * width }),
        };
        match self.packed_b {
            Some(panels) => whole(panels.wrapping_add(k.start * width), 0, self.depth),
            None if cuts.pack_b => whole(packed, first, k.len()),
            None => Panels { pointer: self.b.at(k.start, 0), k_stride: self.b.row_stride, packed: None },
        }
    }

    /// Packs some rows of A.
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
        // SAFETY: the panel is within A; the scratch space has room for as many rows as are packed together; the
        // processor has the kernels' instruction set.
        unsafe { (self.kernels.pack)(&panel) };
    }

    /// Some rows of A as the kernels read them: packed, or in place.
    fn a_rows(&self, cuts: &Cuts, rows: &Range<usize>, k: &Range<usize>, packed: *const T) -> Rows<T> {
        if cuts.pack_a {
            Rows { pointer: packed, stride: cuts.packed_row() as isize }
        } else {
            Rows { pointer: self.a.at(rows.start, k.start), stride: self.a.row_stride }
        }
    }
}

/// Rows of A as the kernels read them.
#[derive(Clone, Copy)]
struct Rows<T> {
    pointer: *const T,
    stride: isize,
}

/// Panels of B as the kernels read them.
#[derive(Clone, Copy)]
struct Panels<T> {
    pointer: *const T,
    k_stride: isize,
    packed: Option<Packed>,
}

/// Panels one after the other: from which on, and at which distance.
#[derive(Clone, Copy)]
struct Packed {
    first: usize,
    apart: usize,
}

impl<T> Panels<T> {
    /// Panel number `panel`, which begins at this column.
    #[inline(always)]
    fn at(&self, panel: usize, column: usize) -> *const T {
        let distance = self.packed.map_or(column, |packed| (panel - packed.first) * packed.apart);
        self.pointer.wrapping_add(distance)
    }
}

/// The tiles of some rows of A and some panels of B.
struct Block<'a, 'b, T: Real, E> {
    product: &'a Product<'b, T, E>,
    cuts: &'a Cuts,
    rows: Range<usize>,
    panels: Range<usize>,
    k: Range<usize>,
    a: Rows<T>,
    b: Panels<T>,
}

impl<T: Real, E: Epilogue<T>> Work for Block<'_, '_, T, E> {
    type Output = ();

    /// Row by row of tiles: their rows of A stay in the first-level cache, and B comes from the second.
    #[inline(always)]
    fn run(self) {
        let first = self.cuts.panel(self.panels.start).start;
        let mut a = self.a.pointer;
        for rows in steps(self.rows.clone(), self.cuts.tile_rows) {
            let next = a.wrapping_offset(self.a.stride * rows.len() as isize);
            let mut end = first;
            for (number, panel) in self.panels.clone().enumerate() {
                let wanted = next.wrapping_offset(self.a.stride * number as isize);
                let columns = self.cuts.panel(panel);
                end = columns.end;
                let b = self.b.at(panel, columns.start);
                self.tile(rows.clone(), columns, [a, wanted], b);
            }
            if self.k.end == self.product.depth {
                self.finish(rows, first..end);
            }
            a = next;
        }
    }
}

impl<T: Real, E: Epilogue<T>> Block<'_, '_, T, E> {
    /// One tile's sums over this block's steps of k. `wanted` are values of A that are read soon.
    #[inline(always)]
    fn tile(&self, rows: Range<usize>, columns: Range<usize>, [a, wanted]: [*const T; 2], b: *const T) {
        let (product, width) = (self.product, columns.len());
        let c =
            product.c.wrapping_offset(rows.start as isize * product.c_row_stride).wrapping_add(columns.start);
        let tile = Tile {
            depth: self.k.len(),
            columns: width,
            a,
            a_row_stride: self.a.stride,
            b,
            b_k_stride: self.b.k_stride,
            c,
            c_row_stride: product.c_row_stride,
            accumulate: product.accumulate || self.k.start > 0,
            wanted,
        };
        // SAFETY: the tile is within C and this thread's own; A and B hold its rows and columns
        // for the whole of `k`; the processor has the instruction set that `run` was called on.
        unsafe { product.kernels.kernel(rows.len(), width)(&tile) };
    }

    /// The epilogue, once the sums of some rows are whole.
    #[inline(always)]
    fn finish(&self, rows: Range<usize>, columns: Range<usize>) {
        let product = self.product;
        for row in rows {
            let at = row as isize * product.c_row_stride + columns.start as isize;
            // SAFETY: the kernels wrote these elements, and no other thread has them.
            let values =
                unsafe { std::slice::from_raw_parts_mut(product.c.wrapping_offset(at), columns.len()) };
            product.epilogue.apply(row, columns.start, values);
        }
    }
}

/// A range in steps; the last may be shorter.
#[inline(always)]
fn steps(range: Range<usize>, step: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(step).map(move |start| start..end.min(start + step))
}
