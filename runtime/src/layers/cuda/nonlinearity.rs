//! A nonlinearity on its own.

use crate::Real;
use crate::cuda::Cuda;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::NonlinearityLayer;
use crate::layers::nonlinearity::last_axis;

impl<T: Real> Compute<T, Cuda> for NonlinearityLayer {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.nonlinearity(self.nonlinearity, last_axis(x.shape), x.values, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let ([x], y, gradient) = (signals.inputs, signals.output.values, signals.output_gradient.values);
        let row = last_axis(x.shape);
        pass.device.nonlinearity_backward_of_sums(self.nonlinearity, row, x.values, y, &gradient);
        if let [Some(input_gradient)] = signals.input_gradients {
            pass.device.copy(gradient.read(), &input_gradient.values);
        }
    }
}
