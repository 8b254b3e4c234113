//! Vectors for words and classes. The network has checked the numbers before they came to the device.

use crate::Real;
use crate::cuda::Cuda;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::{Embedding, EmbeddingParameters};

impl<T: Real> Compute<T, Cuda> for Embedding {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &EmbeddingParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.look_up(self.output_size, x.values, parameters.w.slice(), &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        _: &EmbeddingParameters<T, Cuda>,
        gradients: &mut EmbeddingParameters<T, Cuda>,
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let ([x], dy) = (signals.inputs, signals.output_gradient.values.read());
        pass.device.look_up_backward(self.output_size, x.values, dy, &gradients.w.slice_mut());
    }
}
