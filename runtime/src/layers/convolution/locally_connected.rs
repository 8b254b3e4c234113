//! Layers with filters of each position's own.

use super::ConvParameters;
use super::finish::{Finish, add_bias_gradients};
use crate::cpu::local::{add_image_gradient, add_sums, add_weight_gradient};
use crate::cpu::pieces::{each, read, write};
use crate::device::{Cpu, Device};
use crate::geometry::{Windows, three_axes};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::nonlinearities::{Nonlinearity, relu};
use crate::parameters::{Builder, Tags, bias_shape};
use crate::shape::{Pad, ParameterShapes};
use crate::{Real, Shape, shape};

/// `locally_connected2d(num_filters, filter_size, nonlinearity = relu, pad = same, untie_biases = false,
/// w = glorot_uniform, b = constant(0), flip_filters = true, channelwise = false)`: as a convolution, but each
/// position has filters of its own.
///
/// (channels, rows, columns) -> (filters, rows, columns), at a stride of 1. `filter_size` and `pad` are a number or a
/// pair (rows, columns); `pad` can also be `valid` (0), `same` (size / 2; odd sizes only) or `full` (size - 1).
/// Lasagne knows no other padding than `same` here.
///
/// The filters are (filters, channels, rows, columns, output rows, output columns). With `channelwise` there are as
/// many filters as channels, each over its own channel alone, and the axis of the channels is missing. LeCun,
/// "Generalization and network design strategies" (1989).
#[derive(Clone, Copy, Debug)]
pub struct LocallyConnected2d {
    /// The number of filters, at least 1.
    pub num_filters: usize,
    /// Rows and columns of a filter.
    pub filter_size: [usize; 2],
    /// Zeros around the image. Default [`Pad::Same`].
    pub pad: Pad<2>,
    /// Whether each output position has biases of its own. Default false: one a filter.
    pub untie_biases: bool,
    /// Initial weights. Default `glorot_uniform`.
    pub w: Init,
    /// Initial biases, or `none`. Default 0.
    pub b: Option<Init>,
    /// Applied to the sums. Default [`relu`].
    pub nonlinearity: Nonlinearity,
    /// Whether filters are turned around. Default true.
    pub flip_filters: bool,
    /// Whether each filter sees the channel of its number alone. Default false: all of them.
    pub channelwise: bool,
}

impl LocallyConnected2d {
    /// What the text need not say.
    pub const DEFAULT: Self = LocallyConnected2d {
        num_filters: 0,
        filter_size: [0, 0],
        pad: Pad::Same,
        untie_biases: false,
        w: Init::GlorotUniform { gain: 1.0 },
        b: Some(Init::Constant(0.0)),
        nonlinearity: relu(),
        flip_filters: true,
        channelwise: false,
    };

    const NAME: &'static str = "locally_connected2d";

    /// See [`shape::conv`], [`shape::channelwise`], [`shape::init`] and [`shape::biases`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let LocallyConnected2d { num_filters, filter_size, pad, .. } = *self;
        let output = shape::conv(Self::NAME, input, num_filters, filter_size, [1, 1], [1, 1], pad);
        if self.channelwise {
            shape::channelwise(Self::NAME, input, num_filters);
        }
        shape::init(Self::NAME, "w", self.w, if self.channelwise { 5 } else { 6 });
        shape::biases(Self::NAME, self.b, self.untie_biases, output);
        output
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        let output = self.output_shape(input);
        let ([rows, columns], out) = (self.filter_size, output.dims());
        let window = [rows, columns, out[1], out[2]];
        let shapes = ParameterShapes::new();
        let shapes = if self.channelwise {
            shapes.with_axes("w", &[self.num_filters], &window)
        } else {
            shapes.with_axes("w", &[self.num_filters, input.dim(0)], &window)
        };
        match self.b {
            None => shapes,
            Some(_) => shapes.with_biases(output, self.untie_biases),
        }
    }

    pub(in crate::layers) fn windows(&self, input: Shape) -> Windows {
        let size = self.filter_size;
        Windows {
            channels: input.dim(0),
            input: three_axes(1, &input.dims()[1..]),
            output: three_axes(1, &self.output_shape(input).dims()[1..]),
            size: three_axes(1, &size),
            stride: [1; 3],
            dilation: [1; 3],
            pad: three_axes(0, &[self.pad.amount(0, size[0]), self.pad.amount(1, size[1])]),
        }
    }

    /// How many channels each filter sees.
    fn channels(&self, input: Shape) -> usize {
        if self.channelwise { 1 } else { input.dim(0) }
    }

    /// Calls `function` for each channel that this filter sees, with the channel and the place of its weights
    /// within the filter's.
    fn each_channel(&self, filter: usize, windows: &Windows, mut function: impl FnMut(usize, usize)) {
        if self.channelwise {
            return function(filter, 0);
        }
        for channel in 0..windows.channels {
            function(channel, channel * windows.window() * windows.positions());
        }
    }

    pub(in crate::layers) fn finish<'a, T: Real>(
        &self,
        parameters: &'a ConvParameters<T>,
        output: Shape,
    ) -> Finish<'a, T> {
        Finish::new(parameters.b.slice(), self.untie_biases, self.nonlinearity, output)
    }

    /// The output, with what `finish` does to the sums.
    pub(in crate::layers) fn forward_finished<T: Real>(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &ConvParameters<T>,
        finish: &Finish<'_, T>,
        x: Signal<'_, T>,
        y: SignalMut<'_, T>,
    ) {
        let windows = self.windows(x.shape);
        let (plane, positions) = (windows.plane(), windows.positions());
        let (input, output) = (x.shape.len(), y.shape.len());
        let filter_len = parameters.w.len() / self.num_filters;
        let images = images_at_once(x.values.len() / input);
        each((write(y.values, images * output), read(x.values, images * input)), |_, (y, x)| {
            y.fill(T::zero());
            for (filter, weights) in parameters.w.slice().chunks_exact(filter_len).enumerate() {
                for (y, x) in y.chunks_exact_mut(output).zip(x.chunks_exact(input)) {
                    let sums = &mut y[filter * positions..][..positions];
                    self.each_channel(filter, &windows, |channel, place| {
                        let x = &x[channel * plane..][..plane];
                        add_sums(&windows, self.flip_filters, x, &weights[place..], sums);
                    });
                }
            }
            y.chunks_exact_mut(output).for_each(|y| finish.image(y));
        });
    }
}

/// Images that a thread takes at once, so that they share each filter while it is in cache.
fn images_at_once(batch: usize) -> usize {
    batch.div_ceil(8).max(1)
}

impl Layer for LocallyConnected2d {
    type Parameters<T: Real, D: Device> = ConvParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> ConvParameters<T, D> {
        let output = self.output_shape(inputs[0]);
        let channels = if self.channelwise { &[][..] } else { &inputs[0].dims()[..1] };
        let shape = [&[self.num_filters], channels, &self.filter_size[..], &output.dims()[1..]].concat();
        ConvParameters {
            w: builder.parameter("w", &shape, self.w, Tags::WEIGHT),
            b: builder.optional("b", &bias_shape(output, self.untie_biases), self.b, Tags::BIAS),
        }
    }

    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> usize {
        output.len() * self.windows(inputs[0]).window() * self.channels(inputs[0])
    }
}

impl<T: Real> Compute<T, Cpu> for LocallyConnected2d {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &ConvParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        let finish = self.finish(parameters, y.shape);
        self.forward_finished(pass, parameters, &finish, x, y);
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &ConvParameters<T>,
        gradients: &mut ConvParameters<T>,
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let windows = self.windows(x.shape);
        let (plane, positions) = (windows.plane(), windows.positions());
        let (input, output) = (x.shape.len(), signals.output.shape.len());
        let filter_len = parameters.w.len() / self.num_filters;
        let finish = self.finish(parameters, signals.output.shape);
        let sums = signals.output_gradient.values;
        let of_images = (write(sums, output), read(signals.output.values, output));
        each(of_images, |_, (sums, y)| finish.backward(y, sums));
        let sums = &*sums;

        gradients.b.slice_mut().fill(T::zero());
        sums.chunks_exact(output).for_each(|sums| add_bias_gradients(sums, gradients.b.slice_mut()));
        each(write(gradients.w.slice_mut(), filter_len), |filter, gradient| {
            gradient.fill(T::zero());
            for (sums, x) in sums.chunks_exact(output).zip(x.values.chunks_exact(input)) {
                let sums = &sums[filter * positions..][..positions];
                self.each_channel(filter, &windows, |channel, place| {
                    let x = &x[channel * plane..][..plane];
                    add_weight_gradient(&windows, self.flip_filters, x, sums, &mut gradient[place..]);
                });
            }
        });

        let Some(into) = input_gradient else { return };
        let images = images_at_once(into.values.len() / input);
        each((write(into.values, images * input), read(sums, images * output)), |_, (into, sums)| {
            into.fill(T::zero());
            for (filter, weights) in parameters.w.slice().chunks_exact(filter_len).enumerate() {
                for (into, sums) in into.chunks_exact_mut(input).zip(sums.chunks_exact(output)) {
                    let sums = &sums[filter * positions..][..positions];
                    self.each_channel(filter, &windows, |channel, place| {
                        let into = &mut into[channel * plane..][..plane];
                        add_image_gradient(&windows, self.flip_filters, sums, &weights[place..], into);
                    });
                }
            }
        });
    }
}
