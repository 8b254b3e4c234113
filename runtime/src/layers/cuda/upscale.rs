//! Upscaling.

use crate::Real;
use crate::cuda::Cuda;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::Upscale;

impl<T: Real, const N: usize> Compute<T, Cuda> for Upscale<N> {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.upscale(&self.blocks(x.shape), x.values, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let [Some(SignalMut { shape, values: into })] = signals.input_gradients else { return };
        pass.device.upscale_backward(&self.blocks(shape), signals.output_gradient.values.read(), &into);
    }
}
