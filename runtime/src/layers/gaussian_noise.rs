//! Gaussian noise.

use crate::cpu::noise;
use crate::cpu::pieces::{chunk, each, read, write};
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// `gaussian_noise(sigma = 0.1)`: in training, adds Gaussian noise with mean 0 and standard deviation `sigma`; in
/// inference it does nothing. The shape stays.
///
/// Jim, Giles and Horne, "An analysis of noise in recurrent neural networks: convergence and generalization" (IEEE
/// Transactions on Neural Networks, 1996). The noise is a function of the seed, the step, the layer and the
/// position.
#[derive(Clone, Copy, Debug)]
pub struct GaussianNoise {
    /// The standard deviation, at least 0. Default 0.1.
    pub sigma: f64,
}

impl GaussianNoise {
    /// What the text need not say.
    pub const DEFAULT: Self = GaussianNoise { sigma: 0.1 };

    /// See [`shape::gaussian_noise`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::gaussian_noise(input, self.sigma)
    }
}

impl Layer for GaussianNoise {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for GaussianNoise {
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
        let (sigma, chunk) = (T::of(self.sigma), chunk(x.values.len(), 4));
        each((write(y.values, chunk), read(x.values, chunk)), |i, (y, x)| {
            noise::normal(pass.random, i * chunk, y);
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = x + sigma * *y);
        });
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        if let [Some(input_gradient)] = signals.input_gradients {
            input_gradient.values.copy_from_slice(signals.output_gradient.values);
        }
    }
}
