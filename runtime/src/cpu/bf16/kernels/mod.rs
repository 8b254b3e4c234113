//! What the products consist of: packing a panel of an operand, and a block of C.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_parts;
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

/// The bfloat16 numbers whose sum an `f32` number is: of 8 bits each, and it has 24.
pub const PARTS: usize = 3;

/// Which part of a number of A is multiplied by which of B's, 0 being the largest. The three products that are left out are
/// at most 2^-24 of the whole together. Each differs from the one before in one factor, which is then loaded anew, and the other is not.
pub const PAIRS_OF_PARTS: [[usize; 2]; 6] = [[2, 0], [0, 0], [0, 2], [0, 1], [1, 1], [1, 0]];

/// A number of this magnitude has no nearest bfloat16.
pub const LEAST_UNFIT: f32 = f32::from_bits(0x7f7f_8000);

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
    /// The words that a step of a panel is packed into.
    pub step_words: usize,
    /// Packs a panel. Returns false if it has a number that cannot be: of those in parts one that is infinite, NaN, or as
    /// large as [`LEAST_UNFIT`].
    ///
    /// # Safety
    ///
    /// The processor has the instructions; every element that the panel's sizes and strides name can be read, and
    /// [`Kernels::step_words`] words for every step, begun ones too, written.
    pub pack: unsafe fn(&Panel, *mut u32) -> bool,
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

/// The kernels of a level for factors in [`PARTS`], the tiles of the largest parts first in each step. Blocks are of packed
/// operands.
pub fn in_parts(by: Bf16) -> &'static Kernels {
    match by {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        Bf16::Amx => &amx::IN_PARTS,
        _ => &emulated::IN_PARTS,
    }
}

/// The kernels of a level for rounded factors, which the processor must have when one is called.
pub fn kernels(by: Bf16) -> &'static Kernels {
    match by {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        Bf16::Amx => &amx::KERNELS,
        #[cfg(target_arch = "x86_64")]
        Bf16::Avx512Bf16 => &avx512::KERNELS,
        _ => &emulated::KERNELS,
    }
}
