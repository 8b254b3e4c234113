//! Objectives over classes: the last axis of the predictions.

use ndarray::{Array, ArrayRef, ArrayView, ArrayView1, ArrayViewMut1, Axis, Dimension, RemoveAxis};

use super::aggregate::{ObjectiveOfItems, mean, mean_loss};
use super::elementwise::positive;
use super::{Objective, ObjectiveError, probabilities};
use crate::cpu::map;
use crate::device::Cpu;
use crate::heads::{GradientOf, Head, HeadParts};
use crate::nonlinearities::Nonlinearity;
use crate::settings::at_least_0;
use crate::{Real, SettingError};

/// What one item should be.
#[derive(Clone, Copy, Debug)]
pub enum CategoricalTarget<'a, T> {
    /// This class.
    Class(i128),
    /// Each class with the given share: 1 for one class and 0 for the others ("one-hot"), or a distribution.
    Shares(ArrayView1<'a, T>),
}

/// Targets for predictions (batch, ..., classes) of element type `T` and rank `R`: class numbers (batch, ...) of any
/// integer type up to 64 bits, or shares (batch, ..., classes).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be targets of classes for outputs of `{T}`",
    label = "not targets of classes",
    note = "targets are an `ArrayView` or an `&Array`: class numbers (batch) of an integer type, for outputs \
            (batch, classes), or shares (batch, classes) of the outputs' own type, such as one-hot rows"
)]
pub trait CategoricalTargets<T: Real, R: Dimension> {
    /// The lengths of the axes.
    fn dims(&self) -> &[usize];

    /// The lengths that the axes must have for these predictions.
    fn expected<'a>(&self, predictions: &'a [usize]) -> &'a [usize];

    /// The targets, item by item.
    fn targets(&self) -> impl Iterator<Item = CategoricalTarget<'_, T>>;
}

macro_rules! class_numbers {
    ($($class:ty)*) => {$(
        impl<T: Real, R: Dimension> CategoricalTargets<T, R> for ArrayView<'_, $class, R::Smaller> {
            fn dims(&self) -> &[usize] {
                self.shape()
            }

            fn expected<'a>(&self, predictions: &'a [usize]) -> &'a [usize] {
                &predictions[..predictions.len() - 1]
            }

            fn targets(&self) -> impl Iterator<Item = CategoricalTarget<'_, T>> {
                self.iter().map(|&class| CategoricalTarget::Class(class as i128))
            }
        }

        impl<T: Real, R: Dimension> CategoricalTargets<T, R> for &Array<$class, R::Smaller> {
            fn dims(&self) -> &[usize] {
                self.shape()
            }

            fn expected<'a>(&self, predictions: &'a [usize]) -> &'a [usize] {
                &predictions[..predictions.len() - 1]
            }

            fn targets(&self) -> impl Iterator<Item = CategoricalTarget<'_, T>> {
                self.iter().map(|&class| CategoricalTarget::Class(class as i128))
            }
        }
    )*};
}

class_numbers! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

impl<T: Real, R: Dimension> CategoricalTargets<T, R> for ArrayView<'_, T, R> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn expected<'a>(&self, predictions: &'a [usize]) -> &'a [usize] {
        predictions
    }

    fn targets(&self) -> impl Iterator<Item = CategoricalTarget<'_, T>> {
        self.rows().into_iter().map(CategoricalTarget::Shares)
    }
}

impl<T: Real, R: Dimension> CategoricalTargets<T, R> for &Array<T, R> {
    fn dims(&self) -> &[usize] {
        self.shape()
    }

    fn expected<'a>(&self, predictions: &'a [usize]) -> &'a [usize] {
        predictions
    }

    fn targets(&self) -> impl Iterator<Item = CategoricalTarget<'_, T>> {
        self.rows().into_iter().map(CategoricalTarget::Shares)
    }
}

/// The mean over all items of `-sum_c t_c log p_c`, for predictions (batch, ..., classes) that are probabilities.
///
/// Targets are class numbers or shares; see [`CategoricalTargets`]. After `softmax` it is computed from the scores,
/// and its gradient with respect to them is `(p - t) / n`. Otherwise logarithms are taken of no less than the
/// smallest positive normal number, and predictions below 0 or above 1 by more than rounding are an error.
#[derive(Clone, Copy, Debug, Default)]
pub struct CategoricalCrossentropy;

const CROSSENTROPY: &str = "categorical_crossentropy";

/// `-sum_c t_c log p_c` of each item (batch, ...); see [`CategoricalCrossentropy`].
///
/// ```
/// use layercake::objectives::categorical_crossentropy;
/// use ndarray::array;
///
/// let predictions = array![[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]];
/// let by_class = categorical_crossentropy(&predictions, &array![0, 2])?;
/// let by_share = categorical_crossentropy(&predictions, &array![[1., 0., 0.], [0., 0., 1.]])?;
/// assert_eq!(by_class, array![2_f64.ln(), -0.8_f64.ln()]);
/// assert_eq!(by_class, by_share);
/// # Ok::<(), layercake::objectives::ObjectiveError>(())
/// ```
///
/// # Errors
/// If the targets have another shape, or name a class that is not there, or a prediction is no probability.
pub fn categorical_crossentropy<T: Real, R: RemoveAxis>(
    predictions: &ArrayRef<T, R>,
    targets: impl CategoricalTargets<T, R>,
) -> Result<Array<T, R::Smaller>, ObjectiveError> {
    let values = predictions.iter().copied();
    check_values::<CategoricalCrossentropy, T>(&predictions.raw_dim(), 0, values)?;
    per_item(CROSSENTROPY, predictions, &targets, |prediction, target| match target {
        Target::Class(class) => -positive(prediction[class]).ln(),
        Target::Shares(shares) => shares.iter().zip(&prediction).map(|(&t, &p)| -t * positive(p).ln()).sum(),
    })
}

/// Whether the target is among the `top_k` largest predictions of each item (batch, ...): 1 if it is, else 0. Of
/// equal predictions the first counts as the largest.
///
/// # Errors
/// If the targets have another shape, or name a class that is not there, or `top_k` is not from 1 to the number of
/// classes.
pub fn categorical_accuracy<T: Real, R: RemoveAxis>(
    predictions: &ArrayRef<T, R>,
    targets: impl CategoricalTargets<T, R>,
    top_k: usize,
) -> Result<Array<T, R::Smaller>, ObjectiveError> {
    const NAME: &str = "categorical_accuracy";
    let classes = predictions.shape().last().copied().unwrap_or_default();
    if !(1..=classes).contains(&top_k) {
        return Err(ObjectiveError::TopK { objective: NAME, top_k, classes });
    }
    per_item(NAME, predictions, &targets, |prediction, target| {
        let class = target.class();
        let own = prediction[class];
        let before = |(place, &p): (usize, &T)| p > own || (p == own && place < class);
        let rank = prediction.iter().enumerate().filter(|&pair| before(pair)).count();
        // A prediction of NaN is never right.
        if rank < top_k && !own.is_nan() { T::one() } else { T::zero() }
    })
}

/// The mean over all items of `max(0, max_{c != t} p_c - p_t + delta)`, for predictions (batch, ..., classes).
#[derive(Clone, Copy, Debug)]
pub struct MulticlassHingeLoss {
    /// The margin, at least 0. Default 1.
    pub delta: f64,
}

impl Default for MulticlassHingeLoss {
    fn default() -> Self {
        MulticlassHingeLoss { delta: 1.0 }
    }
}

const MULTICLASS_HINGE: &str = "multiclass_hinge_loss";

/// The [`MulticlassHingeLoss`] of each item (batch, ...).
///
/// # Errors
/// If the targets have another shape, or name a class that is not there, or the margin is below 0.
pub fn multiclass_hinge_loss<T: Real, R: RemoveAxis>(
    predictions: &ArrayRef<T, R>,
    targets: impl CategoricalTargets<T, R>,
    delta: f64,
) -> Result<Array<T, R::Smaller>, ObjectiveError> {
    check_settings(&MulticlassHingeLoss { delta })?;
    per_item(MULTICLASS_HINGE, predictions, &targets, |prediction, target| {
        let class = target.class();
        hinge(margin(delta, prediction[class], rival(prediction, class).map(|rival| prediction[rival])))
    })
}

/// The largest prediction beside that of `class`; one that is NaN counts as the largest.
fn rival<T: Real>(prediction: ArrayView1<T>, class: usize) -> Option<usize> {
    let others = (0..prediction.len()).filter(|&other| other != class);
    others.reduce(|best, other| {
        let stays = prediction[other] <= prediction[best] || prediction[best].is_nan();
        if stays { best } else { other }
    })
}

/// By how much `own` fails to be `delta` above its rival.
fn margin<T: Real>(delta: f64, own: T, rival: Option<T>) -> T {
    rival.map_or(T::zero(), |rival| rival - own + T::of(delta))
}

/// `max(0, margin)`; NaN stays NaN.
fn hinge<T: Real>(margin: T) -> T {
    if margin < T::zero() { T::zero() } else { margin }
}

/// A target that fits its prediction.
#[derive(Clone, Copy)]
pub(super) enum Target<'a, T> {
    Class(usize),
    Shares(ArrayView1<'a, T>),
}

impl<T: Real> Target<'_, T> {
    /// The class, or the one with the largest share.
    fn class(self) -> usize {
        match self {
            Target::Class(class) => class,
            Target::Shares(shares) => (0..shares.len())
                .reduce(|best, other| if shares[other] > shares[best] { other } else { best })
                .unwrap_or_default(),
        }
    }
}

/// Whether the objective makes sense, for targets such as these.
pub(super) fn check<C: Categorical, T: Real, R: Dimension>(
    objective: &C,
    predictions: &[usize],
    targets: &impl CategoricalTargets<T, R>,
) -> Result<(), ObjectiveError> {
    check_settings(objective)?;
    check_shape(C::NAME, predictions, targets)
}

fn check_settings<C: Categorical>(objective: &C) -> Result<(), ObjectiveError> {
    objective.check().map_err(|error| ObjectiveError::Setting { objective: C::NAME, error })
}

fn check_shape<T: Real, R: Dimension>(
    objective: &'static str,
    predictions: &[usize],
    targets: &impl CategoricalTargets<T, R>,
) -> Result<(), ObjectiveError> {
    let found = targets.dims();
    if predictions.is_empty() || found != targets.expected(predictions) {
        let items = &predictions[..predictions.len().saturating_sub(1)];
        return Err(ObjectiveError::Shape {
            objective,
            predictions: predictions.to_vec(),
            expected: format!("class numbers of shape {items:?} or shares of shape {predictions:?}"),
            found: found.to_vec(),
        });
    }
    Ok(())
}

/// A target that fits `classes` classes.
pub(super) fn check_class<'a, T>(
    objective: &'static str,
    place: usize,
    target: CategoricalTarget<'a, T>,
    classes: usize,
) -> Result<Target<'a, T>, ObjectiveError> {
    match target {
        CategoricalTarget::Shares(shares) => Ok(Target::Shares(shares)),
        CategoricalTarget::Class(class) => match usize::try_from(class) {
            Ok(number) if number < classes => Ok(Target::Class(number)),
            _ => Err(ObjectiveError::Class { objective, place, class, classes }),
        },
    }
}

/// A number for each item, from its predictions and target.
fn per_item<T: Real, R: RemoveAxis>(
    objective: &'static str,
    predictions: &ArrayRef<T, R>,
    targets: &impl CategoricalTargets<T, R>,
    function: impl Fn(ArrayView1<T>, Target<T>) -> T,
) -> Result<Array<T, R::Smaller>, ObjectiveError> {
    check_shape(objective, predictions.shape(), targets)?;
    let last = Axis(predictions.ndim() - 1);
    let mut results = Array::zeros(predictions.raw_dim().remove_axis(last));
    let items = predictions.rows().into_iter().zip(targets.targets());
    for (place, (result, (prediction, target))) in results.iter_mut().zip(items).enumerate() {
        *result = function(prediction, check_class(objective, place, target, prediction.len())?);
    }
    Ok(results)
}

/// One item: what the last nonlinearity took and gave.
pub(super) struct Item<'a, T> {
    scores: ArrayView1<'a, T>,
    values: ArrayView1<'a, T>,
    target: Target<'a, T>,
}

/// An objective over classes, for the one implementation of [`Objective`].
pub(super) trait Categorical {
    const NAME: &'static str;

    /// Whether the settings make sense.
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// Whether the gradient that [`gradient`](Self::gradient) gives is one with respect to the scores.
    fn gradient_of(&self, nonlinearity: Nonlinearity) -> GradientOf;

    /// Whether values must be probabilities, for a gradient of this kind.
    fn of_probabilities(&self, of: GradientOf) -> bool {
        let _ = of;
        false
    }

    fn item_loss<T: Real>(&self, of: GradientOf, item: &Item<'_, T>) -> T;

    /// `share` times the gradient.
    fn gradient<T: Real>(&self, of: GradientOf, item: &Item<'_, T>, share: T, to: ArrayViewMut1<T>);
}

impl Categorical for CategoricalCrossentropy {
    const NAME: &'static str = CROSSENTROPY;

    fn gradient_of(&self, nonlinearity: Nonlinearity) -> GradientOf {
        if nonlinearity == Nonlinearity::Softmax { GradientOf::Scores } else { GradientOf::Values }
    }

    fn of_probabilities(&self, of: GradientOf) -> bool {
        of == GradientOf::Values
    }

    fn item_loss<T: Real>(&self, of: GradientOf, item: &Item<'_, T>) -> T {
        // log p_c is s_c less the logarithm of the sum of exponentials. That logarithm is found at the largest
        // probability, which is at least 1 / classes: no exponential, and no logarithm near 0.
        let (&p, &s) = item.values.iter().zip(&item.scores).fold(
            (&T::neg_infinity(), &T::zero()),
            // NaN takes over, and stays.
            |best, (p, s)| if *p <= *best.0 || best.0.is_nan() { best } else { (p, s) },
        );
        let log_sum = s - p.ln();
        let log = |class: usize| match of {
            GradientOf::Scores => item.scores[class] - log_sum,
            GradientOf::Values => positive(item.values[class]).ln(),
        };
        match item.target {
            Target::Class(class) => -log(class),
            Target::Shares(shares) => {
                let named = shares.iter().enumerate().filter(|(_, share)| **share != T::zero());
                named.map(|(class, &share)| -share * log(class)).sum()
            }
        }
    }

    fn gradient<T: Real>(&self, of: GradientOf, item: &Item<'_, T>, share: T, mut to: ArrayViewMut1<T>) {
        let weight = match item.target {
            Target::Class(_) => T::one(),
            Target::Shares(shares) => shares.iter().copied().sum(),
        };
        match of {
            GradientOf::Scores => {
                to.iter_mut().zip(&item.values).for_each(|(to, &p)| *to = share * weight * p);
            }
            GradientOf::Values => to.fill(T::zero()),
        }
        let factor = |class: usize| match of {
            GradientOf::Scores => share,
            GradientOf::Values => share / positive(item.values[class]),
        };
        match item.target {
            Target::Class(class) => to[class] -= factor(class),
            Target::Shares(shares) => {
                shares.iter().enumerate().for_each(|(class, &target)| to[class] -= factor(class) * target);
            }
        }
    }
}

impl Categorical for MulticlassHingeLoss {
    const NAME: &'static str = MULTICLASS_HINGE;

    fn check(&self) -> Result<(), SettingError> {
        at_least_0("delta", self.delta)
    }

    fn gradient_of(&self, _: Nonlinearity) -> GradientOf {
        GradientOf::Values
    }

    fn item_loss<T: Real>(&self, _: GradientOf, item: &Item<'_, T>) -> T {
        let class = item.target.class();
        let rival = rival(item.values, class).map(|rival| item.values[rival]);
        hinge(margin(self.delta, item.values[class], rival))
    }

    /// At the kink the mean of both sides, as of `relu`.
    fn gradient<T: Real>(&self, _: GradientOf, item: &Item<'_, T>, share: T, mut to: ArrayViewMut1<T>) {
        to.fill(T::zero());
        let class = item.target.class();
        if let Some(rival) = rival(item.values, class) {
            let margin = margin(self.delta, item.values[class], Some(item.values[rival]));
            let share = share * map::rectifier_slope(margin, T::zero());
            to[rival] = share;
            to[class] = -share;
        }
    }
}

macro_rules! objectives {
    ($($objective:ident)*) => {$(
        impl<T: Real, R: Dimension, G> ObjectiveOfItems<Head<T, Cpu, R>, G> for $objective
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
                output: &mut Head<T, Cpu, R>,
                targets: G,
                weights: impl Iterator<Item = T> + Clone,
            ) -> Result<f64, ObjectiveError> {
                evaluate(self, output, &targets, weights)
            }

            fn loss_weighted(
                &self,
                output: &Head<T, Cpu, R>,
                targets: G,
                weights: impl Iterator<Item = T> + Clone,
            ) -> Result<f64, ObjectiveError> {
                loss(self, output, &targets, weights)
            }
        }

        impl<T: Real, R: Dimension, G> Objective<Head<T, Cpu, R>, G> for $objective
        where
            G: CategoricalTargets<T, R>,
        {
            fn evaluate(&self, output: &mut Head<T, Cpu, R>, targets: G) -> Result<f64, ObjectiveError> {
                mean(self, output, targets)
            }

            fn loss(&self, output: &Head<T, Cpu, R>, targets: G) -> Result<f64, ObjectiveError> {
                mean_loss(self, output, targets)
            }
        }
    )*};
}

objectives! { CategoricalCrossentropy MulticlassHingeLoss }

fn evaluate<C: Categorical, T: Real, R: Dimension>(
    objective: &C,
    output: &mut Head<T, Cpu, R>,
    targets: &impl CategoricalTargets<T, R>,
    weights: impl Iterator<Item = T>,
) -> Result<f64, ObjectiveError> {
    let HeadParts { values, scores, nonlinearity, mut gradient, gradient_of } = output.parts();
    check(objective, values.shape(), targets)?;
    let classes = values.shape()[values.ndim() - 1];
    let dims = values.raw_dim();
    *gradient_of = objective.gradient_of(nonlinearity);
    let rows = values.rows().into_iter().zip(scores.rows()).zip(gradient.rows_mut());
    let mut sum = 0.0;
    for (place, (((row, mut gradient), target), weight)) in
        rows.zip(targets.targets()).zip(weights).enumerate()
    {
        if weight == T::zero() {
            gradient.fill(T::zero());
            continue;
        }
        let (values, scores) = row;
        if objective.of_probabilities(*gradient_of) {
            check_values::<C, T>(&dims, place * classes, values.iter().copied())?;
        }
        let item = Item { scores, values, target: check_class(C::NAME, place, target, classes)? };
        sum += weight.to_f64() * objective.item_loss(*gradient_of, &item).to_f64();
        objective.gradient(*gradient_of, &item, weight, gradient);
    }
    Ok(sum)
}

/// Refuses outputs (batch, ..., classes) that are no probabilities; the first given is number `first`.
pub(super) fn check_values<C: Categorical, T: Real>(
    dims: &impl Dimension,
    first: usize,
    values: impl IntoIterator<Item = T>,
) -> Result<(), ObjectiveError> {
    probabilities::check((C::NAME, "softmax"), dims.slice(), first, values)
}

fn loss<C: Categorical, T: Real, R: Dimension>(
    objective: &C,
    output: &Head<T, Cpu, R>,
    targets: &impl CategoricalTargets<T, R>,
    weights: impl Iterator<Item = T>,
) -> Result<f64, ObjectiveError> {
    let (values, scores) = (output.values(), output.scores());
    check(objective, values.shape(), targets)?;
    let classes = values.shape()[values.ndim() - 1];
    let (dims, of) = (values.raw_dim(), objective.gradient_of(output.nonlinearity()));
    let mut sum = 0.0;
    let rows = values.rows().into_iter().zip(scores.rows()).zip(targets.targets()).zip(weights);
    for (place, (((values, scores), target), weight)) in rows.enumerate() {
        if weight != T::zero() {
            if objective.of_probabilities(of) {
                check_values::<C, T>(&dims, place * classes, values.iter().copied())?;
            }
            let item = Item { scores, values, target: check_class(C::NAME, place, target, classes)? };
            sum += weight.to_f64() * objective.item_loss(of, &item).to_f64();
        }
    }
    Ok(sum)
}
