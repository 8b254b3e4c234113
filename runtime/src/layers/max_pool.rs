//! Max-pooling over images of one to three axes.

use crate::device::{Cpu, Device};
use crate::geometry::Windows;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::layers::pool::{Pool, PoolMode, Winners};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// `max_pool1d(pool_size, stride = pool_size, pad = 0, ignore_border = true)`: the largest value in each window of
/// each channel.
///
/// (channels, length) -> (channels, length). See [`MaxPool`].
pub type MaxPool1d = MaxPool<1>;

/// `max_pool2d(pool_size, stride = pool_size, pad = 0, ignore_border = true)`: the largest value in each window
/// of each channel.
///
/// (channels, rows, columns) -> (channels, rows, columns). See [`MaxPool`].
pub type MaxPool2d = MaxPool<2>;

/// `max_pool3d(pool_size, stride = pool_size, pad = 0, ignore_border = true)`: the largest value in each window of
/// each channel.
///
/// (channels, depth, rows, columns) -> (channels, depth, rows, columns). See [`MaxPool`].
pub type MaxPool3d = MaxPool<3>;

/// Max-pooling along N axes: (channels, axes...) -> (channels, axes...).
///
/// A number, or one for each axis in parentheses, for `pool_size`, `stride` and `pad`. What does not fill a window
/// at the end of an axis is left out, unless `ignore_border = false`. Of equal values the first gets the gradient, as with
/// cuDNN: a derivative between those on both sides, where all together would count it more than once.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool<const N: usize> {
    /// Elements of a window along each axis.
    pub pool_size: [usize; N],
    /// Distance between windows. Default: `pool_size`, so that they do not overlap.
    pub stride: Option<[usize; N]>,
    /// Elements around the image that count as smaller than all. Default 0.
    pub pad: [usize; N],
    /// Whether to leave out what does not fill a window. Default true.
    pub ignore_border: bool,
}

impl<const N: usize> MaxPool<N> {
    /// What the text need not say.
    pub const DEFAULT: Self = MaxPool { pool_size: [0; N], stride: None, pad: [0; N], ignore_border: true };

    const NAME: &'static str = ["max_pool1d", "max_pool2d", "max_pool3d"][N - 1];

    /// See [`shape::pool`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let pool = self.pool();
        shape::pool(Self::NAME, input, self.pool_size, pool.strides(), self.pad, self.ignore_border)
    }

    /// The same as a pooling of any mode.
    pub(super) const fn pool(&self) -> Pool<N> {
        let MaxPool { pool_size, stride, pad, ignore_border } = *self;
        Pool { pool_size, stride, pad, ignore_border, mode: PoolMode::Max }
    }

    pub(crate) fn windows(&self, input: Shape, output: Shape) -> Windows {
        self.pool().windows(input, output)
    }
}

impl<const N: usize> Layer for MaxPool<N> {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real, const N: usize> Compute<T, Cpu> for MaxPool<N> {
    type Memory = Winners;

    fn forward(&self, pass: &Pass<'_, Cpu>, (): &(), x: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        self.pool().forward(pass, &(), x, y);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cpu>,
        (): &mut (),
        x: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        memory: &mut Winners,
    ) {
        self.pool().forward_training(pass, &mut (), x, y, memory);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        memory: &mut Winners,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        self.pool().backward(pass, &(), &mut (), memory, signals);
    }
}
