//! Local response normalization.

use crate::cuda::Cuda;
use crate::cuda::response::Response;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::LocalResponseNormalization2d;
use crate::{Real, Shape};

impl LocalResponseNormalization2d {
    fn on_cuda(&self, input: Shape) -> Response {
        Response {
            channels: input.dim(0),
            plane: input.len() / input.dim(0),
            neighbours: self.n,
            alpha: self.alpha,
            beta: self.beta,
            k: self.k,
        }
    }
}

impl<T: Real> Compute<T, Cuda> for LocalResponseNormalization2d {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.normalize_response(&self.on_cuda(x.shape), x.values, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let ([x], [Some(into)]) = (signals.inputs, signals.input_gradients) else { return };
        let gradient = signals.output_gradient.values;
        pass.device.normalize_response_backward(&self.on_cuda(x.shape), x.values, &gradient, &into.values);
    }
}
