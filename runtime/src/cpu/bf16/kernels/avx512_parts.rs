//! Packs numbers in three parts each, by AVX-512.

use core::arch::x86_64::*;

use super::avx512::{mask, transposed};
use super::{LEAST_UNFIT, Order, PAIRS, PARTS, Panel, STEP, STEP_WORDS, TILE, TILE_WORDS};

/// The upper halves of words.
const UPPER: i32 = 0xffff_0000_u32 as i32;

/// How far ahead of what is packed along k numbers are asked for.
const STEPS_AHEAD: usize = 4 * STEP;

/// Packs a panel.
///
/// # Safety
///
/// As for [`Kernels::pack`](super::Kernels::pack).
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
pub unsafe fn pack(panel: &Panel, to: *mut u32) -> bool {
    let mut largest = _mm512_setzero_si512();
    for (step, k) in (0..panel.depth).step_by(STEP).enumerate() {
        for (tile, lane) in [0, TILE].into_iter().enumerate() {
            let at = lane as isize * panel.lane_stride + k as isize * panel.k_stride;
            let tile = Tile {
                from: panel.from.wrapping_offset(at),
                lane_stride: panel.lane_stride,
                k_stride: panel.k_stride,
                lanes: panel.lanes.saturating_sub(lane),
                depth: (panel.depth - k).min(STEP),
                to: to.wrapping_add(step * PARTS * STEP_WORDS + tile * TILE_WORDS),
            };
            // SAFETY: the lanes and steps that exist are the caller's promise, as is the room of a step.
            largest = _mm512_max_epu32(largest, unsafe { tile.pack(panel.order) });
        }
    }
    // As numbers without their signs come.
    _mm512_reduce_max_epu32(largest) < LEAST_UNFIT.to_bits() << 1
}

/// A tile of numbers, and where its three tiles of parts are to lie: a [`STEP_WORDS`] apart.
struct Tile {
    from: *const f32,
    lane_stride: isize,
    k_stride: isize,
    lanes: usize,
    depth: usize,
    to: *mut u32,
}

impl Tile {
    /// Returns the largest numbers, without their signs.
    ///
    /// # Safety
    ///
    /// The first `lanes`, at most 16, of the first `depth` steps can be read, and the parts written.
    #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
    #[inline]
    unsafe fn pack(&self, order: Order) -> __m512i {
        // SAFETY: the caller's contract.
        unsafe {
            match (self.lane_stride == 1, self.k_stride == 1) {
                (true, _) => self.across(order),
                (_, true) => self.along(order),
                _ => {
                    let mut values = [0.0; TILE * STEP];
                    for lane in 0..self.lanes.min(TILE) {
                        for k in 0..self.depth {
                            let at = lane as isize * self.lane_stride + k as isize * self.k_stride;
                            values[lane * STEP + k] = *self.from.offset(at);
                        }
                    }
                    let (from, lane_stride) = (values.as_ptr(), STEP as isize);
                    Tile { from, lane_stride, k_stride: 1, lanes: TILE, depth: STEP, to: self.to }
                        .along(order)
                }
            }
        }
    }

    /// Packs lanes that lie side by side.
    #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
    #[inline]
    unsafe fn across(&self, order: Order) -> __m512i {
        let lanes = mask(self.lanes);
        let load = |k: usize| {
            // The same lanes of the next step, each of which may lie in a page of its own.
            fetch(self.from.wrapping_offset((k + STEP) as isize * self.k_stride));
            let lanes = if k < self.depth { lanes } else { 0 };
            // SAFETY: the mask names only what the caller vouches for.
            unsafe { _mm512_maskz_loadu_ps(lanes, self.from.wrapping_offset(k as isize * self.k_stride)) }
        };
        // The first of each pair of numbers, and the second.
        let joined = |[first, second]: [__m512i; 2]| _mm512_or_si512(_mm512_srli_epi32::<16>(first), second);
        // SAFETY: the caller's contract.
        unsafe { self.rows(order != Order::Pairs, |pair| [load(2 * pair), load(2 * pair + 1)], joined) }
    }

    /// Packs steps that lie side by side.
    #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
    #[inline]
    unsafe fn along(&self, order: Order) -> __m512i {
        const UPPER_HALVES: [u16; 32] = {
            let mut places = [0; 32];
            let mut place = 0;
            while place < 32 {
                places[place] = 2 * place as u16 + 1;
                place += 1;
            }
            places
        };
        let steps = [0, 16].map(|k| mask(self.depth.saturating_sub(k)));
        let load = |lane: usize| {
            let from = self.from.wrapping_offset(lane as isize * self.lane_stride);
            [0, 1].map(|half| {
                fetch(from.wrapping_add(16 * half + STEPS_AHEAD));
                let steps = if lane < self.lanes { steps[half] } else { 0 };
                // SAFETY: the mask names only what the caller vouches for.
                unsafe { _mm512_maskz_loadu_ps(steps, from.wrapping_add(16 * half)) }
            })
        };
        // SAFETY: 64 bytes.
        let upper_halves = unsafe { _mm512_loadu_si512(UPPER_HALVES.as_ptr().cast()) };
        let joined = |[first, second]: [__m512i; 2]| _mm512_permutex2var_epi16(first, upper_halves, second);
        // SAFETY: the caller's contract.
        unsafe { self.rows(order != Order::Lanes, load, joined) }
    }

    /// Packs the sixteen rows of 32 numbers each that `row` gives, whose parts `joined` makes to words.
    ///
    /// # Safety
    ///
    /// The parts can be written.
    #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
    #[inline]
    unsafe fn rows(
        &self,
        transpose: bool,
        row: impl Fn(usize) -> [__m512; 2],
        joined: impl Fn([__m512i; 2]) -> __m512i,
    ) -> __m512i {
        let mut largest = _mm512_setzero_si512();
        let mut rows = [[_mm512_setzero_si512(); PARTS]; TILE];
        for (number, words) in rows.iter_mut().enumerate() {
            let numbers = row(number);
            for numbers in numbers {
                let bits = _mm512_castps_si512(numbers);
                // Without the sign.
                largest = _mm512_max_epu32(largest, _mm512_add_epi32(bits, bits));
            }
            let [one, other] = numbers.map(|numbers| parts(numbers));
            *words = [0, 1, 2].map(|part| joined([one[part], other[part]]));
            if !transpose {
                // SAFETY: the caller's contract.
                unsafe { self.store(number, *words) };
            }
        }
        if transpose {
            let [first, second, third] = [0, 1, 2].map(|part| transposed(rows.map(|words| words[part])));
            for number in 0..TILE {
                // SAFETY: the caller's contract.
                unsafe { self.store(number, [first[number], second[number], third[number]]) };
            }
        }
        largest
    }

    /// Writes a row of each part.
    ///
    /// # Safety
    ///
    /// The parts can be written.
    #[target_feature(enable = "avx512f")]
    #[inline]
    unsafe fn store(&self, row: usize, words: [__m512i; PARTS]) {
        for (part, words) in words.into_iter().enumerate() {
            // SAFETY: the caller's contract.
            unsafe { _mm512_storeu_si512(self.to.add(part * STEP_WORDS + row * PAIRS).cast(), words) };
        }
    }
}

/// Asks for a line that is read soon, if there is memory.
#[target_feature(enable = "avx512f")]
#[inline]
fn fetch(address: *const f32) {
    _mm_prefetch::<_MM_HINT_T0>(address.cast());
}

/// Numbers in their parts, each in the upper half of a word.
#[target_feature(enable = "avx512f")]
#[inline]
fn parts(numbers: __m512) -> [__m512i; PARTS] {
    // To the nearest: of two as near the one of larger magnitude.
    let nearest = |numbers: __m512| {
        let half = _mm512_add_epi32(_mm512_castps_si512(numbers), _mm512_set1_epi32(0x8000));
        _mm512_and_si512(half, _mm512_set1_epi32(UPPER))
    };
    let first = nearest(numbers);
    let rest = _mm512_sub_ps(numbers, _mm512_castsi512_ps(first));
    let second = nearest(rest);
    let third = nearest(_mm512_sub_ps(rest, _mm512_castsi512_ps(second)));
    [first, second, third]
}
