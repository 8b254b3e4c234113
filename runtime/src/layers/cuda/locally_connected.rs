//! Layers with filters of each position's own.

use super::convolution::finish;
use crate::cuda::Cuda;
use crate::cuda::locally_connected::LocalFilters;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::LocallyConnected2d;
use crate::layers::convolution::ConvParameters;
use crate::layers::nonlinearity::last_axis;
use crate::{Real, Shape};

impl LocallyConnected2d {
    pub(super) fn on_cuda(&self, input: Shape) -> LocalFilters {
        LocalFilters {
            windows: self.windows(input),
            num_filters: self.num_filters,
            channelwise: self.channelwise,
            flip_filters: self.flip_filters,
        }
    }
}

impl<T: Real> Compute<T, Cuda> for LocallyConnected2d {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &ConvParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let (device, w) = (pass.device, parameters.w.slice());
        let finish = finish(parameters, self.untie_biases, self.nonlinearity);
        device.locally_connect(&self.on_cuda(x.shape), w, finish, x.values, &y.values);
        device.nonlinearity_over_rows(self.nonlinearity, last_axis(y.shape), &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &ConvParameters<T, Cuda>,
        gradients: &mut ConvParameters<T, Cuda>,
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let ([x], [into], y) = (signals.inputs, signals.input_gradients, signals.output);
        let (device, sums) = (pass.device, signals.output_gradient.values);
        device.nonlinearity_backward(self.nonlinearity, last_axis(y.shape), y.values, &sums);
        let filters = self.on_cuda(x.shape);
        device.local_weight_gradients(&filters, x.values, sums.read(), &gradients.w.slice_mut());
        device.bias_gradients(self.num_filters, y.shape.len(), sums.read(), &gradients.b.slice_mut());
        if let Some(into) = into {
            device.locally_connect_backward(&filters, parameters.w.slice(), sums.read(), &into.values);
        }
    }
}
