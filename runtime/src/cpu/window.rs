//! Windows that slide over images: the column matrix of a convolution, and max-pooling.

use std::ops::Range;

use crate::Real;

/// How windows lie on the images of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// Channels of the image.
    pub channels: usize,
    /// Its rows and columns.
    pub input: [usize; 2],
    /// Rows and columns of windows.
    pub output: [usize; 2],
    /// Rows and columns of one window.
    pub size: [usize; 2],
    /// Distance between windows.
    pub stride: [usize; 2],
    /// Rows and columns of padding before the image.
    pub pad: [usize; 2],
}

impl Windows {
    /// Elements of one image.
    pub fn input_len(&self) -> usize {
        self.channels * self.input[0] * self.input[1]
    }

    /// Windows on one image.
    pub fn positions(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Elements that one window covers, of all channels.
    pub fn taps(&self) -> usize {
        self.channels * self.size[0] * self.size[1]
    }

    /// The windows along `axis` whose element `tap` lies within the image.
    #[inline]
    fn inside(&self, axis: usize, tap: usize) -> Range<usize> {
        let (pad, stride) = (self.pad[axis], self.stride[axis]);
        let start = pad.saturating_sub(tap).div_ceil(stride);
        let end = (self.input[axis] + pad).saturating_sub(tap).div_ceil(stride).min(self.output[axis]);
        start.min(end)..end
    }

    /// The part of the image that window `position` covers along `axis`.
    #[inline]
    fn covered(&self, axis: usize, position: usize) -> Range<usize> {
        let start = position * self.stride[axis];
        let end = (start + self.size[axis]).saturating_sub(self.pad[axis]).min(self.input[axis]);
        start.saturating_sub(self.pad[axis])..end
    }

    /// For each row of the column matrix: the row's number, its channel and its tap. `flip` turns the window
    /// around, for a true convolution.
    fn rows(&self, flip: bool) -> impl Iterator<Item = (usize, usize, [usize; 2])> {
        let [height, width] = self.size;
        (0..self.taps()).map(move |row| {
            let (channel, tap) = (row / (height * width), row % (height * width));
            let tap = if flip { height * width - 1 - tap } else { tap };
            (row, channel, [tap / width, tap % width])
        })
    }
}

/// Writes the column matrix (taps, positions) of one image: each column is what one window covers.
pub fn columns_of_image<T: Real>(windows: &Windows, flip: bool, image: &[T], columns: &mut [T]) {
    let ([_, width], [out_height, out_width]) = (windows.input, windows.output);
    let plane = windows.input[0] * width;
    for (row, channel, [tap_row, tap_column]) in windows.rows(flip) {
        let row = &mut columns[row * windows.positions()..][..windows.positions()];
        let inside = windows.inside(0, tap_row);
        row[..inside.start * out_width].fill(T::zero());
        row[inside.end * out_width..out_height * out_width].fill(T::zero());
        let across = windows.inside(1, tap_column);
        for y in inside {
            let line = &mut row[y * out_width..][..out_width];
            line[..across.start].fill(T::zero());
            line[across.end..].fill(T::zero());
            if across.is_empty() {
                continue;
            }
            let from = channel * plane
                + (y * windows.stride[0] + tap_row - windows.pad[0]) * width
                + (across.start * windows.stride[1] + tap_column - windows.pad[1]);
            let line = &mut line[across.clone()];
            if windows.stride[1] == 1 {
                line.copy_from_slice(&image[from..][..line.len()]);
            } else {
                let values = image[from..].iter().step_by(windows.stride[1]);
                line.iter_mut().zip(values).for_each(|(to, &from)| *to = from);
            }
        }
    }
}

/// The reverse of [`columns_of_image`]: sets each element of the image to the sum of what windows hold for it.
pub fn image_of_columns<T: Real>(windows: &Windows, flip: bool, columns: &[T], image: &mut [T]) {
    let ([_, width], [_, out_width]) = (windows.input, windows.output);
    let plane = windows.input[0] * width;
    image.fill(T::zero());
    for (row, channel, [tap_row, tap_column]) in windows.rows(flip) {
        let row = &columns[row * windows.positions()..][..windows.positions()];
        let across = windows.inside(1, tap_column);
        if across.is_empty() {
            continue;
        }
        for y in windows.inside(0, tap_row) {
            let to = channel * plane
                + (y * windows.stride[0] + tap_row - windows.pad[0]) * width
                + (across.start * windows.stride[1] + tap_column - windows.pad[1]);
            let line = &row[y * out_width..][across.clone()];
            if windows.stride[1] == 1 {
                image[to..][..line.len()].iter_mut().zip(line).for_each(|(sum, &value)| *sum += value);
            } else {
                let sums = image[to..].iter_mut().step_by(windows.stride[1]);
                sums.zip(line).for_each(|(sum, &value)| *sum += value);
            }
        }
    }
}

/// Max-pooling of one image: the largest value in each window of each channel, and which one it was, counted
/// within the channel (the first, where several are equal). A NaN is larger than all.
pub fn max_pool<T: Real>(windows: &Windows, image: &[T], output: &mut [T], winners: &mut [u32]) {
    let plane = windows.input[0] * windows.input[1];
    let outputs = output.chunks_exact_mut(windows.positions());
    let winners = winners.chunks_exact_mut(windows.positions());
    for ((image, output), winners) in image.chunks_exact(plane).zip(outputs).zip(winners) {
        if windows.size == [2, 2] && windows.stride == [2, 2] && windows.pad == [0, 0] {
            max_pool_2x2(windows, image, output, winners);
        } else {
            max_pool_plane(windows, image, output, winners);
        }
    }
}

fn max_pool_plane<T: Real>(windows: &Windows, image: &[T], output: &mut [T], winners: &mut [u32]) {
    let width = windows.input[1];
    for y in 0..windows.output[0] {
        for x in 0..windows.output[1] {
            let (rows, columns) = (windows.covered(0, y), windows.covered(1, x));
            let mut winner = rows.start * width + columns.start;
            for row in rows {
                for at in row * width + columns.start..row * width + columns.end {
                    if larger(image[at], image[winner]) {
                        winner = at;
                    }
                }
            }
            output[y * windows.output[1] + x] = image[winner];
            winners[y * windows.output[1] + x] = winner as u32;
        }
    }
}

/// The common case without branches. Where the border is kept, its windows are done the general way.
fn max_pool_2x2<T: Real>(windows: &Windows, image: &[T], output: &mut [T], winners: &mut [u32]) {
    let [height, width] = windows.input;
    let [out_height, out_width] = windows.output;
    if out_height * 2 > height || out_width * 2 > width {
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
            for (other, place) in [(upper[1], at + 1), (lower[0], at + width as u32), (lower[1], at + width as u32 + 1)] {
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
    let plane = windows.input[0] * windows.input[1];
    let gradients = gradient.chunks_exact(windows.positions());
    let winners = winners.chunks_exact(windows.positions());
    for ((image, gradient), winners) in image.chunks_exact_mut(plane).zip(gradients).zip(winners) {
        image.fill(T::zero());
        for (&gradient, &winner) in gradient.iter().zip(winners) {
            image[winner as usize] += gradient;
        }
    }
}
