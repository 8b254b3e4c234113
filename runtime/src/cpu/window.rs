//! Windows that slide over images: the column matrix of a convolution, and max-pooling.

#[cfg(test)]
mod tests;

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

    /// For each element of the window: where its rows of the column matrix are, and which lines of the image they
    /// are made of. `flip` turns the window around, for a true convolution.
    fn taps_of_window(&self, flip: bool) -> impl Iterator<Item = Tap> {
        let [height, width] = self.size;
        (0..height * width).map(move |row| {
            let tap = if flip { height * width - 1 - row } else { row };
            let (tap_row, tap_column) = (tap / width, tap % width);
            let (down, across) = (self.inside(0, tap_row), self.inside(1, tap_column));
            let first = [down.start * self.stride[0] + tap_row, across.start * self.stride[1] + tap_column];
            let image = if down.is_empty() || across.is_empty() {
                0
            } else {
                (first[0] - self.pad[0]) * self.input[1] + first[1] - self.pad[1]
            };
            Tap { row, down, across, image }
        })
    }
}

/// One element of a window: the positions at which it lies within the image.
struct Tap {
    /// Its row of the column matrix, for the first channel.
    row: usize,
    /// The rows of windows for which it does.
    down: Range<usize>,
    /// The columns of windows for which it does.
    across: Range<usize>,
    /// The element of the image that it covers in the first of these.
    image: usize,
}

/// Writes the column matrix (taps, positions) of one image: each column is what one window covers.
pub fn columns_of_image<T: Real>(windows: &Windows, flip: bool, image: &[T], columns: &mut [T]) {
    let (plane, window) = (windows.input[0] * windows.input[1], windows.size[0] * windows.size[1]);
    let out_width = windows.output[1];
    for tap in windows.taps_of_window(flip) {
        for (channel, image) in image.chunks_exact(plane).enumerate() {
            let row =
                &mut columns[(channel * window + tap.row) * windows.positions()..][..windows.positions()];
            if tap.across.len() == out_width && windows.stride == [1, 1] {
                row[..tap.down.start * out_width].fill(T::zero());
                row[tap.down.end * out_width..].fill(T::zero());
                let lines = &mut row[tap.down.start * out_width..tap.down.end * out_width];
                copy_lines(&image[tap.image..], windows.input[1], lines, out_width);
                continue;
            }
            row.fill(T::zero());
            if tap.across.is_empty() {
                continue;
            }
            for (y, line) in
                row.chunks_exact_mut(out_width).enumerate().take(tap.down.end).skip(tap.down.start)
            {
                let from = tap.image + (y - tap.down.start) * windows.stride[0] * windows.input[1];
                let values = image[from..].iter().step_by(windows.stride[1]);
                line[tap.across.clone()].iter_mut().zip(values).for_each(|(to, &from)| *to = from);
            }
        }
    }
}

/// Copies lines of `width` values that lie `distance` apart to where they lie side by side. Common widths have
/// code of their own: a call of `memcpy` costs more than so few values.
fn copy_lines<T: Real>(from: &[T], distance: usize, to: &mut [T], width: usize) {
    fn fixed<T: Real, const WIDTH: usize>(from: &[T], distance: usize, to: &mut [T]) {
        let (lines, _) = to.as_chunks_mut::<WIDTH>();
        for (line, from) in lines.iter_mut().zip(from.chunks(distance)) {
            if let Some(from) = from.first_chunk::<WIDTH>() {
                *line = *from;
            }
        }
    }
    match width {
        4 => fixed::<T, 4>(from, distance, to),
        6 => fixed::<T, 6>(from, distance, to),
        7 => fixed::<T, 7>(from, distance, to),
        8 => fixed::<T, 8>(from, distance, to),
        10 => fixed::<T, 10>(from, distance, to),
        12 => fixed::<T, 12>(from, distance, to),
        14 => fixed::<T, 14>(from, distance, to),
        16 => fixed::<T, 16>(from, distance, to),
        24 => fixed::<T, 24>(from, distance, to),
        28 => fixed::<T, 28>(from, distance, to),
        32 => fixed::<T, 32>(from, distance, to),
        _ => {
            for (line, from) in to.chunks_exact_mut(width).zip(from.chunks(distance)) {
                line.copy_from_slice(&from[..width]);
            }
        }
    }
}

/// The reverse of [`columns_of_image`]: sets each element of the image to the sum of what windows hold for it.
pub fn image_of_columns<T: Real>(windows: &Windows, flip: bool, columns: &[T], image: &mut [T]) {
    let (plane, window) = (windows.input[0] * windows.input[1], windows.size[0] * windows.size[1]);
    let out_width = windows.output[1];
    image.fill(T::zero());
    for tap in windows.taps_of_window(flip) {
        if tap.across.is_empty() {
            continue;
        }
        for (channel, image) in image.chunks_exact_mut(plane).enumerate() {
            let row = &columns[(channel * window + tap.row) * windows.positions()..][..windows.positions()];
            for (y, line) in row.chunks_exact(out_width).enumerate().take(tap.down.end).skip(tap.down.start) {
                let to = tap.image + (y - tap.down.start) * windows.stride[0] * windows.input[1];
                let line = &line[tap.across.clone()];
                if windows.stride[1] == 1 {
                    image[to..][..line.len()].iter_mut().zip(line).for_each(|(sum, &value)| *sum += value);
                } else {
                    let sums = image[to..].iter_mut().step_by(windows.stride[1]);
                    sums.zip(line).for_each(|(sum, &value)| *sum += value);
                }
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
