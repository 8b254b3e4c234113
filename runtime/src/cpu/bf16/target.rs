//! C, as kernels write it: block by block, and then the epilogue.

use std::ops::Range;

use ndarray::{ArrayViewMut2, ShapeBuilder};

use super::kernels::{Block, Kernels, PANEL};
use crate::cpu::gemm::Epilogue;
use crate::cpu::isa::{Isa, Work};

/// C (m, n), and what becomes of its sums. Blocks are named by their numbers: of the panels of rows and of columns.
pub struct Target<'a, E> {
    isa: Isa,
    c: *mut f32,
    c_row_stride: usize,
    rows: usize,
    columns: usize,
    accumulate: bool,
    epilogue: &'a E,
}

// SAFETY: each thread writes to blocks of its own.
unsafe impl<E: Sync> Sync for Target<'_, E> {}

impl<'a, E: Epilogue<f32>> Target<'a, E> {
    /// `c` has contiguous rows that do not overlap.
    pub fn new(isa: Isa, mut c: ArrayViewMut2<'a, f32>, accumulate: bool, epilogue: &'a E) -> Self {
        let (rows, columns) = c.dim();
        // The stride of a single row is never used, and may be anything.
        let c_row_stride = if rows == 1 { columns } else { c.strides()[0] as usize };
        Target { isa, c: c.as_mut_ptr(), c_row_stride, rows, columns, accumulate, epilogue }
    }

    /// The panels of rows and of columns.
    pub fn panels(&self) -> [usize; 2] {
        [self.rows, self.columns].map(|lanes| lanes.div_ceil(PANEL))
    }

    /// The rows and columns of a block.
    pub fn lanes(&self, [row, column]: [usize; 2]) -> [Range<usize>; 2] {
        let lanes = |panel: usize, all: usize| panel * PANEL..all.min((panel + 1) * PANEL);
        [lanes(row, self.rows), lanes(column, self.columns)]
    }

    /// A block's part of C, and whether sums are added to it, which they are if it `has_sums` already.
    ///
    /// # Safety
    ///
    /// Nothing else has the block meanwhile.
    pub unsafe fn view(&self, at: [usize; 2], has_sums: bool) -> (ArrayViewMut2<'_, f32>, bool) {
        let [rows, columns] = self.lanes(at);
        let c = self.c.wrapping_add(rows.start * self.c_row_stride + columns.start);
        let shape = (rows.len(), columns.len()).strides((self.c_row_stride, 1));
        // SAFETY: these elements are in C; the caller vouches for the rest.
        (unsafe { ArrayViewMut2::from_shape_ptr(shape, c) }, self.accumulate || has_sums)
    }

    /// The sums of a block over so many steps of packed panels, added to those that it has.
    ///
    /// # Safety
    ///
    /// Nothing else has the block meanwhile; the processor has the kernels' instructions, and this thread has
    /// [begun](Kernels::begin).
    pub unsafe fn block(
        &self,
        kernels: &Kernels,
        at: [usize; 2],
        steps: usize,
        [a, b]: [&[u32]; 2],
        has_sums: bool,
    ) {
        assert!(a.len().min(b.len()) >= steps * kernels.step_words);
        // SAFETY: the caller's contract.
        let (mut c, accumulate) = unsafe { self.view(at, has_sums) };
        let (height, width) = c.dim();
        let mut block = Block::packed(steps, a.as_ptr(), b.as_ptr(), c.as_mut_ptr(), self.c_row_stride);
        block.accumulate = accumulate;
        if (height, width) == (PANEL, PANEL) {
            // SAFETY: the panels hold the steps, and C has the whole block; the caller vouches for the rest.
            return unsafe { (kernels.block)(&block) };
        }
        let mut whole = Whole([[0.0; PANEL]; PANEL]);
        if accumulate {
            for (row, whole) in c.outer_iter().zip(&mut whole.0) {
                row.iter().zip(whole).for_each(|(value, whole)| *whole = *value);
            }
        }
        (block.c, block.c_row_stride) = (whole.0.as_mut_ptr().cast(), PANEL);
        // SAFETY: as above, with a block of its own.
        unsafe { (kernels.block)(&block) };
        for (mut row, whole) in c.outer_iter_mut().zip(&whole.0) {
            row.iter_mut().zip(whole).for_each(|(value, whole)| *value = *whole);
        }
    }

    /// The epilogue over blocks that lie side by side, whose sums are whole.
    ///
    /// # Safety
    ///
    /// Nothing else has these blocks meanwhile.
    pub unsafe fn finish(&self, row: usize, columns: Range<usize>) {
        let [rows, _] = self.lanes([row, 0]);
        let columns = columns.start * PANEL..self.columns.min(columns.end * PANEL);
        self.isa.run(Finish { target: self, rows, columns });
    }
}

/// A block in the place of one that C has only a part of.
#[repr(align(64))]
struct Whole([[f32; PANEL]; PANEL]);

/// The epilogue over a part of C that nothing else has.
struct Finish<'a, 'b, E> {
    target: &'a Target<'b, E>,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl<E: Epilogue<f32>> Work for Finish<'_, '_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Finish { target, rows, columns } = self;
        for row in rows {
            let values = target.c.wrapping_add(row * target.c_row_stride + columns.start);
            // SAFETY: these elements are in C, and this thread's own.
            let values = unsafe { std::slice::from_raw_parts_mut(values, columns.len()) };
            target.epilogue.apply(row, columns.start, values);
        }
    }
}
