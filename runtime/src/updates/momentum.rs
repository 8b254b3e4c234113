//! Momentum, over any rule.

use super::{Rule, Sgd, StateNames, States, sgd};
use crate::settings::share;
use crate::{Real, SettingError};

/// See [`apply_momentum`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ApplyMomentum<R> {
    /// The rule whose steps are accumulated.
    pub rule: R,
    /// What of the velocity stays in one step. Lasagne's default is 0.9.
    pub momentum: f64,
}

/// Momentum over another rule: where that would make the step `s`, `v = momentum v + s` and `p += v`.
pub const fn apply_momentum<R>(rule: R, momentum: f64) -> ApplyMomentum<R> {
    ApplyMomentum { rule, momentum }
}

/// Gradient descent with momentum: `v = momentum v - learning_rate g` and `p += v`. Lasagne's default momentum is 0.9.
pub const fn momentum(learning_rate: f64, momentum: f64) -> ApplyMomentum<Sgd> {
    apply_momentum(sgd(learning_rate), momentum)
}

impl<R: Rule> Rule for ApplyMomentum<R> {
    const STATES: StateNames = R::STATES.and("velocity");

    fn learning_rate_mut(&mut self) -> &mut f64 {
        self.rule.learning_rate_mut()
    }

    fn check(&self) -> Result<(), SettingError> {
        self.rule.check()?;
        share("momentum", self.momentum)
    }

    #[inline(always)]
    fn steps<T: Real>(&self, step: u64, values: &[T], gradients: &mut [T], states: States<'_, T>) {
        let (velocities, states) = take_velocities::<R, T>(states);
        self.rule.steps(step, values, gradients, states);
        let momentum = T::of(self.momentum);
        for (step, velocity) in gradients.iter_mut().zip(velocities) {
            *velocity = momentum * *velocity + *step;
            *step = *velocity;
        }
    }
}

/// See [`apply_nesterov_momentum`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ApplyNesterovMomentum<R> {
    /// The rule whose steps are accumulated.
    pub rule: R,
    /// What of the velocity stays in one step. Lasagne's default is 0.9.
    pub momentum: f64,
}

/// Nesterov's momentum over another rule: where that would make the step `s`, `v = momentum v + s` and
/// `p += momentum v + s`.
///
/// The gradient is that at the parameters that the network has, in the formulation of Sutskever, Martens, Dahl and
/// Hinton, "On the importance of initialization and momentum in deep learning" (ICML 2013), as Lasagne has it.
pub const fn apply_nesterov_momentum<R>(rule: R, momentum: f64) -> ApplyNesterovMomentum<R> {
    ApplyNesterovMomentum { rule, momentum }
}

/// Gradient descent with Nesterov's momentum: `v = momentum v - learning_rate g` and
/// `p += momentum v - learning_rate g`. Lasagne's default momentum is 0.9.
pub const fn nesterov_momentum(learning_rate: f64, momentum: f64) -> ApplyNesterovMomentum<Sgd> {
    apply_nesterov_momentum(sgd(learning_rate), momentum)
}

impl<R: Rule> Rule for ApplyNesterovMomentum<R> {
    const STATES: StateNames = R::STATES.and("velocity");

    fn learning_rate_mut(&mut self) -> &mut f64 {
        self.rule.learning_rate_mut()
    }

    fn check(&self) -> Result<(), SettingError> {
        self.rule.check()?;
        share("momentum", self.momentum)
    }

    #[inline(always)]
    fn steps<T: Real>(&self, step: u64, values: &[T], gradients: &mut [T], states: States<'_, T>) {
        let (velocities, states) = take_velocities::<R, T>(states);
        self.rule.steps(step, values, gradients, states);
        let momentum = T::of(self.momentum);
        for (step, velocity) in gradients.iter_mut().zip(velocities) {
            *velocity = momentum * *velocity + *step;
            *step = momentum * *velocity + *step;
        }
    }
}

/// The state after those of `R`, and those of `R`.
#[inline(always)]
fn take_velocities<R: Rule, T>(mut states: States<'_, T>) -> (&mut [T], States<'_, T>) {
    let velocities = std::mem::take(&mut states[R::STATES.len()]);
    (velocities, states)
}
