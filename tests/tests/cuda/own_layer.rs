//! A layer of one's own with expressions of CUDA C.

use layercake::Device;
use layercake::Shape;
use layercake::cuda::CudaError;
use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use layercake::parameters::Builder;

use super::*;
use crate::same;

/// `x / (1 + |x|)`.
#[derive(Clone, Copy)]
pub struct Softsign;

impl Softsign {
    pub const fn output_shape(&self, input: Shape) -> Shape {
        input
    }
}

impl Layer for Softsign {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for Softsign {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        y.values.iter_mut().zip(x.values).for_each(|(y, &x)| *y = x / (T::one() + x.abs()));
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let ([x], [Some(dx)]) = (signals.inputs, signals.input_gradients) else { return };
        for ((dx, &x), dy) in dx.values.iter_mut().zip(x.values).zip(signals.output_gradient.values) {
            let root = T::one() + x.abs();
            *dx = *dy / (root * root);
        }
    }
}

impl<T: Real> Compute<T, Cuda> for Softsign {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        // SAFETY: an expression of its input, without effects.
        unsafe { pass.device.map("a / (1 + fabs(a))", [x.values], &y.values) };
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let ([x], [Some(dx)]) = (signals.inputs, signals.input_gradients) else { return };
        let dy = Cuda::as_slice(&signals.output_gradient.values);
        // SAFETY: an expression of its inputs, without effects.
        unsafe { pass.device.map("b / ((1 + fabs(a)) * (1 + fabs(a)))", [x.values, dy], &dx.values) };
    }
}

same! {
    own_layers, (3, 41); { input(41) => Softsign => dense(300, linear) => Softsign }
}

#[test]
fn inputs_of_another_length_are_refused() {
    for device in devices::cuda() {
        let (mut short, mut long) = Default::default();
        device.reserve::<f32>(&mut short, 3);
        device.reserve::<f32>(&mut long, 5);
        let (inputs, to) = ([Cuda::slice(&short, 3), Cuda::slice(&short, 3)], Cuda::slice_mut(&mut long, 5));
        // SAFETY: an expression of its inputs, without effects.
        unsafe { device.map("a + b", inputs, &to) };
        let error = device.status().unwrap_err();
        assert!(matches!(error, CudaError::Launch { .. }));
        let expected = "cuda: the kernel `expression a + b`: an input of 3 elements, and 5 in its output";
        assert_eq!(error.to_string(), expected);
    }
}
