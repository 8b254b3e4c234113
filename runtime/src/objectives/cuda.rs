//! Objectives on NVIDIA GPUs.

use ndarray::Dimension;

use super::aggregate::count;
use super::categorical::{check_class, check_shape};
use super::{CategoricalCrossentropy, CategoricalTarget, CategoricalTargets, Objective, ObjectiveError};
use crate::Real;
use crate::cuda::objectives::{Predictions, Targets};
use crate::cuda::{Cuda, SliceMut};
use crate::heads::{GradientOf, Head};
use crate::nonlinearities::Nonlinearity;

impl<T: Real, R: Dimension, G: CategoricalTargets<T, R>> Objective<Head<T, Cuda, R>, G>
    for CategoricalCrossentropy
{
    fn evaluate(&self, output: &mut Head<T, Cuda, R>, targets: G) -> Result<f64, ObjectiveError> {
        let (dims, nonlinearity) = (output.dims(), output.nonlinearity());
        let parts = output.parts_on_device();
        *parts.gradient_of = gradient_of(nonlinearity);
        let predictions = Predictions { scores: parts.scores, values: parts.values };
        crossentropy(parts.device, dims.slice(), nonlinearity, predictions, &targets, Some(&parts.gradient))
    }

    fn loss(&self, output: &Head<T, Cuda, R>, targets: G) -> Result<f64, ObjectiveError> {
        let predictions =
            Predictions { scores: output.scores_on_device(), values: output.values_on_device() };
        let dims = output.dims();
        crossentropy(output.device(), dims.slice(), output.nonlinearity(), predictions, &targets, None)
    }
}

fn gradient_of(nonlinearity: Nonlinearity) -> GradientOf {
    if nonlinearity == Nonlinearity::Softmax { GradientOf::Scores } else { GradientOf::Values }
}

fn crossentropy<T: Real, R: Dimension>(
    device: &Cuda,
    dims: &[usize],
    nonlinearity: Nonlinearity,
    predictions: Predictions<'_, T>,
    targets: &impl CategoricalTargets<T, R>,
    gradient: Option<&SliceMut<'_, T>>,
) -> Result<f64, ObjectiveError> {
    const NAME: &str = "categorical_crossentropy";
    check_shape(NAME, dims, targets)?;
    let classes = dims[dims.len() - 1];
    count(NAME, dims[..dims.len() - 1].iter().product())?;
    let of_scores = gradient_of(nonlinearity) == GradientOf::Scores;
    let targets = categorical_targets(NAME, device, dims, targets)?;
    device.categorical_crossentropy(predictions, classes, of_scores, targets, gradient);
    Ok(device.take_loss())
}

/// Targets on the device: classes if there is one number an item, else shares.
fn categorical_targets<T: Real, R: Dimension>(
    name: &'static str,
    device: &Cuda,
    dims: &[usize],
    targets: &impl CategoricalTargets<T, R>,
) -> Result<Targets, ObjectiveError> {
    let (classes, items) = (dims[dims.len() - 1], dims[..dims.len() - 1].iter().product());
    for (place, target) in targets.targets().enumerate() {
        check_class(name, place, target, classes)?;
    }
    if targets.dims().len() == dims.len() {
        let shares = targets.targets().flat_map(|target| match target {
            CategoricalTarget::Shares(shares) => shares.to_vec(),
            CategoricalTarget::Class(_) => Vec::new(),
        });
        return Ok(Targets::Shares(device.values::<T>(shares, items * classes)));
    }
    let classes = targets.targets().map(|target| match target {
        CategoricalTarget::Class(class) => class as i32,
        CategoricalTarget::Shares(_) => 0,
    });
    Ok(Targets::Classes(device.numbers(classes, items)))
}
