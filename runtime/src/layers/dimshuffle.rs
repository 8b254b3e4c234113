//! Axes in another order.

use crate::cpu::pieces::{each_item, read, write};
use crate::cpu::strided::{gather, scatter};
use crate::device::{Cpu, Device};
use crate::geometry::{Strided, strides};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::shape::{Axis, MAX_RANK, at_most_max_rank};
use crate::{Real, Shape, shape};

/// `dimshuffle(axes...)`: the input's axes in another order.
///
/// Each axis of the output is the number of one of the input's, or `x` for a new one of length 1. The batch axis, 0,
/// stays first and is not written: `dimshuffle(2, 3, 1)` makes (rows, columns, channels) of (channels, rows,
/// columns). Axes of length 1 may be left out.
#[derive(Clone, Copy, Debug)]
pub struct Dimshuffle {
    /// The axes; those after [`rank`](Self::rank) mean nothing.
    pub pattern: [Axis; MAX_RANK],
    /// The number of axes.
    pub rank: usize,
}

impl Dimshuffle {
    /// Makes these axes.
    ///
    /// # Panics
    /// Panics if there are more than [`MAX_RANK`].
    #[track_caller]
    pub const fn new(pattern: &[Axis]) -> Self {
        at_most_max_rank("dimshuffle", pattern.len());
        let mut all = [Axis::New; MAX_RANK];
        all.split_at_mut(pattern.len()).0.copy_from_slice(pattern);
        Dimshuffle { pattern: all, rank: pattern.len() }
    }

    /// See [`shape::dimshuffle`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::dimshuffle(input, self.pattern.split_at(self.rank).0)
    }

    /// Where an item's elements, in the order of the output, lie in the input.
    pub(super) fn strided(&self, input: Shape) -> Strided {
        let strides = strides(input.dims());
        let axes = self.pattern[..self.rank].iter().map(|&axis| match axis {
            Axis::Input(axis) => (input.dim(axis - 1), strides[axis - 1]),
            Axis::New => (1, 0),
        });
        Strided::new(0, axes)
    }
}

impl Layer for Dimshuffle {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for Dimshuffle {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let (strided, len) = (self.strided(x.shape), x.shape.len());
        each_item((write(y.values, len), read(x.values, len)), len, |_, (y, x)| gather(&strided, x, y));
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
        let (strided, len) = (self.strided(input_gradient.shape), input_gradient.shape.len());
        let gradient = &*signals.output_gradient.values;
        each_item((write(input_gradient.values, len), read(gradient, len)), len, |_, (to, gradient)| {
            scatter(&strided, gradient, to);
        });
    }
}
