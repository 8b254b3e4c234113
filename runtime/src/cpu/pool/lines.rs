//! Pooling over sliding windows, line by line.
//!
//! What a row of windows covers is combined across lines first, all columns at once, into a single line; the windows are
//! then combined along that line. A window of 3x3 takes four steps so, and not eight, and most of them are vectors.

use std::ops::Range;

use super::larger;
use crate::Real;
use crate::cpu::isa::{Isa, Work};
use crate::cpu::scratch;
use crate::geometry::Windows;

/// Calls `$function` with the distance of the windows along a line as a constant, where that is a usual one, or else 0.
macro_rules! with_stride {
    ($windows:expr, $function:ident($($argument:expr),*)) => {
        match $windows.stride[2] {
            1 => $function::<T, 1>($($argument),*),
            2 => $function::<T, 2>($($argument),*),
            3 => $function::<T, 3>($($argument),*),
            _ => $function::<T, 0>($($argument),*),
        }
    };
}

/// Max-pooling of one image: the largest value in each window of each channel, and which one it was, counted
/// within the channel (the first, where several are equal). A NaN is larger than all.
pub fn max_pool<T: Real>(isa: Isa, windows: &Windows, image: &[T], output: &mut [T], winners: &mut [u32]) {
    scratch::with(room(windows), |line: &mut [T]| {
        scratch::with(room(windows), |places: &mut [u32]| {
            isa.run(MaxPool { windows, image, output, winners, line, places });
        });
    });
}

struct MaxPool<'a, T> {
    windows: &'a Windows,
    image: &'a [T],
    output: &'a mut [T],
    winners: &'a mut [u32],
    line: &'a mut [T],
    places: &'a mut [u32],
}

impl<T: Real> Work for MaxPool<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        with_stride!(self.windows, max_pool_by(self));
    }
}

#[inline(always)]
fn max_pool_by<T: Real, const STRIDE: usize>(pool: MaxPool<'_, T>) {
    let MaxPool { windows, image, output, winners, line, places } = pool;
    let outputs = output.chunks_exact_mut(windows.positions());
    let winners = winners.chunks_exact_mut(windows.positions());
    for ((channel, output), winners) in image.chunks_exact(windows.plane()).zip(outputs).zip(winners) {
        let rows = output.chunks_exact_mut(windows.output[2]);
        let rows = rows.zip(winners.chunks_exact_mut(windows.output[2]));
        for (row, (output, winners)) in rows.enumerate() {
            largest_of_lines(windows, row, channel, line, places);
            largest_along::<T, STRIDE>(windows, line, places, output, winners);
        }
    }
}

/// The largest value of each column in the lines under a row of windows, and where it lies in the channel.
#[inline(always)]
fn largest_of_lines<T: Real>(
    windows: &Windows,
    row: usize,
    channel: &[T],
    line: &mut [T],
    places: &mut [u32],
) {
    let width = windows.input[2];
    for (number, start) in lines(windows, row).enumerate() {
        let values = &channel[start..][..width];
        let columns = line.iter_mut().zip(&mut *places).zip(values).zip(start as u32..);
        if number == 0 {
            columns.for_each(|(((largest, place), &value), at)| (*largest, *place) = (value, at));
        } else {
            for (((largest, place), &value), at) in columns {
                let wins = larger(value, *largest);
                *largest = if wins { value } else { *largest };
                *place = if wins { at } else { *place };
            }
        }
    }
}

/// The largest value along a line in each window.
#[inline(always)]
fn largest_along<T: Real, const STRIDE: usize>(
    windows: &Windows,
    line: &[T],
    places: &[u32],
    output: &mut [T],
    winners: &mut [u32],
) {
    // Where there is padding, this element lies in the image for all windows but some of the last.
    let first = windows.pad[2].min(windows.size[2] - 1);
    for tap in std::iter::once(first).chain((0..windows.size[2]).filter(|&tap| tap != first)) {
        let under = Under::new::<STRIDE>(windows, tap);
        let best = output[under.windows.clone()].iter_mut().zip(&mut winners[under.windows.clone()]);
        let best = best.zip(under.of(line).zip(under.of(places)));
        if tap == first {
            best.for_each(|((largest, winner), (&value, &place))| (*largest, *winner) = (value, place));
            for window in (0..under.windows.start).chain(under.windows.end..windows.output[2]) {
                let at = windows.covered(2, window).start;
                (output[window], winners[window]) = (line[at], places[at]);
            }
        } else {
            for ((largest, winner), (&value, &place)) in best {
                let wins = larger(value, *largest) | (!larger(*largest, value) & (place < *winner));
                *largest = if wins { value } else { *largest };
                *winner = if wins { place } else { *winner };
            }
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
pub fn average_pool<T: Real>(isa: Isa, windows: &Windows, with_padding: bool, image: &[T], output: &mut [T]) {
    scratch::with(room(windows) + windows.output[2], |buffer: &mut [T]| {
        let (line, counts) = buffer.split_at_mut(room(windows));
        isa.run(AveragePool { windows, with_padding, image, output, line, counts });
    });
}

struct AveragePool<'a, T> {
    windows: &'a Windows,
    with_padding: bool,
    image: &'a [T],
    output: &'a mut [T],
    line: &'a mut [T],
    counts: &'a mut [T],
}

impl<T: Real> Work for AveragePool<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        with_stride!(self.windows, average_pool_by(self));
    }
}

#[inline(always)]
fn average_pool_by<T: Real, const STRIDE: usize>(pool: AveragePool<'_, T>) {
    let AveragePool { windows, with_padding, image, output, line, counts } = pool;
    let width = windows.input[2];
    counts_along(windows, with_padding, counts);
    let outputs = output.chunks_exact_mut(windows.positions());
    for (channel, output) in image.chunks_exact(windows.plane()).zip(outputs) {
        for (row, output) in output.chunks_exact_mut(windows.output[2]).enumerate() {
            for (number, start) in lines(windows, row).enumerate() {
                let values = &channel[start..][..width];
                if number == 0 {
                    line[..width].copy_from_slice(values);
                } else {
                    line.iter_mut().zip(values).for_each(|(sum, &value)| *sum += value);
                }
            }
            output.fill(T::zero());
            for tap in 0..windows.size[2] {
                let under = Under::new::<STRIDE>(windows, tap);
                let sums = output[under.windows.clone()].iter_mut();
                sums.zip(under.of(line)).for_each(|(sum, &value)| *sum += value);
            }
            let count = count_of_lines(windows, with_padding, row);
            output.iter_mut().zip(&*counts).for_each(|(mean, &along)| *mean /= along * count);
        }
    }
}

/// The reverse of [`average_pool`] for gradients: each element gets its share of every window over it.
pub fn average_pool_backward<T: Real>(
    isa: Isa,
    windows: &Windows,
    with_padding: bool,
    gradient: &[T],
    image: &mut [T],
) {
    let across = windows.output[2];
    scratch::with(room(windows) + 2 * across, |buffer: &mut [T]| {
        let (line, rest) = buffer.split_at_mut(room(windows));
        let (counts, shares) = rest.split_at_mut(across);
        isa.run(AveragePoolBackward { windows, with_padding, gradient, image, line, counts, shares });
    });
}

struct AveragePoolBackward<'a, T> {
    windows: &'a Windows,
    with_padding: bool,
    gradient: &'a [T],
    image: &'a mut [T],
    line: &'a mut [T],
    counts: &'a mut [T],
    shares: &'a mut [T],
}

impl<T: Real> Work for AveragePoolBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        with_stride!(self.windows, average_pool_backward_by(self));
    }
}

#[inline(always)]
fn average_pool_backward_by<T: Real, const STRIDE: usize>(pool: AveragePoolBackward<'_, T>) {
    let AveragePoolBackward { windows, with_padding, gradient, image, line, counts, shares } = pool;
    let width = windows.input[2];
    counts_along(windows, with_padding, counts);
    let gradients = gradient.chunks_exact(windows.positions());
    for (channel, gradient) in image.chunks_exact_mut(windows.plane()).zip(gradients) {
        channel.fill(T::zero());
        for (row, gradient) in gradient.chunks_exact(windows.output[2]).enumerate() {
            let count = count_of_lines(windows, with_padding, row);
            let of_windows = shares.iter_mut().zip(gradient).zip(&*counts);
            of_windows.for_each(|((share, &gradient), &along)| *share = gradient / (along * count));
            line.fill(T::zero());
            for tap in 0..windows.size[2] {
                let under = Under::new::<STRIDE>(windows, tap);
                let shares = &shares[under.windows.clone()];
                under.of_mut(line).zip(shares).for_each(|(sum, &share)| *sum += share);
            }
            for start in lines(windows, row) {
                let sums = &mut channel[start..][..width];
                sums.iter_mut().zip(&*line).for_each(|(sum, &value)| *sum += value);
            }
        }
    }
}

/// The length of a line, its padding, and so many elements after it that each window has as many as the windows are apart.
fn room(windows: &Windows) -> usize {
    windows.input[2] + windows.pad[2] + windows.stride[2]
}

/// Where the lines start, in a channel, that a row of windows covers.
#[inline(always)]
fn lines(windows: &Windows, row: usize) -> impl Iterator<Item = usize> {
    let [_, height, width] = windows.input;
    let (layer, row) = place(windows, row);
    let down = windows.covered(1, row);
    let layers = windows.covered(0, layer);
    layers.flat_map(move |layer| down.clone().map(move |row| (layer * height + row) * width))
}

/// The layer that a row of windows is in, and the row in it.
#[inline(always)]
fn place(windows: &Windows, row: usize) -> (usize, usize) {
    let [layers, rows, _] = windows.output;
    if layers == 1 { (0, row) } else { (row / rows, row % rows) }
}

/// What lies under one element of a window, for the windows for which that is in the image.
struct Under {
    /// These windows.
    windows: Range<usize>,
    /// The element of a line under the first of them; any, if there are none.
    first: usize,
    /// How far apart they are.
    step: usize,
}

impl Under {
    #[inline(always)]
    fn new<const STRIDE: usize>(windows: &Windows, tap: usize) -> Self {
        // The same as `Windows::inside`, with divisions by a constant.
        let step = if STRIDE > 0 { STRIDE } else { windows.stride[2] };
        let pad = windows.pad[2];
        let end = (windows.input[2] + pad).saturating_sub(tap).div_ceil(step).min(windows.output[2]);
        let start = pad.saturating_sub(tap).div_ceil(step).min(end);
        Under { windows: start..end, first: (start * step + tap).saturating_sub(pad), step }
    }

    #[inline(always)]
    fn of<'a, L>(&self, line: &'a [L]) -> impl Iterator<Item = &'a L> {
        line[self.first..].chunks_exact(self.step).map(|values| &values[0])
    }

    #[inline(always)]
    fn of_mut<'a, L>(&self, line: &'a mut [L]) -> impl Iterator<Item = &'a mut L> {
        line[self.first..].chunks_exact_mut(self.step).map(|values| &mut values[0])
    }
}

/// The number of elements along an axis that an average over a window counts: those in the image, and those in the
/// padding around it if `with_padding`. What goes beyond the padding is not counted.
#[inline(always)]
fn count(windows: &Windows, with_padding: bool, axis: usize, place: usize) -> usize {
    if with_padding {
        let rest = windows.input[axis] + 2 * windows.pad[axis] - place * windows.stride[axis];
        windows.size[axis].min(rest)
    } else {
        windows.covered(axis, place).len()
    }
}

/// The numbers of elements of each window along a line.
#[inline(always)]
fn counts_along<T: Real>(windows: &Windows, with_padding: bool, counts: &mut [T]) {
    for (place, to) in counts.iter_mut().enumerate() {
        *to = T::of(count(windows, with_padding, 2, place) as f64);
    }
}

/// The number of lines under a row of windows.
#[inline(always)]
fn count_of_lines<T: Real>(windows: &Windows, with_padding: bool, row: usize) -> T {
    let (layer, row) = place(windows, row);
    let lines = [(0, layer), (1, row)].map(|(axis, place)| count(windows, with_padding, axis, place));
    T::of((lines[0] * lines[1]) as f64)
}
