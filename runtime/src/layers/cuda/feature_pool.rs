//! Pooling of neighbouring features, and over all places of a channel.

use crate::Real;
use crate::cuda::Cuda;
use crate::cuda::groups::Extreme;
use crate::cuda::pooling::Winners;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::{FeaturePool, FeatureWta, GlobalPool, PoolFunction};

/// What is done to each group: its members' sum times a number, or a choice.
enum Reduction {
    Sum(f64),
    Pick(Extreme),
}

impl PoolFunction {
    fn on_cuda(self, members: usize) -> Reduction {
        match self {
            PoolFunction::Mean => Reduction::Sum(1.0 / members as f64),
            PoolFunction::Sum => Reduction::Sum(1.0),
            PoolFunction::Max => Reduction::Pick(Extreme::Largest),
            PoolFunction::Min => Reduction::Pick(Extreme::Smallest),
        }
    }
}

macro_rules! pools {
    ($($layer:ident)*) => {$(
        impl $layer {
            fn reduce_on_cuda<T: Real>(
                &self,
                device: &Cuda,
                x: Signal<'_, T, Cuda>,
                y: &SignalMut<'_, T, Cuda>,
                winners: Option<&mut Winners>,
            ) {
                let groups = self.groups(x.shape);
                match self.pool_function.on_cuda(groups.members) {
                    Reduction::Sum(scale) => device.sum_groups(&groups, scale, x.values, &y.values),
                    Reduction::Pick(extreme) => device.pick(&groups, extreme, x.values, &y.values, winners),
                }
            }
        }

        impl<T: Real> Compute<T, Cuda> for $layer {
            type Memory = Winners;

            fn forward(
                &self,
                pass: &Pass<'_, Cuda>,
                (): &(),
                [x]: [Signal<'_, T, Cuda>; 1],
                y: SignalMut<'_, T, Cuda>,
            ) {
                self.reduce_on_cuda(pass.device, x, &y, None);
            }

            fn forward_training(
                &self,
                pass: &Pass<'_, Cuda>,
                (): &mut (),
                [x]: [Signal<'_, T, Cuda>; 1],
                y: SignalMut<'_, T, Cuda>,
                winners: &mut Winners,
            ) {
                self.reduce_on_cuda(pass.device, x, &y, Some(winners));
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
                let (groups, gradient) = (self.groups(shape), signals.output_gradient.values.read());
                match self.pool_function.on_cuda(groups.members) {
                    Reduction::Sum(scale) => pass.device.give_to_all(&groups, scale, gradient, &into),
                    Reduction::Pick(_) => pass.device.give_to_winners(&groups, gradient, winners, &into),
                }
            }
        }
    )*};
}

pools! { FeaturePool GlobalPool }

impl<T: Real> Compute<T, Cuda> for FeatureWta {
    type Memory = Winners;

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.pick_and_keep(&self.groups(x.shape), x.values, &y.values, None);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &mut (),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
        winners: &mut Winners,
    ) {
        pass.device.pick_and_keep(&self.groups(x.shape), x.values, &y.values, Some(winners));
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
        pass.device.keep_winners(&self.groups(shape), gradient, winners, &into);
    }
}
