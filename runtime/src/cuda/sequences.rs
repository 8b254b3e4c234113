//! How sequences and the weights of gates lie within recurrent layers.

use super::Cuda;
use super::driver::{Argument, Grid};
use super::kernels::SEQUENCES;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;

/// The most matrices that are stacked.
const MOST_GATES: usize = 4;

/// Sequences (batch, time, features).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sequences {
    pub batch: usize,
    pub time: usize,
    pub features: usize,
    /// Whether the first step is the last in time.
    pub backwards: bool,
}

impl Sequences {
    /// The number of all values.
    pub fn len(&self) -> usize {
        self.batch * self.time * self.features
    }

    fn arguments<T>(&self, from: Slice<'_, T>, to: &SliceMut<'_, T>) -> [Argument; 7] {
        let [batch, time, features, backwards] =
            [self.batch, self.time, self.features, usize::from(self.backwards)].map(Argument::int);
        [from.into(), to.into(), (self.len() as u64).into(), batch, time, features, backwards]
    }
}

fn program<T: Real>(gates: usize, units: usize) -> Program {
    Program::new::<T>(&SEQUENCES).int("GATES", gates).int("UNITS", units)
}

impl Cuda {
    /// From (batch, time, features) to (step, batch, features).
    pub(crate) fn to_steps<T: Real>(&self, of: Sequences, x: Slice<'_, T>, steps: &SliceMut<'_, T>) {
        self.launch(&program::<T>(1, 1), "to_steps", Grid::over(of.len()), &of.arguments(x, steps));
    }

    /// The same back.
    pub(crate) fn to_time<T: Real>(&self, of: Sequences, steps: Slice<'_, T>, x: &SliceMut<'_, T>) {
        self.launch(&program::<T>(1, 1), "to_time", Grid::over(of.len()), &of.arguments(steps, x));
    }

    /// Matrices of `units` columns side by side; an empty one counts as zeros.
    pub(crate) fn stack<T: Real, const G: usize>(
        &self,
        matrices: [Slice<'_, T>; G],
        units: usize,
        stacked: &SliceMut<'_, T>,
    ) {
        let [a, b, c, d] = matrices_of_gates(matrices);
        let arguments = [a, b, c, d, stacked.into(), (stacked.len as u64).into()];
        self.launch(&program::<T>(G, units), "stack", Grid::over(stacked.len), &arguments);
    }

    /// The same back; nothing is written into an empty one.
    pub(crate) fn unstack<T: Real, const G: usize>(
        &self,
        stacked: Slice<'_, T>,
        units: usize,
        matrices: [SliceMut<'_, T>; G],
    ) {
        let [a, b, c, d] = matrices_of_gates(matrices.each_ref().map(SliceMut::read));
        let arguments = [stacked.into(), a, b, c, d, (stacked.len as u64).into()];
        self.launch(&program::<T>(G, units), "unstack", Grid::over(stacked.len), &arguments);
    }

    /// The same row for all items of a batch.
    pub(crate) fn repeat<T: Real>(&self, row: Slice<'_, T>, rows: &SliceMut<'_, T>) {
        let arguments = [row.into(), rows.into(), (rows.len as u64).into(), Argument::int(row.len)];
        self.launch(&program::<T>(1, 1), "repeat", Grid::over(rows.len), &arguments);
    }
}

/// Matrices as the kernels take them: none for what is empty or not there.
fn matrices_of_gates<T, const G: usize>(matrices: [Slice<'_, T>; G]) -> [Argument; MOST_GATES] {
    let mut arguments = [Argument::NONE; MOST_GATES];
    for (argument, matrix) in arguments.iter_mut().zip(matrices) {
        *argument = if matrix.len == 0 { Argument::NONE } else { matrix.into() };
    }
    arguments
}
