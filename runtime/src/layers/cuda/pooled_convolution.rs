//! Convolution and max-pooling as one stage. Where pools do not overlap the convolution's sums are never written: each
//! thread has all of a pool's in registers.

use super::convolution::{Convolutional, finish, parameter_gradients};
use crate::Real;
use crate::Shape;
use crate::cuda::Cuda;
use crate::cuda::convolution::{Convolution, Finish, can_pool};
use crate::cuda::pooling::Winners;
use crate::device::DeviceError;
use crate::geometry::Windows;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut, Then};
use crate::layers::convolution::ConvParameters;
use crate::layers::{Conv2d, MaxPool2d};

/// Where the sums of a convolution stand whose pools overlap.
const SUMS: &str = "sums before max-pooling";

impl Then<Conv2d, MaxPool2d> {
    /// The convolution, together with its pools if that is possible; and the pools.
    fn on_cuda(&self, input: Shape, output: Shape) -> (Convolution, Windows) {
        let Then(conv, pool) = self;
        let pools = pool.windows(conv.output_shape(input), output);
        // The largest value is that of the largest sum.
        let possible = can_pool(&pools) && conv.nonlinearity.is_nondecreasing() && !conv.untie_biases;
        (Convolution { pools: possible.then_some(pools), ..conv.convolution(input) }, pools)
    }

    fn pool_on_cuda<T: Real>(
        &self,
        device: &Cuda,
        parameters: &ConvParameters<T, Cuda>,
        x: Signal<'_, T, Cuda>,
        y: &SignalMut<'_, T, Cuda>,
        winners: Option<&mut Winners>,
    ) {
        let conv = &self.0;
        let (convolution, pools) = self.on_cuda(x.shape, y.shape);
        let finish = finish(parameters, conv.untie_biases, conv.nonlinearity);
        let w = parameters.w.slice();
        if convolution.pools.is_some() {
            return device.convolve(&convolution, w, finish, x.values, &y.values, winners);
        }
        let batch = x.values.len / x.shape.len();
        let sums = device.scratch_slice(SUMS, batch * conv.output_shape(x.shape).len());
        device.convolve(&convolution, w, finish, x.values, &sums, None);
        device.max_pool(&pools, sums.read(), &y.values, winners);
    }
}

impl<T: Real> Compute<T, Cuda> for Then<Conv2d, MaxPool2d> {
    type Memory = Winners;

    fn check(&self, name: &'static str, _: &[Shape]) -> Result<(), DeviceError> {
        self.0.has_kernels(name)
    }

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &ConvParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        self.pool_on_cuda(pass.device, parameters, x, &y, None);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &mut ConvParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
        winners: &mut Winners,
    ) {
        self.pool_on_cuda(pass.device, parameters, x, &y, Some(winners));
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &ConvParameters<T, Cuda>,
        gradients: &mut ConvParameters<T, Cuda>,
        winners: &mut Winners,
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let ([x], [into], y) = (signals.inputs, signals.input_gradients, signals.output);
        let (device, gradient) = (pass.device, signals.output_gradient.values);
        // The derivative at a winner is that at its value, which is the output: the sums are not needed.
        device.nonlinearity_backward(self.0.nonlinearity, 1, y.values, &gradient);
        let (convolution, pools) = self.on_cuda(x.shape, y.shape);
        let into = into.map(|into| into.values);
        let w = parameters.w.slice();
        if convolution.pools.is_some() {
            parameter_gradients(device, &convolution, x, gradient.read(), winners, gradients);
            if let Some(into) = into {
                device.convolve_backward(&convolution, w, Finish::NONE, gradient.read(), winners, &into);
            }
            return;
        }
        let batch = x.values.len / x.shape.len();
        let sums = device.scratch_slice(SUMS, batch * pools.channels * pools.plane());
        device.max_pool_backward(&pools, gradient.read(), winners, &sums);
        let none = Winners::default();
        parameter_gradients(device, &convolution, x, sums.read(), &none, gradients);
        if let Some(into) = into {
            device.convolve_backward(&convolution, w, Finish::NONE, sums.read(), &none, &into);
        }
    }
}
