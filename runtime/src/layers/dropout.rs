//! Dropout.

use rayon::prelude::*;

use crate::cpu::{dropout, map};
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// `dropout(p = 0.5, rescale = true)`: in training, sets each value to zero with probability `p`; in inference it
/// does nothing.
///
/// Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural networks
/// from overfitting" (JMLR 2014). The mask is a function of the seed, the step, the layer and the position, so it
/// is not stored. `p` takes effect in steps of 1/65536.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// The probability of setting a value to zero, at least 0 and below 1. Default 0.5.
    pub p: f64,
    /// Whether the kept values are divided by `1 - p`, so that their expected sum stays. Default true.
    pub rescale: bool,
}

impl Dropout {
    /// What the text need not say.
    pub const DEFAULT: Self = Dropout { p: 0.5, rescale: true };

    /// See [`shape::dropout`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::dropout(input, self.p)
    }

    /// What kept values are multiplied by.
    pub(crate) fn scale(&self) -> f64 {
        if self.rescale { 1.0 / (1.0 - self.p) } else { 1.0 }
    }
}

impl Layer for Dropout {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for Dropout {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        y.values.copy_from_slice(x.values);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cpu>,
        (): &mut (),
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        (): &mut (),
    ) {
        self.mask(pass, x.values, y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        if let [Some(input_gradient)] = signals.input_gradients {
            self.mask(pass, signals.output_gradient.values, input_gradient.values);
        }
    }
}

impl Dropout {
    /// `to = from * mask`.
    fn mask<T: Real>(&self, pass: &Pass<'_, Cpu>, from: &[T], to: &mut [T]) {
        let chunk = map::chunk(from.len(), 8);
        to.par_chunks_mut(chunk).zip(from.par_chunks(chunk)).enumerate().for_each(|(i, (to, from))| {
            to.copy_from_slice(from);
            dropout::apply(pass.random, i * chunk, self.p, self.scale(), to);
        });
    }
}
