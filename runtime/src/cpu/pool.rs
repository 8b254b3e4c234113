//! Pooling: windows, or other regions of an image, reduced to one value each.

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::window::Windows;
use crate::Real;

/// A box of one channel: layers, rows and columns.
pub type Region = [Range<usize>; 3];

/// The element of a channel with the largest value in a region, the first where several are equal. A NaN is larger
/// than all.
#[inline]
pub fn winner<T: Real>(channel: &[T], input: [usize; 3], region: Region) -> usize {
    let [layers, rows, columns] = region;
    let mut winner = (layers.start * input[1] + rows.start) * input[2] + columns.start;
    for layer in layers {
        for row in rows.clone() {
            let line = (layer * input[1] + row) * input[2];
            for at in line + columns.start..line + columns.end {
                if larger(channel[at], channel[winner]) {
                    winner = at;
                }
            }
        }
    }
    winner
}

/// The sum of a region's values.
#[inline]
pub fn sum<T: Real>(channel: &[T], input: [usize; 3], region: Region) -> T {
    let [layers, rows, columns] = region;
    let mut sum = T::zero();
    for layer in layers {
        for row in rows.clone() {
            let line = (layer * input[1] + row) * input[2];
            sum =
                channel[line + columns.start..line + columns.end].iter().fold(sum, |sum, &value| sum + value);
        }
    }
    sum
}

/// Adds `value` to all elements of a region.
#[inline]
pub fn add<T: Real>(value: T, channel: &mut [T], input: [usize; 3], region: Region) {
    let [layers, rows, columns] = region;
    for layer in layers {
        for row in rows.clone() {
            let line = (layer * input[1] + row) * input[2];
            channel[line + columns.start..line + columns.end].iter_mut().for_each(|sum| *sum += value);
        }
    }
}

/// Whether `a` wins over `b` where the smallest is sought. A NaN is smaller than all.
#[inline(always)]
pub fn smaller<T: Real>(a: T, b: T) -> bool {
    a < b || (a.is_nan() & !b.is_nan())
}

/// Whether `a` wins over `b` where the largest is sought. A NaN is larger than all.
#[inline(always)]
pub fn larger<T: Real>(a: T, b: T) -> bool {
    a > b || (a.is_nan() & !b.is_nan())
}

impl Windows {
    /// The place of a window along each axis.
    #[inline]
    fn place(&self, position: usize) -> [usize; 3] {
        let [_, height, width] = self.output;
        [position / (height * width), position / width % height, position % width]
    }

    /// The part of a channel that a window covers.
    #[inline]
    fn region(&self, position: usize) -> Region {
        let place = self.place(position);
        [0, 1, 2].map(|axis| self.covered(axis, place[axis]))
    }

    /// The number of elements that an average over a window counts: those in the image, and those in the padding
    /// around it if `with_padding`. What goes beyond the padding is not counted.
    #[inline]
    fn count(&self, position: usize, with_padding: bool) -> usize {
        let place = self.place(position);
        let along = |axis: usize| {
            if with_padding {
                let rest = self.input[axis] + 2 * self.pad[axis] - place[axis] * self.stride[axis];
                self.size[axis].min(rest)
            } else {
                self.covered(axis, place[axis]).len()
            }
        };
        along(0) * along(1) * along(2)
    }
}

/// Max-pooling of one image: the largest value in each window of each channel, and which one it was, counted
/// within the channel (the first, where several are equal). A NaN is larger than all.
pub fn max_pool<T: Real>(windows: &Windows, image: &[T], output: &mut [T], winners: &mut [u32]) {
    let outputs = output.chunks_exact_mut(windows.positions());
    let winners = winners.chunks_exact_mut(windows.positions());
    for ((channel, output), winners) in image.chunks_exact(windows.plane()).zip(outputs).zip(winners) {
        if windows.size == [1, 2, 2] && windows.stride[1..] == [2, 2] && windows.pad == [0, 0, 0] {
            max_pool_2x2(windows, channel, output, winners);
        } else {
            max_pool_channel(windows, channel, output, winners);
        }
    }
}

fn max_pool_channel<T: Real>(windows: &Windows, channel: &[T], output: &mut [T], winners: &mut [u32]) {
    for (position, (output, to)) in output.iter_mut().zip(winners).enumerate() {
        let winner = winner(channel, windows.input, windows.region(position));
        *output = channel[winner];
        *to = winner as u32;
    }
}

/// The common case without branches. Where the border is kept, its windows are done the general way.
fn max_pool_2x2<T: Real>(windows: &Windows, channel: &[T], output: &mut [T], winners: &mut [u32]) {
    let [depth, height, width] = windows.input;
    let [_, out_height, out_width] = windows.output;
    if depth > 1 || out_height * 2 > height || out_width * 2 > width {
        return max_pool_channel(windows, channel, output, winners);
    }
    for y in 0..out_height {
        let start = 2 * y * width;
        let upper = &channel[start..][..2 * out_width];
        let lower = &channel[start + width..][..2 * out_width];
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

/// The reverse of [`max_pool`] for gradients: each winner gets its window's, added up where it won several.
pub fn max_pool_backward<T: Real>(windows: &Windows, gradient: &[T], winners: &[u32], image: &mut [T]) {
    let gradients = gradient.chunks_exact(windows.positions());
    let winners = winners.chunks_exact(windows.positions());
    for ((channel, gradient), winners) in image.chunks_exact_mut(windows.plane()).zip(gradients).zip(winners)
    {
        channel.fill(T::zero());
        for (&gradient, &winner) in gradient.iter().zip(winners) {
            channel[winner as usize] += gradient;
        }
    }
}

/// Average-pooling of one image: the mean of each window of each channel. Padding counts as zeros if
/// `with_padding`, and else not at all.
pub fn average_pool<T: Real>(windows: &Windows, with_padding: bool, image: &[T], output: &mut [T]) {
    let outputs = output.chunks_exact_mut(windows.positions());
    for (channel, output) in image.chunks_exact(windows.plane()).zip(outputs) {
        for (position, output) in output.iter_mut().enumerate() {
            let count = T::of(windows.count(position, with_padding) as f64);
            *output = sum(channel, windows.input, windows.region(position)) / count;
        }
    }
}

/// The reverse of [`average_pool`] for gradients: each element gets its share of every window over it.
pub fn average_pool_backward<T: Real>(
    windows: &Windows,
    with_padding: bool,
    gradient: &[T],
    image: &mut [T],
) {
    let gradients = gradient.chunks_exact(windows.positions());
    for (channel, gradient) in image.chunks_exact_mut(windows.plane()).zip(gradients) {
        channel.fill(T::zero());
        for (position, &gradient) in gradient.iter().enumerate() {
            let share = gradient / T::of(windows.count(position, with_padding) as f64);
            add(share, channel, windows.input, windows.region(position));
        }
    }
}
