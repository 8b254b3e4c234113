//! The innermost loop: a tile of sums, kept in registers while it runs along its products.
//!
//! A row of the tile has one number for each product, a column one vector's lane. The numbers of a row are wherever an
//! image has them: in segments that start anywhere, evenly spaced within. So the same loop computes sums at positions
//! (rows) by filters (columns) over the taps of windows, and gradients of taps (rows) by filters over positions.

use crate::cpu::gemm::kernels::{Kernel, Vector};
use crate::cpu::isa::{Isa, kernels_by_isa};

/// A tile and where its operands lie. Places count elements.
pub struct Tile<'a, T> {
    /// What rows and segments start in.
    pub numbers: &'a [T],
    /// The start of each row.
    pub rows: &'a [u32],
    /// The start of each segment, from that of its row.
    pub segments: &'a [u32],
    /// Products in a segment.
    pub len: usize,
    /// From a number to the next in its segment.
    pub step: usize,
    /// For each product a row of the other operand, as wide as the tile.
    pub vectors: &'a [T],
    /// The tile: (rows, width).
    pub sums: &'a mut [T],
    /// Whether to add to what is there.
    pub accumulate: bool,
}

/// A kernel for tiles of one size.
///
/// # Safety
///
/// The processor has the kernel's instruction set; as many rows and sums as the size says are there, and so are all
/// numbers and vectors that rows, segments, `len` and `step` name.
type TileKernel<T> = unsafe fn(&mut Tile<'_, T>);

/// The kernels of one instruction set for one element type. Lists are indexed by rows - 1.
pub struct Kernels<T: 'static> {
    /// Tiles of two vectors.
    wide: &'static [TileKernel<T>],
    /// Tiles of one.
    narrow: &'static [TileKernel<T>],
    /// Lanes of a vector.
    lanes: usize,
}

impl<T> Kernels<T> {
    /// The most rows of a tile in registers.
    pub fn rows(&self) -> usize {
        self.wide.len()
    }

    /// The widest tile.
    pub fn width(&self) -> usize {
        2 * self.lanes
    }

    /// The width of the tiles for so many columns, the first of those left.
    pub fn width_for(&self, columns: usize) -> usize {
        if columns <= self.lanes { self.lanes } else { self.width() }
    }

    /// The columns that whole tiles have room for.
    pub fn padded(&self, columns: usize) -> usize {
        columns.next_multiple_of(self.lanes)
    }

    /// Computes a tile of such a width, and of any number of rows: as tiles of nearly the same height that fit into
    /// registers.
    ///
    /// # Safety
    ///
    /// As for [`TileKernel`].
    pub unsafe fn run(&self, width: usize, tile: Tile<'_, T>) {
        let Tile { numbers, rows, segments, len, step, vectors, sums, accumulate } = tile;
        if rows.is_empty() {
            return;
        }
        let kernels = if width == self.lanes { self.narrow } else { self.wide };
        assert!(sums.len() >= rows.len() * width && vectors.len() >= segments.len() * len * width);
        let height = rows.len().div_ceil(rows.len().div_ceil(self.rows()));
        for (rows, sums) in rows.chunks(height).zip(sums.chunks_mut(height * width)) {
            let mut tile = Tile { numbers, rows, segments, len, step, vectors, sums, accumulate };
            // SAFETY: the caller's contract.
            unsafe { kernels[rows.len() - 1](&mut tile) };
        }
    }
}

/// The element types that kernels exist for.
pub trait DirectKernel: Kernel + Copy + 'static {
    /// The kernels of an instruction set, which the processor must have when one is called.
    fn direct_kernels(isa: Isa) -> &'static Kernels<Self>;
}

/// The same number, of which the compiler knows nothing: or else it keeps a pointer for each row in place of one place
/// for all, and moves them all, in memory since there are too few registers.
#[inline(always)]
fn opaque(mut place: usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: no instruction at all.
    unsafe {
        std::arch::asm!("/* {0} */", inout(reg) place, options(pure, nomem, nostack, preserves_flags));
    }
    place
}

/// # Safety
///
/// As for [`TileKernel`], with `ROWS` rows and `VECTORS` vectors.
#[inline(always)]
unsafe fn tile<V: Vector, const ROWS: usize, const VECTORS: usize>(tile: &mut Tile<'_, V::Element>) {
    // SAFETY: every access is to an element that the caller vouches for.
    unsafe {
        let numbers = tile.numbers.as_ptr();
        let mut rows = [numbers; ROWS];
        for (row, start) in rows.iter_mut().zip(tile.rows) {
            *row = numbers.add(*start as usize);
        }
        let mut sums = [[V::zero(); VECTORS]; ROWS];
        let mut vectors = tile.vectors.as_ptr();
        for &segment in tile.segments {
            let mut place = segment as usize;
            for _ in 0..tile.len {
                place = opaque(place);
                let mut values = [V::zero(); VECTORS];
                for (vector, value) in values.iter_mut().enumerate() {
                    *value = V::load(vectors.add(vector * V::LANES));
                }
                for row in 0..ROWS {
                    let number = V::splat(*rows[row].add(place));
                    for (sum, value) in sums[row].iter_mut().zip(values) {
                        *sum = sum.add_product(number, value);
                    }
                }
                place += tile.step;
                vectors = vectors.add(VECTORS * V::LANES);
            }
        }
        let mut to = tile.sums.as_mut_ptr();
        for row in sums {
            for sum in row {
                let sum = if tile.accumulate { V::load(to).add(sum) } else { sum };
                sum.store(to);
                to = to.add(V::LANES);
            }
        }
    }
}

macro_rules! kernels {
    ($name:ident: $type:ident, $vector:ty, rows: [$($rows:literal)*] $(, features: $features:literal)?) => {
        mod $name {
            use super::{Kernels, Tile, Vector, tile};

            type V = $vector;

            $(#[target_feature(enable = $features)])?
            unsafe fn sums<const ROWS: usize, const VECTORS: usize>(t: &mut Tile<'_, $type>) {
                // SAFETY: the caller's contract.
                unsafe { tile::<V, ROWS, VECTORS>(t) }
            }

            pub static KERNELS: Kernels<$type> = Kernels {
                wide: &[$(sums::<$rows, 2>),*],
                narrow: &[$(sums::<$rows, 1>),*],
                lanes: V::LANES,
            };
        }
    };
}

#[cfg(target_arch = "x86_64")]
kernels! {
    avx512_single: f32, core::arch::x86_64::__m512, rows: [1 2 3 4 5 6 7 8 9 10 11 12 13 14],
    features: "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"
}
#[cfg(target_arch = "x86_64")]
kernels! {
    avx512_double: f64, core::arch::x86_64::__m512d, rows: [1 2 3 4 5 6 7 8 9 10 11 12 13 14],
    features: "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"
}
#[cfg(target_arch = "x86_64")]
kernels! { avx2_single: f32, core::arch::x86_64::__m256, rows: [1 2 3 4 5 6], features: "avx2,fma" }
#[cfg(target_arch = "x86_64")]
kernels! { avx2_double: f64, core::arch::x86_64::__m256d, rows: [1 2 3 4 5 6], features: "avx2,fma" }
kernels! { portable_single: f32, crate::cpu::gemm::kernels::Lanes<f32, 4>, rows: [1 2 3 4 5 6] }
kernels! { portable_double: f64, crate::cpu::gemm::kernels::Lanes<f64, 2>, rows: [1 2 3 4 5 6] }

kernels_by_isa! {
    DirectKernel::direct_kernels -> Kernels;
    f32: avx512_single avx2_single portable_single;
    f64: avx512_double avx2_double portable_double;
}
