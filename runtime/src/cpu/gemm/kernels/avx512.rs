//! AVX-512: 32 registers of 512 bits. A tile of 8 rows fills 24 of them with sums, and a row's address of A stays in a
//! register of its own.

use core::arch::x86_64::*;

use super::{Vector, kernels, store_whole, total};

macro_rules! vector {
    ($register:ident, $type:ident, $mask:ident, $lanes:literal, $set1:ident, $zero:ident, $load:ident,
     $load_masked:ident, $store:ident, $store_masked:ident, $add:ident, $div:ident, $max:ident, $equal:ident, $blend:ident, $fma:ident, $permute:ident, $index:ident, $rounded:ident) => {
        impl Vector for $register {
            type Element = $type;
            type Mask = $mask;
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn mask(lanes: usize) -> $mask {
                ((1_u32 << lanes) - 1) as $mask
            }

            #[inline(always)]
            unsafe fn splat(value: $type) -> Self {
                // SAFETY: the caller has the instruction set; so below.
                unsafe { $set1(value) }
            }

            #[inline(always)]
            unsafe fn zero() -> Self {
                // SAFETY: as above.
                unsafe { $zero() }
            }

            #[inline(always)]
            unsafe fn load(from: *const $type) -> Self {
                // SAFETY: as above, and the caller vouches for the elements; so below.
                unsafe { $load(from) }
            }

            #[inline(always)]
            unsafe fn load_masked(from: *const $type, mask: $mask) -> Self {
                // SAFETY: as above; lanes beyond the mask are not touched.
                unsafe { $load_masked(mask, from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $type) {
                // SAFETY: as above.
                unsafe { $store(to, self) }
            }

            #[inline(always)]
            unsafe fn store_masked(self, to: *mut $type, mask: $mask) {
                // SAFETY: as above; lanes beyond the mask are not touched.
                unsafe { $store_masked(to, mask, self) }
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: as above.
                unsafe { $add(self, other) }
            }

            #[inline(always)]
            unsafe fn div(self, other: Self) -> Self {
                // SAFETY: as above.
                unsafe { $div(self, other) }
            }

            #[inline(always)]
            unsafe fn max(self, other: Self) -> Self {
                // SAFETY: as above.
                unsafe { $max(self, other) }
            }

            #[inline(always)]
            unsafe fn select_equal(self, other: Self, then: Self, otherwise: Self) -> Self {
                // SAFETY: as above.
                unsafe { $blend($equal::<_CMP_EQ_OQ>(self, other), otherwise, then) }
            }

            store_whole! { $lanes }

            #[inline(always)]
            unsafe fn rounded(self) -> Self {
                // SAFETY: as above.
                unsafe { $rounded(self) }
            }

            #[inline(always)]
            unsafe fn total(self) -> $type {
                let mut lanes = [0.0; $lanes];
                // SAFETY: as above, and the lanes are as many.
                unsafe { self.store(lanes.as_mut_ptr()) };
                total(&mut lanes)
            }

            #[inline(always)]
            unsafe fn add_product(self, a: Self, b: Self) -> Self {
                // SAFETY: as above.
                unsafe { $fma(a, b, self) }
            }

            #[inline(always)]
            unsafe fn zip(self, other: Self) -> (Self, Self) {
                // Lanes of `other` are numbered on from those of `self`.
                const FIRST: [$index; $lanes] = zipped(0);
                const SECOND: [$index; $lanes] = zipped($lanes / 2);
                const fn zipped(from: $index) -> [$index; $lanes] {
                    let mut lanes = [0; $lanes];
                    let mut pair = 0;
                    while pair < $lanes / 2 {
                        lanes[2 * pair] = from + pair as $index;
                        lanes[2 * pair + 1] = $lanes + from + pair as $index;
                        pair += 1;
                    }
                    lanes
                }
                // SAFETY: as above; the indices are 64 bytes.
                unsafe {
                    let first = _mm512_loadu_si512(FIRST.as_ptr().cast());
                    let second = _mm512_loadu_si512(SECOND.as_ptr().cast());
                    ($permute(self, first, other), $permute(self, second, other))
                }
            }

            #[inline(always)]
            unsafe fn unzip(self, other: Self) -> (Self, Self) {
                const EVEN: [$index; $lanes] = every_other(0);
                const ODD: [$index; $lanes] = every_other(1);
                const fn every_other(from: $index) -> [$index; $lanes] {
                    let mut lanes = [0; $lanes];
                    let mut lane = 0;
                    while lane < $lanes {
                        lanes[lane] = from + 2 * lane as $index;
                        lane += 1;
                    }
                    lanes
                }
                // SAFETY: as above; the indices are 64 bytes.
                unsafe {
                    let even = _mm512_loadu_si512(EVEN.as_ptr().cast());
                    let odd = _mm512_loadu_si512(ODD.as_ptr().cast());
                    ($permute(self, even, other), $permute(self, odd, other))
                }
            }

            #[inline(always)]
            unsafe fn prefetch(at: *const $type) {
                // SAFETY: a prefetch of any address is harmless.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
            }
        }
    };
}

/// [`Vector::rounded`] of `f32`, as [`round`](crate::cpu::round::round) does it.
#[inline(always)]
unsafe fn round_single(numbers: __m512) -> __m512 {
    // SAFETY: the caller vouches for the instruction set.
    unsafe {
        let word = |bits: u32| _mm512_set1_epi32(bits as i32);
        let bits = _mm512_castps_si512(numbers);
        let magnitude = _mm512_and_si512(bits, word(0x7fff_ffff));
        let even = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), word(1));
        let nearest = _mm512_add_epi32(bits, _mm512_add_epi32(even, word(0x7fff)));
        let is_nan = _mm512_cmpgt_epi32_mask(magnitude, word(0x7f80_0000));
        let rounded = _mm512_mask_or_epi32(nearest, is_nan, bits, word(0x40_0000));
        let is_subnormal = _mm512_cmplt_epi32_mask(magnitude, word(0x80_0000));
        let rounded = _mm512_mask_and_epi32(rounded, is_subnormal, bits, word(0x8000_0000));
        _mm512_castsi512_ps(_mm512_and_si512(rounded, word(0xffff_0000)))
    }
}

/// [`Vector::rounded`] of `f64`, which stays as it is.
#[inline(always)]
unsafe fn identity(numbers: __m512d) -> __m512d {
    numbers
}

vector! {
    __m512, f32, __mmask16, 16, _mm512_set1_ps, _mm512_setzero_ps, _mm512_loadu_ps,
    _mm512_maskz_loadu_ps, _mm512_storeu_ps, _mm512_mask_storeu_ps, _mm512_add_ps, _mm512_div_ps,
    _mm512_max_ps, _mm512_cmp_ps_mask, _mm512_mask_blend_ps, _mm512_fmadd_ps,
    _mm512_permutex2var_ps, i32, round_single
}
vector! {
    __m512d, f64, __mmask8, 8, _mm512_set1_pd, _mm512_setzero_pd, _mm512_loadu_pd,
    _mm512_maskz_loadu_pd, _mm512_storeu_pd, _mm512_mask_storeu_pd, _mm512_add_pd, _mm512_div_pd,
    _mm512_max_pd, _mm512_cmp_pd_mask, _mm512_mask_blend_pd, _mm512_fmadd_pd,
    _mm512_permutex2var_pd, i64, identity
}

kernels! {
    single: f32, core::arch::x86_64::__m512, lanes: 16, rows: [1 2 3 4 5 6 7 8],
    features: "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"
}
kernels! {
    double: f64, core::arch::x86_64::__m512d, lanes: 8, rows: [1 2 3 4 5 6 7 8],
    features: "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"
}
