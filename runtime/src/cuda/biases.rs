//! Gradients of biases.

use super::Cuda;
use super::driver::{Argument, Grid, THREADS, blocks};
use super::kernels::BIASES;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;

impl Cuda {
    /// From the gradient with respect to sums (batch, `channels`, positions...) to that with respect to biases: one for
    /// each channel, one for each channel and position, or none.
    pub(crate) fn bias_gradients<T: Real>(
        &self,
        channels: usize,
        item: usize,
        sums: Slice<'_, T>,
        biases: &SliceMut<'_, T>,
    ) {
        if biases.len == 0 {
        } else if biases.len == item {
            self.sum_rows(item, sums, biases);
        } else {
            let grid = Grid { blocks: [blocks(channels), 1], threads: [THREADS, 1] };
            let (batch, plane) = ((sums.len / item) as u64, Argument::int(item / channels));
            let arguments = [sums.into(), biases.into(), batch.into(), plane];
            self.launch(&Program::new::<T>(&BIASES), "sum_channels", grid, &arguments);
        }
    }
}
