//! Objectives that compare each prediction with a target of its own.

use ndarray::{Array, ArrayRef, Dimension, Zip};

use super::aggregate::{ObjectiveOfItems, mean, mean_loss};
use super::{Objective, ObjectiveError, Values, probabilities};
use crate::cpu::map;
use crate::device::Cpu;
use crate::heads::{GradientOf, Head, HeadParts};
use crate::nonlinearities::Nonlinearity;
use crate::settings::{above_0, at_least_0};
use crate::{Real, SettingError};

/// From score, prediction and target to the loss and its derivative with respect to the score.
pub type OfScore<T> = fn(T, T, T) -> (T, T);

/// An objective that is the mean of a function of each prediction and its target. Implement it for one of your own.
pub trait Elementwise {
    /// What errors call it.
    const NAME: &'static str;

    /// Whether the settings make sense, which is asked before each use: by default they do.
    ///
    /// # Errors
    /// The first setting that does not.
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// Whether predictions must be probabilities, where they are not compared by [scores](Self::of_scores): by default
    /// they need not. Those that are none are then an error, on an NVIDIA GPU a loss of NaN if the code says so.
    fn of_probabilities(&self) -> bool {
        false
    }

    /// The loss of one prediction.
    fn element<T: Real>(&self, prediction: T, target: T) -> T;

    /// Its derivative with respect to the prediction.
    fn derivative<T: Real>(&self, prediction: T, target: T) -> T;

    /// A stable form for predictions that `nonlinearity` made of scores.
    fn of_scores<T: Real>(&self, nonlinearity: Nonlinearity) -> Option<OfScore<T>> {
        let _ = nonlinearity;
        None
    }
}

/// The mean of `(p - t)^2`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SquaredError;

impl Elementwise for SquaredError {
    const NAME: &'static str = "squared_error";

    fn element<T: Real>(&self, prediction: T, target: T) -> T {
        (prediction - target) * (prediction - target)
    }

    fn derivative<T: Real>(&self, prediction: T, target: T) -> T {
        T::of(2.0) * (prediction - target)
    }
}

/// `(p - t)^2` of each element.
///
/// # Errors
/// If the shapes differ.
pub fn squared_error<T: Real, R: Dimension>(
    predictions: &ArrayRef<T, R>,
    targets: &ArrayRef<T, R>,
) -> Result<Array<T, R>, ObjectiveError> {
    losses(&SquaredError, predictions, targets)
}

/// The mean of `-t log p - (1 - t) log(1 - p)`, for predictions between 0 and 1.
///
/// After `sigmoid` it is computed from the scores `s`, as `max(s, 0) - s t + log(1 + exp(-|s|))`. Otherwise
/// logarithms are taken of no less than the smallest positive normal number, and predictions below 0 or above 1 by more
/// than rounding are an error.
#[derive(Clone, Copy, Debug, Default)]
pub struct BinaryCrossentropy;

impl Elementwise for BinaryCrossentropy {
    const NAME: &'static str = "binary_crossentropy";

    fn of_probabilities(&self) -> bool {
        true
    }

    fn element<T: Real>(&self, prediction: T, target: T) -> T {
        -target * positive(prediction).ln() - (T::one() - target) * positive(T::one() - prediction).ln()
    }

    fn derivative<T: Real>(&self, prediction: T, target: T) -> T {
        (T::one() - target) / positive(T::one() - prediction) - target / positive(prediction)
    }

    fn of_scores<T: Real>(&self, nonlinearity: Nonlinearity) -> Option<OfScore<T>> {
        (nonlinearity == Nonlinearity::Sigmoid).then_some(|score, prediction, target| {
            // `T::max` would swallow a NaN.
            let above = if score < T::zero() { T::zero() } else { score };
            (above - score * target + (-score.abs()).exp().ln_1p(), prediction - target)
        })
    }
}

/// `-t log p - (1 - t) log(1 - p)` of each element; see [`BinaryCrossentropy`].
///
/// # Errors
/// If the shapes differ, or a prediction is no probability.
pub fn binary_crossentropy<T: Real, R: Dimension>(
    predictions: &ArrayRef<T, R>,
    targets: &ArrayRef<T, R>,
) -> Result<Array<T, R>, ObjectiveError> {
    losses(&BinaryCrossentropy, predictions, targets)
}

/// The mean of `(p - t)^2 / 2` where `|p - t|` is at most `delta`, of `delta (|p - t| - delta / 2)` elsewhere.
///
/// Huber, "Robust estimation of a location parameter" (Annals of Statistics 1964).
#[derive(Clone, Copy, Debug)]
pub struct HuberLoss {
    /// Where the parabola becomes a line, above 0. Default 1.
    pub delta: f64,
}

impl Default for HuberLoss {
    fn default() -> Self {
        HuberLoss { delta: 1.0 }
    }
}

impl Elementwise for HuberLoss {
    const NAME: &'static str = "huber_loss";

    fn check(&self) -> Result<(), SettingError> {
        above_0("delta", self.delta)
    }

    fn element<T: Real>(&self, prediction: T, target: T) -> T {
        let (delta, difference) = (T::of(self.delta), (prediction - target).abs());
        let half = T::of(0.5);
        if difference <= delta { half * difference * difference } else { delta * (difference - half * delta) }
    }

    fn derivative<T: Real>(&self, prediction: T, target: T) -> T {
        let (delta, difference) = (T::of(self.delta), prediction - target);
        if difference.abs() <= delta { difference } else { delta * difference.signum() }
    }
}

/// The [`HuberLoss`] of each element.
///
/// # Errors
/// If the shapes differ, or `delta` is not above 0.
pub fn huber_loss<T: Real, R: Dimension>(
    predictions: &ArrayRef<T, R>,
    targets: &ArrayRef<T, R>,
    delta: f64,
) -> Result<Array<T, R>, ObjectiveError> {
    losses(&HuberLoss { delta }, predictions, targets)
}

/// The mean of `max(0, delta - p t)`, for targets that are -1 or 1, or with `binary` 0 or 1.
#[derive(Clone, Copy, Debug)]
pub struct BinaryHingeLoss {
    /// The margin, at least 0. Default 1.
    pub delta: f64,
    /// Whether predictions are log-odds; if not, they are probabilities and `log(p / (1 - p))` is taken. Default
    /// true.
    pub log_odds: bool,
    /// Whether targets are 0 and 1 rather than -1 and 1. Default true.
    pub binary: bool,
}

impl Default for BinaryHingeLoss {
    fn default() -> Self {
        BinaryHingeLoss { delta: 1.0, log_odds: true, binary: true }
    }
}

impl BinaryHingeLoss {
    fn margin<T: Real>(&self, prediction: T, target: T) -> (T, T) {
        let odds = if self.log_odds {
            prediction
        } else {
            positive(prediction).ln() - positive(T::one() - prediction).ln()
        };
        let sign = if self.binary { T::of(2.0) * target - T::one() } else { target };
        (T::of(self.delta) - odds * sign, sign)
    }
}

impl Elementwise for BinaryHingeLoss {
    const NAME: &'static str = "binary_hinge_loss";

    fn check(&self) -> Result<(), SettingError> {
        at_least_0("delta", self.delta)
    }

    fn of_probabilities(&self) -> bool {
        !self.log_odds
    }

    fn element<T: Real>(&self, prediction: T, target: T) -> T {
        let (margin, _) = self.margin(prediction, target);
        if margin < T::zero() { T::zero() } else { margin }
    }

    /// At the kink the mean of both sides, as of `relu`.
    fn derivative<T: Real>(&self, prediction: T, target: T) -> T {
        let (margin, sign) = self.margin(prediction, target);
        let slope = map::rectifier_slope(margin, T::zero());
        if slope == T::zero() || self.log_odds {
            -sign * slope
        } else {
            -sign * slope / positive(prediction * (T::one() - prediction))
        }
    }
}

/// The [`BinaryHingeLoss`] of each element.
///
/// # Errors
/// If the shapes differ, the margin is below 0, or a prediction is no probability where it must be one.
pub fn binary_hinge_loss<T: Real, R: Dimension>(
    predictions: &ArrayRef<T, R>,
    targets: &ArrayRef<T, R>,
    options: BinaryHingeLoss,
) -> Result<Array<T, R>, ObjectiveError> {
    losses(&options, predictions, targets)
}

/// Whether each prediction is on its target's side of `threshold` (Lasagne's default is 0.5): 1 if it is, else 0. A
/// prediction of just the threshold is one of class 1.
///
/// # Errors
/// If the shapes differ.
pub fn binary_accuracy<T: Real, R: Dimension>(
    predictions: &ArrayRef<T, R>,
    targets: &ArrayRef<T, R>,
    threshold: f64,
) -> Result<Array<T, R>, ObjectiveError> {
    check_shape("binary_accuracy", &predictions.raw_dim(), targets)?;
    let threshold = T::of(threshold);
    let above = |prediction| if prediction >= threshold { T::one() } else { T::zero() };
    Ok(Zip::from(predictions)
        .and(targets)
        .map_collect(|&prediction, &target| if above(prediction) == target { T::one() } else { T::zero() }))
}

/// No less than the smallest positive normal number; NaN stays.
pub(super) fn positive<T: Real>(value: T) -> T {
    if value < T::min_positive_value() { T::min_positive_value() } else { value }
}

/// Whether the objective makes sense, for targets such as these.
pub(super) fn check<O: Elementwise, T: Real, R: Dimension>(
    objective: &O,
    predictions: &R,
    targets: &ArrayRef<T, R>,
) -> Result<(), ObjectiveError> {
    objective.check().map_err(|error| ObjectiveError::Setting { objective: O::NAME, error })?;
    check_shape(O::NAME, predictions, targets)
}

fn check_shape<T: Real, R: Dimension>(
    objective: &'static str,
    predictions: &R,
    targets: &ArrayRef<T, R>,
) -> Result<(), ObjectiveError> {
    if targets.raw_dim() != *predictions {
        return Err(ObjectiveError::Shape {
            objective,
            predictions: predictions.slice().to_vec(),
            expected: String::from("values of the same shape"),
            found: targets.shape().to_vec(),
        });
    }
    Ok(())
}

/// Refuses predictions that are no probabilities.
pub(super) fn check_probabilities<O: Elementwise, T: Real>(
    _: &O,
    dims: &[usize],
    first: usize,
    predictions: impl IntoIterator<Item = T>,
) -> Result<(), ObjectiveError> {
    probabilities::check((O::NAME, "sigmoid"), dims, first, predictions)
}

fn losses<T: Real, R: Dimension>(
    objective: &impl Elementwise,
    predictions: &ArrayRef<T, R>,
    targets: &ArrayRef<T, R>,
) -> Result<Array<T, R>, ObjectiveError> {
    check(objective, &predictions.raw_dim(), targets)?;
    if objective.of_probabilities() {
        check_probabilities(objective, predictions.shape(), 0, predictions.iter().copied())?;
    }
    Ok(Zip::from(predictions).and(targets).map_collect(|&p, &t| objective.element(p, t)))
}

impl<O: Elementwise, T: Real, R: Dimension, G: Values<T, R>> ObjectiveOfItems<Head<T, Cpu, R>, G> for O {
    type Real = T;
    type Losses = R;
    const NAME: &'static str = <O as Elementwise>::NAME;

    fn items<'a>(&self, outputs: &'a [usize]) -> &'a [usize] {
        outputs
    }

    fn evaluate_weighted(
        &self,
        output: &mut Head<T, Cpu, R>,
        targets: G,
        weights: impl Iterator<Item = T> + Clone,
    ) -> Result<f64, ObjectiveError> {
        let HeadParts { values, scores, nonlinearity, gradient, gradient_of } = output.parts();
        let targets = targets.values();
        let dims = values.raw_dim();
        check(self, &dims, &targets)?;
        let elements = scores.into_iter().zip(values).zip(targets).zip(gradient).zip(weights);
        let function = self.of_scores(nonlinearity);
        let of_probabilities = function.is_none() && self.of_probabilities();
        *gradient_of = if function.is_some() { GradientOf::Scores } else { GradientOf::Values };
        let mut sum = 0.0;
        for (number, ((((&score, &value), &target), gradient), weight)) in elements.enumerate() {
            if weight == T::zero() {
                *gradient = T::zero();
                continue;
            }
            if of_probabilities {
                check_probabilities(self, dims.slice(), number, [value])?;
            }
            let (loss, derivative) = match function {
                Some(function) => function(score, value, target),
                None => (self.element(value, target), self.derivative(value, target)),
            };
            *gradient = weight * derivative;
            sum += weight.to_f64() * loss.to_f64();
        }
        Ok(sum)
    }

    fn loss_weighted(
        &self,
        output: &Head<T, Cpu, R>,
        targets: G,
        weights: impl Iterator<Item = T> + Clone,
    ) -> Result<f64, ObjectiveError> {
        let (values, scores) = (output.values(), output.scores());
        let targets = targets.values();
        check(self, &values.raw_dim(), &targets)?;
        let function = self.of_scores(output.nonlinearity());
        let of_probabilities = function.is_none() && self.of_probabilities();
        let mut sum = 0.0;
        let elements = scores.iter().zip(&values).zip(targets).zip(weights);
        for (number, (((&score, &value), &target), weight)) in elements.enumerate() {
            if weight != T::zero() {
                if of_probabilities {
                    check_probabilities(self, values.shape(), number, [value])?;
                }
                let loss = match function {
                    Some(function) => function(score, value, target).0,
                    None => self.element(value, target),
                };
                sum += weight.to_f64() * loss.to_f64();
            }
        }
        Ok(sum)
    }
}

#[diagnostic::do_not_recommend]
impl<O: Elementwise, T: Real, R: Dimension, G: Values<T, R>> Objective<Head<T, Cpu, R>, G> for O {
    fn evaluate(&self, output: &mut Head<T, Cpu, R>, targets: G) -> Result<f64, ObjectiveError> {
        mean(self, output, targets)
    }

    fn loss(&self, output: &Head<T, Cpu, R>, targets: G) -> Result<f64, ObjectiveError> {
        mean_loss(self, output, targets)
    }
}
