//! The innermost loops: one tile of C, kept in registers while it runs along k.
//!
//! The loop is written once, over [`Vector`]; an instruction set adds its vectors and the list of
//! tile sizes that fit its registers.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod stream;

pub use portable::Lanes;

use std::hint::black_box;
use std::marker::PhantomData;

use super::pack::{Panel, pack};
use crate::cpu::isa::{Isa, Work};
use crate::cpu::round::Factor;
pub use stream::{STEPS, Stream};
use stream::{dots, stream};

/// One tile of C, and where its operands lie. Strides count elements.
pub struct Tile<T> {
    /// How many products are summed for each element: the extent of k here.
    pub depth: usize,
    /// How many columns of the tile exist; the number of rows is the kernel's own.
    pub columns: usize,
    /// `depth` values side by side for every row.
    pub a: *const T,
    pub a_row_stride: isize,
    /// `columns` values side by side for every step of k.
    pub b: *const T,
    pub b_k_stride: isize,
    /// `columns` values side by side for every row.
    pub c: *mut T,
    pub c_row_stride: isize,
    /// Whether the sums are added to C, or replace it (C is then never read).
    pub accumulate: bool,
    /// As many values as `depth` that are wanted soon: they are asked for meanwhile. The address need not exist.
    pub wanted: *const T,
}

/// A kernel for tiles of one shape.
///
/// # Safety
///
/// The processor has the kernel's instruction set; the pointers of the tile reach all the elements
/// that its sizes and strides name; C overlaps neither A nor B.
pub type TileKernel<T> = unsafe fn(&Tile<T>);

/// A kernel for whole products of few rows.
///
/// # Safety
///
/// The processor has the kernel's instruction set; the pointers reach all the elements that the product's sizes and
/// strides name; C overlaps neither A nor B.
pub type StreamKernel<T> = unsafe fn(&Stream<T>);

/// A kernel that packs a panel.
///
/// # Safety
///
/// The processor has the kernel's instruction set; every element that the panel's sizes and strides
/// name can be read, and `depth * width` elements from `to` on, which do not overlap them, can be
/// written; `lanes <= width`.
pub type PackKernel<T> = unsafe fn(&Panel<T>);

/// The width of the widest tile, in vectors.
const VECTORS: usize = 3;

/// A tile of at most this many rows has too few sums to keep the multipliers busy.
const FEW_ROWS: usize = 2;

/// The kernels of one instruction set for one element type. Lists are indexed by rows - 1.
pub struct Kernels<T: 'static> {
    /// Tiles of exactly [`Kernels::columns`] columns.
    whole: &'static [TileKernel<T>],
    /// Tiles of one to three vectors, the last of which is only partly there.
    partial: [&'static [TileKernel<T>]; VECTORS],
    /// Products of few rows, with a B whose rows are contiguous: of its numbers, and of them rounded.
    pub stream: [StreamKernel<T>; 2],
    /// Products of few rows, with a B whose columns are contiguous, likewise.
    pub dots: [StreamKernel<T>; 2],
    /// Packs a panel.
    pub pack: PackKernel<T>,
    /// The elements of a vector.
    pub lanes: usize,
}

impl<T> Kernels<T> {
    /// The most rows that a tile can have.
    pub fn rows(&self) -> usize {
        self.whole.len()
    }

    /// The most columns that a tile can have.
    pub fn columns(&self) -> usize {
        VECTORS * self.lanes
    }

    /// The kernel for a tile of this many rows and columns.
    ///
    /// # Panics
    ///
    /// When no tile is that large, or has none.
    pub fn kernel(&self, rows: usize, columns: usize) -> TileKernel<T> {
        let list =
            if columns == self.columns() { self.whole } else { self.partial[(columns - 1) / self.lanes] };
        list[rows - 1]
    }
}

/// The element types that kernels exist for.
pub trait Kernel: Factor + Sized {
    /// The kernels of an instruction set, which the processor must have when one is called.
    fn kernels(isa: Isa) -> &'static Kernels<Self>;

    /// Does work on the vectors of an instruction set.
    ///
    /// # Panics
    ///
    /// When this processor lacks the set.
    fn on_vectors(isa: Isa, work: impl VectorWork<Self>);
}

/// Work that is written once for the vectors of all instruction sets.
pub trait VectorWork<T> {
    /// Does the work. Mark it `#[inline(always)]`: only what is inlined is compiled for the instruction set.
    ///
    /// # Safety
    ///
    /// The processor has the instruction set that the vectors belong to.
    unsafe fn run<V: Vector<Element = T>>(self);
}

/// Work on vectors of a type whose instruction set it is compiled for.
struct OnVectors<V, W>(W, PhantomData<V>);

impl<V: Vector, W: VectorWork<V::Element>> Work for OnVectors<V, W> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        // SAFETY: it is made for the vectors of the set that it is compiled for.
        unsafe { self.0.run::<V>() }
    }
}

/// [`Vector::store_whole`] by way of memory.
macro_rules! store_whole {
    ($lanes:literal) => {
        #[inline(always)]
        unsafe fn store_whole(self, to: *mut u32) {
            let mut lanes = [0.0; $lanes];
            // SAFETY: the caller's contract, the lanes are as many, and their values whole numbers of 24 bits.
            unsafe {
                self.store(lanes.as_mut_ptr());
                let lanes: [u32; $lanes] =
                    std::array::from_fn(|lane| lanes[lane].to_int_unchecked::<i32>() as u32);
                to.cast::<[u32; $lanes]>().write_unaligned(lanes);
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
use store_whole;

macro_rules! kernel {
    ($($type:ident $name:ident)*) => {$(
        impl Kernel for $type {
            fn kernels(isa: Isa) -> &'static Kernels<$type> {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => &avx512::$name::KERNELS,
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => &avx2::$name::KERNELS,
                    _ => &portable::$name::KERNELS,
                }
            }

            #[inline]
            fn on_vectors(isa: Isa, work: impl VectorWork<$type>) {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => isa.run(OnVectors(work, PhantomData::<avx512::$name::V>)),
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => isa.run(OnVectors(work, PhantomData::<avx2::$name::V>)),
                    _ => isa.run(OnVectors(work, PhantomData::<portable::$name::V>)),
                }
            }
        }
    )*};
}

kernel! { f32 single f64 double }

/// A vector register.
///
/// # Safety
///
/// All functions need the instruction set that the type belongs to. A load or store reaches
/// `LANES` elements from its pointer on, the masked ones as many as the mask was made for.
pub trait Vector: Copy {
    type Element: Factor;
    /// Which lanes of a vector exist, the first so many.
    type Mask: Copy;
    const LANES: usize;

    unsafe fn mask(lanes: usize) -> Self::Mask;
    unsafe fn splat(value: Self::Element) -> Self;
    unsafe fn zero() -> Self;
    unsafe fn load(from: *const Self::Element) -> Self;
    unsafe fn load_masked(from: *const Self::Element, mask: Self::Mask) -> Self;
    unsafe fn store(self, to: *mut Self::Element);
    unsafe fn store_masked(self, to: *mut Self::Element, mask: Self::Mask);
    /// Writes all lanes, whole numbers from 0 to 2^24, as such.
    unsafe fn store_whole(self, to: *mut u32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    /// The larger of both, where neither is NaN.
    unsafe fn max(self, other: Self) -> Self;
    /// `then` where `self` equals `other`, else `otherwise`.
    unsafe fn select_equal(self, other: Self, then: Self, otherwise: Self) -> Self;
    /// All lanes as [factors](Factor) are rounded.
    unsafe fn rounded(self) -> Self;
    /// The sum of all lanes.
    unsafe fn total(self) -> Self::Element;
    /// `self + a * b`.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// The lanes of `self` and `other` in turn: those of their first halves, those of their second.
    unsafe fn zip(self, other: Self) -> (Self, Self);
    /// The reverse: of the lanes of `self` and, after these, of `other` every other one, from the first on and from the
    /// second.
    unsafe fn unzip(self, other: Self) -> (Self, Self);
    /// Asks for the cache line at `at`, which need not exist.
    unsafe fn prefetch(at: *const Self::Element);
}

/// The sum of a vector's lanes, whose number is a power of two: halves are added until one is left.
#[inline(always)]
fn total<T: Copy + std::ops::AddAssign>(lanes: &mut [T]) -> T {
    let mut half = lanes.len() / 2;
    while half > 0 {
        for lane in 0..half {
            let other = lanes[lane + half];
            lanes[lane] += other;
        }
        half /= 2;
    }
    lanes[0]
}

/// Computes a tile of `ROWS` rows and `VECTORS` vectors of columns; if `MASKED`, the last vector is
/// only partly there.
///
/// # Safety
///
/// As for [`TileKernel`]; `tile.columns` fills `VECTORS` vectors, or if `MASKED` all but the last.
#[inline(always)]
unsafe fn tile<V: Vector, const ROWS: usize, const VECTORS: usize, const MASKED: bool>(
    tile: &Tile<V::Element>,
) {
    // SAFETY: every access below is to an element of the tile, or of A or B beside it.
    unsafe {
        let mask = V::mask(if MASKED { tile.columns - (VECTORS - 1) * V::LANES } else { V::LANES });
        let masked = |vector: usize| MASKED && vector == VECTORS - 1;
        for row in 0..ROWS {
            for vector in 0..VECTORS {
                let at = row as isize * tile.c_row_stride + (vector * V::LANES) as isize;
                V::prefetch(tile.c.wrapping_offset(at));
            }
        }
        // A sum takes four cycles, in which eight others could be begun: few rows have two for each element, of even and of odd
        // steps. Not few vectors: their number depends on that of the threads.
        let odd = usize::from(ROWS <= FEW_ROWS);
        let mut sums = [[[V::zero(); VECTORS]; ROWS]; 2];
        // Opaque, or the compiler finds each row's address by adding to the one before: a chain of
        // additions that takes as long as the multiplications.
        let mut a = [tile.a; ROWS];
        for (row, a) in a.iter_mut().enumerate() {
            *a = black_box(a.wrapping_offset(row as isize * tile.a_row_stride));
        }
        let mut b = tile.b;
        // Two steps a turn: the loop's own instructions are then few beside the multiplications.
        for k in (0..tile.depth & !1).step_by(2) {
            V::prefetch(tile.wanted.wrapping_add(k));
            add_step::<V, ROWS, VECTORS, MASKED>(&mut sums[0], &a, k, b, mask);
            b = b.wrapping_offset(tile.b_k_stride);
            add_step::<V, ROWS, VECTORS, MASKED>(&mut sums[odd], &a, k + 1, b, mask);
            b = b.wrapping_offset(tile.b_k_stride);
        }
        if tile.depth % 2 == 1 {
            add_step::<V, ROWS, VECTORS, MASKED>(&mut sums[0], &a, tile.depth - 1, b, mask);
        }
        let [even_sums, odd_sums] = sums;
        for (row, sums) in even_sums.into_iter().zip(odd_sums).enumerate() {
            for (vector, (sum, of_odd)) in sums.0.into_iter().zip(sums.1).enumerate() {
                let sum = if odd == 1 { sum.add(of_odd) } else { sum };
                let to = tile.c.offset(row as isize * tile.c_row_stride).add(vector * V::LANES);
                if masked(vector) {
                    let sum = if tile.accumulate { V::load_masked(to, mask).add(sum) } else { sum };
                    sum.store_masked(to, mask);
                } else {
                    let sum = if tile.accumulate { V::load(to).add(sum) } else { sum };
                    sum.store(to);
                }
            }
        }
    }
}

/// Adds the products of step `k`, for which B lies at `b`.
///
/// # Safety
///
/// As for [`tile`].
#[inline(always)]
unsafe fn add_step<V: Vector, const ROWS: usize, const VECTORS: usize, const MASKED: bool>(
    sums: &mut [[V; VECTORS]; ROWS],
    a: &[*const V::Element; ROWS],
    k: usize,
    b: *const V::Element,
    mask: V::Mask,
) {
    // SAFETY: the caller's contract.
    unsafe {
        let mut b_values = [V::zero(); VECTORS];
        for (vector, value) in b_values.iter_mut().enumerate() {
            let from = b.add(vector * V::LANES);
            let masked = MASKED && vector == VECTORS - 1;
            *value = if masked { V::load_masked(from, mask) } else { V::load(from) };
        }
        for row in 0..ROWS {
            let a_value = V::splat(*a[row].add(k));
            for (sum, b_value) in sums[row].iter_mut().zip(b_values) {
                *sum = sum.add_product(a_value, b_value);
            }
        }
    }
}

/// Defines a module with the `KERNELS` of an element type: `rows` lists the heights of tiles that fit the registers
/// three vectors wide.
macro_rules! kernels {
    ($name:ident: $type:ident, $vector:ty, lanes: $lanes:literal, rows: [$($rows:literal)*]
     $(, features: $features:literal)?) => {
        pub mod $name {
            use super::super::{Kernels, Panel, Stream, Tile, Vector, dots, pack, stream, tile};

            pub type V = $vector;

            $(#[target_feature(enable = $features)])?
            unsafe fn whole<const ROWS: usize>(t: &Tile<$type>) {
                // SAFETY: the caller's contract.
                unsafe { tile::<V, ROWS, 3, false>(t) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn partial<const ROWS: usize, const VECTORS: usize>(t: &Tile<$type>) {
                // SAFETY: the caller's contract.
                unsafe { tile::<V, ROWS, VECTORS, true>(t) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn streamed<const ROUNDED: bool>(product: &Stream<$type>) {
                // SAFETY: the caller's contract.
                unsafe { stream::<V, ROUNDED>(product) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn dotted<const ROUNDED: bool>(product: &Stream<$type>) {
                // SAFETY: the caller's contract.
                unsafe { dots::<V, ROUNDED>(product) }
            }

            $(#[target_feature(enable = $features)])?
            unsafe fn packed(panel: &Panel<$type>) {
                // SAFETY: the caller's contract.
                unsafe { pack::<V, $lanes>(panel) }
            }

            pub static KERNELS: Kernels<$type> = Kernels {
                whole: &[$(whole::<$rows>),*],
                partial: [
                    &[$(partial::<$rows, 1>),*],
                    &[$(partial::<$rows, 2>),*],
                    &[$(partial::<$rows, 3>),*],
                ],
                stream: [streamed::<false>, streamed::<true>],
                dots: [dotted::<false>, dotted::<true>],
                pack: packed,
                lanes: V::LANES,
            };
        }
    };
}
use kernels;
