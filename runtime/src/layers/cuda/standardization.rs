//! Standardization, and instance and layer normalization.

use super::batch_norm::Statistics;
use crate::Real;
use crate::cuda::batch_norm::Normalization;
use crate::cuda::shared_sums::Terms;
use crate::cuda::sharing::Sharing;
use crate::cuda::{Cuda, Slice, SliceMut};
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::{Standardization, StandardizationParameters};
use crate::shape::Axes;

impl<T: Real> Compute<T, Cuda> for Standardization {
    type Memory = Statistics<T>;

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &StandardizationParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let sharing = Sharing::new(x.shape, self.axes_of(x.shape), x.values.len);
        let [mean, inv_std] = ["means of a standardization", "deviations of a standardization"]
            .map(|purpose| pass.device.scratch_slice(purpose, sharing.values));
        pass.device.moments(&sharing, self.epsilon, x.values, &mean, &inv_std);
        let by = parameters.with([mean.read(), inv_std.read()]);
        pass.device.standardize(&sharing, by, x.values, &y.values);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &mut StandardizationParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
        memory: &mut Statistics<T>,
    ) {
        let sharing = Sharing::new(x.shape, self.axes_of(x.shape), x.values.len);
        let [mean, inv_std] = memory.take(pass.device, &sharing, self.epsilon, x.values);
        let by = parameters.with([mean.read(), inv_std.read()]);
        pass.device.standardize(&sharing, by, x.values, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &StandardizationParameters<T, Cuda>,
        gradients: &mut StandardizationParameters<T, Cuda>,
        memory: &mut Statistics<T>,
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let (x, dy, device) = (x.values, signals.output_gradient.values, pass.device);
        let shape = signals.output.shape;
        let sharing = Sharing::new(shape, self.axes_of(shape), dy.len);
        let statistics = memory.get(&sharing);
        let by = Normalization { gamma: Slice::NONE, beta: Slice::NONE, ..parameters.with(statistics) };
        let channels = Sharing::new(shape, Axes::Auto, dy.len);
        let (b, scales) = (gradients.b.slice_mut(), gradients.scales.slice_mut());
        let [b, scales] = [(self.learn_bias, b), (self.learn_scale, scales)]
            .map(|(learn, gradient)| learn.then_some(gradient));
        // The axes of means and those of channels are others, so that one of them needs the standardized values.
        let normalized = self.learn_scale.then(|| device.scratch_slice("standardized values", dy.len));
        if let Some(normalized) = &normalized {
            device.standardize(&sharing, by, x, normalized);
        }
        if self.learn_bias || self.learn_scale {
            let normalized = normalized.as_ref().map_or(Slice::NONE, SliceMut::read);
            let terms = Terms::Products { x: normalized, dy: dy.read() };
            device.shared_sums(&channels, terms, [b.as_ref(), scales.as_ref()]);
        }
        let Some(SignalMut { values: dx, .. }) = input_gradient else { return };
        if self.learn_scale {
            device.multiply_shared(&channels, dy.read(), parameters.scales.slice(), &dy);
        }
        let (dy, [mean, inv_std]) = (dy.read(), statistics);
        let sums = ["offsets of a norm", "scales of a norm"]
            .map(|purpose| device.scratch_slice(purpose, sharing.values));
        let terms = Terms::Normalized { x, dy, mean, inv_std };
        device.shared_sums(&sharing, terms, [Some(&sums[0]), Some(&sums[1])]);
        device.normalize_backward(&sharing, by, Some([sums[0].read(), sums[1].read()]), x, dy, &dx);
    }
}

impl<T: Real> StandardizationParameters<T, Cuda> {
    fn with<'a>(&'a self, [mean, inv_std]: [Slice<'a, T>; 2]) -> Normalization<'a, T> {
        Normalization { mean, inv_std, gamma: self.scales.slice(), beta: self.b.slice() }
    }
}
