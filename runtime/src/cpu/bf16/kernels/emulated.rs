//! `f32` arithmetic on rounded numbers, for every processor. A product of two bfloat16 numbers is exact in `f32`.

use super::{Block, Kernels, Order, PAIRS, PANEL, Panel, STEP, STEP_WORDS, TILE, TILE_WORDS};
use crate::cpu::isa::{Work, isa};
use crate::cpu::round::pair;

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
    for row in 0..PANEL {
        let c = block.c.wrapping_add(row * block.c_row_stride);
        // SAFETY: the caller vouches for the block's rows, and nothing else refers to them.
        let c = unsafe { &mut *c.cast::<[f32; PANEL]>() };
        if !block.accumulate {
            *c = [0.0; PANEL];
        }
        isa().run(Row { row, block, c });
    }
}

/// One row of a block.
struct Row<'a> {
    row: usize,
    block: &'a Block,
    c: &'a mut [f32; PANEL],
}

impl Work for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let lower = |word: u32| f32::from_bits(word << 16);
        let upper = |word: u32| f32::from_bits(word & 0xffff_0000);
        let Row { row, block, c } = self;
        let mut sums = *c;
        let first = (row / TILE) as isize * block.a_tile + (row % TILE) as isize * block.a_row_stride;
        for step in 0..block.goes * block.steps {
            let (go, of_go) = ((step / block.steps) as isize, (step % block.steps) as isize);
            let a = block.a.wrapping_offset(first + go * block.a_go + of_go * block.a_step);
            // SAFETY: the caller vouches for a row's step of A, and for a step of B.
            let (a, b) = unsafe {
                (
                    &*a.cast::<[[u16; 2]; PAIRS]>(),
                    &*block.b.add(step * STEP_WORDS).cast::<[[[u32; TILE]; PAIRS]; 2]>(),
                )
            };
            for (pair, &[even, odd]) in a.iter().enumerate() {
                let (even, odd) = (lower(even.into()), lower(odd.into()));
                for (sums, b) in sums.as_chunks_mut::<TILE>().0.iter_mut().zip(b) {
                    for (sum, &b) in sums.iter_mut().zip(&b[pair]) {
                        *sum += even * lower(b);
                        *sum += odd * upper(b);
                    }
                }
            }
        }
        *c = sums;
    }
}
