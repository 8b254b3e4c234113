//! Objectives that compare each prediction with a target of its own: each as CUDA C, from which one kernel is made.

use std::iter::Empty;

use ndarray::{Array, ArrayRef, ArrayView, Dimension};

use super::super::aggregate::{ObjectiveOfItems, count};
use super::super::elementwise::check;
use super::super::{
    BinaryCrossentropy, BinaryHingeLoss, Elementwise, HuberLoss, Objective, ObjectiveError, SquaredError,
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
/// but no less than the smallest positive normal number.
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
    const CODE: &'static str = "loss = -t * log(positive(p)) - (1 - t) * log(positive(1 - p)); \
                                derivative = (1 - t) / positive(1 - p) - t / positive(p);";

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
        real odds = log_odds ? p : log(positive(p)) - log(positive(1 - p)), sign = binary ? 2 * t - 1 : t;
        real margin = setting(0) - odds * sign;
        loss = margin < 0 ? real(0) : margin;
        real slope = margin > 0 ? real(1) : margin < 0 ? real(0) : real(0.5);
        derivative = slope == 0 || log_odds ? -sign * slope : -sign * slope / positive(p * (1 - p));";

    fn settings(&self) -> [f64; 4] {
        [self.delta, f64::from(self.log_odds), f64::from(self.binary), 0.0]
    }
}

impl<O: ElementwiseCode, T: Real, R: Dimension> ObjectiveOfItems<Head<T, Cuda, R>, ArrayView<'_, T, R>>
    for O
{
    type Real = T;
    const NAME: &'static str = <O as Elementwise>::NAME;

    fn items<'a>(&self, outputs: &'a [usize]) -> &'a [usize] {
        outputs
    }

    fn evaluate_weighted(
        &self,
        output: &mut Head<T, Cuda, R>,
        targets: ArrayView<'_, T, R>,
        weights: impl Iterator<Item = T> + Clone,
    ) -> Result<f64, ObjectiveError> {
        evaluate(self, output, &targets, Some(weights))
    }

    fn loss_weighted(
        &self,
        output: &Head<T, Cuda, R>,
        targets: ArrayView<'_, T, R>,
        weights: impl Iterator<Item = T> + Clone,
    ) -> Result<f64, ObjectiveError> {
        loss(self, output, &targets, Some(weights))
    }
}

macro_rules! objectives {
    ($($targets:ty)*) => {$(
        impl<O: ElementwiseCode, T: Real, R: Dimension> Objective<Head<T, Cuda, R>, $targets> for O {
            fn evaluate(
                &self,
                output: &mut Head<T, Cuda, R>,
                targets: $targets,
            ) -> Result<f64, ObjectiveError> {
                evaluate(self, output, &targets, None::<Empty<T>>)
            }

            fn loss(&self, output: &Head<T, Cuda, R>, targets: $targets) -> Result<f64, ObjectiveError> {
                loss(self, output, &targets, None::<Empty<T>>)
            }
        }
    )*};
}

objectives! { ArrayView<'_, T, R> &Array<T, R> }

fn evaluate<O: ElementwiseCode, T: Real, R: Dimension>(
    objective: &O,
    output: &mut Head<T, Cuda, R>,
    targets: &ArrayRef<T, R>,
    weights: Option<impl Iterator<Item = T>>,
) -> Result<f64, ObjectiveError> {
    let on_device = send::<O, T, R>(output, targets, weights)?;
    let of_scores = objective.code_of_scores(output.nonlinearity());
    let of = if of_scores.is_some() { GradientOf::Scores } else { GradientOf::Values };
    Ok(compare(objective, of_scores, with_gradient(output, of), on_device))
}

fn loss<O: ElementwiseCode, T: Real, R: Dimension>(
    objective: &O,
    output: &Head<T, Cuda, R>,
    targets: &ArrayRef<T, R>,
    weights: Option<impl Iterator<Item = T>>,
) -> Result<f64, ObjectiveError> {
    let on_device = send::<O, T, R>(output, targets, weights)?;
    let of_scores = objective.code_of_scores(output.nonlinearity());
    Ok(compare(objective, of_scores, predictions(output), on_device))
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

/// Checks targets, and copies them and their weights to the device.
fn send<O: Elementwise, T: Real, R: Dimension>(
    output: &Head<T, Cuda, R>,
    targets: &ArrayRef<T, R>,
    weights: Option<impl Iterator<Item = T>>,
) -> Result<(Targets, Weights), ObjectiveError> {
    check(O::NAME, &output.dims(), targets)?;
    let (device, len) = (output.device(), targets.len());
    let share = count(O::NAME, len)?.recip();
    let values = Targets::Values(device.numbers(targets.iter().copied(), len));
    Ok((values, weights.map_or(Weights::Alike(share), |weights| Weights::Each(device.weights(weights, len)))))
}
