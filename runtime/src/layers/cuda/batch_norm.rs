//! Batch normalization, by itself and after another layer.

use crate::Real;
use crate::cuda::batch_norm::Normalization;
use crate::cuda::shared_sums::Terms;
use crate::cuda::sharing::Sharing;
use crate::cuda::{Buffer, Cuda, Slice, SliceMut};
use crate::device::Device;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::nonlinearity::last_axis;
use crate::layers::{BatchNorm, BatchNormParameters, ComputeNormalized, Norm};
use crate::nonlinearities::linear;

/// What the latest batch was normalized by.
#[derive(Debug)]
pub struct Statistics<T> {
    mean: Buffer<T>,
    inv_std: Buffer<T>,
}

impl<T> Default for Statistics<T> {
    fn default() -> Self {
        Statistics { mean: Buffer::default(), inv_std: Buffer::default() }
    }
}

impl<T: Real> Statistics<T> {
    /// The mean and the inverse of the deviation of a batch, computed anew; an empty one has none.
    pub(super) fn take(
        &mut self,
        device: &Cuda,
        sharing: &Sharing,
        epsilon: f64,
        x: Slice<'_, T>,
    ) -> [SliceMut<'_, T>; 2] {
        let statistics = [&mut self.mean, &mut self.inv_std].map(|buffer| {
            device.reserve(buffer, sharing.values);
            Cuda::slice_mut(buffer, sharing.values)
        });
        let [mean, inv_std] = &statistics;
        if x.len > 0 {
            device.moments(sharing, epsilon, x, mean, inv_std);
        }
        statistics
    }

    /// Those of the latest batch.
    pub(super) fn get(&self, sharing: &Sharing) -> [Slice<'_, T>; 2] {
        [&self.mean, &self.inv_std].map(|buffer| Cuda::slice(buffer, sharing.values))
    }
}

impl<T: Real> BatchNormParameters<T, Cuda> {
    fn averages(&self) -> Normalization<'_, T> {
        self.with(self.mean.slice(), self.inv_std.slice())
    }

    fn with<'a>(&'a self, mean: Slice<'a, T>, inv_std: Slice<'a, T>) -> Normalization<'a, T> {
        Normalization { mean, inv_std, gamma: self.gamma.slice(), beta: self.beta.slice() }
    }
}

impl<T: Real> Compute<T, Cuda> for BatchNorm {
    type Memory = Statistics<T>;

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &BatchNormParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let sharing = Sharing::new(x.shape, self.axes, x.values.len);
        pass.device.normalize(&sharing, parameters.averages(), linear(), x.values, &y.values);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &mut BatchNormParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
        memory: &mut Statistics<T>,
    ) {
        let sharing = Sharing::new(x.shape, self.axes, x.values.len);
        let [mean, inv_std] = memory.take(pass.device, &sharing, self.epsilon, x.values);
        if x.values.len == 0 {
            return;
        }
        let batch = parameters.with(mean.read(), inv_std.read());
        let by = if self.use_averages { parameters.averages() } else { batch };
        pass.device.normalize(&sharing, by, linear(), x.values, &y.values);
        let how = [self.update_averages, self.use_averages];
        pass.device.follow(&sharing, self.alpha, how, &parameters.mean.slice_mut(), &mean);
        pass.device.follow(&sharing, self.alpha, how, &parameters.inv_std.slice_mut(), &inv_std);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &BatchNormParameters<T, Cuda>,
        gradients: &mut BatchNormParameters<T, Cuda>,
        memory: &mut Statistics<T>,
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let (x, dy, device) = (x.values, signals.output_gradient.values.read(), pass.device);
        let sharing = Sharing::new(signals.output.shape, self.axes, dy.len);
        let [mean, inv_std] = memory.get(&sharing);
        // Where there are parameters, the sums are their gradients.
        let (has_beta, has_gamma) = (!gradients.beta.is_empty(), !gradients.gamma.is_empty());
        let scratch = |purpose| device.scratch_slice(purpose, sharing.values);
        let offsets = if has_beta { gradients.beta.slice_mut() } else { scratch("offsets of a norm") };
        let scales = if has_gamma { gradients.gamma.slice_mut() } else { scratch("scales of a norm") };
        let terms = Terms::Normalized { x, dy, mean, inv_std };
        device.shared_sums(&sharing, terms, [Some(&offsets), Some(&scales)]);
        if let Some(SignalMut { values: dx, .. }) = input_gradient {
            let sums = (!self.use_averages).then(|| [offsets.read(), scales.read()]);
            device.normalize_backward(&sharing, parameters.with(mean, inv_std), sums, x, dy, &dx);
        }
    }
}

/// The layer, and then one pass over its output with the normalization and the nonlinearity.
impl<T: Real, L: Compute<T, Cuda>> ComputeNormalized<T, Cuda> for L {
    fn forward_normalized(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &Self::Parameters<T, Cuda>,
        norm: &Norm<'_, T, Cuda>,
        input: Signal<'_, T, Cuda>,
        mut output: SignalMut<'_, T, Cuda>,
    ) {
        let y = SignalMut { shape: output.shape, values: Cuda::reborrow_mut(&mut output.values) };
        self.forward(pass, parameters, [input], y);
        let SignalMut { shape, values: y } = output;
        let sharing = Sharing::new(shape, norm.layer.axes, y.len);
        let (by, nonlinearity) = (norm.parameters.averages(), norm.nonlinearity);
        pass.device.normalize(&sharing, by, nonlinearity, y.read(), &y);
        pass.device.nonlinearity_over_rows(nonlinearity, last_axis(shape), &y);
    }
}
