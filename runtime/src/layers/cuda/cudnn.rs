//! Convolutions by cuDNN, with biases and nonlinearity in a pass behind.

use super::convolution::{Convolutional, finish};
use crate::Real;
use crate::cuda::Cuda;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::convolution::ConvParameters;
use crate::layers::nonlinearity::last_axis;
use crate::layers::{Conv, Cudnn};

impl<T: Real, const N: usize> Compute<T, Cuda> for Cudnn<Conv<N>> {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &ConvParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let Cudnn(conv) = self;
        let (device, nonlinearity) = (pass.device, conv.nonlinearity);
        let finish = finish(parameters, conv.untie_biases, nonlinearity);
        let w = parameters.w.slice();
        device.convolve_by_cudnn(&conv.convolution(x.shape), w, finish, x.values, &y.values);
        device.nonlinearity_over_rows(nonlinearity, last_axis(y.shape), &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &ConvParameters<T, Cuda>,
        gradients: &mut ConvParameters<T, Cuda>,
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let Cudnn(conv) = self;
        let ([x], [into], y) = (signals.inputs, signals.input_gradients, signals.output);
        let (device, sums) = (pass.device, signals.output_gradient.values);
        device.nonlinearity_backward(conv.nonlinearity, last_axis(y.shape), y.values, &sums);
        let convolution = conv.convolution(x.shape);
        device.filter_gradients_by_cudnn(&convolution, x.values, sums.read(), &gradients.w.slice_mut());
        device.bias_gradients(conv.num_filters, y.shape.len(), sums.read(), &gradients.b.slice_mut());
        if let Some(into) = into {
            device.convolve_backward_by_cudnn(&convolution, parameters.w.slice(), sums.read(), &into.values);
        }
    }
}
