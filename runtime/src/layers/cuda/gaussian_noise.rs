//! Gaussian noise.

use crate::Real;
use crate::cuda::Cuda;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::GaussianNoise;

impl<T: Real> Compute<T, Cuda> for GaussianNoise {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.copy(x.values, &y.values);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &mut (),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
        (): &mut (),
    ) {
        pass.device.add_gaussian_noise(pass.random, self.sigma, x.values, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        if let [Some(input_gradient)] = signals.input_gradients {
            pass.device.copy(signals.output_gradient.values.read(), &input_gradient.values);
        }
    }
}
