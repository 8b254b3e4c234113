//! Convolution with max-pooling: only the winners are written.
//!
//! - Forward ([`forward`](mod@forward)): the sums of a [direct](super::direct) convolution, pool by pool, are pooled
//!   while they are in the first-level cache.
//! - Backward ([`backward`](mod@backward)): only the winner of each pool has a gradient, one position in four or fewer,
//!   and none where a nonlinearity such as `relu` is flat. So instead of products of matrices that are mostly zero,
//!   each gradient that is there adds its window to its filter's gradient, and its filter to the window's.

mod backward;
mod forward;
#[cfg(test)]
mod tests;

pub use backward::Image;
pub use forward::{Finish, Output};

use super::direct::{Direct, SUMS};
use crate::Real;
use crate::cpu::isa::{Isa, isa};
use crate::geometry::Windows;

/// A vector of the backward pass: segments are padded to whole ones.
const VECTOR: usize = 16;

/// The most winners that a thread has at once, unless pools are of over a hundred sums.
pub const MOST_WINNERS: usize = SUMS / LEAST_SUMS;

/// The fewest sums of a pool.
const LEAST_SUMS: usize = 4;

/// Multiply-adds that take about twice as long as another thread takes to begin.
const LEAST_SHARED: usize = 1 << 17;

/// A convolution with max-pooling that this module computes.
#[derive(Clone, Copy, Debug)]
pub struct Pooled {
    convolution: Direct,
    /// The pools on its sums.
    pools: Windows,
    isa: Isa,
}

impl Pooled {
    /// For convolutions of stride 1 along two axes, with pools side by side of at least four sums, and none beyond them.
    pub fn new(windows: &Windows, pools: &Windows, filters: usize, flip: bool) -> Option<Self> {
        Self::on(isa(), windows, pools, filters, flip)
    }

    fn on(isa: Isa, windows: &Windows, pools: &Windows, filters: usize, flip: bool) -> Option<Self> {
        let Windows { input, output, size, stride, dilation, .. } = *windows;
        let flat = [input[0], output[0], size[0], pools.output[0], pools.size[0]] == [1; 5];
        let plain = stride == [1; 3] && dilation == [1; 3] && pools.dilation == [1; 3];
        let apart = pools.stride[1..] == pools.size[1..] && pools.pad == [0; 3];
        let within = (0..3).all(|axis| pools.output[axis] * pools.size[axis] <= pools.input[axis]);
        let convolution = Direct::on(isa, *windows, filters, flip);
        (flat && plain && apart && within && pools.window() >= LEAST_SUMS).then_some(Pooled {
            convolution,
            pools: *pools,
            isa,
        })
    }

    /// Filters.
    pub fn filters(&self) -> usize {
        self.convolution.filters
    }

    /// Elements of a filter.
    pub fn taps(&self) -> usize {
        self.convolution.windows.taps()
    }

    /// The same with so many of the filters.
    pub fn of_filters(self, filters: usize) -> Self {
        Pooled { convolution: Direct { filters, ..self.convolution }, ..self }
    }

    /// How many of the filters a thread takes at a time where there are so many images. A single image is shared out,
    /// if it is worth that, by one vector of filters each: so a thread packs its own, and need not fetch them from
    /// another's cache.
    pub fn filters_at_once<T: Real>(&self, images: usize) -> usize {
        let vector = self.convolution.kernels::<T>().padded(1);
        let work = vector * self.taps() * self.pools.positions() * self.pools.window();
        if images == 1 && work >= LEAST_SHARED { vector.min(self.filters()) } else { self.filters() }
    }

    /// Rows of a window.
    fn window_rows(&self) -> usize {
        self.convolution.windows.size[1]
    }

    /// Elements of a row of the channels-last input.
    fn row(&self) -> usize {
        let windows = &self.convolution.windows;
        (windows.output[2] + windows.size[2] - 1) * windows.channels
    }

    /// Elements of one row of a window.
    fn segment(&self) -> usize {
        self.convolution.windows.size[2] * self.convolution.windows.channels
    }

    /// The same, padded to whole vectors.
    fn padded_segment(&self) -> usize {
        self.segment().next_multiple_of(VECTOR)
    }

    /// Elements of the channels-last input, and of what whole vectors may touch beyond it.
    fn input_len(&self) -> usize {
        self.convolution.input_len() + VECTOR
    }
}
