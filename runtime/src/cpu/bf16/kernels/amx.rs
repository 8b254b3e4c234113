//! AMX: a block of C in four tile registers. Assembly, since Rust has no stable names for these instructions.

use std::arch::asm;

use super::{Block, Kernels, STEP_WORDS, TILE, TILE_WORDS, avx512};

pub static KERNELS: Kernels = Kernels { pack: avx512::pack, block, begin, end };

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

unsafe fn block(block: &Block) {
    let c_tile_row = block.c.wrapping_add(TILE * block.c_row_stride);
    // A step takes four products of 16 cycles, and reads four tiles. The hint at B's loads says that its lines are not
    // needed in the nearest cache: A's stay there for the blocks to the right.
    //
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
            "tileloadd tmm0, [{upper} + {c_stride}]",
            "tileloadd tmm1, [{upper} + {c_stride} + {row_bytes}]",
            "tileloadd tmm2, [{lower} + {c_stride}]",
            "tileloadd tmm3, [{lower} + {c_stride} + {row_bytes}]",
            "3:",
            "test {steps}, {steps}",
            "jz 5f",
            "4:",
            "tileloadd tmm4, [{a} + {stride}]",
            "tileloaddt1 tmm6, [{b} + {stride}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloaddt1 tmm7, [{b} + {stride} + {tile_bytes}]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{a} + {stride} + {tile_bytes}]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {a}, {step_bytes}",
            "add {b}, {step_bytes}",
            "dec {steps}",
            "jnz 4b",
            "5:",
            "tilestored [{upper} + {c_stride}], tmm0",
            "tilestored [{upper} + {c_stride} + {row_bytes}], tmm1",
            "tilestored [{lower} + {c_stride}], tmm2",
            "tilestored [{lower} + {c_stride} + {row_bytes}], tmm3",
            accumulate = in(reg) u32::from(block.accumulate),
            steps = inout(reg) block.steps => _,
            a = inout(reg) block.a => _,
            b = inout(reg) block.b => _,
            upper = in(reg) block.c,
            lower = in(reg) c_tile_row,
            c_stride = in(reg) block.c_row_stride * size_of::<f32>(),
            stride = in(reg) ROW_BYTES,
            row_bytes = const ROW_BYTES,
            tile_bytes = const TILE_WORDS * size_of::<u32>(),
            step_bytes = const STEP_WORDS * size_of::<u32>(),
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
