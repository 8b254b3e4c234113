//! The rules, each with the formula of its step for a value `p` with gradient `g`.

use super::{Rule, StateNames, States};
use crate::settings::{above_0, at_least_0, share, share_below_1};
use crate::{Real, SettingError};

/// Stochastic gradient descent; see [`sgd`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// How far one step goes.
    pub learning_rate: f64,
}

/// Stochastic gradient descent: `p += -learning_rate g`.
pub const fn sgd(learning_rate: f64) -> Sgd {
    Sgd { learning_rate }
}

impl Rule for Sgd {
    const STATES: StateNames = StateNames::NONE;

    fn learning_rate_mut(&mut self) -> &mut f64 {
        &mut self.learning_rate
    }

    fn check(&self) -> Result<(), SettingError> {
        at_least_0("learning_rate", self.learning_rate)
    }

    #[inline(always)]
    fn steps<T: Real>(&self, _: u64, _: &[T], gradients: &mut [T], _: States<'_, T>) {
        let rate = T::of(-self.learning_rate);
        gradients.iter_mut().for_each(|gradient| *gradient *= rate);
    }
}

/// See [`adagrad`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adagrad {
    /// How far one step goes.
    pub learning_rate: f64,
    /// Added under the root. Default 1e-6.
    pub epsilon: f64,
}

/// `p += -learning_rate g / sqrt(a + epsilon)`, where `a` is the sum of all `g^2` so far. Lasagne's default learning
/// rate is 1.
///
/// Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization" (JMLR
/// 2011).
pub const fn adagrad(learning_rate: f64) -> Adagrad {
    Adagrad { learning_rate, epsilon: 1e-6 }
}

impl Rule for Adagrad {
    const STATES: StateNames = StateNames::NONE.and("sum_of_squares");

    fn learning_rate_mut(&mut self) -> &mut f64 {
        &mut self.learning_rate
    }

    fn check(&self) -> Result<(), SettingError> {
        at_least_0("learning_rate", self.learning_rate)?;
        above_0("epsilon", self.epsilon)
    }

    #[inline(always)]
    fn steps<T: Real>(&self, _: u64, _: &[T], gradients: &mut [T], [sums, ..]: States<'_, T>) {
        let (rate, epsilon) = (T::of(self.learning_rate), T::of(self.epsilon));
        for (g, sum) in gradients.iter_mut().zip(sums) {
            *sum += *g * *g;
            *g = -rate * *g / (*sum + epsilon).sqrt();
        }
    }
}

/// See [`rmsprop`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rmsprop {
    /// How far one step goes.
    pub learning_rate: f64,
    /// What of the average stays in one step. Default 0.9.
    pub rho: f64,
    /// Added under the root. Default 1e-6.
    pub epsilon: f64,
}

/// `p += -learning_rate g / sqrt(r + epsilon)`, where `r = rho r + (1 - rho) g^2`. Lasagne's default learning rate is
/// 1.
///
/// Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera (2012).
pub const fn rmsprop(learning_rate: f64) -> Rmsprop {
    Rmsprop { learning_rate, rho: 0.9, epsilon: 1e-6 }
}

impl Rule for Rmsprop {
    const STATES: StateNames = StateNames::NONE.and("mean_square");

    fn learning_rate_mut(&mut self) -> &mut f64 {
        &mut self.learning_rate
    }

    fn check(&self) -> Result<(), SettingError> {
        at_least_0("learning_rate", self.learning_rate)?;
        share("rho", self.rho)?;
        above_0("epsilon", self.epsilon)
    }

    #[inline(always)]
    fn steps<T: Real>(&self, _: u64, _: &[T], gradients: &mut [T], [averages, ..]: States<'_, T>) {
        let (rate, rho, epsilon) = (T::of(self.learning_rate), T::of(self.rho), T::of(self.epsilon));
        for (g, average) in gradients.iter_mut().zip(averages) {
            *average = rho * *average + (T::one() - rho) * *g * *g;
            *g = -rate * *g / (*average + epsilon).sqrt();
        }
    }
}

/// See [`adadelta`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adadelta {
    /// How far one step goes. Default 1.
    pub learning_rate: f64,
    /// What of the averages stays in one step. Default 0.95.
    pub rho: f64,
    /// Added under the roots. Default 1e-6.
    pub epsilon: f64,
}

/// `p += -learning_rate u`, where `u = g sqrt(d + epsilon) / sqrt(r + epsilon)`, `r` is the running average of `g^2`
/// and `d` that of earlier `u^2`.
///
/// Zeiler, "ADADELTA: an adaptive learning rate method" (2012).
pub const fn adadelta() -> Adadelta {
    Adadelta { learning_rate: 1.0, rho: 0.95, epsilon: 1e-6 }
}

impl Rule for Adadelta {
    const STATES: StateNames = StateNames::NONE.and("mean_square").and("mean_square_of_updates");

    fn learning_rate_mut(&mut self) -> &mut f64 {
        &mut self.learning_rate
    }

    fn check(&self) -> Result<(), SettingError> {
        at_least_0("learning_rate", self.learning_rate)?;
        share("rho", self.rho)?;
        above_0("epsilon", self.epsilon)
    }

    #[inline(always)]
    fn steps<T: Real>(&self, _: u64, _: &[T], gradients: &mut [T], [averages, updates, ..]: States<'_, T>) {
        let (rate, rho, epsilon) = (T::of(self.learning_rate), T::of(self.rho), T::of(self.epsilon));
        for ((g, average), update) in gradients.iter_mut().zip(averages).zip(updates) {
            *average = rho * *average + (T::one() - rho) * *g * *g;
            let change = *g * (*update + epsilon).sqrt() / (*average + epsilon).sqrt();
            *update = rho * *update + (T::one() - rho) * change * change;
            *g = -rate * change;
        }
    }
}

/// See [`adam`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// How far one step goes. Default 0.001.
    pub learning_rate: f64,
    /// What of the average of gradients stays in one step. Default 0.9.
    pub beta1: f64,
    /// What of the average of squares stays in one step. Default 0.999.
    pub beta2: f64,
    /// Added to the root. Default 1e-8.
    pub epsilon: f64,
}

/// `p += -a m / (sqrt(v) + epsilon)`, where `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2` and in
/// step `t`, `a = learning_rate sqrt(1 - beta2^t) / (1 - beta1^t)`. Lasagne's default learning rate is 0.001.
///
/// Kingma and Ba, "Adam: a method for stochastic optimization" (ICLR 2015), in the order of computation of the end of
/// its section 2.
pub const fn adam(learning_rate: f64) -> Adam {
    Adam { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
}

/// `learning_rate sqrt(1 - beta2^step) / (1 - beta1^step)`.
fn unbiased_rate(learning_rate: f64, beta1: f64, beta2: f64, step: u64) -> f64 {
    learning_rate * (1.0 - beta2.powf(step as f64)).sqrt() / (1.0 - beta1.powf(step as f64))
}

impl Rule for Adam {
    const STATES: StateNames = StateNames::NONE.and("mean").and("mean_square");

    fn learning_rate_mut(&mut self) -> &mut f64 {
        &mut self.learning_rate
    }

    fn check(&self) -> Result<(), SettingError> {
        at_least_0("learning_rate", self.learning_rate)?;
        share_below_1("beta1", self.beta1)?;
        share_below_1("beta2", self.beta2)?;
        above_0("epsilon", self.epsilon)
    }

    #[inline(always)]
    fn steps<T: Real>(&self, step: u64, _: &[T], gradients: &mut [T], [means, squares, ..]: States<'_, T>) {
        let rate = T::of(unbiased_rate(self.learning_rate, self.beta1, self.beta2, step));
        let (beta1, beta2, epsilon) = (T::of(self.beta1), T::of(self.beta2), T::of(self.epsilon));
        for ((g, mean), square) in gradients.iter_mut().zip(means).zip(squares) {
            *mean = beta1 * *mean + (T::one() - beta1) * *g;
            *square = beta2 * *square + (T::one() - beta2) * *g * *g;
            *g = -rate * *mean / (square.sqrt() + epsilon);
        }
    }
}

/// See [`adamax`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adamax {
    /// How far one step goes. Default 0.002.
    pub learning_rate: f64,
    /// What of the average of gradients stays in one step. Default 0.9.
    pub beta1: f64,
    /// What of the largest gradient stays in one step. Default 0.999.
    pub beta2: f64,
    /// Added to the divisor. Default 1e-8.
    pub epsilon: f64,
}

/// `p += -a m / (u + epsilon)`, where `m = beta1 m + (1 - beta1) g`, `u = max(beta2 u, |g|)` and in step `t`,
/// `a = learning_rate / (1 - beta1^t)`. Lasagne's default learning rate is 0.002.
///
/// Kingma and Ba, "Adam: a method for stochastic optimization" (ICLR 2015), section 7.1.
pub const fn adamax(learning_rate: f64) -> Adamax {
    Adamax { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
}

impl Rule for Adamax {
    const STATES: StateNames = StateNames::NONE.and("mean").and("largest");

    fn learning_rate_mut(&mut self) -> &mut f64 {
        &mut self.learning_rate
    }

    fn check(&self) -> Result<(), SettingError> {
        at_least_0("learning_rate", self.learning_rate)?;
        share_below_1("beta1", self.beta1)?;
        share("beta2", self.beta2)?;
        above_0("epsilon", self.epsilon)
    }

    #[inline(always)]
    fn steps<T: Real>(&self, step: u64, _: &[T], gradients: &mut [T], [means, largest, ..]: States<'_, T>) {
        let rate = T::of(self.learning_rate / (1.0 - self.beta1.powf(step as f64)));
        let (beta1, beta2, epsilon) = (T::of(self.beta1), T::of(self.beta2), T::of(self.epsilon));
        for ((g, mean), largest) in gradients.iter_mut().zip(means).zip(largest) {
            *mean = beta1 * *mean + (T::one() - beta1) * *g;
            *largest = (beta2 * *largest).max(g.abs());
            *g = -rate * *mean / (*largest + epsilon);
        }
    }
}

/// See [`amsgrad`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amsgrad {
    /// How far one step goes. Default 0.001.
    pub learning_rate: f64,
    /// What of the average of gradients stays in one step. Default 0.9.
    pub beta1: f64,
    /// What of the average of squares stays in one step. Default 0.999.
    pub beta2: f64,
    /// Added to the root. Default 1e-8.
    pub epsilon: f64,
}

/// [`adam`] with the largest `v` so far in place of `v`. Lasagne's default learning rate is 0.001.
///
/// Reddi, Kale and Kumar, "On the convergence of Adam and beyond" (ICLR 2018).
pub const fn amsgrad(learning_rate: f64) -> Amsgrad {
    Amsgrad { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
}

impl Rule for Amsgrad {
    const STATES: StateNames = Adam::STATES.and("largest_mean_square");

    fn learning_rate_mut(&mut self) -> &mut f64 {
        &mut self.learning_rate
    }

    fn check(&self) -> Result<(), SettingError> {
        at_least_0("learning_rate", self.learning_rate)?;
        share_below_1("beta1", self.beta1)?;
        share_below_1("beta2", self.beta2)?;
        above_0("epsilon", self.epsilon)
    }

    #[inline(always)]
    fn steps<T: Real>(
        &self,
        step: u64,
        _: &[T],
        gradients: &mut [T],
        [means, squares, largest, _]: States<'_, T>,
    ) {
        let rate = T::of(unbiased_rate(self.learning_rate, self.beta1, self.beta2, step));
        let (beta1, beta2, epsilon) = (T::of(self.beta1), T::of(self.beta2), T::of(self.epsilon));
        for (((g, mean), square), largest) in gradients.iter_mut().zip(means).zip(squares).zip(largest) {
            *mean = beta1 * *mean + (T::one() - beta1) * *g;
            *square = beta2 * *square + (T::one() - beta2) * *g * *g;
            *largest = largest.max(*square);
            *g = -rate * *mean / (largest.sqrt() + epsilon);
        }
    }
}

/// See [`adamw`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adamw {
    /// The rule that makes the steps; its learning rate is that of the decay as well.
    pub adam: Adam,
    /// How fast values decay. Default 0.01.
    pub weight_decay: f64,
}

/// [`adam`] with weights that decay apart from the gradient: `p += -learning_rate weight_decay p` beside Adam's step.
/// All trainable parameters decay.
///
/// Loshchilov and Hutter, "Decoupled weight decay regularization" (ICLR 2019).
pub const fn adamw(learning_rate: f64) -> Adamw {
    Adamw { adam: adam(learning_rate), weight_decay: 0.01 }
}

impl Rule for Adamw {
    const STATES: StateNames = Adam::STATES;

    fn learning_rate_mut(&mut self) -> &mut f64 {
        &mut self.adam.learning_rate
    }

    fn check(&self) -> Result<(), SettingError> {
        self.adam.check()?;
        at_least_0("weight_decay", self.weight_decay)
    }

    #[inline(always)]
    fn steps<T: Real>(&self, step: u64, values: &[T], gradients: &mut [T], states: States<'_, T>) {
        self.adam.steps(step, values, gradients, states);
        let decay = T::of(self.adam.learning_rate * self.weight_decay);
        gradients.iter_mut().zip(values).for_each(|(step, &value)| *step -= decay * value);
    }
}
