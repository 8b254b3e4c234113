//! Windows that slide over images: where they lie, and max-pooling.
//!
//! Images have up to three axes beside their channels: depth, rows and columns. The axes that an image does not
//! have come first, with one element.

pub mod columns;
pub mod local;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::Real;

/// How windows lie on the images of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// Channels of the image.
    pub channels: usize,
    /// Its depth, rows and columns.
    pub input: [usize; 3],
    /// Windows along each of these axes.
    pub output: [usize; 3],
    /// Elements of one window along each axis.
    pub size: [usize; 3],
    /// Distance between windows.
    pub stride: [usize; 3],
    /// Distance between neighbouring elements of one window.
    pub dilation: [usize; 3],
    /// Padding before the image.
    pub pad: [usize; 3],
}

/// The lengths of up to three axes, after `missing` for each axis that is not there.
pub fn three_axes(missing: usize, lengths: &[usize]) -> [usize; 3] {
    let mut axes = [missing; 3];
    axes[3 - lengths.len()..].copy_from_slice(lengths);
    axes
}

impl Windows {
    /// Elements of one channel of an image.
    pub fn plane(&self) -> usize {
        self.input.iter().product()
    }

    /// Elements of one image.
    pub fn input_len(&self) -> usize {
        self.channels * self.plane()
    }

    /// Windows on one image.
    pub fn positions(&self) -> usize {
        self.output.iter().product()
    }

    /// Elements of one window in one channel.
    pub fn window(&self) -> usize {
        self.size.iter().product()
    }

    /// Elements that one window covers, of all channels.
    pub fn taps(&self) -> usize {
        self.channels * self.window()
    }

    /// The windows along `axis` whose element `tap` lies within the image.
    #[inline]
    fn inside(&self, axis: usize, tap: usize) -> Range<usize> {
        let (pad, stride, offset) = (self.pad[axis], self.stride[axis], tap * self.dilation[axis]);
        let start = pad.saturating_sub(offset).div_ceil(stride);
        let end = (self.input[axis] + pad).saturating_sub(offset).div_ceil(stride).min(self.output[axis]);
        start.min(end)..end
    }

    /// The part of the image that window `position` covers along `axis`, if its elements are side by side.
    #[inline]
    fn covered(&self, axis: usize, position: usize) -> Range<usize> {
        let start = position * self.stride[axis];
        let end = (start + self.size[axis]).saturating_sub(self.pad[axis]).min(self.input[axis]);
        start.saturating_sub(self.pad[axis])..end
    }

    /// For each element of the window: at which windows it lies within the image, and what it covers there.
    /// `flip` turns the window around, for a true convolution.
    pub fn taps_of_window(&self, flip: bool) -> impl Iterator<Item = Tap> {
        let [_, height, width] = self.size;
        let window = self.window();
        (0..window).map(move |row| {
            let tap = if flip { window - 1 - row } else { row };
            let tap = [tap / (height * width), tap / width % height, tap % width];
            let [deep, down, across] = [0, 1, 2].map(|axis| self.inside(axis, tap[axis]));
            let image = if deep.is_empty() || down.is_empty() || across.is_empty() {
                0
            } else {
                let first = [deep.start, down.start, across.start];
                (0..3).fold(0, |place, axis| {
                    let covered = first[axis] * self.stride[axis] + tap[axis] * self.dilation[axis];
                    place * self.input[axis] + covered - self.pad[axis]
                })
            };
            Tap { row, deep, down, across, image }
        })
    }
}

/// One element of a window: the positions at which it lies within the image.
#[derive(Clone, Debug)]
pub struct Tap {
    /// Its place in the filter.
    pub row: usize,
    /// The layers of windows for which it does.
    pub deep: Range<usize>,
    /// The rows of windows for which it does.
    pub down: Range<usize>,
    /// The columns of windows for which it does.
    pub across: Range<usize>,
    /// The element of a channel that it covers in the first of these.
    pub image: usize,
}

impl Tap {
    /// Calls `line` for each line of windows for which it lies within the image, with the first window and the
    /// element that it covers there. A line has as many windows as `across`; what they cover lies a stride apart.
    #[inline]
    pub fn each_line(&self, windows: &Windows, mut line: impl FnMut(usize, usize)) {
        if self.across.is_empty() {
            return;
        }
        let ([_, out_height, out_width], [_, height, width]) = (windows.output, windows.input);
        for (layer, z) in self.deep.clone().enumerate() {
            for (row, y) in self.down.clone().enumerate() {
                let window = (z * out_height + y) * out_width + self.across.start;
                let covered = (layer * windows.stride[0] * height + row * windows.stride[1]) * width;
                line(window, self.image + covered);
            }
        }
    }
}

/// Max-pooling of one image: the largest value in each window of each channel, and which one it was, counted
/// within the channel (the first, where several are equal). A NaN is larger than all.
pub fn max_pool<T: Real>(windows: &Windows, image: &[T], output: &mut [T], winners: &mut [u32]) {
    let outputs = output.chunks_exact_mut(windows.positions());
    let winners = winners.chunks_exact_mut(windows.positions());
    for ((image, output), winners) in image.chunks_exact(windows.plane()).zip(outputs).zip(winners) {
        if windows.size == [1, 2, 2] && windows.stride == [1, 2, 2] && windows.pad == [0, 0, 0] {
            max_pool_2x2(windows, image, output, winners);
        } else {
            max_pool_plane(windows, image, output, winners);
        }
    }
}

fn max_pool_plane<T: Real>(windows: &Windows, image: &[T], output: &mut [T], winners: &mut [u32]) {
    let ([_, height, width], [_, out_height, out_width]) = (windows.input, windows.output);
    for (position, (output, to)) in output.iter_mut().zip(winners).enumerate() {
        let place =
            [position / (out_height * out_width), position / out_width % out_height, position % out_width];
        let [layers, rows, columns] = [0, 1, 2].map(|axis| windows.covered(axis, place[axis]));
        let mut winner = (layers.start * height + rows.start) * width + columns.start;
        for layer in layers {
            for row in rows.clone() {
                let line = (layer * height + row) * width;
                for at in line + columns.start..line + columns.end {
                    if larger(image[at], image[winner]) {
                        winner = at;
                    }
                }
            }
        }
        *output = image[winner];
        *to = winner as u32;
    }
}

/// The common case without branches. Where the border is kept, its windows are done the general way.
fn max_pool_2x2<T: Real>(windows: &Windows, image: &[T], output: &mut [T], winners: &mut [u32]) {
    let [depth, height, width] = windows.input;
    let [_, out_height, out_width] = windows.output;
    if depth > 1 || out_height * 2 > height || out_width * 2 > width {
        return max_pool_plane(windows, image, output, winners);
    }
    for y in 0..out_height {
        let start = 2 * y * width;
        let upper = &image[start..][..2 * out_width];
        let lower = &image[start + width..][..2 * out_width];
        let output = &mut output[y * out_width..][..out_width];
        let winners = &mut winners[y * out_width..][..out_width];
        let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        for (x, (upper, lower)) in pairs.enumerate() {
            let at = (start + 2 * x) as u32;
            let (mut value, mut winner) = (upper[0], at);
            for (other, place) in
                [(upper[1], at + 1), (lower[0], at + width as u32), (lower[1], at + width as u32 + 1)]
            {
                let wins = larger(other, value);
                value = if wins { other } else { value };
                winner = if wins { place } else { winner };
            }
            output[x] = value;
            winners[x] = winner;
        }
    }
}

#[inline(always)]
fn larger<T: Real>(a: T, b: T) -> bool {
    a > b || (a.is_nan() & !b.is_nan())
}

/// The reverse of [`max_pool`] for gradients: each winner gets its window's, added up where it won several.
pub fn max_pool_backward<T: Real>(windows: &Windows, gradient: &[T], winners: &[u32], image: &mut [T]) {
    let gradients = gradient.chunks_exact(windows.positions());
    let winners = winners.chunks_exact(windows.positions());
    for ((image, gradient), winners) in image.chunks_exact_mut(windows.plane()).zip(gradients).zip(winners) {
        image.fill(T::zero());
        for (&gradient, &winner) in gradient.iter().zip(winners) {
            image[winner as usize] += gradient;
        }
    }
}
