//! Objectives over classes.

use std::iter::Empty;

use ndarray::{ArrayView1, Dimension};

use super::super::aggregate::{ObjectiveOfItems, count};
use super::super::categorical::{Categorical, check, check_class, check_values};
use super::super::{
    CategoricalCrossentropy, CategoricalTarget, CategoricalTargets, MulticlassHingeLoss, Objective,
    ObjectiveError,
};
use super::{predictions, with_gradient};
use crate::Real;
use crate::cuda::Cuda;
use crate::cuda::objectives::{OverClasses, Predictions, Targets, Weights};
use crate::heads::{GradientOf, Head};

/// An objective over classes with a kernel.
trait HasKernel: Categorical {
    /// The kernel, for gradients with respect to values or scores.
    fn kernel(&self, of: GradientOf) -> OverClasses;
}

impl HasKernel for CategoricalCrossentropy {
    fn kernel(&self, of: GradientOf) -> OverClasses {
        OverClasses::Crossentropy { of_scores: of == GradientOf::Scores }
    }
}

impl HasKernel for MulticlassHingeLoss {
    fn kernel(&self, _: GradientOf) -> OverClasses {
        OverClasses::Hinge { delta: self.delta }
    }
}

macro_rules! objectives {
    ($($objective:ident)*) => {$(
        impl<T: Real, R: Dimension, G> ObjectiveOfItems<Head<T, Cuda, R>, G> for $objective
        where
            G: CategoricalTargets<T, R>,
        {
            type Real = T;
            type Losses = R::Smaller;
            const NAME: &'static str = <$objective as Categorical>::NAME;

            fn items<'a>(&self, outputs: &'a [usize]) -> &'a [usize] {
                &outputs[..outputs.len().saturating_sub(1)]
            }

            fn evaluate_weighted(
                &self,
                output: &mut Head<T, Cuda, R>,
                targets: G,
                weights: impl Iterator<Item = T> + Clone,
            ) -> Result<f64, ObjectiveError> {
                evaluate(self, output, &targets, Some(weights))
            }

            fn loss_weighted(
                &self,
                output: &Head<T, Cuda, R>,
                targets: G,
                weights: impl Iterator<Item = T> + Clone,
            ) -> Result<f64, ObjectiveError> {
                loss(self, output, &targets, Some(weights))
            }
        }

        impl<T: Real, R: Dimension, G> Objective<Head<T, Cuda, R>, G> for $objective
        where
            G: CategoricalTargets<T, R>,
        {
            fn evaluate(&self, output: &mut Head<T, Cuda, R>, targets: G) -> Result<f64, ObjectiveError> {
                evaluate(self, output, &targets, None::<Empty<T>>)
            }

            fn loss(&self, output: &Head<T, Cuda, R>, targets: G) -> Result<f64, ObjectiveError> {
                loss(self, output, &targets, None::<Empty<T>>)
            }
        }
    )*};
}

objectives! { CategoricalCrossentropy MulticlassHingeLoss }

fn evaluate<O: HasKernel, T: Real, R: Dimension>(
    objective: &O,
    output: &mut Head<T, Cuda, R>,
    targets: &impl CategoricalTargets<T, R>,
    weights: Option<impl Iterator<Item = T> + Clone>,
) -> Result<f64, ObjectiveError> {
    let on_device = send(objective, output, targets, weights)?;
    let of = objective.gradient_of(output.nonlinearity());
    let classes = classes(output);
    let loss = compare(objective.kernel(of), classes, with_gradient(output, of), on_device);
    explain(objective, output, of, loss)
}

fn loss<O: HasKernel, T: Real, R: Dimension>(
    objective: &O,
    output: &Head<T, Cuda, R>,
    targets: &impl CategoricalTargets<T, R>,
    weights: Option<impl Iterator<Item = T> + Clone>,
) -> Result<f64, ObjectiveError> {
    let on_device = send(objective, output, targets, weights)?;
    let of = objective.gradient_of(output.nonlinearity());
    let loss = compare(objective.kernel(of), classes(output), predictions(output), on_device);
    explain(objective, output, of, loss)
}

/// The length of the last axis.
fn classes<T: Real, R: Dimension>(output: &Head<T, Cuda, R>) -> usize {
    output.dims().slice().last().copied().unwrap_or(1)
}

fn compare<T: Real>(
    objective: OverClasses,
    classes: usize,
    (device, predictions): (&Cuda, Predictions<'_, T>),
    (targets, weights): (Targets, Weights),
) -> f64 {
    device.compare_classes(objective, classes, &predictions, targets, weights);
    device.take_loss()
}

/// The loss, unless it is NaN for an output that is no probability.
fn explain<O: Categorical, T: Real, R: Dimension>(
    objective: &O,
    output: &Head<T, Cuda, R>,
    of: GradientOf,
    loss: f64,
) -> Result<f64, ObjectiveError> {
    if loss.is_nan() && objective.of_probabilities(of) {
        check_values::<O, T>(&output.dims(), 0, output.get())?;
    }
    Ok(loss)
}

/// Checks targets, and copies them and their weights to the device.
fn send<O: Categorical, T: Real, R: Dimension>(
    objective: &O,
    output: &Head<T, Cuda, R>,
    targets: &impl CategoricalTargets<T, R>,
    weights: Option<impl Iterator<Item = T> + Clone>,
) -> Result<(Targets, Weights), ObjectiveError> {
    let (device, dims) = (output.device(), output.dims());
    check(objective, dims.slice(), targets)?;
    let (classes, items) = (classes(output), dims.slice()[..dims.ndim() - 1].iter().product());
    let count = count(O::NAME, items)?;
    // Those of a data set on the device were not chosen yet; one without a class makes the loss NaN.
    if !device.is_fed() {
        let mut counts = weights.clone();
        for (place, target) in targets.targets().enumerate() {
            let weight = counts.as_mut().map_or(Some(T::one()), Iterator::next);
            if weight != Some(T::zero()) {
                check_class(O::NAME, place, target, classes)?;
            }
        }
    }
    let weights = match weights {
        Some(weights) => Weights::Each(device.weights(weights, items)),
        None => Weights::Alike(count.recip()),
    };
    if targets.dims().len() == dims.ndim() {
        let shares = targets.targets().flat_map(|target| match target {
            CategoricalTarget::Shares(shares) => shares,
            CategoricalTarget::Class(_) => ArrayView1::from(&[]),
        });
        return Ok((Targets::Values(device.numbers(shares.copied(), items * classes)), weights));
    }
    let numbers = targets.targets().map(|target| match target {
        // One that is not there has any number: it has weight 0.
        CategoricalTarget::Class(class) => i32::try_from(class).unwrap_or(-1),
        CategoricalTarget::Shares(_) => -1,
    });
    Ok((Targets::Classes(device.numbers(numbers, items)), weights))
}
