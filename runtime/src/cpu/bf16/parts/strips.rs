//! The loops around the kernels: which thread computes which part of C, and what it packs for that.
//!
//! Each thread packs a block of B, which stays in its second-level cache while strips of A go by, 32 rows each, packed just
//! before they are used. So nothing that is packed, three times the bytes of rounded numbers, leaves the caches of its
//! processor, and threads never wait for each other.

use std::ops::Range;

use ndarray::{ArrayView2, s};

use crate::cpu::bf16::blocks::cut;
use crate::cpu::bf16::kernels::{Kernels, Order, STEP};
use crate::cpu::bf16::pack;
use crate::cpu::bf16::target::Target;
use crate::cpu::gemm::{Epilogue, Identity, Threads, gemm};
use crate::cpu::scratch;
use crate::cpu::threads::{self, Parts};

/// The words of a block of B at most: it stays in the second-level cache while the rows pass by.
const B_BLOCK_WORDS: usize = 272 << 10;

/// The words of a strip of A at most, so of a panel of B: some of these are a block of B.
const STRIP_WORDS: usize = 40_000;

/// The panels of a block of B at most.
const MOST_PANELS: usize = u64::BITS as usize;

/// The fewest parts for a thread, so that one that was held up leaves some to others.
const PARTS_PER_THREAD: usize = 3;

/// A product of `a` (m, k) and `b` (k, n), by kernels for packed operands.
pub struct Product<'a, E> {
    pub kernels: &'static Kernels,
    pub a: ArrayView2<'a, f32>,
    pub b: ArrayView2<'a, f32>,
    pub target: Target<'a, E>,
}

/// How a product is cut. What a sum's terms are and their order depends on k alone.
struct Cuts {
    panels: [usize; 2],
    row_cuts: usize,
    column_cuts: usize,
    /// The extent of k that is packed at a time.
    depth: usize,
    /// The words of a panel of that depth.
    panel_words: usize,
    /// The panels of B that are packed at a time, at most.
    block_panels: usize,
}

impl Cuts {
    fn new([height, width]: [usize; 2], k: usize, kernels: &Kernels, threads: usize) -> Cuts {
        // A panel of no steps still has a place, so that loops need not know of it.
        let steps = k.div_ceil(STEP).max(1);
        let depth = steps.div_ceil(steps.div_ceil(STRIP_WORDS / kernels.step_words));
        let panel_words = depth * kernels.step_words;
        let block_panels = (B_BLOCK_WORDS / panel_words).clamp(1, MOST_PANELS).min(width);
        let mut column_cuts = width.div_ceil(block_panels);
        let mut row_cuts = 1;
        if threads > 1 {
            // Each thread packs all of A for its columns of B, or all of B for its rows of A.
            if column_cuts > 1 || width > height {
                column_cuts = column_cuts.next_multiple_of(threads).min(width);
            }
            row_cuts = (threads * PARTS_PER_THREAD).div_ceil(column_cuts).min(height);
        }
        let panels = [height, width];
        Cuts { panels, row_cuts, column_cuts, depth: depth * STEP, panel_words, block_panels }
    }

    fn parts(&self) -> usize {
        self.row_cuts * self.column_cuts
    }

    /// Panels of rows and of columns.
    fn part(&self, part: usize) -> [Range<usize>; 2] {
        let [height, width] = self.panels;
        // Parts of the same columns follow each other, whose block of B is then packed already.
        let (row, column) = (part % self.row_cuts, part / self.row_cuts);
        [cut(height, self.row_cuts, row), cut(width, self.column_cuts, column)]
    }
}

/// What a thread has packed of B.
struct PackedB {
    panels: Range<usize>,
    k: Range<usize>,
    /// A bit for each panel whose numbers could be packed.
    fits: u64,
}

impl<E: Epilogue<f32>> Product<'_, E> {
    /// Computes C.
    pub fn run(&self, count: usize) {
        let cuts = Cuts::new(self.target.panels(), self.a.ncols(), self.kernels, count);
        if count == 1 {
            self.compute(&cuts, Parts::Alone(0..cuts.parts()));
        } else {
            threads::share(cuts.parts(), |parts| self.compute(&cuts, parts));
        }
    }

    /// Computes the parts that fall to this thread.
    fn compute(&self, cuts: &Cuts, parts: Parts<'_>) {
        scratch::with((1 + cuts.block_panels) * cuts.panel_words, |words: &mut [u32]| {
            let (a_words, b_words) = words.split_at_mut(cuts.panel_words);
            // SAFETY: the processor has the kernels' instructions.
            unsafe { (self.kernels.begin)() };
            let mut packed: Option<PackedB> = None;
            for part in parts {
                let [rows, panels] = cuts.part(part);
                for k in pieces(self.a.ncols(), cuts.depth) {
                    let same = packed.take().filter(|b| b.panels == panels && b.k == k);
                    let b = same.unwrap_or_else(|| self.pack_b(cuts, panels.clone(), k, b_words));
                    for row in rows.clone() {
                        self.strip(cuts, row, &b, [a_words, b_words]);
                    }
                    packed = Some(b);
                }
            }
            // SAFETY: as above.
            unsafe { (self.kernels.end)() };
        });
    }

    /// Packs panels of B for a range of k.
    fn pack_b(&self, cuts: &Cuts, panels: Range<usize>, k: Range<usize>, words: &mut [u32]) -> PackedB {
        // Rows are read along all panels, or each panel's columns along all of k.
        let at_once = if self.b.strides()[1] == 1 { STEP } else { k.len() };
        let mut fits = u64::MAX;
        for (step, steps) in pieces(k.len(), at_once).enumerate() {
            let b = self.b.slice(s![k.start + steps.start..k.start + steps.end, ..]).reversed_axes();
            for (place, panel) in panels.clone().enumerate() {
                let to = &mut words[place * cuts.panel_words + step * self.kernels.step_words..];
                if !pack(self.kernels, b, Order::Pairs, panel, to) {
                    fits &= !(1 << place);
                }
            }
        }
        PackedB { panels, k, fits }
    }

    /// The sums of a strip over what is packed of B, and the epilogue if these are the last ones.
    fn strip(&self, cuts: &Cuts, row: usize, b: &PackedB, [a_words, b_words]: [&mut [u32]; 2]) {
        let a = self.a.slice(s![.., b.k.clone()]);
        let a_fits = pack(self.kernels, a, Order::Lanes, row, a_words);
        let (steps, has_sums) = (b.k.len().div_ceil(STEP), b.k.start > 0);
        for (place, panel) in b.panels.clone().enumerate() {
            if a_fits && b.fits >> place & 1 == 1 {
                let operands = [&*a_words, &b_words[place * cuts.panel_words..]];
                // SAFETY: the block is this thread's own, and `compute` has begun.
                unsafe { self.target.block(self.kernels, [row, panel], steps, operands, has_sums) };
            } else {
                self.plain_block([row, panel], b.k.clone());
            }
        }
        if b.k.end == self.a.ncols() {
            // SAFETY: the blocks are this thread's own.
            unsafe { self.target.finish(row, b.panels.clone()) };
        }
    }

    /// A block with numbers that cannot be packed, of the numbers as they are.
    #[cold]
    fn plain_block(&self, at: [usize; 2], k: Range<usize>) {
        let [rows, columns] = self.target.lanes(at);
        // SAFETY: the block is this thread's own.
        let (c, accumulate) = unsafe { self.target.view(at, k.start > 0) };
        let (a, b) = (self.a.slice(s![rows, k.clone()]), self.b.slice(s![k, columns]));
        gemm(Threads::One, a, b, accumulate, c, &Identity);
    }
}

/// A length in pieces, the last of which may be shorter; of no length a piece.
fn pieces(length: usize, piece: usize) -> impl Iterator<Item = Range<usize>> {
    (0..length.div_ceil(piece.max(1)).max(1)).map(move |i| i * piece..length.min((i + 1) * piece))
}
