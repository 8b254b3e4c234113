//! Nonlinearities over slices, and their derivatives.

use std::marker::PhantomData;

use crate::Real;
use crate::cpu::elementary::{exp, exp_m1_negative, exp_negative, ln_1p, tanh};
use crate::cpu::isa::{Work, isa};
use crate::cpu::map::{self, Become};
use crate::nonlinearities::Nonlinearity;

use Nonlinearity as N;

impl Nonlinearity {
    /// Replaces sums by their values, for rows of `row` elements (softmax is taken over each row).
    ///
    /// It is compiled for the vector instructions of its caller, as [`backward`](Self::backward) is.
    #[inline(always)]
    pub fn apply<T: Real>(self, row: usize, values: &mut [T]) {
        self.apply_in::<T, _>(row, values);
    }

    /// The same with the values elsewhere: they are as many as the sums.
    #[inline(always)]
    pub fn apply_to<T: Real>(self, row: usize, sums: &[T], values: &mut [T]) {
        self.apply_in(row, (sums, values));
    }

    #[inline(always)]
    fn apply_in<'a, T: Real, V: Become<'a, T>>(self, row: usize, values: V) {
        match self {
            N::Linear => {
                values.in_place();
            }
            // Written so that NaN passes through: it must reach the loss to be seen.
            N::Relu => values.become_of(|x| if x < T::zero() { T::zero() } else { x }),
            N::LeakyRelu(leakiness) => {
                let leakiness = T::of(leakiness);
                values.become_of(|x| if x > T::zero() { x } else { leakiness * x });
            }
            // Too long to be part of the caller.
            _ => isa().run(Apply { nonlinearity: self, row, values, element: PhantomData }),
        }
    }

    /// Multiplies a gradient with respect to the values by the derivative, given the values: it becomes the
    /// gradient with respect to the sums.
    #[inline(always)]
    pub fn backward<T: Real>(self, row: usize, values: &[T], gradient: &mut [T]) {
        let (zero, one) = (T::zero(), T::one());
        match self {
            N::Linear => {}
            N::Relu => map::scale(gradient, values, |y| if y > zero { one } else { zero }),
            N::LeakyRelu(leakiness) => {
                let leakiness = T::of(leakiness);
                map::scale(gradient, values, |y| if y > zero { one } else { leakiness });
            }
            _ => isa().run(BackwardOfValues { nonlinearity: self, row, values, gradient }),
        }
    }

    /// The derivative of [`backward`](Self::backward) by the values: from the gradient with respect to what that makes
    /// of `before`, the gradient with respect to the values. 0 at kinks.
    #[inline]
    pub fn backward_of_backward<T: Real>(self, row: usize, values: &[T], before: &[T], gradient: &mut [T]) {
        let (zero, one, two) = (T::zero(), T::one(), T::of(2.0));
        if let N::Softmax = self {
            let rows = values.chunks_exact(row).zip(before.chunks_exact(row));
            for ((y, v), gradient) in rows.zip(gradient.chunks_exact_mut(row)) {
                let along: T = y.iter().zip(v).map(|(&y, &v)| y * v).sum();
                let sum: T = y.iter().zip(&*gradient).map(|(&y, &g)| y * g).sum();
                gradient.iter_mut().zip(v).for_each(|(g, &v)| *g = *g * (v - along) - v * sum);
            }
            return;
        }
        gradient.iter_mut().zip(before).for_each(|(gradient, &before)| *gradient *= before);
        match self {
            N::Linear | N::Relu | N::LeakyRelu(_) | N::Softmax => gradient.fill(zero),
            N::Sigmoid => map::scale(gradient, values, |y| one - two * y),
            N::Tanh => map::scale(gradient, values, |y| -two * y),
            N::Elu | N::ScaledElu { .. } => {
                map::scale(gradient, values, |y| if y > zero { zero } else { one })
            }
            N::Softplus => map::scale(gradient, values, |y| exp(-y)),
            N::ScaledTanh { scale_in, scale_out } => {
                let factor = T::of(-2.0 * scale_in / scale_out);
                map::scale(gradient, values, |y| factor * y);
            }
        }
    }

    /// [`backward`](Self::backward) where the sums are at hand: at a kink, the mean of the derivatives on both sides.
    #[inline(always)]
    pub fn backward_of_sums<T: Real>(self, row: usize, sums: &[T], values: &[T], gradient: &mut [T]) {
        let leakiness = match self {
            N::Relu => T::zero(),
            N::LeakyRelu(leakiness) => T::of(leakiness),
            _ => return self.backward(row, values, gradient),
        };
        map::scale(gradient, sums, |x| map::rectifier_slope(x, leakiness));
    }
}

/// [`Nonlinearity::apply`] of what takes an exponential.
struct Apply<'a, T, V> {
    nonlinearity: Nonlinearity,
    row: usize,
    values: V,
    element: PhantomData<&'a mut T>,
}

impl<'a, T: Real, V: Become<'a, T>> Work for Apply<'a, T, V> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (values, zero, one) = (self.values, T::zero(), T::one());
        match self.nonlinearity {
            N::Linear | N::Relu | N::LeakyRelu(_) => self.nonlinearity.apply_in(self.row, values),
            N::Sigmoid => values.become_of(|x| {
                let small = exp_negative(-x.abs());
                (if x < zero { small } else { one }) / (one + small)
            }),
            N::Tanh => values.become_of(tanh),
            // A loop, for a function that is handed on is not compiled for the instruction set.
            N::Softmax => {
                for row in values.in_place().chunks_exact_mut(self.row) {
                    softmax_row(row);
                }
            }
            N::Elu => values.become_of(|x| if x > zero { x } else { exp_m1_negative(x) }),
            N::ScaledElu { scale, scale_neg } => {
                let (scale, alpha) = (T::of(scale), T::of(scale_neg));
                values.become_of(|x| if x > zero { scale * x } else { scale * alpha * exp_m1_negative(x) });
            }
            N::Softplus => {
                values.become_of(|x| if x < zero { zero } else { x } + ln_1p(exp_negative(-x.abs())));
            }
            N::ScaledTanh { scale_in, scale_out } => {
                let (scale_in, scale_out) = (T::of(scale_in), T::of(scale_out));
                values.become_of(|x| scale_out * tanh(scale_in * x));
            }
        }
    }
}

/// [`Nonlinearity::backward`] of the same.
struct BackwardOfValues<'a, T> {
    nonlinearity: Nonlinearity,
    row: usize,
    values: &'a [T],
    gradient: &'a mut [T],
}

impl<T: Real> Work for BackwardOfValues<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let BackwardOfValues { nonlinearity, row, values, gradient } = self;
        let (zero, one) = (T::zero(), T::one());
        match nonlinearity {
            N::Linear | N::Relu | N::LeakyRelu(_) => nonlinearity.backward(row, values, gradient),
            N::Sigmoid => map::scale(gradient, values, |y| y * (one - y)),
            N::Tanh => map::scale(gradient, values, |y| one - y * y),
            N::Softmax => {
                for (values, gradient) in values.chunks_exact(row).zip(gradient.chunks_exact_mut(row)) {
                    let along = map::dot(values, gradient);
                    gradient.iter_mut().zip(values).for_each(|(g, &y)| *g = y * (*g - along));
                }
            }
            N::Elu => map::scale(gradient, values, |y| if y > zero { one } else { y + one }),
            N::ScaledElu { scale, scale_neg } => {
                let (scale, alpha) = (T::of(scale), T::of(scale_neg));
                map::scale(gradient, values, |y| if y > zero { scale } else { y + scale * alpha });
            }
            N::Softplus => map::scale(gradient, values, |y| -exp_m1_negative(-y)),
            N::ScaledTanh { scale_in, scale_out } => {
                let (scale_in, scale_out) = (T::of(scale_in), T::of(scale_out));
                map::scale(gradient, values, |y| scale_in * (scale_out - y * y / scale_out));
            }
        }
    }
}

/// Softmax of one row, by the largest element so that no exponential overflows.
#[inline(always)]
fn softmax_row<T: Real>(row: &mut [T]) {
    let largest = map::fold(row, T::neg_infinity(), |a, b| if b > a { b } else { a });
    let factor = T::one() / map::apply_and_sum(row, |value| exp_negative(value - largest));
    row.iter_mut().for_each(|value| *value *= factor);
}

#[cfg(test)]
mod tests {
    use crate::nonlinearities::*;

    #[test]
    fn derivatives_agree_with_finite_differences() {
        let sums: [f64; 6] = [-3.0, -0.7, -0.01, 0.02, 0.8, 2.5];
        let upstream: [f64; 6] = [0.3, -1.0, 2.0, 0.5, 1.5, -0.2];
        for nonlinearity in [
            linear(),
            relu(),
            sigmoid(),
            tanh(),
            softmax(),
            leaky_relu(0.2),
            very_leaky_rectify(),
            elu(),
            selu(),
            scaled_elu(0.7, 1.9),
            softplus(),
            scaled_tanh(0.5, 2.27),
        ] {
            let loss = |sums: [f64; 6]| {
                let mut values = sums;
                nonlinearity.apply(3, &mut values);
                values.iter().zip(upstream).map(|(value, upstream)| value * upstream).sum::<f64>()
            };
            let mut values = sums;
            nonlinearity.apply(3, &mut values);
            let mut gradient = upstream;
            nonlinearity.backward(3, &values, &mut gradient);
            for i in 0..sums.len() {
                let (mut more, mut less) = (sums, sums);
                more[i] += 1e-6;
                less[i] -= 1e-6;
                let expected = (loss(more) - loss(less)) / 2e-6;
                assert!((gradient[i] - expected).abs() < 1e-8, "{nonlinearity:?} at {}", sums[i]);
            }
            let before: [f64; 6] = [0.9, -0.4, 1.1, 0.7, -1.2, 0.1];
            let loss = |values: [f64; 6]| {
                let mut gradient = before;
                nonlinearity.backward(3, &values, &mut gradient);
                gradient.iter().zip(upstream).map(|(value, upstream)| value * upstream).sum::<f64>()
            };
            let mut gradient = upstream;
            nonlinearity.backward_of_backward(3, &values, &before, &mut gradient);
            // Outputs of 0 are at the kink of a rectifier.
            for i in (0..values.len()).filter(|&i| values[i] != 0.0) {
                let (mut more, mut less) = (values, values);
                more[i] += 1e-6;
                less[i] -= 1e-6;
                let expected = (loss(more) - loss(less)) / 2e-6;
                assert!((gradient[i] - expected).abs() < 1e-8, "{nonlinearity:?} again at {}", values[i]);
            }
        }
    }

    #[test]
    fn extremes_stay_finite() {
        for nonlinearity in [sigmoid(), tanh(), softmax(), elu(), selu(), softplus()] {
            let mut values = [-1e4_f32, 0.0, 1e4, 89.0];
            nonlinearity.apply(4, &mut values);
            assert!(values.iter().all(|value| value.is_finite()), "{nonlinearity:?}: {values:?}");
        }
    }

    #[test]
    fn nan_is_not_hidden() {
        for nonlinearity in [relu(), leaky_relu(0.1), softmax(), softplus()] {
            let mut values = [f32::NAN, 1.0];
            nonlinearity.apply(2, &mut values);
            assert!(values[0].is_nan(), "{nonlinearity:?}: {values:?}");
        }
    }
}
