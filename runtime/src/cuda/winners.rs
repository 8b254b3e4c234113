//! Values where others were largest or smallest.

use super::Cuda;
use super::driver::{Argument, Grid};
use super::kernels::WINNERS;
use super::memory::{Slice, SliceMut};
use super::pooling::Winners;
use super::program::Program;
use crate::Real;
use crate::geometry::Groups;

impl Cuda {
    /// Of each channel of `plane` values those at its winners, `positions` of them.
    pub(crate) fn take_winners<T: Real>(
        &self,
        [plane, positions]: [usize; 2],
        values: Slice<'_, T>,
        winners: &Winners,
        to: &SliceMut<'_, T>,
    ) {
        let program = Program::new::<T>(&WINNERS).int("PLANE", plane).int("POSITIONS", positions);
        self.take(&program.int("STEP", 0).int("DISTANCE", 1), values, winners, to);
    }

    /// Of each group the value at its winner.
    pub(crate) fn take_winners_of_groups<T: Real>(
        &self,
        groups: &Groups,
        values: Slice<'_, T>,
        winners: &Winners,
        to: &SliceMut<'_, T>,
    ) {
        let Groups { members, inner } = *groups;
        let program = Program::new::<T>(&WINNERS).int("PLANE", members * inner).int("POSITIONS", inner);
        self.take(&program.int("STEP", 1).int("DISTANCE", inner), values, winners, to);
    }

    fn take<T: Real>(
        &self,
        program: &Program,
        values: Slice<'_, T>,
        winners: &Winners,
        to: &SliceMut<'_, T>,
    ) {
        let values = Argument::array::<T>(values.pointer, to.len);
        let arguments = [values, winners.first(to.len), to.into(), (to.len as u64).into()];
        self.launch(program, "take", Grid::over(to.len), &arguments);
    }
}
