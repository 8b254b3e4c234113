//! Max-pooling over sliding windows.
//!
//! Windows beside each other are taken together. Their largest values come first, and then, from the last element of
//! a window to the first, which one it was. Both are single comparisons, for a channel with a NaN in it is left to a
//! slower way.

use super::beside::{around, groups, lines, region, under, whole, with_constants};
use super::winner;
use crate::Real;
use crate::cpu::isa::{Isa, Work};
use crate::cpu::window::Windows;

/// Max-pooling of some channels: the largest value in each window, and if asked for which one it was, counted
/// within the channel (the first, where several are equal). A NaN is larger than all.
pub fn max_pool<T: Real>(
    isa: Isa,
    windows: &Windows,
    image: &[T],
    output: &mut [T],
    winners: Option<&mut [u32]>,
) {
    match winners {
        Some(winners) => isa.run(MaxPool { windows, image, output, winners }),
        None => isa.run(Largest { windows, image, output }),
    }
}

struct MaxPool<'a, T> {
    windows: &'a Windows,
    image: &'a [T],
    output: &'a mut [T],
    winners: &'a mut [u32],
}

struct Largest<'a, T> {
    windows: &'a Windows,
    image: &'a [T],
    output: &'a mut [T],
}

impl<T: Real> Work for MaxPool<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        with_constants!(self.windows, max_pool_by(self));
    }
}

impl<T: Real> Work for Largest<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        with_constants!(self.windows, largest_by(self));
    }
}

#[inline(always)]
fn max_pool_by<T: Real, const L: usize, const STRIDE: usize, const SIZE: usize>(pool: MaxPool<'_, T>) {
    let MaxPool { windows, image, output, winners } = pool;
    let outputs = output.chunks_exact_mut(windows.positions());
    let winners = winners.chunks_exact_mut(windows.positions());
    for ((channel, output), winners) in image.chunks_exact(windows.plane()).zip(outputs).zip(winners) {
        let whole = if has_nan(channel) { 0..0 } else { whole(windows) };
        let rows = output.chunks_exact_mut(windows.output[2]);
        let rows = rows.zip(winners.chunks_exact_mut(windows.output[2]));
        for (row, (output, winners)) in rows.enumerate() {
            for window in groups::<L>(whole.clone()) {
                let largest = largest::<T, L, STRIDE, SIZE>(windows, row, window, channel);
                output[window..][..L].copy_from_slice(&largest);
                let places = places::<T, L, STRIDE, SIZE>(windows, row, window, channel, &largest);
                winners[window..][..L].copy_from_slice(&places);
            }
            for window in around(whole.clone(), windows.output[2]) {
                let place = winner(channel, windows.input, region(windows, row, window));
                (output[window], winners[window]) = (channel[place], place as u32);
            }
        }
    }
}

#[inline(always)]
fn largest_by<T: Real, const L: usize, const STRIDE: usize, const SIZE: usize>(pool: Largest<'_, T>) {
    let Largest { windows, image, output } = pool;
    let outputs = output.chunks_exact_mut(windows.positions());
    for (channel, output) in image.chunks_exact(windows.plane()).zip(outputs) {
        let whole = if has_nan(channel) { 0..0 } else { whole(windows) };
        for (row, output) in output.chunks_exact_mut(windows.output[2]).enumerate() {
            for window in groups::<L>(whole.clone()) {
                let largest = largest::<T, L, STRIDE, SIZE>(windows, row, window, channel);
                output[window..][..L].copy_from_slice(&largest);
            }
            for window in around(whole.clone(), windows.output[2]) {
                output[window] = channel[winner(channel, windows.input, region(windows, row, window))];
            }
        }
    }
}

#[inline(always)]
fn has_nan<T: Real>(channel: &[T]) -> bool {
    channel.iter().fold(false, |found, value| found | value.is_nan())
}

/// The largest values of whole windows from `window` on, none of which has a NaN.
#[inline(always)]
fn largest<T: Real, const L: usize, const STRIDE: usize, const SIZE: usize>(
    windows: &Windows,
    row: usize,
    window: usize,
    channel: &[T],
) -> [T; L] {
    let size = if SIZE > 0 { SIZE } else { windows.size[2] };
    let across = window * windows.stride[2] - windows.pad[2];
    let mut largest = [T::neg_infinity(); L];
    for line in lines(windows, row) {
        let line = &channel[line + across..][..(L - 1) * STRIDE + size];
        for tap in 0..size {
            let values = under::<T, L, STRIDE>(line, tap);
            largest = std::array::from_fn(|i| if values[i] > largest[i] { values[i] } else { largest[i] });
        }
    }
    largest
}

/// Where they are for the first time.
#[inline(always)]
fn places<T: Real, const L: usize, const STRIDE: usize, const SIZE: usize>(
    windows: &Windows,
    row: usize,
    window: usize,
    channel: &[T],
    largest: &[T; L],
) -> [u32; L] {
    let size = if SIZE > 0 { SIZE } else { windows.size[2] };
    let across = window * windows.stride[2] - windows.pad[2];
    let mut places = [0; L];
    for line in lines(windows, row).rev() {
        let start = line + across;
        let line = &channel[start..][..(L - 1) * STRIDE + size];
        for tap in (0..size).rev() {
            let values = under::<T, L, STRIDE>(line, tap);
            let place = (start + tap) as u32;
            places = std::array::from_fn(|i| if values[i] == largest[i] { place } else { places[i] });
        }
    }
    std::array::from_fn(|i| places[i] + (i * STRIDE) as u32)
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
