//! Layers with several inputs.

use rayon::prelude::*;

use crate::cpu::map;
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// `add(a, b, ...)`: the elementwise sum of inputs of one shape.
#[derive(Clone, Copy, Debug)]
pub struct Add {}

impl Add {
    /// What the text need not say.
    pub const DEFAULT: Self = Add {};

    /// See [`shape::elementwise`].
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        shape::elementwise("add", inputs)
    }
}

impl Layer for Add {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real, const N: usize> Compute<T, Cpu, N> for Add {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), inputs: [Signal<'_, T>; N], y: SignalMut<'_, T>) {
        y.values.copy_from_slice(inputs[0].values);
        for input in &inputs[1..] {
            map::add(input.values, y.values);
        }
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, N>,
    ) {
        for input_gradient in signals.input_gradients.into_iter().flatten() {
            input_gradient.values.copy_from_slice(signals.output_gradient.values);
        }
    }
}

/// `concat(a, b, ..., axis = 1)`: the inputs one after the other along an axis; all other axes agree.
#[derive(Clone, Copy, Debug)]
pub struct Concat {
    /// The axis to join along; the batch axis is 0 and cannot be joined. Default 1: channels or features.
    pub axis: usize,
}

impl Concat {
    /// What the text need not say.
    pub const DEFAULT: Self = Concat { axis: 1 };

    /// See [`shape::concat`].
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        shape::concat(inputs, self.axis)
    }

    /// The length of the contiguous piece that an input of this shape has for each index before the axis.
    fn piece(&self, shape: Shape) -> usize {
        shape.dims()[self.axis - 1..].iter().product()
    }
}

impl Layer for Concat {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real, const N: usize> Compute<T, Cpu, N> for Concat {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), inputs: [Signal<'_, T>; N], y: SignalMut<'_, T>) {
        let row = self.piece(y.shape);
        y.values.par_chunks_mut(row).enumerate().with_min_len(64).for_each(|(i, mut y)| {
            for input in &inputs {
                let piece = self.piece(input.shape);
                let (own, rest) = y.split_at_mut(piece);
                own.copy_from_slice(&input.values[i * piece..][..piece]);
                y = rest;
            }
        });
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, N>,
    ) {
        let row = self.piece(signals.output.shape);
        let output_gradient: &[T] = signals.output_gradient.values;
        let mut start = 0;
        for (input, input_gradient) in signals.inputs.iter().zip(signals.input_gradients) {
            let piece = self.piece(input.shape);
            if let Some(input_gradient) = input_gradient {
                input_gradient
                    .values
                    .par_chunks_mut(piece)
                    .zip(output_gradient.par_chunks(row))
                    .with_min_len(64)
                    .for_each(|(own, row)| own.copy_from_slice(&row[start..start + piece]));
            }
            start += piece;
        }
    }
}
