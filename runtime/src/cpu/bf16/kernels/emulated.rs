//! `f32` arithmetic on rounded numbers, for every processor. A product of two bfloat16 numbers is exact in `f32`.

use super::{
    Block, Kernels, LEAST_UNFIT, Order, PAIRS, PAIRS_OF_PARTS, PANEL, PARTS, Panel, STEP, STEP_WORDS, TILE,
    TILE_WORDS,
};
use crate::cpu::isa::{Work, isa};
use crate::cpu::round::pair;

pub static KERNELS: Kernels = Kernels { step_words: STEP_WORDS, pack, block, begin: nothing, end: nothing };

pub static IN_PARTS: Kernels = Kernels {
    step_words: PARTS * STEP_WORDS,

    pack: pack_in_parts,
    block: block_in_parts,
    begin: nothing,
    end: nothing,
};

unsafe fn nothing() {}

unsafe fn pack(panel: &Panel, to: *mut u32) -> bool {
    // SAFETY: the caller vouches for the room.
    let words = unsafe { std::slice::from_raw_parts_mut(to, panel.depth.div_ceil(STEP) * STEP_WORDS) };
    for (place, word) in words.iter_mut().enumerate() {
        // SAFETY: the caller vouches for the panel's numbers.
        let [first, second] = unsafe { pair_at(panel, place) };
        *word = pair(first, second);
    }
    true
}

unsafe fn pack_in_parts(panel: &Panel, to: *mut u32) -> bool {
    let len = panel.depth.div_ceil(STEP) * PARTS * STEP_WORDS;
    // SAFETY: the caller vouches for the room.
    let words = unsafe { std::slice::from_raw_parts_mut(to, len) };
    let mut fit = true;
    for (step, words) in words.chunks_mut(PARTS * STEP_WORDS).enumerate() {
        for place in 0..STEP_WORDS {
            // SAFETY: the caller vouches for the panel's numbers.
            let pair = unsafe { pair_at(panel, step * STEP_WORDS + place) };
            fit &= pair.iter().all(|value| value.abs() < LEAST_UNFIT);
            let [first, second] = pair.map(parts);
            for part in 0..PARTS {
                words[part * STEP_WORDS + place] = first[part].to_bits() >> 16 | second[part].to_bits();
            }
        }
    }
    fit
}

/// Numbers of 8 bits, the largest first, whose sum this one is, if it is not [too large](LEAST_UNFIT). (Of a number below
/// 2^-109 the last can be too small to be exact.)
fn parts(value: f32) -> [f32; PARTS] {
    let nearest = |value: f32| f32::from_bits(value.to_bits().wrapping_add(0x8000) & 0xffff_0000);
    let first = nearest(value);
    let rest = value - first;
    let second = nearest(rest);
    [first, second, nearest(rest - second)]
}

/// The two numbers of a word of a packed panel of rounded numbers; zeros where the panel has none.
///
/// # Safety
///
/// As for [`Kernels::pack`].
unsafe fn pair_at(panel: &Panel, word: usize) -> [f32; 2] {
    let (tile, place) = (word / TILE_WORDS, word % TILE_WORDS);
    let (lane, of_step) = match panel.order {
        Order::Lanes => (place / PAIRS, place % PAIRS),
        Order::Pairs => (place % TILE, place / TILE),
    };
    let (lane, k) = (tile % 2 * TILE + lane, tile / 2 * STEP + 2 * of_step);
    [k, k + 1].map(|k| {
        if lane >= panel.lanes || k >= panel.depth {
            return 0.0;
        }
        let offset = lane as isize * panel.lane_stride + k as isize * panel.k_stride;
        // SAFETY: the caller vouches for these lanes and steps.
        unsafe { *panel.from.offset(offset) }
    })
}

/// By the kernel for rounded numbers: each pair of parts of each step is a step of its own.
unsafe fn block_in_parts(of_parts: &Block) {
    for step in 0..of_parts.steps {
        for (number, [a, b]) in PAIRS_OF_PARTS.into_iter().enumerate() {
            let [a, b] = [a, b].map(|part| (step * PARTS + part) * STEP_WORDS);
            let (a, b) = (of_parts.a.wrapping_add(2 * a).cast(), of_parts.b.wrapping_add(b));
            let mut pair = Block::packed(1, a, b, of_parts.c, of_parts.c_row_stride);
            pair.accumulate = of_parts.accumulate || step + number > 0;
            // SAFETY: the caller vouches for packed panels of so many steps, and for C.
            unsafe { block(&pair) };
        }
    }
    if of_parts.steps == 0 && !of_parts.accumulate {
        // SAFETY: the caller vouches for C.
        unsafe { block(of_parts) };
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
