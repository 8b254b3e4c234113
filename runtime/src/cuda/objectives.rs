//! Objectives' kernels.

use super::Cuda;
use super::driver::{Argument, Grid, Pointer};
use super::kernels::CATEGORICAL_CROSSENTROPY;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;

/// A network's output as an objective sees it.
#[derive(Clone, Copy)]
pub(crate) struct Predictions<'a, T> {
    /// What the last nonlinearity was applied to.
    pub scores: Slice<'a, T>,
    /// The output.
    pub values: Slice<'a, T>,
}

/// What each item should be.
#[derive(Clone, Copy)]
pub(crate) enum Targets {
    /// Class numbers, as `int`.
    Classes(Pointer),
    /// A share for each class, as the element type.
    Shares(Pointer),
}

impl Cuda {
    /// Adds the mean of categorical cross-entropy over the rows to the loss, and writes its gradient: with respect to
    /// the scores if the values are their softmax (`of_scores`), else to the values.
    pub(crate) fn categorical_crossentropy<T: Real>(
        &self,
        predictions: Predictions<'_, T>,
        classes: usize,
        of_scores: bool,
        targets: Targets,
        gradient: Option<&SliceMut<'_, T>>,
    ) {
        let rows = predictions.values.len / classes;
        let program = Program::new::<T>(&CATEGORICAL_CROSSENTROPY);
        let program = program.int("CLASSES", classes).int("OF_SCORES", usize::from(of_scores));
        let losses = self.scratch("losses", rows * size_of::<f64>());
        let (numbers, shares) = match targets {
            Targets::Classes(numbers) => (numbers, 0),
            Targets::Shares(shares) => (0, shares),
        };
        let (share, count) = (1.0 / rows as f64, Argument::Long(rows as u64));
        let shared = [
            predictions.scores.into(),
            predictions.values.into(),
            Argument::Pointer(numbers),
            Argument::Pointer(shares),
            Argument::Pointer(losses),
        ];
        let [scores, values, numbers, shares, to] = shared;
        match gradient {
            Some(gradient) => {
                let arguments = [scores, values, numbers, shares, to, gradient.into(), count, share.into()];
                self.launch(&program, "evaluate", Grid::rows(rows), &arguments);
            }
            None => {
                let arguments = [scores, values, numbers, shares, to, count];
                self.launch(&program, "loss", Grid::rows(rows), &arguments);
            }
        }
        self.add_loss(losses, rows, share);
    }
}
