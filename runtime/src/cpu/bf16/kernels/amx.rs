//! AMX: a block of C in four tile registers. Assembly, since Rust has no stable names for these instructions.

use std::arch::asm;
use std::mem::offset_of;

use super::{Block, Kernels, PAIRS_OF_PARTS, PARTS, STEP_WORDS, TILE, TILE_WORDS, avx512, avx512_parts};

pub static KERNELS: Kernels = Kernels { step_words: STEP_WORDS, pack: avx512::pack, block, begin, end };

pub static IN_PARTS: Kernels =
    Kernels { step_words: PARTS * STEP_WORDS, pack: avx512_parts::pack, block: block_in_parts, begin, end };

/// The bytes of a tile's row.
const ROW_BYTES: usize = 64;

/// What `ldtilecfg` reads.
#[repr(C, align(64))]
struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// Eight tiles of 16 rows of 64 bytes.
static CONFIGURATION: Configuration = {
    let mut configuration =
        Configuration { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
    let mut tile = 0;
    while tile < 8 {
        configuration.row_bytes[tile] = ROW_BYTES as u16;
        configuration.rows[tile] = TILE as u8;
        tile += 1;
    }
    configuration
};

unsafe fn begin() {
    // SAFETY: the configuration is valid; compiled code uses no tile registers.
    unsafe {
        asm!("ldtilecfg [{}]", in(reg) &raw const CONFIGURATION, options(readonly, nostack, preserves_flags))
    };
}

unsafe fn end() {
    // So that the operating system need not save the registers any more.
    // SAFETY: nothing reads the tiles.
    unsafe { asm!("tilerelease", options(nomem, nostack, preserves_flags)) };
}

/// A [`Block`] in bytes, as the assembly reads it.
#[repr(C)]
struct InBytes {
    goes: usize,
    steps: usize,
    a: *const u16,
    a_second: *const u16,
    a_row_stride: isize,
    a_step: isize,
    /// From behind the last step of a go to the next go.
    a_skip: isize,
    b: *const u32,
    c: *mut f32,
    c_second: *mut f32,
    c_row_stride: usize,
}

unsafe fn block(block: &Block) {
    if block.goes * block.steps == 0 && block.accumulate {
        return;
    }
    let number = size_of::<u16>() as isize;
    let bytes = InBytes {
        goes: if block.steps == 0 { 0 } else { block.goes },
        steps: block.steps,
        a: block.a,
        a_second: block.a.wrapping_offset(block.a_tile),
        a_row_stride: block.a_row_stride * number,
        a_step: block.a_step * number,
        a_skip: (block.a_go - block.steps as isize * block.a_step) * number,
        b: block.b,
        c: block.c,
        c_second: block.c.wrapping_add(TILE * block.c_row_stride),
        c_row_stride: block.c_row_stride * size_of::<f32>(),
    };
    // A step takes four products of 16 cycles, and reads four tiles. The hint at B's loads says that its lines are not
    // needed in the nearest cache: A's stay there for the blocks to the right.
    //
    // SAFETY: the caller vouches for all memory that the block names; the tiles are configured, and no one else's.
    unsafe {
        asm!(
            "mov {one}, [{block} + {c}]",
            "mov {other}, [{block} + {c_second}]",
            "mov {stride}, [{block} + {c_row_stride}]",
            "test {steps:e}, {steps:e}",
            "jnz 2f",
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "jmp 3f",
            "2:",
            "tileloadd tmm0, [{one} + {stride}]",
            "tileloadd tmm1, [{one} + {stride} + {row_bytes}]",
            "tileloadd tmm2, [{other} + {stride}]",
            "tileloadd tmm3, [{other} + {stride} + {row_bytes}]",
            "3:",
            "mov {goes}, [{block} + {goes_at}]",
            "test {goes}, {goes}",
            "jz 6f",
            "mov {one}, [{block} + {a}]",
            "mov {other}, [{block} + {a_second}]",
            "mov {stride}, [{block} + {a_row_stride}]",
            "mov {b}, [{block} + {b_at}]",
            "4:",
            "mov {steps}, [{block} + {steps_at}]",
            "5:",
            "tileloadd tmm4, [{one} + {stride}]",
            "tileloaddt1 tmm6, [{b} + {b_stride}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloaddt1 tmm7, [{b} + {b_stride} + {tile_bytes}]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{other} + {stride}]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {one}, [{block} + {a_step}]",
            "add {other}, [{block} + {a_step}]",
            "add {b}, {step_bytes}",
            "dec {steps}",
            "jnz 5b",
            "add {one}, [{block} + {a_skip}]",
            "add {other}, [{block} + {a_skip}]",
            "dec {goes}",
            "jnz 4b",
            "6:",
            "mov {one}, [{block} + {c}]",
            "mov {other}, [{block} + {c_second}]",
            "mov {stride}, [{block} + {c_row_stride}]",
            "tilestored [{one} + {stride}], tmm0",
            "tilestored [{one} + {stride} + {row_bytes}], tmm1",
            "tilestored [{other} + {stride}], tmm2",
            "tilestored [{other} + {stride} + {row_bytes}], tmm3",
            block = in(reg) &raw const bytes,
            // Asked first whether to read C, then the steps that are left.
            steps = inout(reg) usize::from(block.accumulate) => _,
            one = out(reg) _,
            other = out(reg) _,
            stride = out(reg) _,
            goes = out(reg) _,
            b = out(reg) _,
            b_stride = in(reg) ROW_BYTES,
            goes_at = const offset_of!(InBytes, goes),
            steps_at = const offset_of!(InBytes, steps),
            a = const offset_of!(InBytes, a),
            a_second = const offset_of!(InBytes, a_second),
            a_row_stride = const offset_of!(InBytes, a_row_stride),
            a_step = const offset_of!(InBytes, a_step),
            a_skip = const offset_of!(InBytes, a_skip),
            b_at = const offset_of!(InBytes, b),
            c = const offset_of!(InBytes, c),
            c_second = const offset_of!(InBytes, c_second),
            c_row_stride = const offset_of!(InBytes, c_row_stride),
            row_bytes = const ROW_BYTES,
            tile_bytes = const TILE_WORDS * size_of::<u32>(),
            step_bytes = const STEP_WORDS * size_of::<u32>(),
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}

/// In each step 24 products of 16 cycles, and 14 tiles read.
unsafe fn block_in_parts(block: &Block) {
    const {
        let expected = [[2, 0], [0, 0], [0, 2], [0, 1], [1, 1], [1, 0]];
        let mut pair = 0;
        while pair < expected.len() {
            let [a, b] = PAIRS_OF_PARTS[pair];
            assert!(a == expected[pair][0] && b == expected[pair][1], "the order of the loads below");
            pair += 1;
        }
    }
    if block.steps == 0 && block.accumulate {
        return;
    }
    let c_second = block.c.wrapping_add(TILE * block.c_row_stride);
    // SAFETY: the caller vouches for all memory that the block names; the tiles are configured, and no one else's.
    unsafe {
        asm!(
            "test {accumulate:e}, {accumulate:e}",
            "jnz 2f",
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "jmp 3f",
            "2:",
            "tileloadd tmm0, [{c} + {c_stride}]",
            "tileloadd tmm1, [{c} + {c_stride} + {row}]",
            "tileloadd tmm2, [{c_second} + {c_stride}]",
            "tileloadd tmm3, [{c_second} + {c_stride} + {row}]",
            "3:",
            "test {steps}, {steps}",
            "jz 5f",
            "4:",
            // A's last parts, B's first.
            "tileloadd tmm4, [{a} + {stride} + {third}]",
            "tileloaddt1 tmm6, [{b} + {stride}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloaddt1 tmm7, [{b} + {stride} + {tile}]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{a} + {stride} + {third} + {tile}]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            // A's first, B's first.
            "tileloadd tmm4, [{a} + {stride}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{a} + {stride} + {tile}]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            // A's first, B's last.
            "tileloaddt1 tmm6, [{b} + {stride} + {third}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloaddt1 tmm7, [{b} + {stride} + {third} + {tile}]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            // A's first, B's second.
            "tileloaddt1 tmm6, [{b} + {stride} + {second}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloaddt1 tmm7, [{b} + {stride} + {second} + {tile}]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            // A's second, B's second.
            "tileloadd tmm4, [{a} + {stride} + {second}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{a} + {stride} + {second} + {tile}]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            // A's second, B's first.
            "tileloaddt1 tmm6, [{b} + {stride}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloaddt1 tmm7, [{b} + {stride} + {tile}]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {a}, {step}",
            "add {b}, {step}",
            "dec {steps}",
            "jnz 4b",
            "5:",
            "tilestored [{c} + {c_stride}], tmm0",
            "tilestored [{c} + {c_stride} + {row}], tmm1",
            "tilestored [{c_second} + {c_stride}], tmm2",
            "tilestored [{c_second} + {c_stride} + {row}], tmm3",
            accumulate = in(reg) usize::from(block.accumulate),
            steps = inout(reg) block.steps => _,
            a = inout(reg) block.a => _,
            b = inout(reg) block.b => _,
            c = in(reg) block.c,
            c_second = in(reg) c_second,
            c_stride = in(reg) block.c_row_stride * size_of::<f32>(),
            stride = in(reg) ROW_BYTES,
            row = const ROW_BYTES,
            tile = const TILE_WORDS * size_of::<u32>(),
            second = const STEP_WORDS * size_of::<u32>(),
            third = const 2 * STEP_WORDS * size_of::<u32>(),
            step = const PARTS * STEP_WORDS * size_of::<u32>(),
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
