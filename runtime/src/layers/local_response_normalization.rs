//! Local response normalization.

use crate::cpu::pieces::{each_item, read, write};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// `local_response_normalization2d(alpha = 1e-4, k = 2, beta = 0.75, n = 5)`: each value is divided by
/// `(k + alpha sum(x^2))^beta`, the sum taken over the `n` nearest channels (an odd number, itself in the middle) at
/// the same position; (channels, rows, columns) stay.
///
/// Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks" (NIPS 2012).
#[derive(Clone, Copy, Debug)]
pub struct LocalResponseNormalization2d {
    /// Factor of the sum of squares. Default 1e-4.
    pub alpha: f64,
    /// Added to it. Default 2.
    pub k: f64,
    /// The power. Default 0.75.
    pub beta: f64,
    /// The number of channels summed over. Default 5.
    pub n: usize,
}

impl LocalResponseNormalization2d {
    /// What the text need not say.
    pub const DEFAULT: Self = LocalResponseNormalization2d { alpha: 1e-4, k: 2.0, beta: 0.75, n: 5 };

    /// See [`shape::local_response_normalization2d`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::local_response_normalization2d(input, self.alpha, self.k, self.n)
    }

    /// `sums = k + alpha sum(x^2)` for one image of `plane` positions a channel.
    fn sums<T: Real>(&self, plane: usize, x: &[T], sums: &mut [T]) {
        let alpha = T::of(self.alpha);
        sums.fill(T::of(self.k));
        self.neighbours(plane, x, sums, |x| alpha * x * x);
    }

    /// Adds to each value `term` of its neighbours in `from`, itself included.
    fn neighbours<T: Real>(&self, plane: usize, from: &[T], to: &mut [T], term: impl Fn(T) -> T) {
        let (channels, half) = (from.len() / plane, self.n / 2);
        for (channel, to) in to.chunks_exact_mut(plane).enumerate() {
            for other in channel.saturating_sub(half)..(channel + half + 1).min(channels) {
                let from = &from[other * plane..][..plane];
                to.iter_mut().zip(from).for_each(|(to, &from)| *to += term(from));
            }
        }
    }
}

impl Layer for LocalResponseNormalization2d {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for LocalResponseNormalization2d {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let (item, plane) = (x.shape.len(), x.shape.dim(1) * x.shape.dim(2));
        let power = T::of(-self.beta);
        each_item((write(y.values, item), read(x.values, item)), item, |_, (y, x)| {
            self.sums(plane, x, y);
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = x * y.powf(power));
        });
    }

    /// With sums s: `dx = dy s^-beta - 2 alpha beta x neighbours(dy x s^(-beta - 1))`.
    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let ([x], [Some(dx)]) = (signals.inputs, signals.input_gradients) else { return };
        let (item, plane) = (x.shape.len(), x.shape.dim(1) * x.shape.dim(2));
        let (power, factor) = (T::of(-self.beta), T::of(-2.0 * self.alpha * self.beta));
        let gradients = [dx.values, signals.output_gradient.values].map(|values| write(values, item));
        each_item((gradients, read(x.values, item)), item, |_, ([dx, dy], x)| {
            scratch::with(item, |terms: &mut [T]| {
                self.sums(plane, x, terms);
                for ((term, dy), &x) in terms.iter_mut().zip(&mut *dy).zip(x) {
                    *dy *= term.powf(power);
                    *term = *dy * x / *term;
                }
                dx.fill(T::zero());
                self.neighbours(plane, terms, dx, |term| term);
            });
            for ((dx, dy), &x) in dx.iter_mut().zip(dy).zip(x) {
                *dx = *dy + factor * x * *dx;
            }
        });
    }
}
