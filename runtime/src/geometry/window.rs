//! Windows that slide over images: where they lie.
//!
//! Images have up to three axes beside their channels: depth, rows and columns. The axes that an image does not
//! have come first, with one element.

use std::ops::Range;

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
    pub fn covered(&self, axis: usize, position: usize) -> Range<usize> {
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
