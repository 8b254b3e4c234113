//! From the losses of many elements or items to one number.

use ndarray::{ArrayRef, Dimension};

use super::{Objective, ObjectiveError, Values};
use crate::Real;
use crate::device::{Cpu, Device};
use crate::heads::Head;

/// How losses become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregation {
    /// The mean of the weighted losses, weights of 0 included.
    #[default]
    Mean,
    /// Their sum.
    Sum,
    /// Their sum, divided by that of the weights as they are given: with a weight for each loss a mean that leaves out what
    /// has weight 0.
    NormalizedSum,
}

/// One number from the losses of elements or items, as Lasagne's `aggregate`; without weights all count alike, and along
/// axes of length 1 a weight counts for all.
///
/// ```
/// use layercake::objectives::{Aggregation, aggregate};
/// use ndarray::array;
///
/// let (losses, weights) = (array![1.0, 2.0, 6.0], array![1.0, 1.0, 0.0]);
/// assert_eq!(aggregate(&losses, None, Aggregation::Mean)?, 3.0);
/// assert_eq!(aggregate(&losses, Some(&weights), Aggregation::Mean)?, 1.0);
/// assert_eq!(aggregate(&losses, Some(&weights), Aggregation::NormalizedSum)?, 1.5);
/// # Ok::<(), layercake::objectives::ObjectiveError>(())
/// ```
///
/// # Errors
/// If the weights do not have the losses' axes, each of the same length or 1, or there are no losses, or for
/// [`Aggregation::NormalizedSum`] no weights or none but zeros.
pub fn aggregate<T: Real, R: Dimension>(
    losses: &ArrayRef<T, R>,
    weights: Option<&ArrayRef<T, R>>,
    mode: Aggregation,
) -> Result<T, ObjectiveError> {
    const NAME: &str = "aggregate";
    let count = T::of(count(NAME, losses.len())?);
    let (sum, weights): (T, T) = match weights {
        None if mode == Aggregation::NormalizedSum => {
            return Err(ObjectiveError::Unweighted { objective: NAME });
        }
        None => (losses.iter().copied().sum(), count),
        Some(weights) => {
            let unequal = || ObjectiveError::WeightsOfLosses {
                losses: losses.shape().to_vec(),
                found: weights.shape().to_vec(),
            };
            let spread = weights.broadcast(losses.raw_dim()).ok_or_else(unequal)?;
            let weighted = losses.iter().zip(spread).map(|(&loss, &weight)| loss * weight);
            (weighted.sum(), weights.iter().copied().sum())
        }
    };
    Ok(match mode {
        Aggregation::Mean => sum / count,
        Aggregation::Sum => sum,
        Aggregation::NormalizedSum => sum / some_weight(NAME, weights)?,
    })
}

/// An objective that is a mean of losses, which can be weighted: those of elements, or of items with a class.
pub trait ObjectiveOfItems<Outputs, Targets> {
    /// The element type.
    type Real: Real;

    /// The rank of the losses.
    type Losses: Dimension;

    /// What errors call it.
    const NAME: &'static str;

    /// The axes of the losses, for outputs with the given axes.
    fn items<'a>(&self, outputs: &'a [usize]) -> &'a [usize];

    /// The sum of the losses times their weights, and its gradient in the outputs. What has weight 0 is not looked
    /// at.
    ///
    /// # Errors
    /// If the targets do not fit the outputs.
    fn evaluate_weighted(
        &self,
        outputs: &mut Outputs,
        targets: Targets,
        weights: impl Iterator<Item = Self::Real> + Clone,
    ) -> Result<f64, ObjectiveError>;

    /// The sum alone.
    ///
    /// # Errors
    /// As [`evaluate_weighted`](Self::evaluate_weighted).
    fn loss_weighted(
        &self,
        outputs: &Outputs,
        targets: Targets,
        weights: impl Iterator<Item = Self::Real> + Clone,
    ) -> Result<f64, ObjectiveError>;
}

/// An objective whose losses have weights: its targets are a pair of targets and weights, with one weight an element,
/// or for objectives over classes one an item. Either is an `ArrayView` or an `&Array`.
///
/// ```
/// use layercake::objectives::{Aggregation, Objective, Weighted};
/// use layercake::prelude::*;
/// use ndarray::array;
///
/// let mut net = network!(< input(2) => dense(3, softmax) >);
/// let mut training = net.training(1);
/// net.forward_training(&mut training, &array![[0.1_f32, 0.2], [0.3, 0.4]])?;
/// let objective = Weighted(CategoricalCrossentropy, Aggregation::NormalizedSum);
/// // The second item is padding.
/// let weights = array![1.0, 0.0];
/// objective.evaluate(&mut training.outputs, (&array![2, 0], &weights))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Weighted<O>(pub O, pub Aggregation);

impl<T, V, R, O, G, W> Objective<Head<T, V, R>, (G, W)> for Weighted<O>
where
    T: Real,
    V: Device,
    R: Dimension,
    O: ObjectiveOfItems<Head<T, V, R>, G, Real = T>,
    W: Values<T, O::Losses>,
{
    fn evaluate(
        &self,
        output: &mut Head<T, V, R>,
        (targets, weights): (G, W),
    ) -> Result<f64, ObjectiveError> {
        let weights = weights.values();
        let divisor = self.divisor(output, &weights)?;
        self.0.evaluate_weighted(output, targets, weights.iter().map(|&weight| weight / divisor))
    }

    fn loss(&self, output: &Head<T, V, R>, (targets, weights): (G, W)) -> Result<f64, ObjectiveError> {
        let weights = weights.values();
        let divisor = self.divisor(output, &weights)?;
        self.0.loss_weighted(output, targets, weights.iter().map(|&weight| weight / divisor))
    }
}

impl<O> Weighted<O> {
    fn divisor<T: Real, V: Device, R: Dimension, G>(
        &self,
        output: &Head<T, V, R>,
        weights: &ArrayRef<T, O::Losses>,
    ) -> Result<T, ObjectiveError>
    where
        O: ObjectiveOfItems<Head<T, V, R>, G, Real = T>,
    {
        let outputs = output.dims();
        let outputs = outputs.slice();
        check(O::NAME, outputs, self.0.items(outputs), weights.shape())?;
        divisor(O::NAME, self.1, weights)
    }
}

/// The mean loss, and its gradient in the outputs.
pub(super) fn mean<T: Real, R: Dimension, G, O: ObjectiveOfItems<Head<T, Cpu, R>, G, Real = T>>(
    objective: &O,
    output: &mut Head<T, Cpu, R>,
    targets: G,
) -> Result<f64, ObjectiveError> {
    let count = count(O::NAME, objective.items(output.scores().shape()).iter().product())?;
    objective.evaluate_weighted(output, targets, std::iter::repeat(T::of(count.recip())))
}

/// The mean loss.
pub(super) fn mean_loss<T: Real, R: Dimension, G, O: ObjectiveOfItems<Head<T, Cpu, R>, G, Real = T>>(
    objective: &O,
    output: &Head<T, Cpu, R>,
    targets: G,
) -> Result<f64, ObjectiveError> {
    let count = count(O::NAME, objective.items(output.scores().shape()).iter().product())?;
    Ok(objective.loss_weighted(output, targets, std::iter::repeat(T::one()))? / count)
}

pub(super) fn count(objective: &'static str, count: usize) -> Result<f64, ObjectiveError> {
    if count == 0 { Err(ObjectiveError::Empty { objective }) } else { Ok(count as f64) }
}

fn divisor<T: Real, D: Dimension>(
    objective: &'static str,
    mode: Aggregation,
    weights: &ArrayRef<T, D>,
) -> Result<T, ObjectiveError> {
    let count = count(objective, weights.len())?;
    Ok(match mode {
        Aggregation::Mean => T::of(count),
        Aggregation::Sum => T::one(),
        Aggregation::NormalizedSum => some_weight(objective, weights.iter().copied().sum())?,
    })
}

/// The sum of the weights, to divide by.
fn some_weight<T: Real>(objective: &'static str, sum: T) -> Result<T, ObjectiveError> {
    if sum == T::zero() { Err(ObjectiveError::NoWeight { objective }) } else { Ok(sum) }
}

fn check(
    objective: &'static str,
    predictions: &[usize],
    expected: &[usize],
    found: &[usize],
) -> Result<(), ObjectiveError> {
    if found == expected {
        return Ok(());
    }
    Err(ObjectiveError::Weights {
        objective,
        predictions: predictions.to_vec(),
        expected: expected.to_vec(),
        found: found.to_vec(),
    })
}
