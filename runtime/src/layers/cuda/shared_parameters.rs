//! Biases, scales and slopes on their own.

use crate::Real;
use crate::cuda::shared_sums::Terms;
use crate::cuda::sharing::Sharing;
use crate::cuda::{Cuda, Slice};
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::{Bias, BiasParameters, Prelu, PreluParameters, Scale, ScaleParameters};

impl<T: Real> Compute<T, Cuda> for Bias {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &BiasParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let sharing = Sharing::new(x.shape, self.shared_axes, x.values.len);
        if parameters.b.is_empty() {
            pass.device.copy(x.values, &y.values);
        } else {
            pass.device.add_shared(&sharing, x.values, parameters.b.slice(), &y.values);
        }
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        _: &BiasParameters<T, Cuda>,
        gradients: &mut BiasParameters<T, Cuda>,
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let dy = signals.output_gradient.values.read();
        let sharing = Sharing::new(signals.output.shape, self.shared_axes, dy.len);
        if !gradients.b.is_empty() {
            let terms = Terms::Products { x: Slice::NONE, dy };
            pass.device.shared_sums(&sharing, terms, [Some(&gradients.b.slice_mut()), None]);
        }
        if let [Some(input_gradient)] = signals.input_gradients {
            pass.device.copy(dy, &input_gradient.values);
        }
    }
}

impl<T: Real> Compute<T, Cuda> for Scale {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &ScaleParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let sharing = Sharing::new(x.shape, self.shared_axes, x.values.len);
        pass.device.multiply_shared(&sharing, x.values, parameters.scales.slice(), &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &ScaleParameters<T, Cuda>,
        gradients: &mut ScaleParameters<T, Cuda>,
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let dy = signals.output_gradient.values.read();
        let sharing = Sharing::new(signals.output.shape, self.shared_axes, dy.len);
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let terms = Terms::Products { x: x.values, dy };
        pass.device.shared_sums(&sharing, terms, [None, Some(&gradients.scales.slice_mut())]);
        if let Some(SignalMut { values: dx, .. }) = input_gradient {
            pass.device.multiply_shared(&sharing, dy, parameters.scales.slice(), &dx);
        }
    }
}

impl<T: Real> Compute<T, Cuda> for Prelu {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &PreluParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let sharing = Sharing::new(x.shape, self.shared_axes, x.values.len);
        let alpha = parameters.alpha.slice();
        pass.device.rectify_shared(&sharing, x.values, x.values, alpha, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &PreluParameters<T, Cuda>,
        gradients: &mut PreluParameters<T, Cuda>,
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let dy = signals.output_gradient.values.read();
        let sharing = Sharing::new(signals.output.shape, self.shared_axes, dy.len);
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let terms = Terms::Rectified { x: x.values, dy, factors: x.values };
        pass.device.shared_sums(&sharing, terms, [Some(&gradients.alpha.slice_mut()), None]);
        if let Some(SignalMut { values: dx, .. }) = input_gradient {
            pass.device.rectify_shared(&sharing, x.values, dy, parameters.alpha.slice(), &dx);
        }
    }
}
