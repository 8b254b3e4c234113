//! The sums of images, pooled while they are in the cache.

use super::{BLOCK, Convolution, PANEL};
use crate::cpu::gemm::Epilogue;
use crate::cpu::isa::{Work, isa};
use crate::cpu::pieces::{each, read, write};
use crate::cpu::pool::larger;
use crate::cpu::scratch;
use crate::cpu::transpose::{Rows, transpose};
use crate::geometry::Windows;

/// From images `x` to the largest sum in each pool, finished by `epilogue`, which has a row for each filter. If
/// `winners` are asked for, they are which of a pool's sums it was, counted row by row: for each image and panel
/// (pools, 32 filters).
pub fn pooled_forward(
    convolution: &Convolution,
    pools: &Windows,
    w: &[f32],
    x: &[f32],
    y: &mut [f32],
    winners: Option<&mut [u8]>,
    epilogue: &impl Epilogue<f32>,
) {
    let positions = pools.positions();
    let (output, winners_len) = (convolution.filters * positions, convolution.winners_len(pools));
    let winners = winners.map(|winners| write(winners, winners_len));
    convolution.with_packed(w, |packed| {
        let images = (write(y, output), read(x, convolution.windows.input_len()), winners);
        each(images, |_, (y, x, mut winners)| {
            let panels = packed.chunks_exact(convolution.panel_words()).enumerate();
            scratch::with(convolution.grid_len(), |grid: &mut [u16]| {
                scratch::with(positions * PANEL, |best: &mut [f32]| {
                    convolution.fill_grid(x, grid);
                    for (panel, packed) in panels {
                        let winners = winners.as_deref_mut().unwrap_or_default();
                        let winners = winners.chunks_exact_mut(best.len()).nth(panel).unwrap_or_default();
                        pools_of_panel(convolution, pools, packed, grid, best, winners);
                        let first = panel * PANEL;
                        let columns = PANEL.min(convolution.filters - first);
                        let lie = Rows { rows: positions, columns, stride: PANEL };
                        transpose(lie, best, &mut y[first * positions..], positions);
                    }
                });
            });
            epilogue.apply_rows(0, 0, [positions; 2], y);
        });
    });
}

/// Sums between two looks at them, in blocks: they stay in the first-level cache.
const BLOCKS: usize = 8;

/// Finds the largest sums of an image's pools, of a panel of filters: some lines of pools at a time. Winners are
/// written if there is room for them.
fn pools_of_panel(
    convolution: &Convolution,
    pools: &Windows,
    packed: &[u32],
    grid: &[u16],
    best: &mut [f32],
    winners: &mut [u8],
) {
    let [_, down, across] = pools.output;
    let blocks = |lines: usize| ((lines - 1) * convolution.width() + convolution.columns()).div_ceil(PANEL);
    let at_once =
        (1..=down).rev().find(|&pool_lines| blocks(pool_lines * pools.stride[1]) <= BLOCKS).unwrap_or(1);
    for first in (0..down).step_by(at_once) {
        let last = down.min(first + at_once) - 1;
        let lines = pools.covered(1, first).start..pools.covered(1, last).end;
        scratch::with(blocks(lines.len()) * BLOCK, |sums: &mut [f32]| {
            convolution.sums(grid, lines.start, packed, sums);
            let of_pools = first * across * PANEL..(last + 1) * across * PANEL;
            isa().run(Pool {
                convolution,
                pools,
                first_pool: first * across,
                first_line: lines.start,
                sums,
                best: &mut best[of_pools.clone()],
                winners: winners.get_mut(of_pools).unwrap_or_default(),
            });
        });
    }
}

/// Finds the largest sums of each pool, of 32 filters.
struct Pool<'a> {
    convolution: &'a Convolution,
    pools: &'a Windows,
    /// The first of these pools, and the line of the first of these sums.
    first_pool: usize,
    first_line: usize,
    sums: &'a [f32],
    best: &'a mut [f32],
    /// Empty if they are not asked for.
    winners: &'a mut [u8],
}

impl Work for Pool<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        // A NaN is larger than all, and seldom there: it is looked for once for all sums, by adding them up.
        if self.find::<false>() {
            self.find::<true>();
        }
    }
}

impl Pool<'_> {
    /// Finds them, with care for NaN if so asked. Returns whether there may be one.
    #[inline(always)]
    fn find<const NAN: bool>(&mut self) -> bool {
        let Pool { convolution, pools, first_pool, first_line, sums, best, winners } = self;
        let [_, _, across] = pools.output;
        let mut winners = winners.as_chunks_mut::<PANEL>().0.iter_mut();
        let mut all = [0.0; PANEL];
        for (pool, to) in (*first_pool..).zip(best.as_chunks_mut::<PANEL>().0) {
            let (rows, columns) = (pools.covered(1, pool / across), pools.covered(2, pool % across));
            let (mut best, mut places) = ([f32::NEG_INFINITY; PANEL], [0_u32; PANEL]);
            for (below, row) in rows.enumerate() {
                for (beside, column) in columns.clone().enumerate() {
                    let at = ((row - *first_line) * convolution.width() + column) * PANEL;
                    let Some(sums) = sums[at..].first_chunk::<PANEL>() else { continue };
                    let place = (below * pools.size[2] + beside) as u32;
                    if place == 0 {
                        best = *sums;
                    }
                    for lane in 0..PANEL {
                        let wins = if NAN { larger(sums[lane], best[lane]) } else { sums[lane] > best[lane] };
                        best[lane] = if wins { sums[lane] } else { best[lane] };
                        places[lane] = if wins { place } else { places[lane] };
                        all[lane] += sums[lane];
                    }
                }
            }
            *to = best;
            if let Some(winners) = winners.next() {
                for lane in 0..PANEL {
                    winners[lane] = places[lane] as u8;
                }
            }
        }
        let mut nan = false;
        for total in all {
            nan |= total.is_nan();
        }
        nan
    }
}
