//! Rows of a table.

use super::Cuda;
use super::driver::Grid;
use super::kernels::EMBEDDING;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;

impl Cuda {
    /// For each number the row of a table (numbers, `len`).
    pub(crate) fn look_up<T: Real>(
        &self,
        len: usize,
        numbers: Slice<'_, T>,
        table: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let program = Program::new::<T>(&EMBEDDING).int("LENGTH", len);
        let arguments = [numbers.into(), table.into(), y.into(), (y.len as u64).into()];
        self.launch(&program, "look_up", Grid::over(y.len), &arguments);
    }

    /// From the gradient with respect to the rows to that with respect to the table. Each place compares its number with
    /// those of all others, so that sums have an order: the square of their count in comparisons.
    pub(crate) fn look_up_backward<T: Real>(
        &self,
        len: usize,
        numbers: Slice<'_, T>,
        gradient: Slice<'_, T>,
        table: &SliceMut<'_, T>,
    ) {
        self.zero(table);
        let program = Program::new::<T>(&EMBEDDING).int("LENGTH", len);
        let arguments = [numbers.into(), gradient.into(), table.into(), (numbers.len as u64).into()];
        self.launch(&program, "look_up_back", Grid::rows(numbers.len), &arguments);
    }
}
