//! Max-pooling over images.

use rayon::prelude::*;

use crate::cpu::scratch;
use crate::cpu::window::{Windows, max_pool, max_pool_backward, three_axes};
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// `max_pool2d(pool_size, stride = pool_size, pad = 0, ignore_border = true)`: the largest value in each window
/// of each channel.
///
/// (channels, rows, columns) -> (channels, rows, columns). A number or a pair (rows, columns) for `pool_size`,
/// `stride` and `pad`. What does not fill a window at the lower and right border is left out, unless
/// `ignore_border = false`. Of equal values the first gets the gradient.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2d {
    /// Rows and columns of a window.
    pub pool_size: [usize; 2],
    /// Distance between windows. Default: `pool_size`, so that they do not overlap.
    pub stride: Option<[usize; 2]>,
    /// Rows and columns around the image that count as smaller than all. Default 0.
    pub pad: [usize; 2],
    /// Whether to leave out what does not fill a window. Default true.
    pub ignore_border: bool,
}

impl MaxPool2d {
    /// What the text need not say.
    pub const DEFAULT: Self = MaxPool2d { pool_size: [0, 0], stride: None, pad: [0, 0], ignore_border: true };

    /// See [`shape::pool2d`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::pool2d("max_pool2d", input, self.pool_size, self.strides(), self.pad, self.ignore_border)
    }

    const fn strides(&self) -> [usize; 2] {
        match self.stride {
            Some(stride) => stride,
            None => self.pool_size,
        }
    }

    pub(crate) fn windows(&self, input: Shape, output: Shape) -> Windows {
        Windows {
            channels: input.dim(0),
            input: three_axes(1, &input.dims()[1..]),
            output: three_axes(1, &output.dims()[1..]),
            size: three_axes(1, &self.pool_size),
            stride: three_axes(1, &self.strides()),
            dilation: [1; 3],
            pad: three_axes(0, &self.pad),
        }
    }
}

/// Which element of its channel won each window, for the backward pass.
#[derive(Debug, Default)]
pub struct Winners(Vec<u32>);

impl Winners {
    /// Room for `len` windows; grows only.
    pub(crate) fn of_len(&mut self, len: usize) -> &mut [u32] {
        if self.0.len() < len {
            self.0.resize(len, 0);
        }
        &mut self.0[..len]
    }
}

impl Layer for MaxPool2d {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for MaxPool2d {
    type Memory = Winners;

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let windows = self.windows(x.shape, y.shape);
        let (input, output) = (x.shape.len(), y.shape.len());
        y.values
            .par_chunks_mut(output)
            .zip(x.values.par_chunks(input))
            .for_each(|(y, x)| scratch::with(output, |winners| max_pool(&windows, x, y, winners)));
    }

    fn forward_training(
        &self,
        _: &Pass<'_, Cpu>,
        (): &mut (),
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        memory: &mut Winners,
    ) {
        let windows = self.windows(x.shape, y.shape);
        let (input, output) = (x.shape.len(), y.shape.len());
        let winners = memory.of_len(y.values.len()).par_chunks_mut(output);
        let images = y.values.par_chunks_mut(output).zip(x.values.par_chunks(input));
        images.zip(winners).for_each(|((y, x), winners)| max_pool(&windows, x, y, winners));
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        memory: &mut Winners,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let [Some(input_gradient)] = signals.input_gradients else { return };
        let windows = self.windows(input_gradient.shape, signals.output.shape);
        let (input, output) = (input_gradient.shape.len(), signals.output.shape.len());
        let gradient = signals.output_gradient.values;
        let winners = memory.of_len(gradient.len()).par_chunks(output);
        let gradients = gradient.par_chunks(output).zip(winners);
        input_gradient
            .values
            .par_chunks_mut(input)
            .zip(gradients)
            .for_each(|(image, (gradient, winners))| max_pool_backward(&windows, gradient, winners, image));
    }
}
