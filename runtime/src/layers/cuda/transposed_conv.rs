//! Transposed convolutions: the products of a convolution with inputs and outputs exchanged.

use super::convolution::finish;
use crate::cuda::Cuda;
use crate::cuda::convolution::{Convolution, Finish};
use crate::cuda::pooling::Winners;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::TransposedConv;
use crate::layers::convolution::ConvParameters;
use crate::layers::nonlinearity::last_axis;
use crate::{Real, Shape};

impl<const N: usize> TransposedConv<N> {
    /// The convolution that this is the backward pass of: its filters are this one's channels.
    pub(super) fn on_cuda(&self, input: Shape) -> Convolution {
        let windows = self.windows(input);
        Convolution {
            windows,
            num_filters: input.dim(0),
            num_groups: 1,
            flip_filters: !self.flip_filters,
            filter_stride: windows.taps(),
            channel_stride: windows.window(),
            by_gemm: false,
            pools: None,
        }
    }
}

impl<T: Real, const N: usize> Compute<T, Cuda> for TransposedConv<N> {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &ConvParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let (device, none, w) = (pass.device, Winners::default(), parameters.w.slice());
        let finish = finish(parameters, self.untie_biases, self.nonlinearity);
        device.convolve_backward(&self.on_cuda(x.shape), w, finish, x.values, &none, &y.values);
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
        let (device, none, sums) = (pass.device, Winners::default(), signals.output_gradient.values);
        device.nonlinearity_backward(self.nonlinearity, last_axis(y.shape), y.values, &sums);
        let convolution = self.on_cuda(x.shape);
        let w = gradients.w.slice_mut();
        device.convolution_gradients(&convolution, sums.read(), x.values, &none, &w, None);
        device.bias_gradients(self.num_filters, y.shape.len(), sums.read(), &gradients.b.slice_mut());
        if let Some(into) = into {
            let w = parameters.w.slice();
            device.convolve(&convolution, w, Finish::NONE, sums.read(), &into.values, None);
        }
    }
}
