//! The loops around the kernels: which thread computes which part of C.

use std::ops::Range;

use super::kernels::Kernels;
use super::target::Target;
use crate::cpu::gemm::Epilogue;
use crate::cpu::threads;

/// The packed columns of a part, in words: they stay in the second-level cache while the rows pass by.
const B_PART_WORDS: usize = 256 << 10;

/// The steps of k in one go: a panel of A as deep stays in the nearest cache.
const MOST_STEPS: usize = 16;

/// More parts even out threads of unequal speed.
const PARTS_PER_THREAD: usize = 3;

/// A product of packed operands.
pub struct Product<'a, E> {
    pub kernels: &'static Kernels,
    pub a: &'a [u32],
    pub b: &'a [u32],
    pub panel_words: usize,
    /// Of k, whole or begun.
    pub steps: usize,
    pub target: Target<'a, E>,
}

impl<E: Epilogue<f32>> Product<'_, E> {
    /// Computes C on so many threads.
    ///
    /// # Panics
    ///
    /// Unless `a` and `b` hold `panel_words`, enough for the steps, for each panel of C's rows and columns.
    pub fn run(&self, count: usize) {
        let [height, width] = self.target.panels();
        assert!(self.panel_words >= self.steps * self.kernels.step_words);
        assert!(self.a.len() >= height * self.panel_words && self.b.len() >= width * self.panel_words);
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
            // SAFETY: the blocks are this thread's own.
            unsafe { self.target.finish(row, columns.clone()) };
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
                let from = steps.start * self.kernels.step_words;
                let operands =
                    [&self.a[row * self.panel_words + from..], &self.b[column * self.panel_words + from..]];
                // SAFETY: the block is this thread's own, and `part` has begun.
                unsafe {
                    self.target.block(self.kernels, [row, column], steps.len(), operands, steps.start > 0)
                };
            }
        }
    }
}

/// Piece `index` of `length` cut into `cuts` pieces as equal as can be.
pub fn cut(length: usize, cuts: usize, index: usize) -> Range<usize> {
    length * index / cuts..length * (index + 1) / cuts
}
