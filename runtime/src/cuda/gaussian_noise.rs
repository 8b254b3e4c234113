//! Gaussian noise, with the numbers of `cpu/noise.rs`.

use super::Cuda;
use super::driver::Grid;
use super::kernels::GAUSSIAN_NOISE;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;
use crate::random::Random;

impl Cuda {
    /// Adds noise with mean 0 and standard deviation `sigma`.
    pub(crate) fn add_gaussian_noise<T: Real>(
        &self,
        random: Random,
        sigma: f64,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let program = Program::new::<T>(&GAUSSIAN_NOISE).int("LAYER", random.layer_number() as usize);
        let arguments = [self.random(random), x.into(), y.into(), (y.len as u64).into()];
        let grid = Grid::over(y.len.div_ceil(4));
        self.launch(&program.real("SIGMA", sigma), "add_noise", grid, &arguments);
    }
}
