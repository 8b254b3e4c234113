//! Training: objective, penalty and update put together.
//!
//! A whole program's loop, with validation and a learning rate that falls:
//!
//! ```
//! use layercake::prelude::*;
//! use layercake::updates::cosine_annealing;
//! use ndarray::{Array1, Array2, Axis, s};
//!
//! network! { pub struct Sides < input(2) => hidden: dense(16, tanh) => dense(2, softmax) > }
//!
//! // Points, and on which side of a line they are.
//! let x = Array2::from_shape_fn((500, 2), |(point, axis)| (1.7 * point as f32 + 2.9 * axis as f32).sin());
//! let sides: Array1<u8> = x.map_axis(Axis(1), |point| u8::from(point[0] > point[1]));
//! let (x_train, x_valid) = (x.slice(s![..400, ..]), x.slice(s![400.., ..]));
//! let (sides_train, sides_valid) = (sides.slice(s![..400]), sides.slice(s![400..]));
//!
//! const EPOCHS: u64 = 20;
//! let mut trainer = Trainer::new(Sides::<f32>::new(1), CategoricalCrossentropy, adam(0.01))
//!     .penalty(L2(1e-4).on(["hidden"]))
//!     .max_gradient_norm(5.0)
//!     .seed(1);
//! let mut minibatches = Minibatches::new(x_train, sides_train, 50)?.shuffled(1, 0);
//! for epoch in 1..=EPOCHS {
//!     trainer.update.set_learning_rate(cosine_annealing(0.01, 0.0, EPOCHS, epoch - 1));
//!     minibatches.restart(epoch);
//!     let training_loss = trainer.epoch(&mut minibatches)?;
//!     let validation_loss = trainer.evaluate(x_valid, sides_valid)?;
//!     let right = categorical_accuracy(&trainer.outputs().values(), sides_valid, 1)?;
//!     println!("{epoch}: {training_loss:.3} {validation_loss:.3} {:.1} %", 100.0 * right.mean().unwrap());
//! }
//! # assert!(trainer.evaluate(x_valid, sides_valid)? < 0.3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A training that stops, for whatever reason, goes on from a file. The order of the minibatches follows from the number of
//! the epoch, and that from the number of steps:
//!
//! ```
//! use layercake::prelude::*;
//! # use ndarray::{Array1, Array2};
//! # network! { pub struct Sides < input(2) => hidden: dense(16, tanh) => dense(2, softmax) > }
//! # let x = Array2::from_shape_fn((500, 2), |(point, axis)| (1.7 * point as f32 + 2.9 * axis as f32).sin());
//! # let sides = Array1::from_shape_fn(500, |point| u8::from(x[[point, 0]] > x[[point, 1]]));
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("sides.safetensors");
//!
//! const EPOCHS: u64 = 6;
//! let mut trainer = Trainer::new(Sides::<f32>::new(1), CategoricalCrossentropy, adam(0.01));
//! let mut minibatches = Minibatches::new(x.view(), sides.view(), 50)?.shuffled(1, 0);
//! if path.exists() {
//!     trainer.load(&path)?;
//! }
//! for epoch in trainer.update.steps() / minibatches.len() as u64..EPOCHS {
//!     minibatches.restart(epoch);
//!     trainer.epoch(&mut minibatches)?;
//!     trainer.save(&path)?;
//! }
//! # assert!(trainer.update.steps() == 60 && path.exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "cuda")]
mod cuda;

use std::path::Path;

use ndarray::{ArrayView, Axis, RemoveAxis};

use crate::Real;
use crate::arrays::IntoInputs;
use crate::data::{Element, Minibatches};
use crate::device::{Cpu, Device, DeviceError};
use crate::io::{LoadError, SaveError, checkpoint};
use crate::network::{Inference, InputError, Network, Training};
use crate::objectives::{Objective, ObjectiveError};
use crate::regularization::{NoPenalty, PenaltyError, PenaltyOn, check as check_penalty, penalize};
use crate::updates::{
    NormError, Norms, RuleOn, Update, UpdateError, check_max_norm, constrain_norms, constrain_total_norm,
};

/// A network in training.
///
/// It only composes what is public: [`Network::forward_training`], [`Objective::evaluate`], [`Network::backward`],
/// [`Update::step`]; see [`Network`] for the same loop by hand.
///
/// ```
/// use layercake::prelude::*;
/// use ndarray::array;
///
/// network! { pub struct Xor < input(2) => dense(8, tanh) => dense(2, softmax) > }
///
/// let (x, classes) = (array![[0., 0.], [0., 1.], [1., 0.], [1., 1.]], array![0, 1, 1, 0]);
/// let mut trainer = Trainer::new(Xor::<f64>::new(1), CategoricalCrossentropy, nesterov_momentum(0.1, 0.9))
///     .penalty(L2(1e-4));
/// let first = trainer.step(&x, &classes)?;
/// for _ in 0..300 {
///     trainer.step(&x, &classes)?;
/// }
/// assert!(trainer.evaluate(&x, &classes)? < 0.1 * first);
/// assert_eq!(categorical_accuracy(&trainer.outputs().values(), &classes, 1)?.sum(), 4.0);
/// let probabilities = trainer.net.forward(&x)?;
/// assert!(probabilities[[1, 1]] > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Trainer<N: Network, O, R, P = NoPenalty> {
    /// The network.
    pub net: N,
    objective: O,
    /// The rule of update and its memory; `trainer.update.rule.learning_rate` may change between steps.
    pub update: Update<R, N>,
    penalty: P,
    /// Whether the penalty is known to make sense for the network.
    penalty_fits: bool,
    max_norm: Option<f64>,
    max_gradient_norm: Option<f64>,
    training: Training<N>,
    inference: Inference<N>,
    epochs: <N::Device as Device>::EpochMemory,
}

impl<N: Network, O, R: RuleOn<N::Device>> Trainer<N, O, R> {
    /// A trainer with seed 0 for dropout and noise, without penalty or constraints.
    pub fn new(net: N, objective: O, rule: R) -> Self {
        Trainer {
            update: Update::new(rule, &net),
            training: net.training(0),
            inference: net.inference(),
            net,
            objective,
            penalty: NoPenalty,
            penalty_fits: true,
            max_norm: None,
            max_gradient_norm: None,
            epochs: Default::default(),
        }
    }
}

impl<N: Network, O, R: RuleOn<N::Device>, P> Trainer<N, O, R, P> {
    /// Saves all that this training can go on from: the parameters, what the update remembers, the number of steps, and the
    /// place in the random numbers of dropout and noise. See [`io::checkpoint`](checkpoint).
    ///
    /// # Errors
    /// If the file cannot be written; a file of that name stays as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        checkpoint::save(&self.net, &self.update, self.training.random, path)
    }

    /// Loads what [`save`](Self::save) saved, to go on with the same bits as if the training had not stopped.
    ///
    /// # Errors
    /// If the file cannot be read, is no checkpoint, or is one of another network or rule. The trainer then stays as it was.
    pub fn load(&mut self, path: impl AsRef<Path>) -> Result<(), LoadError> {
        checkpoint::load(&mut self.net, &mut self.update, &mut self.training.random, path)
    }
}

impl<N: Network, O, R, P> Trainer<N, O, R, P> {
    /// Adds a penalty on the regularizable parameters to the loss, such as `L2(1e-4)`, or on some:
    /// `L2(1e-4).on(["hidden"])`. It replaces one given before; [`Both`](crate::regularization::Both) adds two.
    pub fn penalty<Q: PenaltyOn<N::Device>>(self, penalty: Q) -> Trainer<N, O, R, Q> {
        let Trainer { net, objective, update, max_norm, max_gradient_norm, training, inference, .. } = self;
        Trainer {
            net,
            objective,
            update,
            penalty,
            penalty_fits: false,
            max_norm,
            max_gradient_norm,
            training,
            inference,
            // Steps that were recorded did something else.
            epochs: Default::default(),
        }
    }

    /// Draws dropout and noise from this seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.training.random = crate::random::Random::new(seed);
        self
    }

    /// Clips the gradients before each update: together they get a norm of at most `max_norm`. See
    /// [`total_norm_constraint`](crate::updates::total_norm_constraint).
    pub fn max_gradient_norm(mut self, max_norm: f64) -> Self {
        self.max_gradient_norm = Some(max_norm);
        self.epochs = Default::default();
        self
    }

    /// The outputs of the latest [`evaluate`](Self::evaluate).
    pub fn outputs(&self) -> &N::Heads {
        &self.inference.outputs
    }

    /// The gradients and outputs of the latest step.
    pub fn training(&self) -> &Training<N> {
        &self.training
    }

    /// Constrains the weights of each unit or filter after each update to a norm of at most `max_norm`: those of
    /// regularizable parameters with at least two axes. See [`norm_constraint`](crate::updates::norm_constraint).
    pub fn max_norm(mut self, max_norm: f64) -> Self {
        self.max_norm = Some(max_norm);
        self.epochs = Default::default();
        self
    }

    /// The mean loss of a batch in inference: without dropout, noise and penalty. Its outputs are then in
    /// [`outputs`](Self::outputs).
    ///
    /// # Errors
    /// If inputs or targets do not fit the network, or the device fails.
    pub fn evaluate<'a, G>(
        &mut self,
        inputs: impl IntoInputs<N::Inputs<'a>>,
        targets: G,
    ) -> Result<f64, TrainError>
    where
        O: Objective<N::Heads, G>,
    {
        self.net.forward_with(&mut self.inference, inputs)?;
        let loss = self.objective.loss(&self.inference.outputs, targets)?;
        self.net.device().status()?;
        Ok(loss)
    }
}

impl<N, O, R, P> Trainer<N, O, R, P>
where
    N: Network<Device: Norms>,
    R: RuleOn<N::Device>,
    P: PenaltyOn<N::Device>,
{
    /// Trains on one batch and returns the mean loss before the update, penalty included.
    ///
    /// Allocates nothing once a batch as large has been seen.
    ///
    /// # Errors
    /// If inputs or targets do not fit the network, the penalty is on what it does not have, a setting of the objective,
    /// the penalty or the rule or a largest norm makes no sense, or the loss is not finite. The trainable parameters then stay as they were. (Running
    /// averages have followed the batch's values, as far as these were finite.)
    ///
    /// If the loss is finite and gradients are not: see [`Update::step`] for what of the step is then done.
    pub fn step<'a, G>(
        &mut self,
        inputs: impl IntoInputs<N::Inputs<'a>>,
        targets: G,
    ) -> Result<f64, TrainError>
    where
        O: Objective<N::Heads, G>,
    {
        self.check()?;
        let Trainer { net, training, .. } = self;
        let device = net.device().clone();
        net.forward_training(training, inputs)?;
        let mut loss = self.objective.evaluate(&mut training.outputs, targets)?;
        net.backward(training);
        loss += penalize(&device, &self.penalty, net, &mut training.gradients);
        device.status()?;
        if !loss.is_finite() {
            return Err(TrainError::NotFinite { step: self.update.steps() + 1, loss });
        }
        if let Some(max_norm) = self.max_gradient_norm {
            constrain_total_norm(&device, &mut training.gradients, max_norm);
        }
        self.update.step(net, &mut training.gradients)?;
        if let Some(max_norm) = self.max_norm {
            net.visit_mut(&mut |parameter| {
                if parameter.tags().regularizable && parameter.shape().len() >= 2 {
                    constrain_norms(&device, parameter, max_norm);
                }
            });
        }
        device.status()?;
        Ok(loss)
    }

    /// Trains on the minibatches that are left of an epoch and returns the mean loss of their examples, each before its
    /// update, penalty included.
    ///
    /// For networks with one input of real numbers, which is what [`Minibatches`] hold; with several inputs, as of a mask,
    /// or with several targets, call [`step`](Self::step) for batches of your own.
    ///
    /// On the processor it calls [`step`](Self::step) for each. An NVIDIA GPU has a copy of the whole data set, gathers
    /// minibatches there, and replays a recorded step for each; the losses are read at the end.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn epoch<T, U, D, E>(
        &mut self,
        minibatches: &mut Minibatches<'_, T, U, D, E>,
    ) -> Result<f64, TrainError>
    where
        T: Real,
        for<'a> ArrayView<'a, T, D>: IntoInputs<N::Inputs<'a>>,
        N::Device: Epochs,
        O: for<'a> Objective<N::Heads, ArrayView<'a, U, E>>,
        U: Element,
        D: RemoveAxis,
        E: RemoveAxis,
    {
        if minibatches.is_at_end() {
            return Err(TrainError::NoExamples);
        }
        self.check()?;
        N::Device::epoch(self, minibatches)
    }

    /// Whether what the trainer was told makes sense.
    fn check(&mut self) -> Result<(), TrainError> {
        if !self.penalty_fits {
            check_penalty(&self.penalty, &self.net)?;
            self.penalty_fits = true;
        }
        for (constraint, norm) in [("max_norm", self.max_norm), ("max_gradient_norm", self.max_gradient_norm)]
        {
            norm.map_or(Ok(()), |norm| check_max_norm(constraint, norm))?;
        }
        Ok(self.update.rule.check().map_err(UpdateError::from)?)
    }
}

/// A device with its own way through an epoch.
pub trait Epochs: Device {
    /// See [`Trainer::epoch`]; there is a minibatch at least.
    ///
    /// # Errors
    /// As [`Trainer::step`].
    fn epoch<T, N, O, R, P, U, D, E>(
        trainer: &mut Trainer<N, O, R, P>,
        minibatches: &mut Minibatches<'_, T, U, D, E>,
    ) -> Result<f64, TrainError>
    where
        T: Real,
        N: Network<Device = Self>,
        for<'a> ArrayView<'a, T, D>: IntoInputs<N::Inputs<'a>>,
        O: for<'a> Objective<N::Heads, ArrayView<'a, U, E>>,
        R: RuleOn<Self>,
        P: PenaltyOn<Self>,
        U: Element,
        D: RemoveAxis,
        E: RemoveAxis;
}

impl Epochs for Cpu {
    fn epoch<T, N, O, R, P, U, D, E>(
        trainer: &mut Trainer<N, O, R, P>,
        minibatches: &mut Minibatches<'_, T, U, D, E>,
    ) -> Result<f64, TrainError>
    where
        T: Real,
        N: Network<Device = Self>,
        for<'a> ArrayView<'a, T, D>: IntoInputs<N::Inputs<'a>>,
        O: for<'a> Objective<N::Heads, ArrayView<'a, U, E>>,
        R: RuleOn<Self>,
        P: PenaltyOn<Self>,
        U: Element,
        D: RemoveAxis,
        E: RemoveAxis,
    {
        let (mut loss, mut examples) = (0.0, 0.0);
        while let Some((inputs, targets)) = minibatches.next() {
            let size = inputs.len_of(Axis(0)) as f64;
            loss += size * trainer.step(inputs, targets)?;
            examples += size;
        }
        Ok(loss / examples)
    }
}

/// A step that could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// Inputs that do not fit.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Targets or outputs that do not fit the objective.
    #[error(transparent)]
    Objective(#[from] ObjectiveError),
    /// A penalty that makes no sense.
    #[error(transparent)]
    Penalty(#[from] PenaltyError),
    /// A constraint that leaves nothing.
    #[error(transparent)]
    Norm(#[from] NormError),
    /// A setting of the rule that makes no sense, or gradients that are not finite though the loss is.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// What the device could not do.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// An epoch that is at its end, or has no minibatch from the start.
    #[error(
        "no minibatch is left of this epoch, so that there is no mean loss; call `restart` before each epoch, with data \
         of at least one example, or with `drop_last` of at least one whole minibatch"
    )]
    NoExamples,
    /// A loss that is infinite or not a number.
    #[error(
        "the loss of step {step} is {loss}, and the parameters were not updated; a smaller learning rate or \
         `max_gradient_norm` may help, or the inputs hold such numbers"
    )]
    NotFinite {
        /// The number of the step, from 1.
        step: u64,
        /// The loss.
        loss: f64,
    },
}
