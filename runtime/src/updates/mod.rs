//! Updates: from gradients to new parameters.
//!
//! A [`Rule`] is a small value with its settings, such as [`sgd`] or [`adam`] make; an [`Update`] holds one together
//! with what it remembers about a network's parameters, and applies it. Constraints on norms are plain functions.
//!
//! ```
//! use layercake::updates::{Adam, Update, adam};
//! use layercake::prelude::*;
//!
//! let net = network!(< input(3) => dense(2, relu) >);
//! let mut update = Update::new(Adam { beta1: 0.8, ..adam(0.001) }, &net);
//! update.rule.learning_rate *= 0.5; // settings may change between steps
//! ```

#[cfg(feature = "cuda")]
mod cuda;
mod momentum;
mod norms;
mod rules;
mod schedules;
mod states;

#[cfg(feature = "cuda")]
pub use cuda::{RuleCode, RuleText};
pub use momentum::{
    ApplyMomentum, ApplyNesterovMomentum, apply_momentum, apply_nesterov_momentum, momentum,
    nesterov_momentum,
};
pub use norms::{NormError, Norms, norm_constraint, total_norm_constraint};
pub(crate) use norms::{check_max_norm, constrain_norms, constrain_total_norm};
pub use rules::{
    Adadelta, Adagrad, Adam, Adamax, Adamw, Amsgrad, Rmsprop, Sgd, adadelta, adagrad, adam, adamax, adamw,
    amsgrad, rmsprop, sgd,
};
pub use schedules::{cosine_annealing, exponential_decay, step_decay, warmup};
pub use states::{MAX_STATES, StateNames, States};

use std::sync::atomic::{AtomicBool, Ordering};

use crate::cpu::pieces::{chunk, each, read, write};
use crate::device::{Cpu, Device};
use crate::network::Network;
use crate::{Parameter, Real, SettingError};

/// An update rule that treats every value alike.
pub trait Rule: Clone + Send + Sync {
    /// What it remembers of each value.
    const STATES: StateNames;

    /// The learning rate, for schedules to change.
    fn learning_rate_mut(&mut self) -> &mut f64;

    /// Whether the settings make sense, which is asked before each step: by default they do.
    ///
    /// # Errors
    /// The first setting that does not.
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// Turns gradients into steps, which are then added to the values. All slices have the same length but those
    /// of `states` beyond [`STATES`](Self::STATES), which are empty; states are zero before the first step.
    ///
    /// `step` counts from 1.
    fn steps<T: Real>(&self, step: u64, values: &[T], gradients: &mut [T], states: States<'_, T>);
}

/// A rule on a device; every [`Rule`] works on the processor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no rule of update on `{D}`",
    label = "not a rule",
    note = "a rule is made by the function of its name: `sgd(0.1)`, `nesterov_momentum(0.01, 0.9)`, `adam(0.001)`; see \
            `layercake::updates`",
    note = "on an NVIDIA GPU, `layercake::cuda::Cuda`, a rule of your own implements `RuleCode` beside `Rule`"
)]
pub trait RuleOn<D: Device>: Rule {
    /// Tells the device what the settings are after so many steps, where steps are recorded and replayed.
    fn prepare(&self, device: &D, steps: u64) {
        let _ = (device, steps);
    }

    /// Changes one parameter's values, and returns whether all gradients were finite, as far as the device looks.
    fn update<T: Real>(
        &self,
        device: &D,
        step: u64,
        values: D::SliceMut<'_, T>,
        gradients: D::Slice<'_, T>,
        states: [D::SliceMut<'_, T>; MAX_STATES],
    ) -> bool;
}

/// A network's update: a rule, and what it remembers.
#[derive(Clone, Debug)]
pub struct Update<R, N: Network> {
    /// The rule. Its settings may change between steps: a schedule of learning rates is an assignment.
    pub rule: R,
    steps: u64,
    /// For each trainable parameter, in order, arrays of its shape; those that the rule does not have are empty.
    states: Vec<[Parameter<N::Real, N::Device>; MAX_STATES]>,
}

impl<R: RuleOn<N::Device>, N: Network> Update<R, N> {
    /// An update by `rule` of networks such as `network`, before its first step.
    pub fn new(rule: R, network: &N) -> Self {
        let trainable = network.parameters().into_iter().filter(|parameter| parameter.tags().trainable);
        let states = trainable.map(|parameter| {
            let mut names = R::STATES.distinct();
            std::array::from_fn(|_| parameter.state(names.next()))
        });
        let states = states.collect();
        Update { rule, steps: 0, states }
    }

    /// Changes the trainable parameters of `network` by their gradients.
    ///
    /// On the processor, values whose gradient is infinite or not a number stay as they were, with what the rule remembers
    /// of them and (in the same block of 512) of their neighbours; the others are changed. An NVIDIA GPU does not look for
    /// them: there the next loss tells.
    ///
    /// # Errors
    /// If a setting of the rule makes no sense, and then nothing is changed; or, after the step, if gradients were not finite.
    pub fn step(&mut self, network: &mut N, gradients: &mut N) -> Result<(), UpdateError> {
        self.rule.check()?;
        self.steps += 1;
        let device = network.device().clone();
        let mut states = self.states.iter_mut();
        let mut not_finite = None;
        network.visit_pairs(gradients, &mut |parameter, gradient| {
            if parameter.tags().trainable {
                let states = states.next().expect("states for every trainable parameter").each_mut();
                let states = states.map(Parameter::slice_mut);
                let (values, gradients) = (parameter.slice_mut(), gradient.slice());
                if !self.rule.update(&device, self.steps, values, gradients, states) {
                    not_finite.get_or_insert_with(|| parameter.name().to_owned());
                }
            }
        });
        match not_finite {
            Some(parameter) => Err(UpdateError::NotFinite { step: self.steps, parameter }),
            None => Ok(()),
        }
    }

    /// Sets the rule's learning rate for the steps to come; see [`cosine_annealing`] and its like.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        *self.rule.learning_rate_mut() = learning_rate;
    }

    /// The number of steps so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// What is remembered of the trainable parameters: arrays such as `hidden.w.velocity`.
    pub fn states(&self) -> impl Iterator<Item = &Parameter<N::Real, N::Device>> {
        self.states.iter().flatten().filter(|state| !state.is_empty())
    }

    /// The same, to change.
    pub(crate) fn states_mut(&mut self) -> impl Iterator<Item = &mut Parameter<N::Real, N::Device>> {
        self.states.iter_mut().flatten().filter(|state| !state.is_empty())
    }

    /// Goes on as after so many steps.
    pub(crate) fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// Gets the device ready for steps that were recorded.
    #[cfg(feature = "cuda")]
    pub(crate) fn prepare(&self, device: &N::Device) {
        self.rule.prepare(device, self.steps);
    }
}

/// A step that could not be made, or not for all values.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UpdateError {
    /// A setting that makes no sense.
    #[error("the update's {0}")]
    Setting(#[from] SettingError),
    /// A gradient that is infinite or not a number.
    #[error(
        "the gradient of `{parameter}` in step {step} holds infinity or NaN, and these of its values were not updated; a \
         smaller learning rate or other inputs may help, or a nonlinearity, layer or objective has no finite derivative there"
    )]
    NotFinite {
        /// The number of the step, from 1.
        step: u64,
        /// The first parameter with such a gradient.
        parameter: String,
    },
}

impl<R: Rule> RuleOn<Cpu> for R {
    fn update<T: Real>(
        &self,
        _: &Cpu,
        step: u64,
        values: &mut [T],
        gradients: &[T],
        states: [&mut [T]; MAX_STATES],
    ) -> bool {
        let piece = chunk(values.len(), BLOCK);
        let states = states.map(|state| (!state.is_empty()).then(|| write(state, piece)));
        let split = (write(values, piece), read(gradients, piece), states);
        let all_finite = AtomicBool::new(true);
        each(
            split,
            #[inline(always)]
            |_, (values, gradients, states)| {
                let states = states.map(Option::unwrap_or_default);
                if !(Part { rule: self, step, values, gradients, states }).update() {
                    all_finite.store(false, Ordering::Relaxed);
                }
            },
        );
        all_finite.into_inner()
    }
}

/// Elements that a rule is given at once: few enough to stay in the nearest cache from gradient to value.
const BLOCK: usize = 512;

/// A part of one parameter's update.
struct Part<'a, R, T> {
    rule: &'a R,
    step: u64,
    values: &'a mut [T],
    gradients: &'a [T],
    states: States<'a, T>,
}

impl<R: Rule, T: Real> Part<'_, R, T> {
    /// Leaves out the blocks in which a gradient is not finite, and returns whether there was none.
    #[inline(always)]
    fn update(self) -> bool {
        let mut steps = [T::zero(); BLOCK];
        let mut states = self.states;
        let mut all_finite = true;
        for (values, gradients) in self.values.chunks_mut(BLOCK).zip(self.gradients.chunks(BLOCK)) {
            let steps = &mut steps[..values.len()];
            steps.copy_from_slice(gradients);
            let (block, rest) = states::split(states, values.len());
            states = rest;
            if !are_finite(steps) {
                all_finite = false;
                continue;
            }
            self.rule.steps(self.step, values, steps, block);
            values.iter_mut().zip(steps).for_each(|(value, step)| *value += *step);
        }
        all_finite
    }
}

/// Whether none is infinite or NaN, without a branch for each.
#[inline(always)]
fn are_finite<T: Real>(values: &[T]) -> bool {
    values.iter().fold(true, |all, value| all & value.is_finite())
}
