//! Pooling over images of one to three axes.

use rayon::prelude::*;

use crate::cpu::isa::isa;
use crate::cpu::pool::{average_pool, average_pool_backward, max_pool, max_pool_backward};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::geometry::{Windows, three_axes};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// What pooling makes of the values in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolMode {
    /// `max`: the largest. Of equal ones the first gets the gradient.
    Max,
    /// `average_inc_pad`: their mean, padding counted as zeros.
    AverageIncPad,
    /// `average_exc_pad`: the mean of those that are no padding.
    AverageExcPad,
}

/// `pool1d(pool_size, stride = pool_size, pad = 0, ignore_border = true, mode = max)`: the largest value in each
/// window of each channel, or their mean.
///
/// (channels, length) -> (channels, length). See [`Pool`].
pub type Pool1d = Pool<1>;

/// `pool2d(pool_size, stride = pool_size, pad = 0, ignore_border = true, mode = max)`: the largest value in each
/// window of each channel, or their mean.
///
/// (channels, rows, columns) -> (channels, rows, columns). See [`Pool`].
pub type Pool2d = Pool<2>;

/// `pool3d(pool_size, stride = pool_size, pad = 0, ignore_border = true, mode = max)`: the largest value in each
/// window of each channel, or their mean.
///
/// (channels, depth, rows, columns) -> (channels, depth, rows, columns). See [`Pool`].
pub type Pool3d = Pool<3>;

/// Pooling along N axes: (channels, axes...) -> (channels, axes...).
///
/// `mode` is `max`, `average_inc_pad` or `average_exc_pad`. A number, or one for each axis in parentheses, for
/// `pool_size`, `stride` and `pad`. What does not fill a window at the end of an axis is left out, unless
/// `ignore_border = false`; an average is then over the elements that there are.
#[derive(Clone, Copy, Debug)]
pub struct Pool<const N: usize> {
    /// Elements of a window along each axis.
    pub pool_size: [usize; N],
    /// Distance between windows. Default: `pool_size`, so that they do not overlap.
    pub stride: Option<[usize; N]>,
    /// Elements of padding around the image. Default 0.
    pub pad: [usize; N],
    /// Whether to leave out what does not fill a window. Default true.
    pub ignore_border: bool,
    /// What is made of a window's values. Default [`PoolMode::Max`].
    pub mode: PoolMode,
}

impl<const N: usize> Pool<N> {
    /// What the text need not say.
    pub const DEFAULT: Self =
        Pool { pool_size: [0; N], stride: None, pad: [0; N], ignore_border: true, mode: PoolMode::Max };

    const NAME: &'static str = ["pool1d", "pool2d", "pool3d"][N - 1];

    /// See [`shape::pool`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::pool(Self::NAME, input, self.pool_size, self.strides(), self.pad, self.ignore_border)
    }

    pub(super) const fn strides(&self) -> [usize; N] {
        match self.stride {
            Some(stride) => stride,
            None => self.pool_size,
        }
    }

    pub(super) fn windows(&self, input: Shape, output: Shape) -> Windows {
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

    pub(super) fn with_padding(&self) -> bool {
        self.mode == PoolMode::AverageIncPad
    }

    fn averages<T: Real>(&self, x: Signal<'_, T>, y: SignalMut<'_, T>) {
        let windows = self.windows(x.shape, y.shape);
        y.values
            .par_chunks_mut(y.shape.len())
            .zip(x.values.par_chunks(x.shape.len()))
            .for_each(|(y, x)| average_pool(isa(), &windows, self.with_padding(), x, y));
    }
}

/// Which element won each window or group, for the backward pass.
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

impl<const N: usize> Layer for Pool<N> {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real, const N: usize> Compute<T, Cpu> for Pool<N> {
    type Memory = Winners;

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        if self.mode != PoolMode::Max {
            return self.averages(x, y);
        }
        let windows = self.windows(x.shape, y.shape);
        let (input, output) = (x.shape.len(), y.shape.len());
        y.values
            .par_chunks_mut(output)
            .zip(x.values.par_chunks(input))
            .for_each(|(y, x)| scratch::with(output, |winners| max_pool(isa(), &windows, x, y, winners)));
    }

    fn forward_training(
        &self,
        _: &Pass<'_, Cpu>,
        (): &mut (),
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        memory: &mut Winners,
    ) {
        if self.mode != PoolMode::Max {
            return self.averages(x, y);
        }
        let windows = self.windows(x.shape, y.shape);
        let (input, output) = (x.shape.len(), y.shape.len());
        let winners = memory.of_len(y.values.len()).par_chunks_mut(output);
        let images = y.values.par_chunks_mut(output).zip(x.values.par_chunks(input));
        images.zip(winners).for_each(|((y, x), winners)| max_pool(isa(), &windows, x, y, winners));
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
        let gradient = &*signals.output_gradient.values;
        let images = input_gradient.values.par_chunks_mut(input).zip(gradient.par_chunks(output));
        if self.mode == PoolMode::Max {
            let winners = memory.of_len(gradient.len()).par_chunks(output);
            images.zip(winners).for_each(|((image, gradient), winners)| {
                max_pool_backward(&windows, gradient, winners, image);
            });
        } else {
            images.for_each(|(image, gradient)| {
                average_pool_backward(isa(), &windows, self.with_padding(), gradient, image);
            });
        }
    }
}
