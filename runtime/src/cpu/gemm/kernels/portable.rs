//! Any processor: arrays that the compiler makes vectors of, 128 bits wide.

use super::{Factor, Vector, kernels, total};

/// `N` elements, meant to lie in one register.
#[derive(Clone, Copy)]
pub struct Lanes<T, const N: usize>([T; N]);

macro_rules! vector {
    ($type:ident, $lanes:literal) => {
        impl Vector for Lanes<$type, $lanes> {
            type Element = $type;
            type Mask = usize;
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn mask(lanes: usize) -> usize {
                lanes
            }

            #[inline(always)]
            unsafe fn splat(value: $type) -> Self {
                Lanes([value; $lanes])
            }

            #[inline(always)]
            unsafe fn zero() -> Self {
                Lanes([0.0; $lanes])
            }

            #[inline(always)]
            unsafe fn load(from: *const $type) -> Self {
                // SAFETY: the caller vouches for the elements; so below.
                Lanes(unsafe { from.cast::<[$type; $lanes]>().read() })
            }

            #[inline(always)]
            unsafe fn load_masked(from: *const $type, mask: usize) -> Self {
                if mask >= $lanes {
                    // SAFETY: as above.
                    return unsafe { Self::load(from) };
                }
                let mut values = [0.0; $lanes];
                for (lane, value) in values.iter_mut().enumerate() {
                    if lane < mask {
                        // SAFETY: as above, for the lanes of the mask.
                        *value = unsafe { *from.add(lane) };
                    }
                }
                Lanes(values)
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $type) {
                // SAFETY: as above.
                unsafe { to.cast::<[$type; $lanes]>().write(self.0) }
            }

            #[inline(always)]
            unsafe fn store_masked(self, to: *mut $type, mask: usize) {
                if mask >= $lanes {
                    // SAFETY: as above.
                    return unsafe { self.store(to) };
                }
                for (lane, value) in self.0.into_iter().enumerate() {
                    if lane < mask {
                        // SAFETY: as above, for the lanes of the mask.
                        unsafe { *to.add(lane) = value };
                    }
                }
            }

            #[inline(always)]
            unsafe fn add(mut self, other: Self) -> Self {
                for lane in 0..$lanes {
                    self.0[lane] += other.0[lane];
                }
                self
            }

            #[inline(always)]
            unsafe fn div(mut self, other: Self) -> Self {
                for lane in 0..$lanes {
                    self.0[lane] /= other.0[lane];
                }
                self
            }

            #[inline(always)]
            unsafe fn max(mut self, other: Self) -> Self {
                for lane in 0..$lanes {
                    self.0[lane] = if self.0[lane] > other.0[lane] { self.0[lane] } else { other.0[lane] };
                }
                self
            }

            #[inline(always)]
            unsafe fn select_equal(self, other: Self, then: Self, mut otherwise: Self) -> Self {
                for lane in 0..$lanes {
                    otherwise.0[lane] =
                        if self.0[lane] == other.0[lane] { then.0[lane] } else { otherwise.0[lane] };
                }
                otherwise
            }

            #[inline(always)]
            unsafe fn store_whole(self, to: *mut u32) {
                let lanes = self.0.map(|lane| lane as u32);
                // SAFETY: as above.
                unsafe { to.cast::<[u32; $lanes]>().write_unaligned(lanes) }
            }

            #[inline(always)]
            unsafe fn rounded(self) -> Self {
                Lanes(self.0.map(Factor::rounded))
            }

            #[inline(always)]
            unsafe fn total(mut self) -> $type {
                total(&mut self.0)
            }

            #[inline(always)]
            unsafe fn add_product(mut self, a: Self, b: Self) -> Self {
                for lane in 0..$lanes {
                    // Without an instruction for it, `mul_add` would call a library function.
                    self.0[lane] = if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
                        a.0[lane].mul_add(b.0[lane], self.0[lane])
                    } else {
                        self.0[lane] + a.0[lane] * b.0[lane]
                    };
                }
                self
            }

            #[inline(always)]
            unsafe fn zip(self, other: Self) -> (Self, Self) {
                let lane = |index: usize| if index % 2 == 0 { self.0[index / 2] } else { other.0[index / 2] };
                (Lanes(std::array::from_fn(lane)), Lanes(std::array::from_fn(|index| lane($lanes + index))))
            }

            #[inline(always)]
            unsafe fn unzip(self, other: Self) -> (Self, Self) {
                let lane = |index: usize| {
                    if index < $lanes { self.0[index] } else { other.0[index - $lanes] }
                };
                (
                    Lanes(std::array::from_fn(|index| lane(2 * index))),
                    Lanes(std::array::from_fn(|index| lane(2 * index + 1))),
                )
            }

            #[inline(always)]
            unsafe fn prefetch(_: *const $type) {}
        }
    };
}

vector! { f32, 4 }
vector! { f64, 2 }

kernels! { single: f32, super::Lanes<f32, 4>, lanes: 4, rows: [1 2 3] }
kernels! { double: f64, super::Lanes<f64, 2>, lanes: 2, rows: [1 2 3] }
