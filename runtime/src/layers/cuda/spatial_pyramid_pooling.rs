//! Spatial pyramid pooling.

use crate::cuda::Cuda;
use crate::cuda::pooling::Winners;
use crate::cuda::pyramid::Pyramid;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::{PoolMode, PyramidImplementation, SpatialPyramidPooling};
use crate::{Real, Shape};

impl SpatialPyramidPooling {
    fn on_cuda(&self, input: Shape) -> Pyramid {
        Pyramid {
            input: [input.dim(1), input.dim(2)],
            levels: self.pool_dims,
            fast: self.implementation == PyramidImplementation::Fast,
            largest: self.mode == PoolMode::Max,
        }
    }
}

impl<T: Real> Compute<T, Cuda> for SpatialPyramidPooling {
    type Memory = Winners;

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.pool_pyramid(&self.on_cuda(x.shape), x.values, &y.values, None);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &mut (),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
        winners: &mut Winners,
    ) {
        pass.device.pool_pyramid(&self.on_cuda(x.shape), x.values, &y.values, Some(winners));
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
        let gradient = signals.output_gradient.values.read();
        pass.device.pool_pyramid_backward(&self.on_cuda(shape), gradient, winners, &into);
    }
}
