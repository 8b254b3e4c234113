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

#[cfg(feature = "cuda")]
pub use cuda::{RuleCode, RuleText};
pub use momentum::{
    ApplyMomentum, ApplyNesterovMomentum, apply_momentum, apply_nesterov_momentum, momentum,
    nesterov_momentum,
};
pub use norms::{NormError, Norms, norm_constraint, total_norm_constraint};
pub(crate) use norms::{constrain_norms, constrain_total_norm};
pub use rules::{
    Adadelta, Adagrad, Adam, Adamax, Adamw, Amsgrad, Rmsprop, Sgd, adadelta, adagrad, adam, adamax, adamw,
    amsgrad, rmsprop, sgd,
};
pub use schedules::{cosine_annealing, exponential_decay, step_decay, warmup};

use crate::Real;
use crate::cpu::pieces::{chunk, each, read, write};
use crate::device::{Cpu, Device};
use crate::network::Network;

/// An update rule that treats every value alike.
pub trait Rule: Clone + Send + Sync {
    /// How many numbers it remembers of each value, at most [`MAX_STATES`].
    const STATES: usize;

    /// The learning rate, for schedules to change.
    fn learning_rate_mut(&mut self) -> &mut f64;

    /// Turns gradients into steps, which are then added to the values. All slices have the same length but those
    /// of `states` from [`STATES`](Self::STATES) on, which are empty; states are zero before the first step.
    ///
    /// `step` counts from 1.
    fn steps<T: Real>(&self, step: u64, values: &[T], gradients: &mut [T], states: States<'_, T>);
}

/// The largest [`Rule::STATES`].
pub const MAX_STATES: usize = 4;

/// What a rule remembers of some values.
pub type States<'a, T> = [&'a mut [T]; MAX_STATES];

/// A rule on a device; every [`Rule`] works on the processor.
pub trait RuleOn<D: Device>: Rule {
    /// Tells the device what the settings are after so many steps, where steps are recorded and replayed.
    fn prepare(&self, device: &D, steps: u64) {
        let _ = (device, steps);
    }

    /// Changes one parameter's values.
    fn update<T: Real>(
        &self,
        device: &D,
        step: u64,
        values: D::SliceMut<'_, T>,
        gradients: D::Slice<'_, T>,
        states: [D::SliceMut<'_, T>; MAX_STATES],
    );
}

/// A network's update: a rule, and what it remembers.
#[derive(Clone, Debug)]
pub struct Update<R, N: Network> {
    /// The rule. Its settings may change between steps: a schedule of learning rates is an assignment.
    pub rule: R,
    steps: u64,
    /// For each trainable parameter, in order.
    states: Vec<[<N::Device as Device>::Buffer<N::Real>; MAX_STATES]>,
}

impl<R: RuleOn<N::Device>, N: Network> Update<R, N> {
    /// An update by `rule` of networks such as `network`, before its first step.
    pub fn new(rule: R, network: &N) -> Self {
        const { assert!(R::STATES <= MAX_STATES, "a rule has at most MAX_STATES states") };
        let trainable = network.parameters().into_iter().filter(|parameter| parameter.tags().trainable);
        let states = trainable.map(|parameter| {
            std::array::from_fn(|state| {
                let mut buffer = Default::default();
                if state < R::STATES {
                    network.device().reserve(&mut buffer, parameter.len());
                }
                buffer
            })
        });
        let states = states.collect();
        Update { rule, steps: 0, states }
    }

    /// Changes the trainable parameters of `network` by their gradients.
    pub fn step(&mut self, network: &mut N, gradients: &mut N) {
        self.steps += 1;
        let device = network.device().clone();
        let mut states = self.states.iter_mut();
        network.visit_pairs(gradients, &mut |parameter, gradient| {
            if parameter.tags().trainable {
                let len = parameter.len();
                let mut state = 0;
                let states = states.next().expect("states for every trainable parameter").each_mut();
                let states = states.map(|buffer| {
                    state += 1;
                    N::Device::slice_mut(buffer, if state <= R::STATES { len } else { 0 })
                });
                self.rule.update(&device, self.steps, parameter.slice_mut(), gradient.slice(), states);
            }
        });
    }

    /// Sets the rule's learning rate for the steps to come; see [`cosine_annealing`] and its like.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        *self.rule.learning_rate_mut() = learning_rate;
    }

    /// Gets the device ready for steps that were recorded.
    #[cfg(feature = "cuda")]
    pub(crate) fn prepare(&self, device: &N::Device) {
        self.rule.prepare(device, self.steps);
    }

    /// Counts a step that was recorded.
    #[cfg(feature = "cuda")]
    pub(crate) fn count(&mut self) {
        self.steps += 1;
    }

    /// Goes back to after so many steps, of which those that followed changed nothing.
    #[cfg(feature = "cuda")]
    pub(crate) fn go_back(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// What is remembered of the trainable parameters.
    #[cfg(feature = "cuda")]
    pub(crate) fn states(&self) -> impl Iterator<Item = &<N::Device as Device>::Buffer<N::Real>> {
        self.states.iter().flatten()
    }

    /// The number of steps so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}

impl<R: Rule> RuleOn<Cpu> for R {
    fn update<T: Real>(
        &self,
        _: &Cpu,
        step: u64,
        values: &mut [T],
        gradients: &[T],
        states: [&mut [T]; MAX_STATES],
    ) {
        let piece = chunk(values.len(), BLOCK);
        let states = states.map(|state| (!state.is_empty()).then(|| write(state, piece)));
        let split = (write(values, piece), read(gradients, piece), states);
        each(
            split,
            #[inline(always)]
            |_, (values, gradients, states)| {
                let states = states.map(Option::unwrap_or_default);
                Part { rule: self, step, values, gradients, states }.update();
            },
        );
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

/// Splits the states that are there.
fn split<T>(states: States<'_, T>, middle: usize) -> (States<'_, T>, States<'_, T>) {
    let [a, b, c, d] = states.map(|state| {
        let middle = middle.min(state.len());
        state.split_at_mut(middle)
    });
    ([a.0, b.0, c.0, d.0], [a.1, b.1, c.1, d.1])
}

impl<R: Rule, T: Real> Part<'_, R, T> {
    #[inline(always)]
    fn update(self) {
        let mut steps = [T::zero(); BLOCK];
        let mut states = self.states;
        for (values, gradients) in self.values.chunks_mut(BLOCK).zip(self.gradients.chunks(BLOCK)) {
            let steps = &mut steps[..values.len()];
            steps.copy_from_slice(gradients);
            let (block, rest) = split(states, values.len());
            states = rest;
            self.rule.steps(self.step, values, steps, block);
            values.iter_mut().zip(steps).for_each(|(value, step)| *value += *step);
        }
    }
}
