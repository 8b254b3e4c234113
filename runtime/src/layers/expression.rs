//! A function of one's own.

use crate::cpu::pieces::{chunk, each, read, write};
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::layers::ExpressionText;
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// `expression(function, derivative, code)`: applies a function of one's own to each element; the shape stays.
///
/// Both are functions from `f64` to `f64`, whatever the network's element type: a path, or a closure that captures
/// nothing, as in `expression(|x| x * x, |x| 2.0 * x)`. For a function of several elements, or one with parameters,
/// write a layer of your own.
///
/// An NVIDIA GPU cannot run functions of Rust: a network with this layer is refused there without `code`, a type that gives both
/// in CUDA C as well; [`ExpressionCode`](super::ExpressionCode) has an example.
#[derive(Clone, Copy, Debug)]
pub struct Expression {
    /// The function.
    pub function: fn(f64) -> f64,
    /// Its derivative.
    pub derivative: fn(f64) -> f64,
    /// Both in CUDA C, for NVIDIA GPUs. Default none.
    pub code: Option<ExpressionText<1>>,
}

impl Expression {
    /// What the text need not say.
    pub const DEFAULT: Self = Expression { function: |x| x, derivative: |_| 1.0, code: None };

    /// See [`shape::expression`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::expression(input)
    }
}

impl Layer for Expression {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for Expression {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let chunk = chunk(x.values.len(), 1);
        each((write(y.values, chunk), read(x.values, chunk)), |_, (y, x)| {
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = T::of((self.function)(x.to_f64())));
        });
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let ([x], [Some(input_gradient)]) = (signals.inputs, signals.input_gradients) else { return };
        let gradient = &*signals.output_gradient.values;
        let chunk = chunk(gradient.len(), 1);
        let from = [x.values, gradient].map(|values| read(values, chunk));
        each((write(input_gradient.values, chunk), from), |_, (dx, [x, gradient])| {
            for ((dx, &x), &gradient) in dx.iter_mut().zip(x).zip(gradient) {
                *dx = gradient * T::of((self.derivative)(x.to_f64()));
            }
        });
    }
}
