//! What the products consist of: packing a panel of an operand, and a block of C.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod emulated;

use crate::cpu::isa::Bf16;

/// Lanes of a panel: rows of A, columns of B. A block of C has as many rows and columns.
pub const PANEL: usize = 32;

/// The lanes of a tile, of which a panel has two for every step.
pub const TILE: usize = 16;

/// Pairs of neighbours along k in a step.
pub const PAIRS: usize = 16;

/// What a step takes of k.
pub const STEP: usize = 2 * PAIRS;

/// The words, pairs of numbers, of a tile.
pub const TILE_WORDS: usize = TILE * PAIRS;

/// The words of a step of a panel.
pub const STEP_WORDS: usize = 2 * TILE_WORDS;

/// How the words of a tile follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A lane's pairs side by side: for A.
    Lanes,
    /// A pair's lanes side by side: for B.
    Pairs,
}

/// A panel of an operand, to be packed: for every step of k two tiles, filled up with zeros.
pub struct Panel {
    pub from: *const f32,
    pub lane_stride: isize,
    pub k_stride: isize,
    /// At most [`PANEL`].
    pub lanes: usize,
    /// The extent of k.
    pub depth: usize,
    pub order: Order,
}

/// A block of C, 32 rows by 32 columns, and where its operands lie.
///
/// A is read row by row, 32 numbers side by side in a step: packed, or in place. The steps come in goes of as many,
/// between which A is read on from elsewhere. B is packed: [`STEP_WORDS`] for every step of every go, pairs first.
#[repr(C)]
pub struct Block {
    pub goes: usize,
    /// The steps of a go.
    pub steps: usize,
    pub a: *const u16,
    /// Numbers from a row of A to the next.
    pub a_row_stride: isize,
    /// Numbers from the first tile of rows to the second.
    pub a_tile: isize,
    /// Numbers from a step to the next.
    pub a_step: isize,
    /// Numbers from a go to the next.
    pub a_go: isize,
    pub b: *const u32,
    pub c: *mut f32,
    /// Elements from one row to the next.
    pub c_row_stride: usize,
    /// Whether the sums are added to C, or replace it (C is then never read).
    pub accumulate: bool,
}

impl Block {
    /// A block whose rows of A are a packed panel's.
    pub fn packed(steps: usize, a: *const u32, b: *const u32, c: *mut f32, c_row_stride: usize) -> Block {
        Block {
            goes: 1,
            steps,
            a: a.cast(),
            a_row_stride: STEP as isize,
            a_tile: 2 * TILE_WORDS as isize,
            a_step: 2 * STEP_WORDS as isize,
            a_go: 0,
            b,
            c,
            c_row_stride,
            accumulate: false,
        }
    }
}

/// The kernels of one level.
pub struct Kernels {
    /// Packs a panel.
    ///
    /// # Safety
    ///
    /// The processor has the instructions; every element that the panel's sizes and strides name can be read, and
    /// [`STEP_WORDS`] words for every step, begun ones too, written.
    pub pack: unsafe fn(&Panel, *mut u32),
    /// Computes a block.
    ///
    /// # Safety
    ///
    /// The processor has the instructions, [`Kernels::begin`] was called on this thread, and the pointers reach all
    /// that the block's sizes name; C overlaps neither A nor B.
    pub block: unsafe fn(&Block),
    /// Called by a thread before its blocks.
    ///
    /// # Safety
    ///
    /// The processor has the instructions.
    pub begin: unsafe fn(),
    /// Called by a thread after its blocks.
    ///
    /// # Safety
    ///
    /// As for [`Kernels::begin`].
    pub end: unsafe fn(),
}

/// The kernels of a level, which the processor must have when one is called.
pub fn kernels(by: Bf16) -> &'static Kernels {
    match by {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        Bf16::Amx => &amx::KERNELS,
        #[cfg(target_arch = "x86_64")]
        Bf16::Avx512Bf16 => &avx512::KERNELS,
        _ => &emulated::KERNELS,
    }
}
