//! Objectives' kernels.

use super::Cuda;
use super::driver::{Argument, Grid, Pointer};
use super::kernels::{CATEGORICAL_CROSSENTROPY, MULTICLASS_HINGE_LOSS};
use super::memory::{Slice, SliceMut};
use super::program::{Program, Source, kernels};
use crate::Real;

/// A network's output as an objective sees it.
pub(crate) struct Predictions<'a, T> {
    /// What the last nonlinearity was applied to.
    pub scores: Slice<'a, T>,
    /// The output.
    pub values: Slice<'a, T>,
    /// Where the gradient goes, if it is asked for.
    pub gradient: Option<SliceMut<'a, T>>,
}

/// What losses count.
#[derive(Clone, Copy)]
pub(crate) enum Weights {
    /// Each the same.
    Alike(f64),
    /// Each has a weight of its own, of the element type. What has weight 0 is not looked at.
    Each(Pointer),
}

/// What each item or element should be.
#[derive(Clone, Copy)]
pub(crate) enum Targets {
    /// Class numbers, as `int`.
    Classes(Pointer),
    /// A value for each prediction, as the element type: for objectives over classes, the class's share.
    Values(Pointer),
}

/// An objective over classes.
#[derive(Clone, Copy)]
pub(crate) enum OverClasses {
    /// Categorical cross-entropy; `of_scores` if the values are the softmax of the scores, and the gradient is one with
    /// respect to these.
    Crossentropy { of_scores: bool },
    /// The multiclass hinge loss.
    Hinge { delta: f64 },
}

impl Cuda {
    /// Adds the weighted losses of all elements to the loss, and writes the gradient; `code` compares.
    pub(crate) fn compare_elements<T: Real>(
        &self,
        code: &'static str,
        settings: [f64; 4],
        predictions: &Predictions<'_, T>,
        targets: Targets,
        weights: Weights,
    ) {
        let files = [
            ("objectives.cuh", kernels!("objectives.cuh")),
            ("elementwise_objective.cu", kernels!("elementwise_objective.cu")),
        ];
        let mut program = Program::new::<T>(Source::with_code("COMPARE", code, &files));
        for (name, setting) in ["SETTING0", "SETTING1", "SETTING2", "SETTING3"].into_iter().zip(settings) {
            program = program.real(name, setting);
        }
        let count = predictions.values.len;
        let grid = Grid::over(count);
        self.compare(&program, grid, predictions, targets, weights, (count, grid.blocks[0] as usize));
    }

    /// Adds the weighted losses of all items to the loss, and writes the gradient.
    pub(crate) fn compare_classes<T: Real>(
        &self,
        objective: OverClasses,
        classes: usize,
        predictions: &Predictions<'_, T>,
        targets: Targets,
        weights: Weights,
    ) {
        let program = match objective {
            OverClasses::Crossentropy { of_scores } => {
                Program::new::<T>(&CATEGORICAL_CROSSENTROPY).int("OF_SCORES", usize::from(of_scores))
            }
            OverClasses::Hinge { delta } => Program::new::<T>(&MULTICLASS_HINGE_LOSS).real("DELTA", delta),
        };
        let program = program.int("CLASSES", classes);
        let rows = predictions.values.len / classes;
        self.compare(&program, Grid::rows(rows), predictions, targets, weights, (rows, rows));
    }

    /// Runs the kernel `evaluate` over `count` items or elements, which leaves so many losses, and adds these up.
    fn compare<T: Real>(
        &self,
        program: &Program,
        grid: Grid,
        predictions: &Predictions<'_, T>,
        targets: Targets,
        weights: Weights,
        (count, losses): (usize, usize),
    ) {
        let losses = self.scratch_slice::<f64>("losses", losses);
        let (share, weights) = match weights {
            Weights::Alike(share) => (share, Argument::NONE),
            Weights::Each(weights) => (1.0, Argument::array::<T>(weights, count)),
        };
        let (scores, values) = (predictions.scores, predictions.values);
        let (classes, targets) = match targets {
            Targets::Classes(classes) => (Argument::array::<i32>(classes, count), Argument::NONE),
            Targets::Values(targets) => (Argument::NONE, Argument::array::<T>(targets, values.len)),
        };
        // Where they are the same array, it is read once.
        let other_scores = if scores.pointer == values.pointer { 0 } else { scores.len };
        let arguments = [
            Argument::array::<T>(scores.pointer, other_scores),
            values.into(),
            classes,
            targets,
            weights,
            (&losses).into(),
            predictions.gradient.as_ref().map_or(Argument::NONE, Argument::from),
            share.into(),
            (count as u64).into(),
        ];
        self.launch(program, "evaluate", grid, &arguments);
        self.add_loss(losses.read(), share);
    }
}
