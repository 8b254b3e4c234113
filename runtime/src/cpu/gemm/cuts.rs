//! How a product is cut: into parts of C for the threads, and these into blocks for the caches.

use std::ops::Range;

use super::kernels::Kernels;

/// A packed panel of B of this size, in bytes, leaves room for a block of A in the second-level cache,
const PANEL_BYTES: usize = 100 << 10;

/// and one of this size for the rows of A of a tile in the first-level cache.
const LONG_PANEL_BYTES: usize = 160 << 10;

/// A block of A of this size, in bytes, stays in the second-level cache, as do
const A_BLOCK_BYTES: usize = 1100 << 10;

/// long panels of B of this size together.
const B_BLOCK_BYTES: usize = 1000 << 10;

/// Panels of B that lie beside each other are packed together, so that its rows are read in longer pieces: at least as many.
const PANELS_TOGETHER: usize = 4;

/// With fewer rows of tiles, the product takes as long as packing B.
const MANY_TILES: usize = 8;

/// If its rows are contiguous, B is read in place by products of at most this many rows of tiles,
const TILES_IN_PLACE: usize = 3;

/// by those over at most this many steps of k, whose time is that of writing C,
const DEPTH_IN_PLACE: usize = 16;

/// and by those of at most this many panels.
const NARROW: usize = 2;

/// The steps of k in a block where few rows of tiles read a wide B in place: so many rows are read side by side, each in the order of
/// memory.
const STEPS_IN_PLACE: usize = 8;

/// A is read in place by products of at most this many panels of B, whatever the distance of its rows, if these are
/// contiguous.
const PANELS_IN_PLACE: usize = 4;

/// Of rows at multiples of this distance, in bytes, a block is not read in place: they share few places in the caches. (The
/// few rows of a tile, that go by a block of B, do find room.)
const PAGE_BYTES: usize = 4096;

/// A part has at least so many panels where a block of A serves one part only.
const PANELS_PER_BLOCK: usize = 16;

/// So many panels are enough to hand them to threads as they are packed together.
const MANY_PANELS: usize = 32;

/// The fewest parts for a thread, so that one that was held up leaves some to others.
const PARTS_PER_THREAD: usize = 2;

/// The same where parts find their panels of B packed by the part before.
const SMALL_PARTS_PER_THREAD: usize = 4;

/// The cuts of one product. What a sum's terms are and their order depends on the lengths alone.
///
/// A tile's rows of A come from the first-level cache or the second, its panel of B from the second. What is kept there
/// while the other goes by is a block of B, if A is read in place and packing B pays; else a block of A.
#[derive(Clone, Copy, Debug)]
pub struct Cuts {
    rows: usize,
    columns: usize,
    lanes: usize,
    /// The rows of a tile.
    pub tile_rows: usize,
    /// How many pieces the rows are cut into.
    row_cuts: usize,
    panels: usize,
    /// How many pieces the panels are cut into.
    panel_cuts: usize,
    /// The extent of k in a block.
    pub depth_step: usize,
    /// Whether A is packed: in blocks of all rows of a part.
    pub pack_a: bool,
    /// Whether B is packed.
    pub pack_b: bool,
    /// Room for the panels of B that are packed together, whatever the rows: a smaller batch then needs no more.
    room_b: usize,
    /// How many panels of B are packed together.
    pub panels_together: usize,
    /// How many of them are gone through for a row of tiles before the next one: with few rows, each panel is best used
    /// up at once.
    pub panels_beside: usize,
    /// Whether parts of the same panels follow each other, or else of the same rows.
    keep_b: bool,
}

impl Cuts {
    /// The cuts of a product of C (`rows`, `columns`) over `depth` steps, none of them 0, for so many threads; the panels of
    /// B may be [packed](packed_panels) already.
    pub fn new<T>(
        [rows, columns, depth]: [usize; 3],
        [a_row_stride, a_k_stride, b_column_stride]: [isize; 3],
        is_packed: bool,
        kernels: &Kernels<T>,
        threads: usize,
    ) -> Cuts {
        let size = size_of::<T>();
        let (lanes, panel_columns) = (kernels.lanes, kernels.columns());
        let tile_rows = rows.div_ceil(rows.div_ceil(kernels.rows()));
        let tiles = rows.div_ceil(tile_rows);
        let mut panels = columns.div_ceil(panel_columns);
        let (short, shallow) = (tiles <= TILES_IN_PLACE, depth <= DEPTH_IN_PLACE);
        let pack_b = is_packed || b_column_stride != 1 || !(short || shallow || panels <= NARROW);
        let by_steps = short && !pack_b && panels > NARROW;
        let apart = (a_row_stride.unsigned_abs() * size).is_multiple_of(PAGE_BYTES);
        let keep_b = pack_b && a_k_stride == 1 && tiles >= MANY_TILES;
        let pack_a = a_k_stride != 1 || !keep_b && panels > PANELS_IN_PLACE && apart;
        let panel_bytes = if keep_b { LONG_PANEL_BYTES } else { PANEL_BYTES };
        let most_steps = if by_steps { STEPS_IN_PLACE } else { panel_bytes / (panel_columns * size) };
        let depth_step = depth.div_ceil(depth.div_ceil(most_steps));
        let is_cut = depth_step < depth;
        // Narrower panels, if they then fall to the threads evenly: a tile of two vectors is nearly as fast.
        if is_packed {
            panels = packed_panels(columns, kernels);
        } else if panels >= PARTS_PER_THREAD * threads {
            panels = panels.next_multiple_of(threads).min(columns.div_ceil(lanes));
        }
        let mut cuts = Cuts {
            rows,
            columns,
            lanes,
            tile_rows,
            row_cuts: 1,
            panels,
            panel_cuts: 1,
            depth_step,
            pack_a,
            pack_b: pack_b && !is_packed,
            room_b: (panels.max(PANELS_TOGETHER) * panel_columns * depth).min(B_BLOCK_BYTES / size),
            panels_together: if pack_b { PANELS_TOGETHER } else { panels },
            panels_beside: match pack_b {
                true if tiles >= MANY_TILES => PANELS_TOGETHER,
                false if shallow => panels,
                _ => 1,
            },
            keep_b,
        };
        if keep_b {
            cuts.keep_block_of_b(
                threads,
                (B_BLOCK_BYTES / (panel_columns * depth_step * size)).max(1),
                is_cut,
            );
        } else {
            // C is written a row of tiles at a time, nearly in the order of memory, where it takes longest.
            let by_tiles = shallow && !pack_b;
            let blocks = (rows * depth_step * size).div_ceil(A_BLOCK_BYTES).min(tiles);
            cuts.keep_block_of_a(threads, if by_tiles { tiles } else { blocks }, is_cut, by_tiles);
        }
        cuts
    }

    /// Cuts so that a block of A serves all panels if there is one block of k, and otherwise those of one part.
    fn keep_block_of_a(&mut self, threads: usize, row_cuts: usize, is_cut: bool, by_tiles: bool) {
        let tiles = self.rows.div_ceil(self.tile_rows);
        self.row_cuts = row_cuts;
        self.panel_cuts = match is_cut {
            false if by_tiles => 1,
            false if self.panels >= MANY_PANELS => self.panels.div_ceil(PANELS_TOGETHER),
            false => self.panels,
            true => self.panels.div_ceil(PANELS_PER_BLOCK),
        };
        let wanted = PARTS_PER_THREAD * threads;
        if threads > 1 && self.parts() < wanted {
            if is_cut {
                self.panel_cuts = wanted.div_ceil(row_cuts).min(self.panels);
            }
            self.row_cuts = wanted.div_ceil(self.panel_cuts).clamp(row_cuts, tiles);
        }
    }

    /// Cuts so that a block of B, of at most so many panels, serves all rows if there is one block of k, and otherwise those
    /// of one part.
    fn keep_block_of_b(&mut self, threads: usize, most_panels: usize, is_cut: bool) {
        let tiles = self.rows.div_ceil(self.tile_rows);
        self.panel_cuts = self.panels.div_ceil(most_panels);
        if threads > 1 {
            let parts = threads * if is_cut { PARTS_PER_THREAD } else { SMALL_PARTS_PER_THREAD };
            let most_row_cuts = if is_cut { 1 } else { tiles / MANY_TILES };
            if self.panels >= PARTS_PER_THREAD * threads {
                let panel_cuts = self.panel_cuts.max(parts.div_ceil(most_row_cuts));
                self.panel_cuts = panel_cuts.next_multiple_of(threads).min(self.panels);
            }
            self.row_cuts = parts.div_ceil(self.panel_cuts).min(tiles);
        }
        self.panels_together = self.panels.div_ceil(self.panel_cuts);
        self.panels_beside = self.panels_together;
    }

    /// The number of parts.
    pub fn parts(&self) -> usize {
        self.row_cuts * self.panel_cuts
    }

    /// The rows and panels of a part.
    pub fn part(&self, part: usize) -> (Range<usize>, Range<usize>) {
        let (row, panel) = match self.keep_b {
            true => (part % self.row_cuts, part / self.row_cuts),
            false => (part / self.panel_cuts, part % self.panel_cuts),
        };
        (cut(self.rows, self.tile_rows, self.row_cuts, row), cut(self.panels, 1, self.panel_cuts, panel))
    }

    /// The columns of a panel.
    pub fn panel(&self, panel: usize) -> Range<usize> {
        cut(self.columns, self.lanes, self.panels, panel)
    }

    /// The distance of the rows of a packed block of A: whole cache lines, an odd number of them, so that rows spread
    /// over all places of the caches.
    pub fn packed_row(&self) -> usize {
        self.depth_step.next_multiple_of(16) | 16
    }

    /// The elements of the largest block of A and of the panels of B that are packed together, if they are packed.
    pub fn room(&self) -> [usize; 2] {
        let tiles = self.rows.div_ceil(self.tile_rows).div_ceil(self.row_cuts);
        [
            if self.pack_a { tiles * self.tile_rows * self.packed_row() } else { 0 },
            if self.pack_b { self.room_b } else { 0 },
        ]
    }
}

/// The panels that a B of so many columns is packed into for several products, on any number of threads.
pub fn packed_panels<T>(columns: usize, kernels: &Kernels<T>) -> usize {
    let panels = columns.div_ceil(kernels.columns());
    // They then fall to two or four threads evenly.
    if panels < 8 { panels } else { panels.next_multiple_of(4).min(columns.div_ceil(kernels.lanes)) }
}

/// Piece `index` of `length` cut into `cuts` pieces at multiples of `unit`, as equal as can be.
pub fn cut(length: usize, unit: usize, cuts: usize, index: usize) -> Range<usize> {
    let units = length.div_ceil(unit);
    let edge = |index: usize| (units * index / cuts * unit).min(length);
    edge(index)..edge(index + 1)
}
