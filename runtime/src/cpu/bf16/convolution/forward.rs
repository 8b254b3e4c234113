//! The sums of images, pooled while they are in the cache.

use super::{BLOCK, Convolution, PANEL, STEP_WORDS, pair};
use crate::cpu::isa::{Work, isa};
use crate::cpu::pieces::{each, read, write};
use crate::cpu::pool::larger;
use crate::cpu::scratch;
use crate::geometry::Windows;

/// From images `x` to the largest sum in each pool, with its place among the sums of its filter. `finish` is called with
/// each filter and what its pools are in an image.
pub fn pooled_forward(
    convolution: &Convolution,
    pools: &Windows,
    w: &[f32],
    x: &[f32],
    y: &mut [f32],
    winners: &mut [u32],
    finish: impl Fn(usize, &mut [f32]) + Sync,
) {
    let positions = pools.positions();
    let output = convolution.filters * positions;
    with_packed(convolution, w, |packed| {
        let images = (write(y, output), write(winners, output), read(x, convolution.windows.input_len()));
        each(images, |_, (y, winners, x)| {
            scratch::with(positions * PANEL, |best: &mut [f32]| {
                scratch::with(positions * PANEL, |places: &mut [u32]| {
                    scratch::with(convolution.grid_len(), |grid: &mut [u32]| {
                        isa().run(Grid { convolution, x, grid: &mut *grid });
                        let panels = packed.chunks_exact(convolution.panel_words());
                        for (first, packed) in (0..).step_by(PANEL).zip(panels) {
                            pools_of_panel(convolution, pools, packed, grid, best, places);
                            let y = y.chunks_exact_mut(positions).zip(winners.chunks_exact_mut(positions));
                            for (lane, (y, winners)) in y.skip(first).take(PANEL).enumerate() {
                                take_lane(best, lane, y);
                                take_lane(places, lane, winners);
                                finish(first + lane, y);
                            }
                        }
                    });
                });
            });
        });
    });
}

/// Sums between two looks at them, in blocks: they stay in the first-level cache.
const BLOCKS: usize = 8;

/// Finds the largest sums of an image's pools, of a panel of filters: some lines of pools at a time.
fn pools_of_panel(
    convolution: &Convolution,
    pools: &Windows,
    packed: &[u32],
    grid: &[u32],
    best: &mut [f32],
    places: &mut [u32],
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
                places: &mut places[of_pools],
            });
        });
    }
}

/// Calls `work` with the filters, packed.
pub(super) fn with_packed<R>(convolution: &Convolution, w: &[f32], work: impl FnOnce(&[u32]) -> R) -> R {
    scratch::with(convolution.packed_len(), |packed: &mut [u32]| {
        each(write(packed, STEP_WORDS), |step, to| convolution.pack(w, step, to));
        work(packed)
    })
}

/// Calls `sink` with the first filter of each panel and the sums (positions, 32 filters) of a grid.
pub(super) fn grid_sums(
    convolution: &Convolution,
    packed: &[u32],
    grid: &[u32],
    mut sink: impl FnMut(usize, &[f32]),
) {
    scratch::with(convolution.blocks() * BLOCK, |sums: &mut [f32]| {
        for (panel, packed) in packed.chunks_exact(convolution.panel_words()).enumerate() {
            convolution.sums(grid, 0, packed, sums);
            sink(panel * PANEL, sums);
        }
    });
}

/// One of the 32 lanes.
fn take_lane<T: Copy>(lanes: &[T], lane: usize, to: &mut [T]) {
    to.iter_mut().zip(lanes[lane..].iter().step_by(PANEL)).for_each(|(to, &value)| *to = value);
}

/// One of the 32 lanes of sums, without what is between the lines.
pub(super) fn take_lines(convolution: &Convolution, sums: &[f32], lane: usize, to: &mut [f32]) {
    let columns = convolution.columns();
    for (row, to) in to.chunks_exact_mut(columns).enumerate() {
        take_lane(&sums[row * convolution.width() * PANEL..], lane, to);
    }
}

/// Makes the grid of an image.
struct Grid<'a> {
    convolution: &'a Convolution,
    x: &'a [f32],
    grid: &'a mut [u32],
}

impl Work for Grid<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Grid { convolution, x, grid } = self;
        let Windows { input: [_, height, width], pad: [_, above, before], .. } = convolution.windows;
        let (words, grid_width) = (convolution.words(), convolution.width());
        let rows = convolution.rows() + convolution.goes() - 1;
        // Lines that are side by side in image and grid alike are as one.
        let contiguous = convolution.is_contiguous();
        let (rows, len) = if contiguous { (1, rows * width) } else { (rows, width) };
        let line = |layer: usize, row: usize| {
            let (channel, below) = convolution.layer(layer);
            let row = (row + below).checked_sub(above).filter(|&row| row < height)?;
            (layer < convolution.layers()).then(|| &x[(channel * height + row) * width..][..len])
        };
        let columns = if contiguous { len } else { width.min(grid_width.saturating_sub(before)) };
        // A line is rounded side by side, and then spread over the grid.
        let mut pairs = [0; LINE];
        grid.fill(0);
        for row in 0..rows {
            for word in 0..words {
                let (one, other) = (line(2 * word, row), line(2 * word + 1, row));
                let mut to = grid[(row * grid_width + before) * words + word..].iter_mut().step_by(words);
                for start in (0..columns).step_by(LINE) {
                    let range = start..columns.min(start + LINE);
                    let pairs = &mut pairs[..range.len()];
                    match (one, other) {
                        (None, None) => break,
                        (Some(one), None) => each_pair(pairs, &one[range], |one| pair(one, 0.0)),
                        (None, Some(other)) => each_pair(pairs, &other[range], |other| pair(0.0, other)),
                        (Some(one), Some(other)) => {
                            let values = one[range.clone()].iter().zip(&other[range]);
                            pairs
                                .iter_mut()
                                .zip(values)
                                .for_each(|(to, (&one, &other))| *to = pair(one, other));
                        }
                    }
                    pairs.iter().zip(&mut to).for_each(|(&pair, to)| *to = pair);
                }
            }
        }
    }
}

/// Numbers of a line that are rounded at a time.
const LINE: usize = 64;

#[inline(always)]
fn each_pair(to: &mut [u32], values: &[f32], pair: impl Fn(f32) -> u32) {
    to.iter_mut().zip(values).for_each(|(to, &value)| *to = pair(value));
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
    places: &'a mut [u32],
}

impl Work for Pool<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Pool { convolution, pools, first_pool, first_line, sums, best, places } = self;
        let [_, _, across] = pools.output;
        let lanes = best.as_chunks_mut::<PANEL>().0.iter_mut().zip(places.as_chunks_mut::<PANEL>().0);
        for (pool, (to, to_places)) in (first_pool..).zip(lanes) {
            let (rows, columns) = (pools.covered(1, pool / across), pools.covered(2, pool % across));
            let (mut best, mut places) = ([f32::NEG_INFINITY; PANEL], [0; PANEL]);
            let mut first = true;
            for row in rows {
                for column in columns.clone() {
                    let at = ((row - first_line) * convolution.width() + column) * PANEL;
                    let Some(sums) = sums[at..].first_chunk::<PANEL>() else { continue };
                    let place = (row * convolution.columns() + column) as u32;
                    if first {
                        (best, places, first) = (*sums, [place; PANEL], false);
                        continue;
                    }
                    for lane in 0..PANEL {
                        let wins = larger(sums[lane], best[lane]);
                        best[lane] = if wins { sums[lane] } else { best[lane] };
                        places[lane] = if wins { place } else { places[lane] };
                    }
                }
            }
            (*to, *to_places) = (best, places);
        }
    }
}
