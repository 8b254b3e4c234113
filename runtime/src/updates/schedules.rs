//! Learning rates as functions of the number of steps so far.
//!
//! ```
//! use layercake::prelude::*;
//! use layercake::updates::{cosine_annealing, warmup};
//!
//! let net = network!(< input(3) => dense(2, relu) >);
//! let mut update = Update::new(nesterov_momentum(0.1, 0.9), &net);
//! let rate = cosine_annealing(0.1, 0.001, 10_000, update.steps()) * warmup(500, update.steps());
//! update.set_learning_rate(rate); // before each step
//! assert_eq!(rate, 0.1 / 500.0);
//! ```

/// `initial factor^floor(step / every)`: a drop by `factor` after every so many steps (0 counts as 1).
pub fn step_decay(initial: f64, factor: f64, every: u64, step: u64) -> f64 {
    initial * factor.powf((step / every.max(1)) as f64)
}

/// `initial factor^(step / every)`: the same without jumps.
pub fn exponential_decay(initial: f64, factor: f64, every: u64, step: u64) -> f64 {
    initial * factor.powf(step as f64 / every.max(1) as f64)
}

/// From `initial` at step 0 along half a cosine to `last` at step `steps`, and `last` from then on.
///
/// Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts" (ICLR 2017), without restarts.
pub fn cosine_annealing(initial: f64, last: f64, steps: u64, step: u64) -> f64 {
    let way = step.min(steps) as f64 / steps.max(1) as f64;
    last + 0.5 * (initial - last) * (1.0 + (std::f64::consts::PI * way).cos())
}

/// A factor for the first steps: `(step + 1) / steps`, and 1 from step `steps - 1` on.
///
/// Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour" (2017).
pub fn warmup(steps: u64, step: u64) -> f64 {
    ((step + 1) as f64 / steps.max(1) as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_at_known_steps() {
        assert_eq!([0, 9, 10, 25].map(|step| step_decay(1.0, 0.5, 10, step)), [1.0, 1.0, 0.5, 0.25]);
        assert_eq!([0, 10, 5].map(|step| exponential_decay(1.0, 0.25, 10, step)), [1.0, 0.25, 0.5]);
        let rates = [0, 5, 10, 99].map(|step| cosine_annealing(1.0, 0.2, 10, step));
        for (rate, expected) in rates.into_iter().zip([1.0, 0.6, 0.2, 0.2]) {
            assert!((rate - expected).abs() < 1e-15);
        }
        assert_eq!([0, 3, 4, 100].map(|step| warmup(4, step)), [0.25, 1.0, 1.0, 1.0]);
        assert_eq!(step_decay(1.0, 0.5, 0, 1), 0.5);
        assert_eq!((cosine_annealing(1.0, 0.2, 0, 0), warmup(0, 0)), (1.0, 1.0));
    }
}
