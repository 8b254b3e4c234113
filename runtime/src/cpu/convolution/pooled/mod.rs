//! Convolution with max-pooling, image by image, without a column matrix.
//!
//! Inside, images are channels-last (rows, columns, channels): a window is then a few contiguous segments, one for
//! each of its rows, and filters stand side by side in vectors.
//!
//! - Forward ([`forward`]): a tile of sums, some positions by [`LANES`] filters, stays in registers over all taps. Each
//!   tap is one vector of weights, read once for all positions, and one number of the image for each position. For
//!   `f32` and AVX-512 that is 24 multiply-add instructions to 14 loads, so the limit is that of multiply-adds. As soon
//!   as the rows that one row of pools covers are there, they are pooled and forgotten.
//! - Backward ([`backward`]): only the winner of each pool has a gradient, one position in four or fewer, and none
//!   where a nonlinearity such as `relu` is flat. So instead of products of matrices that are mostly zero, each
//!   gradient that is there adds its window to its filter's gradient, and its filter to the window's.

mod backward;
mod forward;
#[cfg(test)]
mod tests;

pub use backward::{Image, add_gradients, backward, pack_segments};
pub use forward::{Finish, forward, pack};

use crate::Real;
use crate::cpu::window::Windows;

/// Filters that are computed together.
const LANES: usize = 32;

/// A vector of the backward pass: segments are padded to whole ones.
const VECTOR: usize = 16;

/// Windows over rows and columns.
#[derive(Clone, Copy, Debug)]
struct Planes {
    /// Channels of the image.
    channels: usize,
    /// Its rows and columns.
    input: [usize; 2],
    /// Rows and columns of windows.
    output: [usize; 2],
    /// Rows and columns of one window.
    size: [usize; 2],
    /// Rows and columns of padding before the image.
    pad: [usize; 2],
}

impl Planes {
    /// Windows without depth, with neighbouring elements side by side.
    fn of(windows: &Windows) -> Option<Self> {
        let Windows { channels, input, output, size, dilation, pad, .. } = *windows;
        let flat = [input[0], output[0], size[0], dilation[0], dilation[1], dilation[2]];
        let last = |axes: [usize; 3]| [axes[1], axes[2]];
        let planes =
            Planes { channels, input: last(input), output: last(output), size: last(size), pad: last(pad) };
        (flat == [1; 6]).then_some(planes)
    }

    /// Windows on one image.
    fn positions(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Elements that one window covers, of all channels.
    fn taps(&self) -> usize {
        self.channels * self.size[0] * self.size[1]
    }
}

/// A convolution with max-pooling that this module computes.
#[derive(Clone, Copy, Debug)]
pub struct Pooled {
    /// The convolution's windows on its input.
    windows: Planes,
    /// The pools on its sums.
    pools: Planes,
    /// The number of filters.
    filters: usize,
}

impl Pooled {
    /// For convolutions of stride 1 with pools side by side, all within the sums.
    pub fn new(windows: &Windows, pools: &Windows, filters: usize) -> Option<Self> {
        let strides = windows.stride == [1; 3] && pools.stride[1..] == pools.size[1..];
        let (windows, pools) = (Planes::of(windows)?, Planes::of(pools)?);
        let covered = |axis: usize| pools.output[axis] * pools.size[axis] <= pools.input[axis];
        let fits =
            strides && pools.pad == [0, 0] && pools.size[0] * pools.size[1] >= 4 && covered(0) && covered(1);
        fits.then_some(Pooled { windows, pools, filters })
    }

    /// Rows and columns of the input with its padding.
    fn padded(&self) -> [usize; 2] {
        let [rows, columns] = self.windows.output;
        [rows + self.windows.size[0] - 1, columns + self.windows.size[1] - 1]
    }

    /// Elements of a row of the channels-last input.
    fn row(&self) -> usize {
        self.padded()[1] * self.windows.channels
    }

    /// Elements of one row of a window.
    fn segment(&self) -> usize {
        self.windows.size[1] * self.windows.channels
    }

    /// The same, padded to whole vectors.
    fn padded_segment(&self) -> usize {
        self.segment().next_multiple_of(VECTOR)
    }

    /// Elements of the channels-last input, and of what whole vectors may touch beyond it.
    fn input_len(&self) -> usize {
        self.padded()[0] * self.row() + VECTOR
    }

    /// The number of positions, all of which [`origins`](Self::origins) lists.
    pub fn positions(&self) -> usize {
        self.windows.positions()
    }

    /// For each position, the first element of its window in the channels-last input.
    pub fn origins(&self, origins: &mut [u32]) {
        let columns = self.windows.output[1];
        for (row, origins) in origins.chunks_exact_mut(columns).enumerate() {
            for (column, origin) in origins.iter_mut().enumerate() {
                *origin = (row * self.row() + column * self.windows.channels) as u32;
            }
        }
    }

    /// Where a weight stands in its filter (channels, rows, columns), given its place in the window.
    fn weight(&self, flip: bool, [row, column, channel]: [usize; 3]) -> usize {
        let [rows, columns] = self.windows.size;
        let (row, column) = if flip { (rows - 1 - row, columns - 1 - column) } else { (row, column) };
        (channel * rows + row) * columns + column
    }

    /// An image (channels, rows, columns) as padded and channels-last.
    fn channels_last<T: Real>(&self, image: &[T], to: &mut [T]) {
        let [rows, columns] = self.windows.input;
        let channels = self.windows.channels;
        if self.windows.pad == [0, 0] && channels == 1 {
            to[..image.len()].copy_from_slice(image);
            to[image.len()..].fill(T::zero());
            return;
        }
        if self.windows.pad != [0, 0] {
            to.fill(T::zero());
        } else {
            let len = to.len();
            to[len - VECTOR..].fill(T::zero());
        }
        let [pad_rows, pad_columns] = self.windows.pad;
        let [visible_rows, visible_columns] = self.visible();
        for row in 0..visible_rows {
            let start = (row + pad_rows) * self.row() + pad_columns * channels;
            let to = &mut to[start..][..visible_columns * channels];
            let from = &image[row * columns..];
            for (column, to) in to.chunks_exact_mut(channels).enumerate() {
                let from = from[column..].iter().step_by(rows * columns);
                to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
            }
        }
    }

    /// The reverse of [`channels_last`](Self::channels_last), without the padding.
    fn channels_first<T: Real>(&self, from: &[T], image: &mut [T]) {
        let [rows, columns] = self.windows.input;
        let channels = self.windows.channels;
        let [pad_rows, pad_columns] = self.windows.pad;
        let [visible_rows, visible_columns] = self.visible();
        if [visible_rows, visible_columns] != [rows, columns] {
            image.fill(T::zero());
        }
        for (channel, plane) in image.chunks_exact_mut(rows * columns).enumerate() {
            for (row, to) in plane.chunks_exact_mut(columns).enumerate().take(visible_rows) {
                let start = (row + pad_rows) * self.row() + pad_columns * channels + channel;
                let from = from[start..].iter().step_by(channels);
                to[..visible_columns].iter_mut().zip(from).for_each(|(to, &from)| *to = from);
            }
        }
    }

    /// The rows and columns of the image that windows see: all, but for a filter smaller than its padding.
    fn visible(&self) -> [usize; 2] {
        let padded = self.padded();
        [0, 1].map(|axis| self.windows.input[axis].min(padded[axis].saturating_sub(self.windows.pad[axis])))
    }
}
