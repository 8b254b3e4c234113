//! Steps along a direction in `f64`, and differences between what is there.

use super::Cuda;
use super::driver::{Argument, Grid};
use super::kernels::DIFFERENCES;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;

/// Where the unit of a step is.
#[derive(Clone, Copy, Debug)]
pub struct Unit(Argument);

impl Cuda {
    /// `step` times the deviation of `x`, divided by the largest of `u`; until this thread asks for another.
    pub(crate) fn unit_of_step<T: Real>(&self, step: f64, x: Slice<'_, T>, u: Slice<'_, T>) -> Unit {
        let unit = Argument::from(&self.scratch_slice::<f64>("unit of a step", 1));
        let arguments = [x.into(), u.into(), unit, step.into(), (x.len as u64).into()];
        self.launch(&Program::new::<T>(&DIFFERENCES), "unit_of_step", Grid::BLOCK, &arguments);
        Unit(unit)
    }

    /// `to = x + places unit u`.
    pub(crate) fn step_along<T: Real>(
        &self,
        x: Slice<'_, T>,
        u: Slice<'_, T>,
        places: f64,
        Unit(unit): Unit,
        to: &SliceMut<'_, f64>,
    ) {
        let arguments = [x.into(), u.into(), unit, to.into(), places.into(), (to.len as u64).into()];
        self.launch(&Program::new::<T>(&DIFFERENCES), "step_along", Grid::over(to.len), &arguments);
    }

    /// `sum += share / unit term`.
    pub(crate) fn add_share_of_unit(
        &self,
        share: f64,
        Unit(unit): Unit,
        term: Slice<'_, f64>,
        sum: &SliceMut<'_, f64>,
    ) {
        let arguments = [term.into(), unit, sum.in_place(), share.into(), (sum.len as u64).into()];
        self.launch(&Program::new::<f64>(&DIFFERENCES), "add_share", Grid::over(sum.len), &arguments);
    }

    /// The same values in another element type.
    pub(crate) fn convert_values<S: Real, T: Real>(&self, from: Slice<'_, S>, to: &SliceMut<'_, T>) {
        let arguments = [from.into(), to.into(), (to.len as u64).into()];
        let grid = Grid::over(to.len);
        match (S::NAME, T::NAME) {
            ("f32", "f64") => self.launch(&Program::new::<S>(&DIFFERENCES), "widen", grid, &arguments),
            ("f64", "f32") => self.launch(&Program::new::<T>(&DIFFERENCES), "narrow", grid, &arguments),
            _ => self.launch(&Program::new::<T>(&DIFFERENCES), "take_over", grid, &arguments),
        }
    }
}
