//! `f32` arithmetic on rounded numbers, for every processor. A product of two bfloat16 numbers is exact in `f32`.

use super::{Block, Kernels, Order, PAIRS, PANEL, Panel, STEP, STEP_WORDS, TILE, TILE_WORDS};
use crate::cpu::bf16::round::pair;
use crate::cpu::isa::{Work, isa};

pub static KERNELS: Kernels = Kernels { pack, block, begin: nothing, end: nothing };

unsafe fn nothing() {}

unsafe fn pack(panel: &Panel, to: *mut u32) {
    // SAFETY: the caller vouches for the room.
    let words = unsafe { std::slice::from_raw_parts_mut(to, panel.depth.div_ceil(STEP) * STEP_WORDS) };
    let at = |lane: usize, k: usize| {
        if lane >= panel.lanes || k >= panel.depth {
            return 0.0;
        }
        let offset = lane as isize * panel.lane_stride + k as isize * panel.k_stride;
        // SAFETY: the caller vouches for these lanes and steps.
        unsafe { *panel.from.offset(offset) }
    };
    for (i, word) in words.iter_mut().enumerate() {
        let (tile, place) = (i / TILE_WORDS, i % TILE_WORDS);
        let (lane, of_step) = match panel.order {
            Order::Lanes => (place / PAIRS, place % PAIRS),
            Order::Pairs => (place % TILE, place / TILE),
        };
        let (lane, k) = (tile % 2 * TILE + lane, tile / 2 * STEP + 2 * of_step);
        *word = pair(at(lane, k), at(lane, k + 1));
    }
}

unsafe fn block(block: &Block) {
    let words = block.steps * STEP_WORDS;
    // SAFETY: the caller vouches for the panels.
    let (a, b) =
        unsafe { (std::slice::from_raw_parts(block.a, words), std::slice::from_raw_parts(block.b, words)) };
    for row in 0..PANEL {
        let c = block.c.wrapping_add(row * block.c_row_stride);
        // SAFETY: the caller vouches for the block's rows, and nothing else refers to them.
        let c = unsafe { &mut *c.cast::<[f32; PANEL]>() };
        if !block.accumulate {
            *c = [0.0; PANEL];
        }
        isa().run(Row { row, a, b, c });
    }
}

/// One row of a block.
struct Row<'a> {
    row: usize,
    a: &'a [u32],
    b: &'a [u32],
    c: &'a mut [f32; PANEL],
}

impl Work for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let lower = |word: u32| f32::from_bits(word << 16);
        let upper = |word: u32| f32::from_bits(word & 0xffff_0000);
        let mut sums = *self.c;
        let steps = self.a.chunks_exact(STEP_WORDS).zip(self.b.chunks_exact(STEP_WORDS));
        for (a, b) in steps {
            let (left, right) = b.split_at(TILE_WORDS);
            let columns = left.as_chunks::<TILE>().0.iter().zip(right.as_chunks::<TILE>().0);
            for (&a, (left, right)) in a[self.row * PAIRS..].iter().zip(columns) {
                for (sums, b) in sums.as_chunks_mut::<TILE>().0.iter_mut().zip([left, right]) {
                    for (sum, &b) in sums.iter_mut().zip(b) {
                        *sum += lower(a) * lower(b);
                        *sum += upper(a) * upper(b);
                    }
                }
            }
        }
        *self.c = sums;
    }
}
