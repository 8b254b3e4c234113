//! Dilated convolutions.

use super::algorithm::Algorithm;
use super::filters::{Filters, Gradients};
use super::finish::Finish;
use super::{ConvParameters, PartialGradients};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::geometry::{Windows, three_axes};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::nonlinearities::{Nonlinearity, relu};
use crate::parameters::{Builder, Tags, bias_shape};
use crate::shape::{Pad, ParameterShapes};
use crate::{Real, Shape, shape};

/// `dilated_conv2d(num_filters, filter_size, nonlinearity = relu, dilation = 1, pad = valid, untie_biases = false,
/// w = glorot_uniform, b = constant(0), flip_filters = false)`: a convolution over images whose filters have gaps.
///
/// (channels, rows, columns) -> (filters, rows, columns). The elements of a filter lie `dilation` apart, so that it
/// covers `(size - 1) dilation + 1`; along each axis the output has `length + 2 pad - covered + 1` elements.
/// `filter_size`, `dilation` and `pad` are a number or a pair (rows, columns); `pad` can also be `valid` (0), `same`
/// (covered / 2; odd sizes only) or `full` (covered - 1). Lasagne knows no other padding than 0 and no flipped
/// filters here.
///
/// The filters are (channels, filters, rows, columns), as Lasagne's: the first two axes are not those of `conv2d`.
/// Yu and Koltun, "Multi-scale context aggregation by dilated convolutions" (ICLR 2016).
#[derive(Clone, Copy, Debug)]
pub struct DilatedConv2d {
    /// The number of filters, at least 1.
    pub num_filters: usize,
    /// Rows and columns of a filter, the gaps not counted.
    pub filter_size: [usize; 2],
    /// Distance between neighbouring elements of a filter. Default 1.
    pub dilation: [usize; 2],
    /// Zeros around the image. Default [`Pad::Valid`].
    pub pad: Pad<2>,
    /// Whether each output position has biases of its own. Default false: one a filter.
    pub untie_biases: bool,
    /// Initial weights. Default `glorot_uniform`.
    pub w: Init,
    /// Initial biases, or `none`. Default 0.
    pub b: Option<Init>,
    /// Applied to the sums. Default [`relu`].
    pub nonlinearity: Nonlinearity,
    /// Whether filters are turned around before they slide. Default false.
    pub flip_filters: bool,
}

impl DilatedConv2d {
    /// What the text need not say.
    pub const DEFAULT: Self = DilatedConv2d {
        num_filters: 0,
        filter_size: [0, 0],
        dilation: [1, 1],
        pad: Pad::Valid,
        untie_biases: false,
        w: Init::GlorotUniform { gain: 1.0 },
        b: Some(Init::Constant(0.0)),
        nonlinearity: relu(),
        flip_filters: false,
    };

    /// See [`shape::conv`], [`shape::init`] and [`shape::biases`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let DilatedConv2d { num_filters, filter_size, dilation, pad, .. } = *self;
        let output = shape::conv("dilated_conv2d", input, num_filters, filter_size, [1, 1], dilation, pad);
        shape::init("dilated_conv2d", "w", self.w, 4);
        shape::biases("dilated_conv2d", self.b, self.untie_biases, output);
        output
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        let shapes =
            ParameterShapes::new().with_axes("w", &[input.dim(0), self.num_filters], &self.filter_size);
        match self.b {
            None => shapes,
            Some(_) => shapes.with_biases(self.output_shape(input), self.untie_biases),
        }
    }

    pub(in crate::layers) fn windows(&self, input: Shape) -> Windows {
        let covered = [0, 1].map(|axis| shape::dilated(self.filter_size[axis], self.dilation[axis]));
        Windows {
            channels: input.dim(0),
            input: three_axes(1, &input.dims()[1..]),
            output: three_axes(1, &self.output_shape(input).dims()[1..]),
            size: three_axes(1, &self.filter_size),
            stride: [1; 3],
            dilation: three_axes(1, &self.dilation),
            pad: three_axes(0, &[self.pad.amount(0, covered[0]), self.pad.amount(1, covered[1])]),
        }
    }

    /// Calls `function` with the filters in the order of a convolution, (filters, channels, rows, columns).
    fn with_filters<T: Real>(&self, weights: &[T], input: Shape, function: impl FnOnce(&Filters<'_, T>)) {
        let windows = self.windows(input);
        let (window, filters) = (windows.window(), self.num_filters);
        scratch::with(weights.len(), |turned| {
            for (place, turned) in turned.chunks_exact_mut(window).enumerate() {
                let (filter, channel) = (place / windows.channels, place % windows.channels);
                turned.copy_from_slice(&weights[(channel * filters + filter) * window..][..window]);
            }
            let (flip, algorithm) = (self.flip_filters, Algorithm::Auto);
            function(&Filters { weights: turned, groups: 1, windows, flip, algorithm });
        });
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
        self.with_filters(parameters.w.slice(), x.shape, |filters| filters.batch(finish, x.values, y.values));
    }
}

impl Layer for DilatedConv2d {
    type Parameters<T: Real, D: Device> = ConvParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> ConvParameters<T, D> {
        let shape = [inputs[0].dim(0), self.num_filters, self.filter_size[0], self.filter_size[1]];
        let biases = bias_shape(self.output_shape(inputs[0]), self.untie_biases);
        ConvParameters {
            w: builder.parameter("w", &shape, self.w, Tags::WEIGHT),
            b: builder.optional("b", &biases, self.b, Tags::BIAS),
        }
    }

    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> usize {
        output.len() * self.windows(inputs[0]).taps()
    }
}

impl<T: Real> Compute<T, Cpu> for DilatedConv2d {
    type Memory = PartialGradients<T>;

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
        memory: &mut PartialGradients<T>,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let output = signals.output.shape;
        let finish = Finish::new(parameters.b.slice(), self.untie_biases, self.nonlinearity, output);
        let (y, gradient) = (signals.output.values, &*signals.output_gradient.values);
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let into = input_gradient.map(|into| into.values);
        self.with_filters(parameters.w.slice(), x.shape, |filters| {
            scratch::with(gradients.w.len(), |turned: &mut [T]| {
                let into = Gradients { weights: &mut *turned, biases: gradients.b.slice_mut(), input: into };
                filters.backward(into, memory, x.values, |image, sums| {
                    let place = image * output.len()..(image + 1) * output.len();
                    sums.copy_from_slice(&gradient[place.clone()]);
                    finish.backward(&y[place], sums);
                });
                let window = filters.windows.window();
                let channels = x.shape.dim(0);
                for (place, to) in gradients.w.slice_mut().chunks_exact_mut(window).enumerate() {
                    let (channel, filter) = (place / self.num_filters, place % self.num_filters);
                    to.copy_from_slice(&turned[(filter * channels + channel) * window..][..window]);
                }
            });
        });
    }
}
