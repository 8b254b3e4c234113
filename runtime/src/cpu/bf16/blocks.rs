//! The loops around the kernels: which thread computes which part of C.

use std::ops::Range;

use ndarray::ArrayViewMut2;

use super::kernels::{Block, Kernels, PANEL, STEP_WORDS};
use crate::cpu::gemm::Epilogue;
use crate::cpu::isa::{Isa, Work};
use crate::cpu::threads;

/// The packed columns of a part, in words: they stay in the second-level cache while the rows pass by.
const B_PART_WORDS: usize = 256 << 10;

/// The steps of k in one go: a panel of A as deep stays in the nearest cache.
const MOST_STEPS: usize = 16;

/// More parts even out threads of unequal speed.
const PARTS_PER_THREAD: usize = 3;

/// A product of packed operands.
pub struct Product<'a, E> {
    isa: Isa,
    kernels: &'static Kernels,
    a: &'a [u32],
    b: &'a [u32],
    panel_words: usize,
    /// Of k, whole or begun.
    steps: usize,
    rows: usize,
    columns: usize,
    c: *mut f32,
    c_row_stride: usize,
    accumulate: bool,
    epilogue: &'a E,
}

// SAFETY: the operands are only read, and each thread writes to a part of C of its own.
unsafe impl<E: Sync> Sync for Product<'_, E> {}

impl<'a, E: Epilogue<f32>> Product<'a, E> {
    /// `a` and `b` hold `panel_words` for each panel of C's rows and columns; C is not empty and has contiguous rows
    /// that do not overlap.
    #[expect(clippy::too_many_arguments, reason = "all that a product is")]
    pub fn new(
        isa: Isa,
        kernels: &'static Kernels,
        a: &'a [u32],
        b: &'a [u32],
        panel_words: usize,
        steps: usize,
        accumulate: bool,
        mut c: ArrayViewMut2<'a, f32>,
        epilogue: &'a E,
    ) -> Self {
        let (rows, columns) = c.dim();
        assert!(panel_words >= steps * STEP_WORDS);
        assert!(
            a.len() >= rows.div_ceil(PANEL) * panel_words && b.len() >= columns.div_ceil(PANEL) * panel_words
        );
        // The stride of a single row is never used, and may be anything.
        let c_row_stride = if rows == 1 { columns } else { c.strides()[0] as usize };
        Product {
            isa,
            kernels,
            a,
            b,
            panel_words,
            steps,
            rows,
            columns,
            c: c.as_mut_ptr(),
            c_row_stride,
            accumulate,
            epilogue,
        }
    }

    /// Computes C.
    pub fn run(&self, count: usize) {
        let (height, width) = (self.rows.div_ceil(PANEL), self.columns.div_ceil(PANEL));
        let target = if count == 1 { 1 } else { count * PARTS_PER_THREAD };
        let fitting = (self.b.len()).div_ceil(B_PART_WORDS);
        let row_cuts = target.div_ceil(fitting).min(height);
        let column_cuts = fitting.max(target.div_ceil(row_cuts)).min(width);
        let part = |index: usize| {
            let (row, column) = (index % row_cuts, index / row_cuts);
            self.part(cut(height, row_cuts, row), cut(width, column_cuts, column));
        };
        let parts = row_cuts * column_cuts;
        if count == 1 {
            (0..parts).for_each(part);
        } else {
            threads::for_each(parts, part);
        }
    }

    /// Computes the blocks of these panels.
    fn part(&self, rows: Range<usize>, columns: Range<usize>) {
        // SAFETY: the processor has the kernels' instructions.
        unsafe { (self.kernels.begin)() };
        for row in rows {
            self.strip(row, columns.clone());
            let rows = row * PANEL..self.rows.min((row + 1) * PANEL);
            let columns = columns.start * PANEL..self.columns.min(columns.end * PANEL);
            self.isa.run(Finish { product: self, rows, columns });
        }
        // SAFETY: as above.
        unsafe { (self.kernels.end)() };
    }

    /// The sums of a strip of blocks, side by side.
    fn strip(&self, row: usize, columns: Range<usize>) {
        let goes = self.steps.div_ceil(MOST_STEPS).max(1);
        for go in 0..goes {
            let steps = cut(self.steps, goes, go);
            for column in columns.clone() {
                self.block(row, column, steps.clone());
            }
        }
    }

    fn block(&self, row: usize, column: usize, steps: Range<usize>) {
        let from = steps.start * STEP_WORDS;
        let (first_row, first_column) = (row * PANEL, column * PANEL);
        let (height, width) = (PANEL.min(self.rows - first_row), PANEL.min(self.columns - first_column));
        let c = self.c.wrapping_add(first_row * self.c_row_stride + first_column);
        let a = self.a[row * self.panel_words + from..].as_ptr();
        let b = self.b[column * self.panel_words + from..].as_ptr();
        let mut block = Block::packed(steps.len(), a, b, c, self.c_row_stride);
        block.accumulate = self.accumulate || steps.start > 0;
        if (height, width) == (PANEL, PANEL) {
            // SAFETY: the panels hold the steps, C has the whole block, which is this thread's own; `part` has begun.
            return unsafe { (self.kernels.block)(&block) };
        }
        let mut whole = Whole([[0.0; PANEL]; PANEL]);
        let part_of_c = |row: usize| {
            // SAFETY: these elements are in C, and this thread's own.
            unsafe { std::slice::from_raw_parts_mut(c.wrapping_add(row * self.c_row_stride), width) }
        };
        if block.accumulate {
            (0..height).for_each(|row| whole.0[row][..width].copy_from_slice(part_of_c(row)));
        }
        (block.c, block.c_row_stride) = (whole.0.as_mut_ptr().cast(), PANEL);
        // SAFETY: as above, with a block of its own.
        unsafe { (self.kernels.block)(&block) };
        (0..height).for_each(|row| part_of_c(row).copy_from_slice(&whole.0[row][..width]));
    }
}

/// A block in the place of one that C has only a part of.
#[repr(align(64))]
struct Whole([[f32; PANEL]; PANEL]);

/// The epilogue over a part of C whose sums are there.
struct Finish<'a, 'b, E> {
    product: &'a Product<'b, E>,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl<E: Epilogue<f32>> Work for Finish<'_, '_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Finish { product, rows, columns } = self;
        for row in rows {
            let values = product.c.wrapping_add(row * product.c_row_stride + columns.start);
            // SAFETY: the blocks wrote these elements, and no other thread has them.
            let values = unsafe { std::slice::from_raw_parts_mut(values, columns.len()) };
            product.epilogue.apply(row, columns.start, values);
        }
    }
}

/// Piece `index` of `length` cut into `cuts` pieces as equal as can be.
fn cut(length: usize, cuts: usize, index: usize) -> Range<usize> {
    length * index / cuts..length * (index + 1) / cuts
}
