//! A border around the values.

use crate::cpu::pieces::{each_item, read, write};
use crate::cpu::strided::{gather, scatter};
use crate::device::{Cpu, Device};
use crate::geometry::{Strided, strides};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::shape::Widths;
use crate::{Real, Shape, shape};

/// `pad(width, val = 0, batch_ndim = 2)`: puts a border around the values.
///
/// `width` is a number for both sides of all axes, or a list with a number or a pair (before, after) for each axis:
/// `pad([(1, 2), 0])`. Axes that the list does not reach stay. The first `batch_ndim` axes, the batch axis among
/// them, are not padded: by default the batch and the channels.
#[derive(Clone, Copy, Debug)]
pub struct PadLayer {
    /// How many elements are added on each side.
    pub width: Widths,
    /// Their value. Default 0.
    pub val: f64,
    /// The number of axes that come before those that are padded, the batch axis counted; at least 1. Default 2.
    pub batch_ndim: usize,
}

impl PadLayer {
    /// What the text need not say.
    pub const DEFAULT: Self = PadLayer { width: Widths::All(0), val: 0.0, batch_ndim: 2 };

    /// See [`shape::pad`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::pad(input, self.width, self.batch_ndim)
    }

    /// Where an item's elements lie in the output.
    pub(super) fn strided(&self, input: Shape, output: Shape) -> Strided {
        let strides = strides(output.dims());
        let before = |axis: usize| self.width.sides(axis, self.batch_ndim)[0];
        let start = (0..input.rank()).map(|axis| before(axis) * strides[axis] as usize).sum();
        Strided::new(start, (0..input.rank()).map(|axis| (input.dim(axis), strides[axis])))
    }
}

impl Layer for PadLayer {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for PadLayer {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let (strided, val) = (self.strided(x.shape, y.shape), T::of(self.val));
        let (input, output) = (x.shape.len(), y.shape.len());
        each_item((write(y.values, output), read(x.values, input)), output, |_, (y, x)| {
            y.fill(val);
            scatter(&strided, x, y);
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
        let [Some(input_gradient)] = signals.input_gradients else { return };
        let strided = self.strided(input_gradient.shape, signals.output.shape);
        let (input, output) = (input_gradient.shape.len(), signals.output.shape.len());
        let gradient = &*signals.output_gradient.values;
        each_item(
            (write(input_gradient.values, input), read(gradient, output)),
            input,
            |_, (to, gradient)| {
                gather(&strided, gradient, to);
            },
        );
    }
}
