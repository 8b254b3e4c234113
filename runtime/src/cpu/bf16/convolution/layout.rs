//! How images and filters lie for the products.

use super::{Convolution, PANEL, STEP, STEP_WORDS, TILE};
use crate::cpu::bf16::kernels::{Order, PAIRS, Panel, kernels};
use crate::cpu::isa::{Work, isa};
use crate::cpu::pieces::{each, write};
use crate::cpu::round::{pair, round};
use crate::cpu::scratch;
use crate::geometry::Windows;

impl Convolution {
    /// Calls `work` with the filters, packed.
    pub(super) fn with_packed<R>(&self, w: &[f32], work: impl FnOnce(&[u32]) -> R) -> R {
        scratch::with(self.packed_len(), |packed: &mut [u32]| {
            each(write(packed, STEP_WORDS), |step, to| self.pack(w, step, to));
            work(packed)
        })
    }

    /// Packs step `index` of all panels of the filters `w`.
    fn pack(&self, w: &[f32], index: usize, to: &mut [u32]) {
        let (of_panel, columns) = (self.goes() * self.steps(), self.size()[1]);
        let (panel, go, step) = (index / of_panel, index % of_panel / self.steps(), index % self.steps());
        let (depth, layers) = (self.depth(), self.layers());
        let stride = self.place(1, 0, [0; 2]) - self.place(0, 0, [0; 2]);
        for (number, lanes) in to.chunks_exact_mut(TILE).enumerate() {
            let (tile, pair_of_step) = (number / PAIRS, number % PAIRS);
            let first = panel * PANEL + tile * TILE;
            let filters = self.filters.saturating_sub(first).min(TILE);
            let of_run = step * STEP + 2 * pair_of_step;
            let (column, layer) = (of_run / depth, of_run % depth);
            let weights = |layer: usize| {
                (column < columns && layer < layers && filters > 0).then(|| {
                    let (channel, row) = self.layer(layer);
                    w[self.place(first, channel, [go + row, column])..].iter().step_by(stride)
                })
            };
            let [one, other] = [weights(layer), weights(layer + 1)].map(|weights| {
                let mut values = [0.0; TILE];
                let weights = weights.into_iter().flatten();
                values[..filters].iter_mut().zip(weights).for_each(|(to, &weight)| *to = weight);
                values
            });
            lanes
                .iter_mut()
                .zip(one.iter().zip(&other))
                .for_each(|(to, (&one, &other))| *to = pair(one, other));
        }
    }

    /// Writes an image (channels, rows, columns) as a grid.
    pub(super) fn fill_grid(&self, x: &[f32], grid: &mut [u16]) {
        if self.has_few_channels() {
            return isa().run(Grid { convolution: self, x, grid });
        }
        let Windows { channels, input: [_, height, width], pad: [_, above, before], .. } = self.windows;
        let (depth, plane, kernels) = (self.depth(), height * width, kernels(self.by));
        // What lies beyond the image is multiplied by zero, so it must be finite.
        let (lines, len) = if self.is_contiguous() {
            grid[plane * depth..].fill(0);
            (1, plane)
        } else {
            grid.fill(0);
            (height.min((self.rows() + self.goes() - 1).saturating_sub(above)), self.columns_seen())
        };
        let words = channels.div_ceil(STEP) * STEP_WORDS;
        scratch::with(words, |packed: &mut [u32]| {
            for line in 0..lines {
                for first in (0..len).step_by(PANEL) {
                    let lanes = PANEL.min(len - first);
                    let from = &x[line * width + first..][..(channels - 1) * plane + lanes];
                    let panel = Panel {
                        from: from.as_ptr(),
                        lane_stride: 1,
                        k_stride: plane as isize,
                        lanes,
                        depth: channels,
                        order: Order::Lanes,
                    };
                    // SAFETY: the panel is in the image, and there is room for all its steps; the processor has the
                    // kernels' instructions.
                    unsafe { (kernels.pack)(&panel, packed.as_mut_ptr()) };
                    let place = (line + above) * self.width() + before + first;
                    isa().run(Places { packed, depth, lanes, grid: &mut grid[place * depth..] });
                }
            }
        });
    }

    /// Columns of an image's line that are in the grid.
    fn columns_seen(&self) -> usize {
        self.windows.input[2].min(self.width().saturating_sub(self.windows.pad[2]))
    }

    /// Rounds an image (channels, rows, columns) into planes.
    pub(super) fn fill_planes(&self, x: &[f32], planes: &mut [u16]) {
        isa().run(Planes { convolution: self, x, planes });
    }
}

/// Writes the lanes of a packed panel to places side by side in a grid.
struct Places<'a> {
    packed: &'a [u32],
    depth: usize,
    lanes: usize,
    grid: &'a mut [u16],
}

impl Work for Places<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Places { packed, depth, lanes, grid } = self;
        let (pairs, _) = packed.as_chunks::<PAIRS>();
        for (place, to) in grid.chunks_exact_mut(depth).take(lanes).enumerate() {
            for (step, to) in to.chunks_mut(STEP).enumerate() {
                let mut numbers = [[0; 2]; PAIRS];
                for (numbers, &pair) in numbers.iter_mut().zip(&pairs[step * PANEL + place]) {
                    *numbers = halves(pair);
                }
                match to.first_chunk_mut::<STEP>() {
                    Some(to) => to.copy_from_slice(numbers.as_flattened()),
                    None => to.copy_from_slice(&numbers.as_flattened()[..to.len()]),
                }
            }
        }
    }
}

/// The numbers of a word.
#[inline(always)]
fn halves(pair: u32) -> [u16; 2] {
    [pair as u16, (pair >> 16) as u16]
}

/// Makes the grid of an image of few channels.
struct Grid<'a> {
    convolution: &'a Convolution,
    x: &'a [f32],
    grid: &'a mut [u16],
}

impl Work for Grid<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Grid { convolution, x, grid } = self;
        let Windows { input: [_, height, width], pad: [_, above, before], .. } = convolution.windows;
        let (words, grid_width) = (convolution.depth() / 2, convolution.width());
        let rows = convolution.rows() + convolution.goes() - 1;
        // Lines that are side by side in image and grid alike are as one.
        let contiguous = convolution.is_contiguous();
        let (rows, len) = if contiguous { (1, rows * width) } else { (rows, width) };
        let line = |layer: usize, row: usize| {
            let (channel, below) = convolution.layer(layer);
            let row = (row + below).checked_sub(above).filter(|&row| row < height)?;
            (layer < convolution.layers()).then(|| &x[(channel * height + row) * width..][..len])
        };
        let columns = if contiguous { len } else { convolution.columns_seen() };
        // A line is rounded side by side, and then spread over the grid.
        let mut pairs = [0; LINE];
        grid.fill(0);
        let (grid, _) = grid.as_chunks_mut::<2>();
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
                    pairs.iter().zip(&mut to).for_each(|(&pair, to)| *to = halves(pair));
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

/// Rounds an image (channels, rows, columns) into planes.
struct Planes<'a> {
    convolution: &'a Convolution,
    x: &'a [f32],
    planes: &'a mut [u16],
}

impl Work for Planes<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Planes { convolution, x, planes } = self;
        let Windows { input: [_, height, width], pad: [_, above, before], .. } = convolution.windows;
        let rows = convolution.rows() + convolution.size()[0] - 1;
        // Lines that are side by side in image and plane alike are as one.
        let (to_width, from_width, columns, rows) = if convolution.is_contiguous() {
            (rows * width, rows * width, rows * width, 1)
        } else {
            let to_width = convolution.width();
            (to_width, width, convolution.columns_seen(), rows.saturating_sub(above))
        };
        let planes = planes.chunks_exact_mut(convolution.plane()).zip(x.chunks_exact(height * width));
        for (plane, x) in planes {
            plane.fill(0);
            let lines = plane.chunks_exact_mut(to_width).skip(above).take(rows);
            for (line, x) in lines.zip(x.chunks_exact(from_width)) {
                let values = x[..columns].iter().zip(&mut line[before..]);
                values.for_each(|(&value, to)| *to = (round(value) >> 16) as u16);
            }
        }
    }
}
