//! Objectives: what a network's outputs are worth, given their targets.
//!
//! Each comes twice. As a plain function over arrays it gives the loss of every element or item, as in Lasagne:
//! [`squared_error`], [`categorical_crossentropy`]. As a small type it implements [`Objective`]: the mean loss of a
//! batch and its gradient, for training: [`SquaredError`], [`CategoricalCrossentropy`]. The types know the last
//! nonlinearity: cross-entropy after `softmax` or `sigmoid` is computed from the scores, so that it is finite
//! wherever they are, and its gradient is the one-step `(p - t) / n`.

mod aggregate;
mod categorical;
#[cfg(feature = "cuda")]
mod cuda;
mod elementwise;
mod probabilities;
mod values;

pub use aggregate::{Aggregation, ObjectiveOfItems, Weighted, aggregate};
pub use categorical::{
    CategoricalCrossentropy, CategoricalTarget, CategoricalTargets, MulticlassHingeLoss,
    categorical_accuracy, categorical_crossentropy, multiclass_hinge_loss,
};
#[cfg(feature = "cuda")]
pub use cuda::ElementwiseCode;
pub use elementwise::{
    BinaryCrossentropy, BinaryHingeLoss, Elementwise, HuberLoss, OfScore, SquaredError, binary_accuracy,
    binary_crossentropy, binary_hinge_loss, huber_loss, squared_error,
};
pub use values::Values;

use crate::SettingError;

/// The mean loss of a batch and its gradient, for outputs `Outputs` (a [`Head`](crate::Head), or a tuple of them)
/// and their targets.
///
/// A network with several outputs takes a tuple of objectives and a tuple of targets; the losses add up.
///
/// ```
/// use layercake::objectives::{CategoricalCrossentropy, Objective, SquaredError};
/// use layercake::prelude::*;
/// use ndarray::array;
///
/// network! {
///     struct Two <
///         let hidden = input(3) => dense(4, tanh);
///         (hidden => dense(2, softmax), hidden => dense(1, linear))
///     >
/// }
///
/// let mut net = Two::<f64>::new(1);
/// let mut training = net.training(1);
/// net.forward_training(&mut training, &array![[0.1, 0.2, 0.3]])?;
/// let targets = (&array![1], &array![[0.5]]);
/// let loss = (CategoricalCrossentropy, SquaredError).evaluate(&mut training.outputs, targets)?;
/// assert!(loss > 0.0);
/// net.backward(&mut training);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot compare `{Outputs}` with targets `{Targets}`",
    note = "targets are `ArrayView`s or `&Array`s, for several outputs a tuple of them: class numbers of an integer \
            type for `CategoricalCrossentropy`, or values of the network's element type and the output's shape",
    note = "on an NVIDIA GPU, `layercake::cuda::Cuda`, an objective of your own implements `ElementwiseCode` beside \
            `Elementwise`"
)]
pub trait Objective<Outputs, Targets> {
    /// The mean loss. Its gradient is left in the outputs.
    ///
    /// # Errors
    /// If the targets do not fit the outputs, or the outputs or a setting the objective, or the batch is empty.
    fn evaluate(&self, outputs: &mut Outputs, targets: Targets) -> Result<f64, ObjectiveError>;

    /// The mean loss alone.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate).
    fn loss(&self, outputs: &Outputs, targets: Targets) -> Result<f64, ObjectiveError>;
}

/// Targets that do not fit the outputs, or an objective that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ObjectiveError {
    /// A setting that makes no sense.
    #[error("{objective}: {error}")]
    Setting {
        /// The objective's name.
        objective: &'static str,
        /// The setting.
        error: SettingError,
    },
    /// Targets of another shape.
    #[error(
        "{objective}: for predictions of shape {predictions:?}, targets must be {expected}; found {found:?}"
    )]
    Shape {
        /// The objective's name.
        objective: &'static str,
        /// The shape of the predictions, the batch axis first.
        predictions: Vec<usize>,
        /// What the targets may be.
        expected: String,
        /// The shape of the targets.
        found: Vec<usize>,
    },
    /// Weights of another shape than the losses.
    #[error(
        "{objective}: for predictions of shape {predictions:?}, weights must have shape {expected:?}; found {found:?}"
    )]
    Weights {
        /// The objective's name.
        objective: &'static str,
        /// The shape of the predictions, the batch axis first.
        predictions: Vec<usize>,
        /// The shape of the losses.
        expected: Vec<usize>,
        /// The shape of the weights.
        found: Vec<usize>,
    },
    /// Weights of another shape than the losses that [`aggregate()`] is given.
    #[error(
        "aggregate: for losses of shape {losses:?}, weights must have that shape, or length 1 along the axes where one \
         weight counts for all; found {found:?}"
    )]
    WeightsOfLosses {
        /// The shape of the losses.
        losses: Vec<usize>,
        /// The shape of the weights.
        found: Vec<usize>,
    },
    /// A sum to be divided by that of weights, without any.
    #[error(
        "{objective}: `NormalizedSum` divides by the sum of the weights, and there are none; give weights, or take `Mean`"
    )]
    Unweighted {
        /// The objective's name.
        objective: &'static str,
    },
    /// A sum to be divided by that of weights which are all zero.
    #[error(
        "{objective}: `NormalizedSum` divides by the sum of the weights, and that is 0; leave out batches of which no item \
         counts, or take `Mean`"
    )]
    NoWeight {
        /// The objective's name.
        objective: &'static str,
    },
    /// A class number outside of the predictions.
    #[error("{objective}: target number {place} is class {class}, and the classes are 0 to {}", classes - 1)]
    Class {
        /// The objective's name.
        objective: &'static str,
        /// The number of the target within the batch.
        place: usize,
        /// The class.
        class: i128,
        /// How many classes there are.
        classes: usize,
    },
    /// A number of largest predictions that there are not.
    #[error("{objective}: `top_k` is {top_k}, and must be from 1 to the number of classes, {classes}")]
    TopK {
        /// The objective's name.
        objective: &'static str,
        /// How many of the largest predictions count.
        top_k: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// An output that is no probability, where the objective needs one.
    #[error(
        "{objective}: the output at {place:?} is {found}, and must be a probability, from 0 to 1; end the network with \
         `{nonlinearity}`"
    )]
    Probability {
        /// The objective's name.
        objective: &'static str,
        /// Where the output stands, the batch axis first.
        place: Vec<usize>,
        /// The output.
        found: f64,
        /// The nonlinearity that makes such probabilities.
        nonlinearity: &'static str,
    },
    /// No item, so that there is no mean.
    #[error("{objective}: the batch is empty, and the mean loss of no items is not defined")]
    Empty {
        /// The objective's name.
        objective: &'static str,
    },
}

macro_rules! tuples {
    ($(($($objective:ident $head:ident $targets:ident $index:tt),*))*) => {$(
        impl<$($objective, $head, $targets),*> Objective<($($head,)*), ($($targets,)*)> for ($($objective,)*)
        where
            $($objective: Objective<$head, $targets>),*
        {
            fn evaluate(
                &self,
                outputs: &mut ($($head,)*),
                targets: ($($targets,)*),
            ) -> Result<f64, ObjectiveError> {
                Ok(0.0 $(+ self.$index.evaluate(&mut outputs.$index, targets.$index)?)*)
            }

            fn loss(&self, outputs: &($($head,)*), targets: ($($targets,)*)) -> Result<f64, ObjectiveError> {
                Ok(0.0 $(+ self.$index.loss(&outputs.$index, targets.$index)?)*)
            }
        }
    )*};
}

tuples! {
    (A HA TA 0, B HB TB 1)
    (A HA TA 0, B HB TB 1, C HC TC 2)
    (A HA TA 0, B HB TB 1, C HC TC 2, D HD TD 3)
    (A HA TA 0, B HB TB 1, C HC TC 2, D HD TD 3, E HE TE 4)
    (A HA TA 0, B HB TB 1, C HC TC 2, D HD TD 3, E HE TE 4, F HF TF 5)
}
