//! Max-pooling over sliding windows.
//!
//! The largest values of windows beside each other come first, and then, from the last element of a window to the first,
//! which one it was. Both are single comparisons, for a channel with a NaN in it is left to a slower way.

use super::beside::{Groups, MOST_LANES, Take, around, rows, whole, with_constants};
use super::winner;
use crate::Real;
use crate::cpu::gemm::kernels::{Vector, VectorWork};
use crate::cpu::isa::Isa;
use crate::geometry::Windows;

/// Max-pooling of some channels: the largest value in each window, and if asked for which one it was, counted
/// within the channel (the first, where several are equal). A NaN is larger than all.
pub fn max_pool<T: Real>(
    isa: Isa,
    windows: &Windows,
    image: &[T],
    output: &mut [T],
    winners: Option<&mut [u32]>,
) {
    T::on_vectors(isa, MaxPool { windows, image, output, winners });
}

struct MaxPool<'a, T> {
    windows: &'a Windows,
    image: &'a [T],
    output: &'a mut [T],
    winners: Option<&'a mut [u32]>,
}

impl<T: Real> VectorWork<T> for MaxPool<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        // SAFETY: the caller's contract.
        unsafe { with_constants!(self.windows, max_pool_by(self)) }
    }
}

/// # Safety
///
/// The processor has the vectors' instruction set; so below.
#[inline(always)]
unsafe fn max_pool_by<V: Vector<Element: Real>, const STRIDE: usize, const SIZE: usize>(
    pool: MaxPool<'_, V::Element>,
) {
    let MaxPool { windows, image, output, mut winners } = pool;
    let (stride, across) = (windows.stride[2], windows.output[2]);
    let all = if windows.plane() > MOST_EXACT { 0..0 } else { whole(windows) };
    // SAFETY: the caller's contract.
    let (ramp, all_groups) = unsafe { (ramp::<V>(stride), Groups::<V>::new(&all)) };
    // SAFETY: the caller's contract.
    let no_groups = unsafe { Groups::<V>::new(&(0..0)) };
    let outputs = output.chunks_exact_mut(windows.positions());
    for (number, (channel, output)) in image.chunks_exact(windows.plane()).zip(outputs).enumerate() {
        let mut winners = winners.as_deref_mut().map(|winners| &mut winners[number * windows.positions()..]);
        let (whole, groups) = if has_nan(channel) { (0..0, &no_groups) } else { (all.clone(), &all_groups) };
        for ((number, output), row) in output.chunks_exact_mut(across).enumerate().zip(rows(windows)) {
            let mut winners = winners.as_deref_mut().map(|winners| &mut winners[number * across..]);
            for group in groups.iter() {
                // SAFETY: the caller's contract.
                unsafe {
                    let mut largest = Largest(V::splat(V::Element::of(f64::NEG_INFINITY)));
                    group.take_all::<STRIDE, SIZE>(windows, &row, channel, &mut largest);
                    group.store(largest.0, output);
                    if let Some(winners) = &mut winners {
                        let mut places = Places { largest: largest.0, offsets: V::zero() };
                        group.take_all::<STRIDE, SIZE>(windows, &row, channel, &mut places);
                        let (_, _, start) = group.place::<STRIDE, SIZE>(windows, &row);
                        let start = V::splat(V::Element::of(start as f64));
                        let places = places.offsets.add(start).add(ramp);
                        write_places(places, group.range().len(), &mut winners[group.first..]);
                    }
                }
            }
            for window in around(&whole, across) {
                let place = winner(channel, windows.input, row.region(windows, window));
                output[window] = channel[place];
                if let Some(winners) = &mut winners {
                    winners[window] = place as u32;
                }
            }
        }
    }
}

/// The largest channel whose places are exact as `f32`.
const MOST_EXACT: usize = 1 << 24;

/// A multiple of `stride` for each lane.
#[inline(always)]
unsafe fn ramp<V: Vector<Element: Real>>(stride: usize) -> V {
    let multiples: [V::Element; MOST_LANES] =
        std::array::from_fn(|lane| V::Element::of((lane * stride) as f64));
    // SAFETY: the caller's contract, and no vector is longer.
    unsafe { V::load(multiples.as_ptr()) }
}

/// Writes the first `count` places; what is behind them may be written too, as it is written later.
#[inline(always)]
unsafe fn write_places<V: Vector>(places: V, count: usize, to: &mut [u32]) {
    // SAFETY: the caller's contract, and there is room for all lanes.
    unsafe {
        if to.len() >= V::LANES {
            places.store_whole(to.as_mut_ptr());
        } else {
            let mut all = [0; MOST_LANES];
            places.store_whole(all.as_mut_ptr());
            to[..count].copy_from_slice(&all[..count]);
        }
    }
}

#[inline(always)]
fn has_nan<T: Real>(channel: &[T]) -> bool {
    let mut found = false;
    for value in channel {
        found |= value.is_nan();
    }
    found
}

/// The largest values of windows.
struct Largest<V>(V);

impl<V: Vector> Take<V> for Largest<V> {
    #[inline(always)]
    unsafe fn take(&mut self, values: V, _: usize) {
        // SAFETY: the caller's contract.
        self.0 = unsafe { values.max(self.0) };
    }
}

/// How far the first of the largest values are from the first elements of their windows.
struct Places<V> {
    largest: V,
    offsets: V,
}

impl<V: Vector<Element: Real>> Take<V> for Places<V> {
    #[inline(always)]
    unsafe fn take(&mut self, values: V, offset: usize) {
        // SAFETY: the caller's contract.
        unsafe {
            let offset = V::splat(V::Element::of(offset as f64));
            self.offsets = values.select_equal(self.largest, offset, self.offsets);
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
