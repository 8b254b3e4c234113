//! Upscaling of images of one to three axes.

use crate::cpu::pieces::{each_item, read, write};
use crate::cpu::upscale::{upscale, upscale_backward};
use crate::device::{Cpu, Device};
use crate::geometry::{Blocks, three_axes};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// What upscaling makes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpscaleMode {
    /// `repeat`: a block of equal values.
    Repeat,
    /// `dilate`: a block that starts with it, and is zero elsewhere.
    Dilate,
}

/// `upscale1d(scale_factor, mode = repeat)`: (channels, length) -> (channels, length). See [`Upscale`].
pub type Upscale1d = Upscale<1>;

/// `upscale2d(scale_factor, mode = repeat)`: (channels, rows, columns) -> (channels, rows, columns). See
/// [`Upscale`].
pub type Upscale2d = Upscale<2>;

/// `upscale3d(scale_factor, mode = repeat)`: (channels, depth, rows, columns) -> (channels, depth, rows, columns).
/// See [`Upscale`].
pub type Upscale3d = Upscale<3>;

/// Upscaling along N axes: each element becomes a block of as many as `scale_factor` says, a number or one for each
/// axis in parentheses. `mode` is `repeat` (all have its value) or `dilate` (the first has, the others are zero).
#[derive(Clone, Copy, Debug)]
pub struct Upscale<const N: usize> {
    /// By how much each axis becomes longer.
    pub scale_factor: [usize; N],
    /// What an element becomes. Default [`UpscaleMode::Repeat`].
    pub mode: UpscaleMode,
}

impl<const N: usize> Upscale<N> {
    /// What the text need not say.
    pub const DEFAULT: Self = Upscale { scale_factor: [0; N], mode: UpscaleMode::Repeat };

    const NAME: &'static str = ["upscale1d", "upscale2d", "upscale3d"][N - 1];

    /// See [`shape::upscale`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::upscale(Self::NAME, input, self.scale_factor)
    }

    pub(super) fn blocks(&self, input: Shape) -> Blocks {
        Blocks {
            input: three_axes(1, &input.dims()[1..]),
            scale: three_axes(1, &self.scale_factor),
            filled: self.mode == UpscaleMode::Repeat,
        }
    }
}

impl<const N: usize> Layer for Upscale<N> {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real, const N: usize> Compute<T, Cpu> for Upscale<N> {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let blocks = self.blocks(x.shape);
        let (input, output) = (x.shape.len(), y.shape.len());
        each_item((write(y.values, output), read(x.values, input)), output, |_, (y, x)| {
            upscale(&blocks, x, y)
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
        let blocks = self.blocks(input_gradient.shape);
        let (input, output) = (input_gradient.shape.len(), signals.output.shape.len());
        let gradient = &*signals.output_gradient.values;
        each_item(
            (write(input_gradient.values, input), read(gradient, output)),
            output,
            |_, (to, gradient)| {
                upscale_backward(&blocks, gradient, to);
            },
        );
    }
}
