//! Batch normalization.

use super::Cuda;
use super::driver::Grid;
use super::kernels::BATCH_NORM;
use super::map::with_nonlinearity;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use super::sharing::Sharing;
use crate::Real;
use crate::nonlinearities::{Nonlinearity, linear};

/// What values are normalized by: one of each a value that elements share. `gamma` and `beta` may be [`Slice::NONE`].
#[derive(Clone, Copy)]
pub(crate) struct Normalization<'a, T> {
    pub mean: Slice<'a, T>,
    pub inv_std: Slice<'a, T>,
    pub gamma: Slice<'a, T>,
    pub beta: Slice<'a, T>,
}

fn program<T: Real>(sharing: &Sharing, nonlinearity: Nonlinearity) -> Program {
    with_nonlinearity(sharing.define(Program::new::<T>(&BATCH_NORM)), nonlinearity)
}

impl Cuda {
    /// `gamma (x - mean) inv_std + beta`, and its nonlinearity if that is elementwise.
    pub(crate) fn normalize<T: Real>(
        &self,
        sharing: &Sharing,
        by: Normalization<'_, T>,
        nonlinearity: Nonlinearity,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let Normalization { mean, inv_std, gamma, beta } = by;
        let arguments = [
            x.into(),
            mean.into(),
            inv_std.into(),
            gamma.into(),
            beta.into(),
            y.into(),
            (y.len as u64).into(),
        ];
        self.launch(&program::<T>(sharing, nonlinearity), "normalize", Grid::over(y.len), &arguments);
    }

    /// The gradient with respect to `x`, from the sums of `dy` and of `dy` times the normalized values; without them,
    /// the mean and deviation do not depend on `x`.
    pub(crate) fn normalize_backward<T: Real>(
        &self,
        sharing: &Sharing,
        by: Normalization<'_, T>,
        sums: Option<[Slice<'_, T>; 2]>,
        x: Slice<'_, T>,
        dy: Slice<'_, T>,
        dx: &SliceMut<'_, T>,
    ) {
        let [offsets, scales] = sums.unwrap_or([Slice::NONE; 2]);
        let arguments = [
            x.into(),
            dy.into(),
            by.mean.into(),
            by.inv_std.into(),
            by.gamma.into(),
            offsets.into(),
            scales.into(),
            dx.into(),
            (1.0 / sharing.elements as f64).into(),
            (dx.len as u64).into(),
        ];
        self.launch(&program::<T>(sharing, linear()), "normalize_back", Grid::over(dx.len), &arguments);
    }

    /// Moves running averages at a rate towards a batch's values, if they move; where they were `used`, the values become
    /// what the averages were before.
    pub(crate) fn follow<T: Real>(
        &self,
        sharing: &Sharing,
        rate: f64,
        [moves, used]: [bool; 2],
        averages: &SliceMut<'_, T>,
        values: &SliceMut<'_, T>,
    ) {
        let [moves, used] = [moves, used].map(i32::from);
        let arguments = [
            averages.in_place(),
            values.in_place(),
            rate.into(),
            moves.into(),
            used.into(),
            (sharing.values as u64).into(),
        ];
        let grid = Grid::over(sharing.values);
        self.launch(&program::<T>(sharing, linear()), "follow", grid, &arguments);
    }
}
