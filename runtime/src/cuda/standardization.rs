//! Standardization.

use super::Cuda;
use super::batch_norm::Normalization;
use super::driver::Grid;
use super::kernels::STANDARDIZATION;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use super::sharing::Sharing;
use crate::Real;

impl Cuda {
    /// `gamma (x - mean) inv_std + beta`, with means and deviations that elements share, and a `gamma` and `beta` for each
    /// channel, the first axis; either may be [`Slice::NONE`].
    pub(crate) fn standardize<T: Real>(
        &self,
        sharing: &Sharing,
        by: Normalization<'_, T>,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let channels = sharing.shape.dims().first().copied().unwrap_or(1);
        let program = Program::new::<T>(&STANDARDIZATION).int("CHANNELS", channels);
        let program = sharing.define(program.int("INNER", sharing.shape.len() / channels));
        let arguments = [
            x.into(),
            by.mean.into(),
            by.inv_std.into(),
            by.gamma.into(),
            by.beta.into(),
            y.into(),
            (y.len as u64).into(),
        ];
        self.launch(&program, "standardize", Grid::over(y.len), &arguments);
    }
}
