//! Objectives that compare each prediction with a target of its own: each as CUDA C, from which one kernel is made.

use std::iter::Empty;

use ndarray::{ArrayRef, Dimension};

use super::super::aggregate::{ObjectiveOfItems, count};
use super::super::elementwise::{check, check_probabilities};
use super::super::{
    BinaryCrossentropy, BinaryHingeLoss, Elementwise, HuberLoss, Objective, ObjectiveError, SquaredError,
    Values,
};
use super::{predictions, with_gradient};
use crate::Real;
use crate::cuda::Cuda;
use crate::cuda::objectives::{Predictions, Targets, Weights};
use crate::heads::{GradientOf, Head};
use crate::nonlinearities::Nonlinearity;

/// An elementwise objective that an NVIDIA GPU can compute: [`Elementwise`] in CUDA C. Implement it for one of your own.
///
/// The code is statements that set `loss` and `derivative`. They read the prediction `p`, its target `t`, the score `s`
/// that the prediction was made of, and `setting(0)` to `setting(3)`, all of the element type `real`; `positive(x)` is `x`,
/// but no less than the smallest positive normal number, and `probability(x)` is `x`, but NaN where that is below 0 or above 1
/// by more than rounding.
///
/// # Safety
/// The text becomes part of a kernel: it must only read and write what it is told of here, and end.
pub unsafe trait ElementwiseCode: Elementwise {
    /// The code of [`Elementwise::element`] and [`Elementwise::derivative`].
    const CODE: &'static str;

    /// The code of [`Elementwise::of_scores`], which sets the derivative with respect to the score.
    fn code_of_scores(&self, nonlinearity: Nonlinearity) -> Option<&'static str> {
        let _ = nonlinearity;
        None
    }

    /// The settings.
    fn settings(&self) -> [f64; 4] {
        [0.0; 4]
    }
}

// SAFETY: it reads and sets what it is told of alone, and has no loops.
unsafe impl ElementwiseCode for SquaredError {
    const CODE: &'static str =
        "real difference = p - t; loss = difference * difference; derivative = 2 * difference;";
}

// SAFETY: it reads and sets what it is told of alone, and has no loops.
unsafe impl ElementwiseCode for BinaryCrossentropy {
    const CODE: &'static str = "
        real q = probability(p);
        loss = -t * log(positive(q)) - (1 - t) * log(positive(1 - q));
        derivative = (1 - t) / positive(1 - q) - t / positive(q);";

    fn code_of_scores(&self, nonlinearity: Nonlinearity) -> Option<&'static str> {
        let code = "loss = (s < 0 ? real(0) : s) - s * t + log1p(exp(-fabs(s))); derivative = p - t;";
        (nonlinearity == Nonlinearity::Sigmoid).then_some(code)
    }
}

// SAFETY: it reads and sets what it is told of alone, and has no loops.
unsafe impl ElementwiseCode for HuberLoss {
    const CODE: &'static str = "
        real difference = p - t, size = fabs(difference), delta = setting(0);
        loss = size <= delta ? real(0.5) * size * size : delta * (size - real(0.5) * delta);
        derivative = difference > delta ? delta : difference < -delta ? -delta : difference;";

    fn settings(&self) -> [f64; 4] {
        [self.delta, 0.0, 0.0, 0.0]
    }
}

// SAFETY: it reads and sets what it is told of alone, and has no loops.
unsafe impl ElementwiseCode for BinaryHingeLoss {
    const CODE: &'static str = "
        bool log_odds = setting(1) != 0, binary = setting(2) != 0;
        real q = log_odds ? p : probability(p);
        real odds = log_odds ? p : log(positive(q)) - log(positive(1 - q)), sign = binary ? 2 * t - 1 : t;
        real margin = setting(0) - odds * sign;
        loss = margin < 0 ? real(0) : margin;
        real slope = margin > 0 ? real(1) : margin < 0 ? real(0) : real(0.5);
        derivative = slope == 0 || log_odds ? -sign * slope : -sign * slope / positive(q * (1 - q));";

    fn settings(&self) -> [f64; 4] {
        [self.delta, f64::from(self.log_odds), f64::from(self.binary), 0.0]
    }
}

impl<O: ElementwiseCode, T: Real, R: Dimension, G: Values<T, R>> ObjectiveOfItems<Head<T, Cuda, R>, G> for O {
    type Real = T;
    type Losses = R;
    const NAME: &'static str = <O as Elementwise>::NAME;

    fn items<'a>(&self, outputs: &'a [usize]) -> &'a [usize] {
        outputs
    }

    fn evaluate_weighted(
        &self,
        output: &mut Head<T, Cuda, R>,
        targets: G,
        weights: impl Iterator<Item = T> + Clone,
    ) -> Result<f64, ObjectiveError> {
        evaluate(self, output, &targets.values(), Some(weights))
    }

    fn loss_weighted(
        &self,
        output: &Head<T, Cuda, R>,
        targets: G,
        weights: impl Iterator<Item = T> + Clone,
    ) -> Result<f64, ObjectiveError> {
        loss(self, output, &targets.values(), Some(weights))
    }
}

#[diagnostic::do_not_recommend]
impl<O: ElementwiseCode, T: Real, R: Dimension, G: Values<T, R>> Objective<Head<T, Cuda, R>, G> for O {
    fn evaluate(&self, output: &mut Head<T, Cuda, R>, targets: G) -> Result<f64, ObjectiveError> {
        evaluate(self, output, &targets.values(), None::<Empty<T>>)
    }

    fn loss(&self, output: &Head<T, Cuda, R>, targets: G) -> Result<f64, ObjectiveError> {
        loss(self, output, &targets.values(), None::<Empty<T>>)
    }
}

fn evaluate<O: ElementwiseCode, T: Real, R: Dimension>(
    objective: &O,
    output: &mut Head<T, Cuda, R>,
    targets: &ArrayRef<T, R>,
    weights: Option<impl Iterator<Item = T>>,
) -> Result<f64, ObjectiveError> {
    let on_device = send(objective, output, targets, weights)?;
    let of_scores = objective.code_of_scores(output.nonlinearity());
    let of = if of_scores.is_some() { GradientOf::Scores } else { GradientOf::Values };
    let loss = compare(objective, of_scores, with_gradient(output, of), on_device);
    explain(objective, output, of_scores, loss)
}

fn loss<O: ElementwiseCode, T: Real, R: Dimension>(
    objective: &O,
    output: &Head<T, Cuda, R>,
    targets: &ArrayRef<T, R>,
    weights: Option<impl Iterator<Item = T>>,
) -> Result<f64, ObjectiveError> {
    let on_device = send(objective, output, targets, weights)?;
    let of_scores = objective.code_of_scores(output.nonlinearity());
    let loss = compare(objective, of_scores, predictions(output), on_device);
    explain(objective, output, of_scores, loss)
}

fn compare<O: ElementwiseCode, T: Real>(
    objective: &O,
    of_scores: Option<&'static str>,
    (device, predictions): (&Cuda, Predictions<'_, T>),
    (targets, weights): (Targets, Weights),
) -> f64 {
    let code = of_scores.unwrap_or(O::CODE);
    device.compare_elements(code, objective.settings(), &predictions, targets, weights);
    device.take_loss()
}

/// The loss, unless it is NaN for an output that is no probability.
fn explain<O: Elementwise, T: Real, R: Dimension>(
    objective: &O,
    output: &Head<T, Cuda, R>,
    of_scores: Option<&'static str>,
    loss: f64,
) -> Result<f64, ObjectiveError> {
    if loss.is_nan() && of_scores.is_none() && objective.of_probabilities() {
        check_probabilities(objective, output.dims().slice(), 0, output.get())?;
    }
    Ok(loss)
}

/// Checks targets, and copies them and their weights to the device.
fn send<O: Elementwise, T: Real, R: Dimension>(
    objective: &O,
    output: &Head<T, Cuda, R>,
    targets: &ArrayRef<T, R>,
    weights: Option<impl Iterator<Item = T>>,
) -> Result<(Targets, Weights), ObjectiveError> {
    check(objective, &output.dims(), targets)?;
    let (device, len) = (output.device(), targets.len());
    let share = count(O::NAME, len)?.recip();
    let values = Targets::Values(device.numbers(targets.iter().copied(), len));
    Ok((values, weights.map_or(Weights::Alike(share), |weights| Weights::Each(device.weights(weights, len)))))
}
