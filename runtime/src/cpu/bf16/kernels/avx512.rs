//! AVX512-BF16: an instruction rounds 32 numbers, or multiplies 32 pairs and adds them to 16 sums.

use core::arch::x86_64::*;
use std::mem::transmute;

use super::{Block, Kernels, Order, PAIRS, PANEL, Panel, STEP, STEP_WORDS, TILE, TILE_WORDS};

pub static KERNELS: Kernels = Kernels { step_words: STEP_WORDS, pack, block, begin: nothing, end: nothing };

unsafe fn nothing() {}

/// The first so many lanes.
pub(super) fn mask(lanes: usize) -> __mmask16 {
    ((1_u32 << lanes.min(16)) - 1) as __mmask16
}

/// Packs a panel.
///
/// # Safety
///
/// As for [`Kernels::pack`].
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx512bf16")]
pub unsafe fn pack(panel: &Panel, to: *mut u32) -> bool {
    let mut to = to;
    for k in (0..panel.depth).step_by(STEP) {
        for lane in [0, TILE] {
            let at = lane as isize * panel.lane_stride + k as isize * panel.k_stride;
            let from = panel.from.wrapping_offset(at);
            let (lanes, depth) = (panel.lanes.saturating_sub(lane), (panel.depth - k).min(STEP));
            // SAFETY: the lanes and steps that exist are the caller's promise, and the masks name no others.
            let (order, tile) = unsafe {
                if panel.lane_stride == 1 {
                    (Order::Pairs, pairs(from, panel.k_stride, lanes, depth))
                } else if panel.k_stride == 1 {
                    (Order::Lanes, lanes_of(from, panel.lane_stride, lanes, depth))
                } else {
                    (Order::Lanes, gathered(from, panel, lanes, depth))
                }
            };
            let tile = if order == panel.order { tile } else { transposed(tile) };
            for (i, &words) in tile.iter().enumerate() {
                // SAFETY: the caller vouches for a tile's room here.
                unsafe { _mm512_storeu_si512(to.add(i * 16).cast(), words) };
            }
            to = to.wrapping_add(TILE_WORDS);
        }
    }
    true
}

/// The pairs of a tile whose lanes lie side by side.
///
/// # Safety
///
/// The first `lanes`, at most 16, of the first `depth` steps can be read.
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx512bf16")]
#[inline]
unsafe fn pairs(from: *const f32, k_stride: isize, lanes: usize, depth: usize) -> [__m512i; PAIRS] {
    // The lanes of the first number and those of the second, in turn.
    const IN_TURN: [u16; 32] = {
        let mut places = [0; 32];
        let mut lane = 0;
        while lane < 16 {
            places[2 * lane] = lane as u16;
            places[2 * lane + 1] = 16 + lane as u16;
            lane += 1;
        }
        places
    };
    // SAFETY: 64 bytes.
    let in_turn = unsafe { _mm512_loadu_si512(IN_TURN.as_ptr().cast()) };
    let load = |k: usize| {
        let mask = if k < depth { mask(lanes) } else { 0 };
        // SAFETY: the masks name only what the caller vouches for.
        unsafe { _mm512_maskz_loadu_ps(mask, from.wrapping_offset(k as isize * k_stride)) }
    };
    std::array::from_fn(|pair| {
        let halves = _mm512_cvtne2ps_pbh(load(2 * pair + 1), load(2 * pair));
        // SAFETY: both types are 64 bytes of plain bits.
        _mm512_permutexvar_epi16(in_turn, unsafe { transmute::<__m512bh, __m512i>(halves) })
    })
}

/// The lanes of a tile whose steps lie side by side.
///
/// # Safety
///
/// As for [`pairs`].
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx512bf16")]
#[inline]
unsafe fn lanes_of(from: *const f32, lane_stride: isize, lanes: usize, depth: usize) -> [__m512i; TILE] {
    let load = |lane: usize, k: usize| {
        let mask = if lane < lanes { mask(depth.saturating_sub(k)) } else { 0 };
        let at = lane as isize * lane_stride + k as isize;
        // SAFETY: the masks name only what the caller vouches for.
        unsafe { _mm512_maskz_loadu_ps(mask, from.wrapping_offset(at)) }
    };
    std::array::from_fn(|lane| {
        let words = _mm512_cvtne2ps_pbh(load(lane, 16), load(lane, 0));
        // SAFETY: both types are 64 bytes of plain bits.
        unsafe { transmute::<__m512bh, __m512i>(words) }
    })
}

/// The lanes of a tile of any strides.
///
/// # Safety
///
/// As for [`pairs`].
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx512bf16")]
unsafe fn gathered(from: *const f32, panel: &Panel, lanes: usize, depth: usize) -> [__m512i; TILE] {
    let mut values = [0.0; TILE * STEP];
    for lane in 0..lanes.min(TILE) {
        for k in 0..depth {
            let at = lane as isize * panel.lane_stride + k as isize * panel.k_stride;
            // SAFETY: the caller vouches for it.
            values[lane * STEP + k] = unsafe { *from.offset(at) };
        }
    }
    // SAFETY: the array holds all lanes and steps.
    unsafe { lanes_of(values.as_ptr(), STEP as isize, TILE, STEP) }
}

/// Lanes and pairs exchanged.
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
#[inline]
pub(super) fn transposed(mut words: [__m512i; 16]) -> [__m512i; 16] {
    const fn zipped(from: i32) -> [i32; 16] {
        let mut places = [0; 16];
        let mut pair = 0;
        while pair < 8 {
            places[2 * pair] = from + pair as i32;
            places[2 * pair + 1] = 16 + from + pair as i32;
            pair += 1;
        }
        places
    }
    const FIRST: [i32; 16] = zipped(0);
    const SECOND: [i32; 16] = zipped(8);
    // SAFETY: 64 bytes each.
    let (first, second) =
        unsafe { (_mm512_loadu_si512(FIRST.as_ptr().cast()), _mm512_loadu_si512(SECOND.as_ptr().cast())) };
    // Zipping the first half of the vectors with the second moves the highest bit of a vector's number to the lowest
    // of the word's: after four times the two numbers have changed places.
    for _ in 0..4 {
        let halves = words;
        for pair in 0..8 {
            let (one, other) = (halves[pair], halves[pair + 8]);
            words[2 * pair] = _mm512_permutex2var_epi32(one, first, other);
            words[2 * pair + 1] = _mm512_permutex2var_epi32(one, second, other);
        }
    }
    words
}

/// The rows of a block that are summed at once: with two vectors of columns, 16 registers of sums.
const ROWS: usize = 8;

#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx512bf16")]
unsafe fn block(block: &Block) {
    let load = |from: *const u32| {
        // SAFETY: `from` is the front of 16 words of B, and both types are 64 bytes of plain bits.
        unsafe { transmute::<__m512i, __m512bh>(_mm512_loadu_si512(from.cast())) }
    };
    for first in (0..PANEL).step_by(ROWS) {
        let c =
            |row: usize, tile: usize| block.c.wrapping_add((first + row) * block.c_row_stride + tile * TILE);
        let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
        if block.accumulate {
            for (row, sums) in sums.iter_mut().enumerate() {
                for (tile, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: the caller vouches for the block's elements.
                    *sum = unsafe { _mm512_loadu_ps(c(row, tile)) };
                }
            }
        }
        let tile = (first / TILE) as isize * block.a_tile + (first % TILE) as isize * block.a_row_stride;
        let mut b = block.b;
        for go in 0..block.goes {
            let mut a = block.a.wrapping_offset(tile + go as isize * block.a_go);
            for _ in 0..block.steps {
                for pair in 0..PAIRS {
                    let columns = [load(b), load(b.wrapping_add(TILE_WORDS))];
                    for (row, sums) in sums.iter_mut().enumerate() {
                        // SAFETY: this pair of A exists, and both types are 64 bytes of plain bits.
                        let factor = unsafe {
                            let at = a.offset(row as isize * block.a_row_stride).add(2 * pair);
                            let word = at.cast::<i32>().read_unaligned();
                            transmute::<__m512i, __m512bh>(_mm512_set1_epi32(word))
                        };
                        for (sum, column) in sums.iter_mut().zip(columns) {
                            *sum = _mm512_dpbf16_ps(*sum, factor, column);
                        }
                    }
                    b = b.wrapping_add(TILE);
                }
                a = a.wrapping_offset(block.a_step);
                b = b.wrapping_add(TILE_WORDS);
            }
        }
        for (row, sums) in sums.into_iter().enumerate() {
            for (tile, sum) in sums.into_iter().enumerate() {
                // SAFETY: the caller vouches for the block's elements.
                unsafe { _mm512_storeu_ps(c(row, tile), sum) };
            }
        }
    }
}
