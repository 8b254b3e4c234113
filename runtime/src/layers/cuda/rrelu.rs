//! Rectifiers with random slopes.

use crate::cuda::Cuda;
use crate::cuda::rrelu::Rectifiers;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::Rrelu;
use crate::{Real, Shape};

impl Rrelu {
    fn on_cuda(&self, shape: Shape) -> Rectifiers {
        Rectifiers { shape, axes: self.shared_axes, lower: self.lower, upper: self.upper }
    }
}

impl<T: Real> Compute<T, Cuda> for Rrelu {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.rectify_at_random(self.on_cuda(x.shape), None, x.values, x.values, &y.values);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &mut (),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
        (): &mut (),
    ) {
        let random = Some(pass.random);
        pass.device.rectify_at_random(self.on_cuda(x.shape), random, x.values, x.values, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let ([x], [Some(SignalMut { values: dx, .. })]) = (signals.inputs, signals.input_gradients) else {
            return;
        };
        let (random, dy) = (Some(pass.random), signals.output_gradient.values.read());
        pass.device.rectify_at_random(self.on_cuda(x.shape), random, x.values, dy, &dx);
    }
}
