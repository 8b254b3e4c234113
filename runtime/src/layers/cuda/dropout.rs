//! Dropout.

use crate::Real;
use crate::cuda::Cuda;
use crate::cuda::dropout::Mask;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::Dropout;

impl<T: Real> Compute<T, Cuda> for Dropout {
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
        pass.device.copy(x.values, &y.values);
        pass.device.dropout(self.on_cuda(pass), y.shape, self.shared_axes, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        if let [Some(SignalMut { shape, values })] = signals.input_gradients {
            pass.device.copy(signals.output_gradient.values.read(), &values);
            pass.device.dropout(self.on_cuda(pass), shape, self.shared_axes, &values);
        }
    }
}

impl Dropout {
    /// Its mask in this pass.
    pub(super) fn on_cuda(&self, pass: &Pass<'_, Cuda>) -> Mask {
        Mask { random: pass.random, p: self.p, scale: self.scale() }
    }
}
