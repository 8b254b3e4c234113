//! Max-pooling over sliding windows.
//!
//! The largest values of windows beside each other come first, and then, from the last element of a window to the first,
//! which one it was. Both are single comparisons, for a channel in which a NaN turns up is left to a slower way.

use std::ops::Range;

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
    let whole = if windows.plane() > MOST_EXACT { 0..0 } else { whole(windows) };
    // SAFETY: the caller's contract.
    let (ramp, groups) = unsafe { (ramp::<V>(windows.stride[2]), Groups::<V>::new(&whole)) };
    let outputs = output.chunks_exact_mut(windows.positions());
    for (number, (channel, output)) in image.chunks_exact(windows.plane()).zip(outputs).enumerate() {
        let winners = winners.as_deref_mut().map(|winners| &mut winners[number * windows.positions()..]);
        let mut channel = Channel { windows, channel, output, winners };
        // SAFETY: the caller's contract.
        let is_done = unsafe { channel.by_groups::<V, STRIDE, SIZE>(&groups, ramp) };
        channel.by_window(if is_done { whole.clone() } else { 0..0 });
    }
}

/// One channel and its windows.
struct Channel<'a, T> {
    windows: &'a Windows,
    channel: &'a [T],
    output: &'a mut [T],
    winners: Option<&'a mut [u32]>,
}

impl<T: Real> Channel<'_, T> {
    /// Windows beside each other, unless one has a NaN, which this does not see to: then it returns false.
    #[inline(always)]
    unsafe fn by_groups<V: Vector<Element = T>, const STRIDE: usize, const SIZE: usize>(
        &mut self,
        groups: &Groups<V>,
        ramp: V,
    ) -> bool {
        let across = self.windows.output[2];
        // SAFETY: the caller's contract.
        unsafe {
            let mut zero = V::zero();
            for ((number, output), row) in
                self.output.chunks_exact_mut(across).enumerate().zip(rows(self.windows))
            {
                for group in groups.iter() {
                    let mut largest = Largest { values: V::splat(T::of(f64::NEG_INFINITY)), zero };
                    group.take_all::<STRIDE, SIZE>(self.windows, &row, self.channel, &mut largest);
                    zero = largest.zero;
                    group.store(largest.values, output);
                    if let Some(winners) = &mut self.winners {
                        let mut places = Places { largest: largest.values, offsets: V::zero() };
                        group.take_all::<STRIDE, SIZE>(self.windows, &row, self.channel, &mut places);
                        let (_, _, start) = group.place::<STRIDE, SIZE>(self.windows, &row);
                        let places = places.offsets.add(V::splat(T::of(start as f64))).add(ramp);
                        let first = number * across + group.first;
                        write_places(places, group.range().len(), &mut winners[first..]);
                    }
                }
            }
            !zero.total().is_nan()
        }
    }

    /// All windows but a range of each line.
    #[inline(always)]
    fn by_window(&mut self, done: Range<usize>) {
        let (windows, across) = (self.windows, self.windows.output[2]);
        if done.len() == across {
            return;
        }
        for (number, row) in rows(windows).enumerate() {
            for window in around(&done, across) {
                let place = winner(self.channel, windows.input, row.region(windows, window));
                self.output[number * across + window] = self.channel[place];
                if let Some(winners) = &mut self.winners {
                    winners[number * across + window] = place as u32;
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

/// The largest values of windows.
struct Largest<V> {
    values: V,
    /// The sum of all elements times zero, so zero or, if one was NaN or infinite, NaN.
    zero: V,
}

impl<V: Vector> Take<V> for Largest<V> {
    #[inline(always)]
    unsafe fn take(&mut self, values: V, _: usize) {
        // SAFETY: the caller's contract.
        unsafe {
            self.values = values.max(self.values);
            self.zero = self.zero.add_product(values, V::zero());
        }
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
