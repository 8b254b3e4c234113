//! The innermost loops: tiles kept in registers, of which a vector has positions beside each other.
//!
//! | | rows | columns | summed over |
//! | --- | --- | --- | --- |
//! | sums | filters, a number each | vectors of positions | taps |
//! | gradient of the filters | filters | taps | vectors of positions, whose lanes are added at the end |

use std::ops::AddAssign;

use crate::cpu::gemm::kernels::{Kernel, Vector};
use crate::cpu::isa::{Isa, kernels_by_isa};

/// Positions beside each other on a line, not more than a vector has lanes.
#[derive(Clone, Copy)]
pub struct Piece {
    /// Where the first one's window starts in the planes.
    pub from: usize,
    /// The first one's place among the positions.
    pub to: usize,
    /// How many there are.
    pub lanes: usize,
}

impl Piece {
    /// The numbers of a piece in a list.
    pub const NUMBERS: usize = 3;

    /// From a list.
    #[inline(always)]
    fn read(&[from, to, lanes]: &[u32; Self::NUMBERS]) -> Self {
        Piece { from: from as usize, to: to as usize, lanes: lanes as usize }
    }

    /// To a list.
    pub fn write(self, list: &mut [u32; Self::NUMBERS]) {
        *list = [self.from, self.to, self.lanes].map(|number| number as u32);
    }
}

/// The sums of some filters at some positions.
pub struct Sums<'a, T> {
    /// What pieces and offsets start in. Whole vectors are read, also of pieces that have fewer lanes.
    pub planes: &'a [T],
    /// From a window's start to each of its taps.
    pub offsets: &'a [u32],
    /// The filters: (taps, filters).
    pub weights: &'a [T],
    /// The positions.
    pub pieces: &'a [[u32; Piece::NUMBERS]],
    /// The sums: (filters, positions).
    pub sums: &'a mut [T],
    /// From a filter's sums to the next one's.
    pub stride: usize,
}

/// What some filters' gradients have from some taps, at some positions of an image.
pub struct Gradients<'a, T> {
    /// What pieces and offsets start in.
    pub planes: &'a [T],
    /// From a window's start to each of the taps.
    pub offsets: &'a [u32],
    /// The gradient with respect to the filters' sums: (filters, positions).
    pub gradient: &'a [T],
    /// The positions.
    pub pieces: &'a [[u32; Piece::NUMBERS]],
    /// The filters' gradients, from these taps of the first one on: what is added to.
    pub sums: &'a mut [T],
    /// From a filter's gradient with respect to its sums to the next one's, and from its own gradient.
    pub strides: [usize; 2],
    /// How many filters there are.
    pub filters: usize,
}

/// A kernel for sums of one number of filters.
///
/// # Safety
///
/// The processor has the kernel's instruction set; planes, weights and sums have all that pieces, offsets and the number
/// of filters name.
type SumsKernel<T> = unsafe fn(&mut Sums<'_, T>);

/// A kernel for the gradients of one number of taps, and of at most as many filters as [`Kernels::filters`] says.
///
/// # Safety
///
/// As for [`SumsKernel`]; there is at least one filter.
type GradientsKernel<T> = unsafe fn(&mut Gradients<'_, T>);

/// The kernels of one instruction set for one element type.
pub struct Kernels<T: 'static> {
    /// By the number of filters, less 1.
    pub sums: &'static [SumsKernel<T>],
    /// By the number of taps, less 1.
    pub gradients: &'static [GradientsKernel<T>],
    /// The most filters of a tile of gradients.
    pub filters: usize,
    /// Lanes of a vector.
    pub lanes: usize,
}

/// The element types that kernels exist for.
pub trait PlanesKernel: Kernel + Copy + 'static {
    /// The kernels of an instruction set, which the processor must have when one is called.
    fn planes_kernels(isa: Isa) -> &'static Kernels<Self>;
}

/// # Safety
///
/// As for [`SumsKernel`], with `ROWS` filters; `VECTORS` pieces are computed together.
#[inline(always)]
unsafe fn sums<V: Vector, const ROWS: usize, const VECTORS: usize>(tile: &mut Sums<'_, V::Element>) {
    // SAFETY: every access is to an element that the caller vouches for.
    unsafe {
        for pieces in tile.pieces.chunks(VECTORS) {
            let pieces: [Piece; VECTORS] =
                std::array::from_fn(|vector| Piece::read(pieces.get(vector).unwrap_or(&pieces[0])));
            let from = pieces.map(|piece| tile.planes.as_ptr().add(piece.from));
            let mut weights = tile.weights.as_ptr();
            let mut sums = [[V::zero(); VECTORS]; ROWS];
            for &offset in tile.offsets {
                let values = from.map(|from| V::load(from.add(offset as usize)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let weight = V::splat(*weights.add(row));
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum = sum.add_product(weight, value);
                    }
                }
                weights = weights.add(ROWS);
            }
            for (row, sums) in sums.into_iter().enumerate() {
                for (sum, piece) in sums.into_iter().zip(pieces) {
                    let to = tile.sums.as_mut_ptr().add(row * tile.stride + piece.to);
                    sum.store_masked(to, V::mask(piece.lanes));
                }
            }
        }
    }
}

/// # Safety
///
/// As for [`GradientsKernel`], with `TAPS` taps and at most `FILTERS` filters.
#[inline(always)]
unsafe fn gradients<V: Vector<Element: AddAssign>, const FILTERS: usize, const TAPS: usize>(
    tile: &mut Gradients<'_, V::Element>,
) {
    let [of_sums, of_taps] = tile.strides;
    // SAFETY: every access is to an element that the caller vouches for.
    unsafe {
        // What is no filter is computed as the last one, and left out.
        let rows: [*const V::Element; FILTERS] =
            std::array::from_fn(|filter| tile.gradient.as_ptr().add(filter.min(tile.filters - 1) * of_sums));
        let taps: [*const V::Element; TAPS] =
            std::array::from_fn(|tap| tile.planes.as_ptr().add(tile.offsets[tap] as usize));
        let mut sums = [[V::zero(); TAPS]; FILTERS];
        for piece in tile.pieces {
            let Piece { from, to, lanes } = Piece::read(piece);
            let (values, gradient) = if lanes == V::LANES {
                (taps.map(|tap| V::load(tap.add(from))), rows.map(|row| V::load(row.add(to))))
            } else {
                let mask = V::mask(lanes);
                (
                    taps.map(|tap| V::load_masked(tap.add(from), mask)),
                    rows.map(|row| V::load_masked(row.add(to), mask)),
                )
            };
            for (sums, gradient) in sums.iter_mut().zip(gradient) {
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum = sum.add_product(gradient, value);
                }
            }
        }
        for (filter, sums) in sums.into_iter().enumerate().take(tile.filters) {
            for (to, sum) in tile.sums[filter * of_taps..].iter_mut().zip(sums) {
                *to += sum.total();
            }
        }
    }
}

/// `few` filters are computed at more positions together than `more`.
macro_rules! kernels {
    ($name:ident: $type:ident, $vector:ty, few: [$($few:literal)*] by $wide:literal,
     more: [$($more:literal)*] by $narrow:literal, taps: [$($taps:literal)*] by $filters:literal
     $(, features: $features:literal)?) => {
        mod $name {
            use super::{Gradients, Kernels, Sums, Vector};

            type V = $vector;

            $(#[target_feature(enable = $features)])?
            unsafe fn sums<const ROWS: usize, const VECTORS: usize>(t: &mut Sums<'_, $type>) {
                // SAFETY: the caller's contract.
                unsafe { super::sums::<V, ROWS, VECTORS>(t) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn gradients<const TAPS: usize>(t: &mut Gradients<'_, $type>) {
                // SAFETY: the caller's contract.
                unsafe { super::gradients::<V, $filters, TAPS>(t) }
            }

            pub static KERNELS: Kernels<$type> = Kernels {
                sums: &[$(sums::<$few, $wide>),*, $(sums::<$more, $narrow>),*],
                gradients: &[$(gradients::<$taps>),*],
                filters: $filters,
                lanes: V::LANES,
            };
        }
    };
}

#[cfg(target_arch = "x86_64")]
kernels! {
    avx512_single: f32, core::arch::x86_64::__m512, few: [1 2 3 4] by 6, more: [5 6 7 8] by 3, taps: [1 2 3 4 5 6] by 4,
    features: "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"
}
#[cfg(target_arch = "x86_64")]
kernels! {
    avx512_double: f64, core::arch::x86_64::__m512d, few: [1 2 3 4] by 6, more: [5 6 7 8] by 3, taps: [1 2 3 4 5 6] by 4,
    features: "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"
}
#[cfg(target_arch = "x86_64")]
kernels! {
    avx2_single: f32, core::arch::x86_64::__m256, few: [1 2] by 4, more: [3 4] by 3, taps: [1 2 3 4] by 2,
    features: "avx2,fma"
}
#[cfg(target_arch = "x86_64")]
kernels! {
    avx2_double: f64, core::arch::x86_64::__m256d, few: [1 2] by 4, more: [3 4] by 3, taps: [1 2 3 4] by 2,
    features: "avx2,fma"
}
kernels! {
    portable_single: f32, crate::cpu::gemm::kernels::Lanes<f32, 4>, few: [1 2] by 4, more: [3 4] by 3,
    taps: [1 2 3 4] by 2
}
kernels! {
    portable_double: f64, crate::cpu::gemm::kernels::Lanes<f64, 2>, few: [1 2] by 4, more: [3 4] by 3,
    taps: [1 2 3 4] by 2
}

kernels_by_isa! {
    PlanesKernel::planes_kernels -> Kernels;
    f32: avx512_single avx2_single portable_single;
    f64: avx512_double avx2_double portable_double;
}
