//! A nonlinearity on its own.

use crate::cpu::map;
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::nonlinearities::{Nonlinearity, linear};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// `nonlinearity(function)`: applies a nonlinearity; the shape stays.
///
/// For a nonlinearity right after a dense or convolutional layer, name it there: it is then part of that layer's
/// pass.
#[derive(Clone, Copy, Debug)]
pub struct NonlinearityLayer {
    /// The function; softmax is taken over the last axis.
    pub nonlinearity: Nonlinearity,
}

impl NonlinearityLayer {
    /// What the text need not say.
    pub const DEFAULT: Self = NonlinearityLayer { nonlinearity: linear() };

    /// See [`shape::nonlinearity`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::nonlinearity(input)
    }
}

impl Layer for NonlinearityLayer {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for NonlinearityLayer {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let row = last_axis(x.shape);
        map::in_pieces(
            row,
            y.values,
            [x.values],
            #[inline(always)]
            |y, [x]| self.nonlinearity.apply_to(row, x, y),
        );
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let [x] = signals.inputs;
        let row = last_axis(x.shape);
        let (y, output_gradient) = (signals.output.values, signals.output_gradient.values);
        match signals.input_gradients {
            [Some(input_gradient)] => map::in_pieces(
                row,
                input_gradient.values,
                [x.values, y, &*output_gradient],
                #[inline(always)]
                |gradient, [x, y, output_gradient]| {
                    gradient.copy_from_slice(output_gradient);
                    self.nonlinearity.backward_of_sums(row, x, y, gradient);
                },
            ),
            // A network's output has one buffer for the gradients on both sides of its nonlinearity.
            [None] => map::in_pieces(
                row,
                output_gradient,
                [x.values, y],
                #[inline(always)]
                |gradient, [x, y]| self.nonlinearity.backward_of_sums(row, x, y, gradient),
            ),
        }
    }
}

/// The length of the axis that softmax is taken over.
pub(super) fn last_axis(shape: Shape) -> usize {
    shape.dims().last().copied().unwrap_or(1)
}
