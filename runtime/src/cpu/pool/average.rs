//! Average-pooling over sliding windows: sums of windows beside each other, and the same backwards by the windows over
//! neighbouring elements.

use super::beside::{around, groups, lines, place, region, under, whole, with_constants};
use super::sum;
use crate::Real;
use crate::cpu::isa::{Isa, Work};
use crate::cpu::scratch;
use crate::cpu::window::Windows;

/// Average-pooling of some channels: the mean of each window. Padding counts as zeros if `with_padding`, and else not at
/// all.
pub fn average_pool<T: Real>(isa: Isa, windows: &Windows, with_padding: bool, image: &[T], output: &mut [T]) {
    isa.run(AveragePool { windows, with_padding, image, output });
}

struct AveragePool<'a, T> {
    windows: &'a Windows,
    with_padding: bool,
    image: &'a [T],
    output: &'a mut [T],
}

impl<T: Real> Work for AveragePool<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        with_constants!(self.windows, average_pool_by(self));
    }
}

#[inline(always)]
fn average_pool_by<T: Real, const L: usize, const STRIDE: usize, const SIZE: usize>(
    pool: AveragePool<'_, T>,
) {
    let AveragePool { windows, with_padding, image, output } = pool;
    let size = if SIZE > 0 { SIZE } else { windows.size[2] };
    let outputs = output.chunks_exact_mut(windows.positions());
    for (channel, output) in image.chunks_exact(windows.plane()).zip(outputs) {
        for (row, output) in output.chunks_exact_mut(windows.output[2]).enumerate() {
            let of_lines = count_of_lines(windows, with_padding, row);
            let of_whole = T::of((of_lines * size) as f64);
            for window in groups::<L>(whole(windows)) {
                let across = window * windows.stride[2] - windows.pad[2];
                let mut sums = [T::zero(); L];
                for line in lines(windows, row) {
                    let line = &channel[line + across..][..(L - 1) * STRIDE + size];
                    for tap in 0..size {
                        let values = under::<T, L, STRIDE>(line, tap);
                        sums = std::array::from_fn(|i| sums[i] + values[i]);
                    }
                }
                output[window..][..L].copy_from_slice(&sums.map(|sum| sum / of_whole));
            }
            for window in around(whole(windows), windows.output[2]) {
                let elements = of_lines * count(windows, with_padding, 2, window);
                let sum = sum(channel, windows.input, region(windows, row, window));
                output[window] = sum / T::of(elements as f64);
            }
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
    let rows = windows.output[0] * windows.output[1];
    scratch::with(rows * row_of_shares(windows), |shares: &mut [T]| {
        isa.run(AveragePoolBackward { windows, with_padding, gradient, image, shares });
    });
}

struct AveragePoolBackward<'a, T> {
    windows: &'a Windows,
    with_padding: bool,
    gradient: &'a [T],
    image: &'a mut [T],
    shares: &'a mut [T],
}

impl<T: Real> Work for AveragePoolBackward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        with_constants!(self.windows, average_pool_backward_by(self));
    }
}

#[inline(always)]
fn average_pool_backward_by<T: Real, const L: usize, const STRIDE: usize, const SIZE: usize>(
    pool: AveragePoolBackward<'_, T>,
) {
    let AveragePoolBackward { windows, with_padding, gradient, image, shares } = pool;
    let [_, height, width] = windows.input;
    let (step, pad) = (if STRIDE > 0 { STRIDE } else { windows.stride[2] }, windows.pad[2]);
    // So many columns at a time as windows are apart, where the line has them.
    let steps = if STRIDE > 0 { pad.div_ceil(step)..(width + pad) / step } else { 0..0 };
    let columns = if steps.len() < L { 0..0 } else { steps.start * step - pad..steps.end * step - pad };
    let (before, len) = (zeros_before(windows), row_of_shares(windows));
    shares.fill(T::zero());
    let gradients = gradient.chunks_exact(windows.positions());
    for (channel, gradient) in image.chunks_exact_mut(windows.plane()).zip(gradients) {
        let rows = gradient.chunks_exact(windows.output[2]).zip(shares.chunks_exact_mut(len));
        for (row, (gradient, shares)) in rows.enumerate() {
            let shares = &mut shares[before..][..windows.output[2]];
            share_out::<T, L, SIZE>(windows, with_padding, row, gradient, shares);
        }
        for (number, line) in channel.chunks_exact_mut(width).enumerate() {
            let rows = || {
                let (layers, rows) = (windows.over(0, number / height), windows.over(1, number % height));
                let [_, of_layer, _] = windows.output;
                layers.flat_map(move |layer| rows.clone().map(move |row| (layer * of_layer + row) * len))
            };
            for first in groups::<L>(steps.clone()) {
                let line = &mut line[first * step - pad..][..L * STRIDE];
                for phase in 0..STRIDE {
                    let mut sums = [T::zero(); L];
                    for row in rows() {
                        let size = if SIZE > 0 { SIZE } else { windows.size[2] };
                        for tap in (phase..size).step_by(STRIDE) {
                            let shares = &shares[row + before + first - tap / STRIDE..][..L];
                            sums = std::array::from_fn(|i| sums[i] + shares[i]);
                        }
                    }
                    (0..L).for_each(|i| line[i * STRIDE + phase] = sums[i]);
                }
            }
            for column in around(columns.clone(), width) {
                let over = windows.over(2, column);
                let of_row = |row: usize| &shares[row + before..][over.clone()];
                line[column] = rows().flat_map(of_row).fold(T::zero(), |sum, &share| sum + share);
            }
        }
    }
}

/// A row of windows' gradients divided by the numbers of elements that the windows count.
#[inline(always)]
fn share_out<T: Real, const L: usize, const SIZE: usize>(
    windows: &Windows,
    with_padding: bool,
    row: usize,
    gradient: &[T],
    shares: &mut [T],
) {
    let of_lines = count_of_lines(windows, with_padding, row);
    let whole = whole(windows);
    let size = if SIZE > 0 { SIZE } else { windows.size[2] };
    let of_whole = T::of((of_lines * size) as f64);
    for window in groups::<L>(whole.clone()) {
        let gradient = &gradient[window..][..L];
        let share: [T; L] = std::array::from_fn(|i| gradient[i] / of_whole);
        shares[window..][..L].copy_from_slice(&share);
    }
    for window in around(whole, windows.output[2]) {
        let elements = of_lines * count(windows, with_padding, 2, window);
        shares[window] = gradient[window] / T::of(elements as f64);
    }
}

/// Zeros before a row of windows' shares, so that each column finds as many.
fn zeros_before(windows: &Windows) -> usize {
    (windows.size[2] - 1) / windows.stride[2]
}

/// The length of a row of windows' shares with zeros around them.
fn row_of_shares(windows: &Windows) -> usize {
    let columns = (windows.input[2] + windows.pad[2]).div_ceil(windows.stride[2]);
    zeros_before(windows) + windows.output[2].max(columns)
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

/// The number of lines under a row of windows.
#[inline(always)]
fn count_of_lines(windows: &Windows, with_padding: bool, row: usize) -> usize {
    let (layer, row) = place(windows, row);
    count(windows, with_padding, 0, layer) * count(windows, with_padding, 1, row)
}
