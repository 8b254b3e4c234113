//! Pooling over windows.

use crate::Real;
use crate::cuda::Cuda;
use crate::cuda::pooling::Winners;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::{MaxPool, Pool, PoolMode};

impl<const N: usize> Pool<N> {
    fn on_cuda<T: Real>(
        &self,
        device: &Cuda,
        x: Signal<'_, T, Cuda>,
        y: &SignalMut<'_, T, Cuda>,
        winners: Option<&mut Winners>,
    ) {
        let windows = self.windows(x.shape, y.shape);
        if self.mode == PoolMode::Max {
            device.max_pool(&windows, x.values, &y.values, winners);
        } else {
            device.average_pool(&windows, self.with_padding(), x.values, &y.values);
        }
    }
}

impl<T: Real, const N: usize> Compute<T, Cuda> for Pool<N> {
    type Memory = Winners;

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        self.on_cuda(pass.device, x, &y, None);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &mut (),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
        winners: &mut Winners,
    ) {
        self.on_cuda(pass.device, x, &y, Some(winners));
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        winners: &mut Winners,
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let [Some(SignalMut { shape, values: into })] = signals.input_gradients else { return };
        let windows = self.windows(shape, signals.output.shape);
        let gradient = signals.output_gradient.values.read();
        if self.mode == PoolMode::Max {
            pass.device.max_pool_backward(&windows, gradient, winners, &into);
        } else {
            pass.device.average_pool_backward(&windows, self.with_padding(), gradient, &into);
        }
    }
}

impl<T: Real, const N: usize> Compute<T, Cuda> for MaxPool<N> {
    type Memory = Winners;

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        x: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        self.pool().forward(pass, &(), x, y);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &mut (),
        x: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
        winners: &mut Winners,
    ) {
        self.pool().forward_training(pass, &mut (), x, y, winners);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        winners: &mut Winners,
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        self.pool().backward(pass, &(), &mut (), winners, signals);
    }
}
