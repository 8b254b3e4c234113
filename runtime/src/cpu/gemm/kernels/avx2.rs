//! AVX2 with FMA: 16 registers of 256 bits. A tile of 4 rows fills 12 of them with sums.

use core::arch::x86_64::*;

use super::{Vector, kernels, store_whole, total};

macro_rules! vector {
    ($register:ident, $type:ident, $integer:ident, $lanes:literal, $set1:ident, $zero:ident, $load:ident,
     $load_masked:ident, $store:ident, $store_masked:ident, $add:ident, $div:ident, $max:ident, $equal:ident, $blend:ident, $fma:ident, $low:ident, $high:ident, $halves:ident,
     $shuffle:ident, $even:literal, $odd:literal, $rounded:ident) => {
        impl Vector for $register {
            type Element = $type;
            type Mask = __m256i;
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn mask(lanes: usize) -> __m256i {
                // A window onto this shows `lanes` times all ones, then zeros.
                const WINDOW: [$integer; 2 * $lanes] = {
                    let mut window = [0; 2 * $lanes];
                    let mut lane = 0;
                    while lane < $lanes {
                        window[lane] = -1;
                        lane += 1;
                    }
                    window
                };
                let window: &[$integer; $lanes] = WINDOW[$lanes - lanes..].first_chunk().unwrap();
                // SAFETY: the window is 32 bytes long, and the caller has the instruction set.
                unsafe { _mm256_loadu_si256(window.as_ptr().cast()) }
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
            unsafe fn load_masked(from: *const $type, mask: __m256i) -> Self {
                // SAFETY: as above; lanes beyond the mask are not touched.
                unsafe { $load_masked(from, mask) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $type) {
                // SAFETY: as above.
                unsafe { $store(to, self) }
            }

            #[inline(always)]
            unsafe fn store_masked(self, to: *mut $type, mask: __m256i) {
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
                unsafe { $blend(otherwise, then, $equal::<_CMP_EQ_OQ>(self, other)) }
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
                // SAFETY: as above.
                unsafe {
                    // These zip within each half of the registers; the halves then change places.
                    let (low, high) = ($low(self, other), $high(self, other));
                    ($halves::<0x20>(low, high), $halves::<0x31>(low, high))
                }
            }

            #[inline(always)]
            unsafe fn unzip(self, other: Self) -> (Self, Self) {
                // SAFETY: as above.
                unsafe {
                    let (low, high) = ($halves::<0x20>(self, other), $halves::<0x31>(self, other));
                    ($shuffle::<$even>(low, high), $shuffle::<$odd>(low, high))
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
unsafe fn round_single(numbers: __m256) -> __m256 {
    // SAFETY: the caller vouches for the instruction set.
    unsafe {
        let word = |bits: u32| _mm256_set1_epi32(bits as i32);
        let bits = _mm256_castps_si256(numbers);
        let magnitude = _mm256_and_si256(bits, word(0x7fff_ffff));
        let even = _mm256_and_si256(_mm256_srli_epi32::<16>(bits), word(1));
        let nearest = _mm256_add_epi32(bits, _mm256_add_epi32(even, word(0x7fff)));
        let is_nan = _mm256_cmpgt_epi32(magnitude, word(0x7f80_0000));
        let rounded = _mm256_blendv_epi8(nearest, _mm256_or_si256(bits, word(0x40_0000)), is_nan);
        let is_subnormal = _mm256_cmpgt_epi32(word(0x80_0000), magnitude);
        let rounded = _mm256_blendv_epi8(rounded, _mm256_and_si256(bits, word(0x8000_0000)), is_subnormal);
        _mm256_castsi256_ps(_mm256_and_si256(rounded, word(0xffff_0000)))
    }
}

/// [`Vector::rounded`] of `f64`, which stays as it is.
#[inline(always)]
unsafe fn identity(numbers: __m256d) -> __m256d {
    numbers
}

vector! {
    __m256, f32, i32, 8, _mm256_set1_ps, _mm256_setzero_ps, _mm256_loadu_ps,
    _mm256_maskload_ps, _mm256_storeu_ps, _mm256_maskstore_ps, _mm256_add_ps, _mm256_div_ps,
    _mm256_max_ps, _mm256_cmp_ps, _mm256_blendv_ps, _mm256_fmadd_ps,
    _mm256_unpacklo_ps, _mm256_unpackhi_ps, _mm256_permute2f128_ps,
    _mm256_shuffle_ps, 0x88, 0xdd, round_single
}
vector! {
    __m256d, f64, i64, 4, _mm256_set1_pd, _mm256_setzero_pd, _mm256_loadu_pd,
    _mm256_maskload_pd, _mm256_storeu_pd, _mm256_maskstore_pd, _mm256_add_pd, _mm256_div_pd,
    _mm256_max_pd, _mm256_cmp_pd, _mm256_blendv_pd, _mm256_fmadd_pd,
    _mm256_unpacklo_pd, _mm256_unpackhi_pd, _mm256_permute2f128_pd,
    _mm256_shuffle_pd, 0x0, 0xf, identity
}

kernels! {
    single: f32, core::arch::x86_64::__m256, lanes: 8, rows: [1 2 3 4], features: "avx2,fma"
}
kernels! {
    double: f64, core::arch::x86_64::__m256d, lanes: 4, rows: [1 2 3 4], features: "avx2,fma"
}
