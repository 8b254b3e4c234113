//! A layer and functions of one's own with expressions of CUDA C.

use layercake::Device;
use layercake::Shape;
use layercake::cuda::CudaError;
use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use layercake::layers::ExpressionCode;
use layercake::parameters::Builder;
use ndarray::Array2;

use super::*;
use crate::{by_differences, same};

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

/// `softsign` on a GPU.
struct SoftsignCode;

// SAFETY: expressions of `a`, without effects.
unsafe impl ExpressionCode for SoftsignCode {
    const FUNCTION: &'static str = "a / (1 + fabs(a))";
    const DERIVATIVES: [&'static str; 1] = ["1 / ((1 + fabs(a)) * (1 + fabs(a)))"];
}

/// `a^3` on a GPU.
struct Cube;

// SAFETY: expressions of `a`, without effects.
unsafe impl ExpressionCode for Cube {
    const FUNCTION: &'static str = "a * a * a";
    const DERIVATIVES: [&'static str; 1] = ["3 * a * a"];
}

fn softsign(x: f64) -> f64 {
    x / (1.0 + x.abs())
}

fn softsign_derivative(x: f64) -> f64 {
    (1.0 + x.abs()).powi(-2)
}

same! {
    own_layers, (3, 41); { input(41) => Softsign => dense(300, linear) => Softsign }
    own_functions, (3, 41); {
        input(41)
            => expression(softsign, softsign_derivative, code = SoftsignCode)
            => dense(300, linear)
            => expression(|x| x * x * x, |x| 3.0 * x * x, code = Cube)
    }
    own_functions_within_a_recurrent_layer, (2, 3, 5); {
        input(3, 5)
            => custom_recurrent(
                input_to_hidden = { dense(4, linear) => expression(softsign, softsign_derivative, code = SoftsignCode) },
                hidden_to_hidden = { dense(4, linear) },
            )
    }
}

by_differences! {
    inverse_of_an_own_function, (3, 4); {
        input(4) => a: expression(|x| x * x * x, |x| 3.0 * x * x, code = Cube) => nonlinearity(tanh) => inverse(a)
    }
}

#[test]
fn a_function_in_rust_alone_is_refused() {
    network! { struct Squares < input(4) => square: expression(|x| x * x, |x| 2.0 * x) > }
    let x = Array2::<f64>::zeros((3, 4));
    for device in devices::cuda() {
        let expected = "cuda: there are no kernels for the expression `square` with a function in Rust alone; use the \
                        option `code`, a type that implements `layercake::layers::ExpressionCode`";
        assert_eq!(Squares::<f64>::new(1).to(&device).unwrap_err().to_string(), expected);
        // One that is made there says it to the first who asks, and never computes.
        let net = Squares::<f64, Cuda>::on(&device, 1);
        assert_eq!(device.status().unwrap_err().to_string(), expected);
        net.forward(&x).unwrap_err();
    }
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
