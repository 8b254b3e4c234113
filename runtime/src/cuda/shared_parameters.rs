//! Biases, scales and slopes that elements share.

use super::Cuda;
use super::driver::Grid;
use super::kernels::SHARED_PARAMETERS;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use super::sharing::Sharing;
use crate::Real;

fn program<T: Real>(sharing: &Sharing) -> Program {
    sharing.define(Program::new::<T>(&SHARED_PARAMETERS))
}

impl Cuda {
    /// `x + b`.
    pub(crate) fn add_shared<T: Real>(
        &self,
        sharing: &Sharing,
        x: Slice<'_, T>,
        b: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let arguments = [x.into(), b.into(), y.into(), (y.len as u64).into()];
        self.launch(&program::<T>(sharing), "add", Grid::over(y.len), &arguments);
    }

    /// `x scales`.
    pub(crate) fn multiply_shared<T: Real>(
        &self,
        sharing: &Sharing,
        x: Slice<'_, T>,
        scales: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let arguments = [x.into(), scales.into(), y.into(), (y.len as u64).into()];
        self.launch(&program::<T>(sharing), "multiply", Grid::over(y.len), &arguments);
    }

    /// `from` times the derivative of a rectifier at `x` whose slope below 0 is `alpha`.
    pub(crate) fn rectify_shared<T: Real>(
        &self,
        sharing: &Sharing,
        x: Slice<'_, T>,
        from: Slice<'_, T>,
        alpha: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let arguments = [x.into(), from.into(), alpha.into(), y.into(), (y.len as u64).into()];
        self.launch(&program::<T>(sharing), "rectify", Grid::over(y.len), &arguments);
    }
}
