//! The same values elsewhere: other axes, another order, a border, a part.

use crate::Real;
use crate::cuda::Cuda;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::{Dimshuffle, Flatten, PadLayer, Reshape, Slice};

macro_rules! copies {
    ($($layer:ident)*) => {$(
        impl<T: Real> Compute<T, Cuda> for $layer {
            type Memory = ();

            fn forward(
                &self,
                pass: &Pass<'_, Cuda>,
                (): &(),
                [x]: [Signal<'_, T, Cuda>; 1],
                y: SignalMut<'_, T, Cuda>,
            ) {
                pass.device.copy(x.values, &y.values);
            }

            fn backward(
                &self,
                pass: &Pass<'_, Cuda>,
                (): &(),
                (): &mut (),
                (): &mut (),
                signals: Backward<'_, T, Cuda, 1>,
            ) {
                let [Some(input_gradient)] = signals.input_gradients else { return };
                let (to, gradient) = (input_gradient.values, signals.output_gradient.values.read());
                pass.device.copy(gradient, &to);
            }
        }
    )*};
}

copies! { Flatten Reshape }

impl<T: Real> Compute<T, Cuda> for Dimshuffle {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.pack(&self.strided(x.shape), x.shape.len(), x.values, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let [Some(input_gradient)] = signals.input_gradients else { return };
        let (to, gradient) = (input_gradient.values, signals.output_gradient.values.read());
        let shape = input_gradient.shape;
        pass.device.unpack(&self.strided(shape), shape.len(), gradient, &to);
    }
}

impl<T: Real> Compute<T, Cuda> for Slice {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.pack(&self.strided(x.shape), x.shape.len(), x.values, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let [Some(input_gradient)] = signals.input_gradients else { return };
        let (to, gradient) = (input_gradient.values, signals.output_gradient.values.read());
        let shape = input_gradient.shape;
        pass.device.zero(&to);
        pass.device.unpack(&self.strided(shape), shape.len(), gradient, &to);
    }
}

impl<T: Real> Compute<T, Cuda> for PadLayer {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        pass.device.fill(&y.values, self.val);
        pass.device.unpack(&self.strided(x.shape, y.shape), y.shape.len(), x.values, &y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let [Some(input_gradient)] = signals.input_gradients else { return };
        let (to, gradient) = (input_gradient.values, signals.output_gradient.values.read());
        let strided = self.strided(input_gradient.shape, signals.output.shape);
        pass.device.pack(&strided, signals.output.shape.len(), gradient, &to);
    }
}
