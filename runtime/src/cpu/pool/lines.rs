//! Pooling over sliding windows, line by line.
//!
//! What a row of windows covers is combined across lines first, all columns at once, into a single line; the windows are
//! then combined along that line. A window of 3x3 takes four steps so, and not eight, and most of them are vectors.

use super::larger;
use crate::Real;
use crate::cpu::scratch;
use crate::cpu::window::Windows;

/// Calls `$function` with the distance of the windows along a line as a constant, where that is a usual one, or else 0.
macro_rules! with_stride {
    ($windows:expr, $function:ident($($argument:expr),*)) => {
        match $windows.stride[2] {
            1 => $function::<T, 1>($windows, $($argument),*),
            2 => $function::<T, 2>($windows, $($argument),*),
            3 => $function::<T, 3>($windows, $($argument),*),
            _ => $function::<T, 0>($windows, $($argument),*),
        }
    };
}

/// Max-pooling of one image: the largest value in each window of each channel, and which one it was, counted
/// within the channel (the first, where several are equal). A NaN is larger than all.
#[inline(always)]
pub fn max_pool<T: Real>(windows: &Windows, image: &[T], output: &mut [T], winners: &mut [u32]) {
    with_stride!(windows, max_pool_by(image, output, winners));
}

#[inline(always)]
fn max_pool_by<T: Real, const STRIDE: usize>(
    windows: &Windows,
    image: &[T],
    output: &mut [T],
    winners: &mut [u32],
) {
    scratch::with(room(windows), |line: &mut [T]| {
        scratch::with(room(windows), |places: &mut [u32]| {
            let outputs = output.chunks_exact_mut(windows.positions());
            let winners = winners.chunks_exact_mut(windows.positions());
            for ((channel, output), winners) in image.chunks_exact(windows.plane()).zip(outputs).zip(winners)
            {
                let rows = output.chunks_exact_mut(windows.output[2]);
                let rows = rows.zip(winners.chunks_exact_mut(windows.output[2]));
                for (row, (output, winners)) in rows.enumerate() {
                    largest_of_lines(windows, row, channel, line, places);
                    largest_along::<T, STRIDE>(windows, line, places, output, winners);
                }
            }
        });
    });
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
        let inside = windows.inside(2, tap);
        let values = under::<T, STRIDE>(windows, tap, line).zip(under::<u32, STRIDE>(windows, tap, places));
        let best = output[inside.clone()].iter_mut().zip(&mut winners[inside.clone()]);
        let best = best.zip(values);
        if tap == first {
            best.for_each(|((largest, winner), (&value, &place))| (*largest, *winner) = (value, place));
            for window in (0..inside.start).chain(inside.end..windows.output[2]) {
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
#[inline(always)]
pub fn average_pool<T: Real>(windows: &Windows, with_padding: bool, image: &[T], output: &mut [T]) {
    with_stride!(windows, average_pool_by(with_padding, image, output));
}

#[inline(always)]
fn average_pool_by<T: Real, const STRIDE: usize>(
    windows: &Windows,
    with_padding: bool,
    image: &[T],
    output: &mut [T],
) {
    let width = windows.input[2];
    scratch::with(room(windows) + windows.output[2], |buffer: &mut [T]| {
        let (line, counts) = buffer.split_at_mut(room(windows));
        counts_along(windows, with_padding, counts);
        let outputs = output.chunks_exact_mut(windows.positions());
        for (channel, output) in image.chunks_exact(windows.plane()).zip(outputs) {
            for (row, output) in output.chunks_exact_mut(windows.output[2]).enumerate() {
                line.fill(T::zero());
                for start in lines(windows, row) {
                    let values = &channel[start..][..width];
                    line.iter_mut().zip(values).for_each(|(sum, &value)| *sum += value);
                }
                output.fill(T::zero());
                for tap in 0..windows.size[2] {
                    let sums = &mut output[windows.inside(2, tap)];
                    let values = under::<T, STRIDE>(windows, tap, line);
                    sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += value);
                }
                let count = count_of_lines(windows, with_padding, row);
                output.iter_mut().zip(&*counts).for_each(|(mean, &along)| *mean /= along * count);
            }
        }
    });
}

/// The reverse of [`average_pool`] for gradients: each element gets its share of every window over it.
#[inline(always)]
pub fn average_pool_backward<T: Real>(
    windows: &Windows,
    with_padding: bool,
    gradient: &[T],
    image: &mut [T],
) {
    with_stride!(windows, average_pool_backward_by(with_padding, gradient, image));
}

#[inline(always)]
fn average_pool_backward_by<T: Real, const STRIDE: usize>(
    windows: &Windows,
    with_padding: bool,
    gradient: &[T],
    image: &mut [T],
) {
    let (width, across) = (windows.input[2], windows.output[2]);
    scratch::with(room(windows) + 2 * across, |buffer: &mut [T]| {
        let (line, rest) = buffer.split_at_mut(room(windows));
        let (counts, shares) = rest.split_at_mut(across);
        counts_along(windows, with_padding, counts);
        let gradients = gradient.chunks_exact(windows.positions());
        for (channel, gradient) in image.chunks_exact_mut(windows.plane()).zip(gradients) {
            channel.fill(T::zero());
            for (row, gradient) in gradient.chunks_exact(across).enumerate() {
                let count = count_of_lines(windows, with_padding, row);
                let of_windows = shares.iter_mut().zip(gradient).zip(&*counts);
                of_windows.for_each(|((share, &gradient), &along)| *share = gradient / (along * count));
                line.fill(T::zero());
                for tap in 0..windows.size[2] {
                    let inside = windows.inside(2, tap);
                    let step = if STRIDE > 0 { STRIDE } else { windows.stride[2] };
                    let sums = line[covered_by_tap(windows, tap)..].chunks_exact_mut(step);
                    sums.zip(&shares[inside]).for_each(|(sum, &share)| sum[0] += share);
                }
                for start in lines(windows, row) {
                    let sums = &mut channel[start..][..width];
                    sums.iter_mut().zip(&*line).for_each(|(sum, &value)| *sum += value);
                }
            }
        }
    });
}

/// The length of a line, its padding, and so many elements after it that each window has as many as the windows are apart.
fn room(windows: &Windows) -> usize {
    windows.input[2] + windows.pad[2] + windows.stride[2]
}

/// Where the lines start, in a channel, that a row of windows covers.
#[inline(always)]
fn lines(windows: &Windows, row: usize) -> impl Iterator<Item = usize> {
    let ([_, height, width], [_, across, _]) = (windows.input, windows.output);
    let down = windows.covered(1, row % across);
    let layers = windows.covered(0, row / across);
    layers.flat_map(move |layer| down.clone().map(move |row| (layer * height + row) * width))
}

/// The element of a line that lies under element `tap` of the first window for which it is in the image; any, if there is
/// no such window.
#[inline(always)]
fn covered_by_tap(windows: &Windows, tap: usize) -> usize {
    (windows.inside(2, tap).start * windows.stride[2] + tap).saturating_sub(windows.pad[2])
}

/// What lies under element `tap` of the windows for which it is in the image.
#[inline(always)]
fn under<'a, L, const STRIDE: usize>(
    windows: &Windows,
    tap: usize,
    line: &'a [L],
) -> impl Iterator<Item = &'a L> {
    let step = if STRIDE > 0 { STRIDE } else { windows.stride[2] };
    line[covered_by_tap(windows, tap)..].chunks_exact(step).map(|values| &values[0])
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
    let [_, across, _] = windows.output;
    let lines =
        [(0, row / across), (1, row % across)].map(|(axis, place)| count(windows, with_padding, axis, place));
    T::of((lines[0] * lines[1]) as f64)
}
