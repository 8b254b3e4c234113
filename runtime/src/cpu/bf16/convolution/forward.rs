//! The sums of images, pooled while they are in the cache.

use rayon::prelude::*;

use super::{Convolution, PANEL, STEP_WORDS, pair};
use crate::cpu::isa::{Work, isa};
use crate::cpu::pool::larger;
use crate::cpu::scratch;
use crate::cpu::window::Windows;

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
        let images = y.par_chunks_mut(output).zip(winners.par_chunks_mut(output));
        images.zip(x.par_chunks(convolution.windows.input_len())).for_each(|((y, winners), x)| {
            scratch::with(positions * PANEL, |best: &mut [f32]| {
                scratch::with(positions * PANEL, |places: &mut [u32]| {
                    image_sums(convolution, packed, x, |first, sums| {
                        isa().run(Pool { convolution, pools, sums, best: &mut *best, places: &mut *places });
                        let y = y.chunks_exact_mut(positions).zip(winners.chunks_exact_mut(positions));
                        for (lane, (y, winners)) in y.skip(first).take(PANEL).enumerate() {
                            take_lane(best, lane, y);
                            take_lane(places, lane, winners);
                            finish(first + lane, y);
                        }
                    });
                });
            });
        });
    });
}

/// Calls `work` with the filters, packed.
pub(super) fn with_packed<R>(convolution: &Convolution, w: &[f32], work: impl FnOnce(&[u32]) -> R) -> R {
    scratch::with(convolution.packed_len(), |packed: &mut [u32]| {
        let steps = packed.par_chunks_mut(STEP_WORDS).enumerate();
        steps.for_each(|(step, to)| convolution.pack(w, step, to));
        work(packed)
    })
}

/// Calls `sink` with the first filter of each panel and the sums (positions, 32 filters) of an image.
fn image_sums(convolution: &Convolution, packed: &[u32], x: &[f32], sink: impl FnMut(usize, &[f32])) {
    scratch::with(convolution.grid_len(), |grid: &mut [u32]| {
        isa().run(Grid { convolution, x, grid: &mut *grid });
        grid_sums(convolution, packed, grid, sink);
    });
}

/// The same, of a grid.
pub(super) fn grid_sums(
    convolution: &Convolution,
    packed: &[u32],
    grid: &[u32],
    mut sink: impl FnMut(usize, &[f32]),
) {
    scratch::with(convolution.blocks() * PANEL * PANEL, |sums: &mut [f32]| {
        for (panel, packed) in packed.chunks_exact(convolution.panel_words()).enumerate() {
            convolution.sums(grid, packed, sums);
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
        let line = |layer: usize, row: usize| {
            let (channel, below) = convolution.layer(layer);
            let row = (row + below).checked_sub(above).filter(|&row| row < height)?;
            (layer < convolution.layers()).then(|| &x[(channel * height + row) * width..][..width])
        };
        let columns = width.min(grid_width.saturating_sub(before));
        grid.fill(0);
        for row in 0..convolution.rows() + convolution.goes() - 1 {
            for word in 0..words {
                let to = grid[(row * grid_width + before) * words + word..].iter_mut().step_by(words);
                match (line(2 * word, row), line(2 * word + 1, row)) {
                    (None, None) => {}
                    (Some(one), None) => {
                        to.zip(&one[..columns]).for_each(|(to, &one)| *to = pair(one, 0.0));
                    }
                    (None, Some(other)) => {
                        to.zip(&other[..columns]).for_each(|(to, &other)| *to = pair(0.0, other));
                    }
                    (Some(one), Some(other)) => {
                        let values = one[..columns].iter().zip(other);
                        to.zip(values).for_each(|(to, (&one, &other))| *to = pair(one, other));
                    }
                }
            }
        }
    }
}

/// Finds the largest sums of each pool, of 32 filters.
struct Pool<'a> {
    convolution: &'a Convolution,
    pools: &'a Windows,
    sums: &'a [f32],
    best: &'a mut [f32],
    places: &'a mut [u32],
}

impl Work for Pool<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Pool { convolution, pools, sums, best, places } = self;
        let [_, _, across] = pools.output;
        let lanes = best.as_chunks_mut::<PANEL>().0.iter_mut().zip(places.as_chunks_mut::<PANEL>().0);
        for (pool, (best, places)) in lanes.enumerate() {
            let (rows, columns) = (pools.covered(1, pool / across), pools.covered(2, pool % across));
            let mut first = true;
            for row in rows {
                for column in columns.clone() {
                    let at = (row * convolution.width() + column) * PANEL;
                    let Some(sums) = sums[at..].first_chunk::<PANEL>() else { continue };
                    let place = (row * convolution.columns() + column) as u32;
                    for lane in 0..PANEL {
                        let wins = first | larger(sums[lane], best[lane]);
                        best[lane] = if wins { sums[lane] } else { best[lane] };
                        places[lane] = if wins { place } else { places[lane] };
                    }
                    first = false;
                }
            }
        }
    }
}
