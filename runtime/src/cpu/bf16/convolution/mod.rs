//! Convolutions of stride 1 along two axes, with factors rounded to bfloat16 and sums in `f32`.
//!
//! Windows are read where they lie, without a column matrix. An image becomes a grid, (rows, columns, channels) with its
//! padding: a row of a window is then a run of numbers side by side, and the runs of neighbouring positions begin at
//! equal distances, as the rows of a matrix in place. Positions are numbered through the grid, so that the few between
//! the end of a line and the next one are computed too, and left out afterwards. Where channels are few, the rows of a
//! window stand side by side as channels, and a window is one run.
//!
//! The gradient of the image is such a convolution too. That of the filters sums over positions, so the image is then
//! read as planes, (channels, rows, columns): a step takes 32 neighbouring positions of 32 channels, or where channels
//! are few, of as many neighbouring elements of a window.

mod backward;
mod forward;
mod layout;
#[cfg(test)]
mod tests;

pub use backward::{Gradients, Pooled, backward};
pub use forward::pooled_forward;

use super::kernels::{Block, PANEL, STEP, STEP_WORDS, TILE, kernels};
use crate::cpu::isa::{Bf16, bf16};
use crate::geometry::Windows;

/// Up to so many channels the rows of a window stand side by side.
const FEW_CHANNELS: usize = 4;

/// A convolution that this module computes.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    windows: Windows,
    filters: usize,
    /// Whether filters are turned around before they slide.
    flip: bool,
    /// Whether the filters lie as (channels, filters, window).
    exchanged: bool,
    /// What computes it.
    by: Bf16,
}

impl Convolution {
    /// For windows of stride 1 along two axes, of at most 16 columns.
    pub fn new(windows: &Windows, filters: usize, flip: bool) -> Option<Self> {
        Self::on(bf16(), windows, filters, flip)
    }

    fn on(by: Bf16, windows: &Windows, filters: usize, flip: bool) -> Option<Self> {
        let Windows { input, output, size, stride, dilation, .. } = *windows;
        let flat = [input[0], output[0], size[0]] == [1; 3];
        let plain = stride == [1; 3] && dilation == [1; 3] && size[2] <= TILE;
        (flat && plain).then_some(Convolution { windows: *windows, filters, flip, exchanged: false, by })
    }

    /// The convolution that the image's gradient is, of the sums' gradient; none where windows begin where no filter
    /// reaches the image.
    fn reversed(&self) -> Option<Convolution> {
        let Windows { input, output, size, pad, .. } = self.windows;
        let mut around = [0; 3];
        for axis in 1..3 {
            around[axis] = (size[axis] - 1).checked_sub(pad[axis])?;
        }
        let windows =
            Windows { channels: self.filters, input: output, output: input, pad: around, ..self.windows };
        let filters = self.windows.channels;
        Some(Convolution { windows, filters, flip: !self.flip, exchanged: !self.exchanged, by: self.by })
    }

    fn rows(&self) -> usize {
        self.windows.output[1]
    }

    fn columns(&self) -> usize {
        self.windows.output[2]
    }

    /// The rows and columns of a window.
    fn size(&self) -> [usize; 2] {
        [self.windows.size[1], self.windows.size[2]]
    }

    /// Columns of the grid: all that windows cover.
    fn width(&self) -> usize {
        self.columns() + self.size()[1] - 1
    }

    /// Positions, with those between the lines.
    fn positions(&self) -> usize {
        (self.rows() - 1) * self.width() + self.columns()
    }

    /// Blocks of positions.
    fn blocks(&self) -> usize {
        self.positions().div_ceil(PANEL)
    }

    /// Panels of filters.
    fn panels(&self) -> usize {
        self.filters.div_ceil(PANEL)
    }

    /// Whether the lines of an image are side by side in the grid too.
    fn is_contiguous(&self) -> bool {
        self.windows.pad == [0; 3] && self.width() == self.windows.input[2]
    }

    fn has_few_channels(&self) -> bool {
        self.windows.channels <= FEW_CHANNELS
    }

    /// Rows of a window that are runs of their own.
    fn goes(&self) -> usize {
        if self.has_few_channels() { 1 } else { self.size()[0] }
    }

    /// Channels in the grid.
    fn layers(&self) -> usize {
        self.windows.channels * self.size()[0] / self.goes()
    }

    /// Numbers of a place in the grid: its layers, and a zero where these are odd.
    fn depth(&self) -> usize {
        self.layers().next_multiple_of(2)
    }

    /// Steps of a run.
    fn steps(&self) -> usize {
        (self.size()[1] * self.depth()).div_ceil(STEP)
    }

    /// Numbers of the grid, with what blocks read beyond it.
    fn grid_len(&self) -> usize {
        // One block more: they may begin at any line.
        let positions = (self.blocks() + 1) * PANEL + (self.goes() - 1) * self.width();
        positions * self.depth() + self.steps() * STEP
    }

    /// Words of a panel of packed filters.
    fn panel_words(&self) -> usize {
        self.goes() * self.steps() * STEP_WORDS
    }

    /// Words of all packed filters.
    fn packed_len(&self) -> usize {
        self.panels() * self.panel_words()
    }

    /// The channel, and the row of a window, of a layer of the grid, for windows that begin in its row.
    fn layer(&self, layer: usize) -> (usize, usize) {
        (layer % self.windows.channels, layer / self.windows.channels)
    }

    /// The winners of an image's pools, with those that fill the last panel.
    pub fn winners_len(&self, pools: &Windows) -> usize {
        self.panels() * PANEL * pools.positions()
    }

    /// Where the weight of a filter lies, at a row and column of its window.
    fn place(&self, filter: usize, channel: usize, [row, column]: [usize; 2]) -> usize {
        let [rows, columns] = self.size();
        let tap = row * columns + column;
        let tap = if self.flip { rows * columns - 1 - tap } else { tap };
        let (outer, inner, inner_len) = if self.exchanged {
            (channel, filter, self.filters)
        } else {
            (filter, channel, self.windows.channels)
        };
        (outer * inner_len + inner) * rows * columns + tap
    }

    /// Sums (positions, 32 filters) of a grid and a panel of filters, from a line of the grid on: as many blocks of
    /// positions as `sums` has room for.
    fn sums(&self, grid: &[u16], line: usize, panel: &[u32], sums: &mut [f32]) {
        let (kernels, depth, sums) = (kernels(self.by), self.depth(), sums.as_chunks_mut::<BLOCK>().0);
        let first = line * self.width();
        assert!(
            first + sums.len() * PANEL <= (self.blocks() + 1) * PANEL && panel.len() >= self.panel_words()
        );
        assert!(grid.len() >= self.grid_len());
        // SAFETY: the processor has the kernels' instructions.
        unsafe { (kernels.begin)() };
        for (number, c) in sums.iter_mut().enumerate() {
            let block = Block {
                goes: self.goes(),
                steps: self.steps(),
                a: grid[(first + number * PANEL) * depth..].as_ptr(),
                a_row_stride: depth as isize,
                a_tile: (TILE * depth) as isize,
                a_step: STEP as isize,
                a_go: (self.width() * depth) as isize,
                b: panel.as_ptr(),
                c: c.as_mut_ptr(),
                c_row_stride: PANEL,
                accumulate: false,
            };
            // SAFETY: the grid has room for all rows of the blocks, the panel for all steps; this thread has begun.
            unsafe { (kernels.block)(&block) };
        }
        // SAFETY: as above.
        unsafe { (kernels.end)() };
    }
}

/// Sums of a block.
const BLOCK: usize = PANEL * PANEL;
