//! Some elements of an axis.

use crate::cpu::pieces::{each_item, read, write};
use crate::cpu::strided::{gather, scatter};
use crate::device::{Cpu, Device};
use crate::geometry::{Strided, strides};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::shape::{Indices, axis_of_item};
use crate::{Real, Shape, shape};

/// `slice(indices, axis = -1)`: of one axis only some elements.
///
/// `indices` is an index, which drops the axis; a range `1..4`, `..4` or `1..`; or a range with a step,
/// `(..).step_by(2)`. Negative indices count from the end. A negative step goes backwards, as in Python:
/// `(..).step_by(-1)` is the whole axis in reverse, `(4..1).step_by(-1)` takes 4, 3 and 2. Indices beyond the axis are
/// an error.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Which elements.
    pub indices: Indices,
    /// The axis; the batch axis is 0 and cannot be sliced, negative ones count from the end. Default -1, the last.
    pub axis: isize,
}

impl Slice {
    /// What the text need not say.
    pub const DEFAULT: Self = Slice { indices: Indices::One(0), axis: -1 };

    /// See [`shape::slice`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::slice(input, self.indices, self.axis)
    }

    /// Where an item's elements, in the order of the output, lie in the input.
    pub(super) fn strided(&self, input: Shape) -> Strided {
        let sliced = axis_of_item(input, self.axis);
        let (first, count, step) =
            self.indices.resolve(input.dim(sliced)).expect("the shape rule refuses indices beyond the axis");
        let strides = strides(input.dims());
        let axes = (0..input.rank()).map(|axis| {
            if axis == sliced { (count, strides[axis] * step) } else { (input.dim(axis), strides[axis]) }
        });
        Strided::new(first * strides[sliced] as usize, axes)
    }
}

impl Layer for Slice {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for Slice {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let strided = self.strided(x.shape);
        let (input, output) = (x.shape.len(), y.shape.len());
        each_item((write(y.values, output), read(x.values, input)), output, |_, (y, x)| {
            gather(&strided, x, y)
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
        let strided = self.strided(input_gradient.shape);
        let (input, output) = (input_gradient.shape.len(), signals.output.shape.len());
        let gradient = &*signals.output_gradient.values;
        each_item(
            (write(input_gradient.values, input), read(gradient, output)),
            input,
            |_, (to, gradient)| {
                to.fill(T::zero());
                scatter(&strided, gradient, to);
            },
        );
    }
}
