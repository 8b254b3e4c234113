//! Convolutions along one, two or three axes.

use super::algorithm::Algorithm;
use super::filters::{Filters, Gradients};
use super::finish::Finish;
use super::{ConvParameters, PartialGradients};
use crate::device::{Cpu, Device};
use crate::geometry::{Windows, three_axes};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::nonlinearities::{Nonlinearity, relu};
use crate::parameters::{Builder, Tags, bias_shape};
use crate::shape::{Pad, ParameterShapes};
use crate::{Real, Shape, shape};

/// `conv1d`, `conv2d` and `conv3d(num_filters, filter_size, nonlinearity = relu, stride = 1, pad = valid,
/// untie_biases = false, w = glorot_uniform, b = constant(0), flip_filters = true, num_groups = 1,
/// algorithm = auto)`: a convolution along one, two or three axes.
///
/// (channels, axes...) -> (filters, axes...), where the axes are (length), (rows, columns) or (depth, rows,
/// columns); along each the output has `(length + 2 pad - size) / stride + 1` elements, rounded down.
/// `filter_size`, `stride` and `pad` are a number for all axes or a list of one for each, such as (rows, columns);
/// `pad` can also be `valid` (0), `same` (size / 2; odd sizes only) or `full` (size - 1). The filters are
/// (filters, channels / num_groups, axes...).
///
/// With `flip_filters` it is a convolution in the mathematical sense, as Lasagne's; without, a correlation, as in
/// most other libraries. With `num_groups` channels and filters are split into so many equal groups, and each
/// group of filters sees its group of channels alone; as many groups as channels make it depthwise.
/// `algorithm` says how it is computed on a processor: see [`Algorithm`].
/// Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks" (NIPS
/// 2012).
#[derive(Clone, Copy, Debug)]
pub struct Conv<const N: usize> {
    /// The number of filters, at least 1.
    pub num_filters: usize,
    /// Elements of a filter along each axis.
    pub filter_size: [usize; N],
    /// Distance between neighbouring windows. Default 1.
    pub stride: [usize; N],
    /// Zeros around the image. Default [`Pad::Valid`].
    pub pad: Pad<N>,
    /// Whether each output position has biases of its own. Default false: one a filter.
    pub untie_biases: bool,
    /// Initial weights. Default `glorot_uniform`.
    pub w: Init,
    /// Initial biases, or `none`. Default 0.
    pub b: Option<Init>,
    /// Applied to the sums. Default [`relu`].
    pub nonlinearity: Nonlinearity,
    /// Whether filters are turned around before they slide. Default true.
    pub flip_filters: bool,
    /// Into how many groups channels and filters are split. Default 1.
    pub num_groups: usize,
    /// How it is computed on a processor; a GPU has kernels for `auto` and `direct`. Default [`Algorithm::Auto`].
    pub algorithm: Algorithm,
}

/// A convolution over sequences (channels, length): see [`Conv`].
pub type Conv1d = Conv<1>;
/// A convolution over images (channels, rows, columns): see [`Conv`].
pub type Conv2d = Conv<2>;
/// A convolution over volumes (channels, depth, rows, columns): see [`Conv`].
pub type Conv3d = Conv<3>;

impl<const N: usize> Conv<N> {
    pub(in crate::layers) const NAME: &'static str = match N {
        1 => "conv1d",
        2 => "conv2d",
        3 => "conv3d",
        _ => panic!("a convolution has one to three axes beside the channels"),
    };

    /// What the text need not say.
    pub const DEFAULT: Self = Conv {
        num_filters: 0,
        filter_size: [0; N],
        stride: [1; N],
        pad: Pad::Valid,
        untie_biases: false,
        w: Init::GlorotUniform { gain: 1.0 },
        b: Some(Init::Constant(0.0)),
        nonlinearity: relu(),
        flip_filters: true,
        num_groups: 1,
        algorithm: Algorithm::Auto,
    };

    /// See [`shape::conv`], [`shape::num_groups`], [`shape::winograd`], [`shape::fft`], [`shape::init`] and
    /// [`shape::biases`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let Conv { num_filters, filter_size, stride, pad, .. } = *self;
        let output = shape::conv(Self::NAME, input, num_filters, filter_size, stride, [1; N], pad);
        shape::num_groups(Self::NAME, input, num_filters, self.num_groups);
        match self.algorithm {
            Algorithm::Winograd => shape::winograd(Self::NAME, filter_size, stride),
            Algorithm::Fft => shape::fft(Self::NAME, stride),
            _ => {}
        }
        shape::init(Self::NAME, "w", self.w, N + 2);
        shape::biases(Self::NAME, self.b, self.untie_biases, output);
        output
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        let channels = input.dim(0) / self.num_groups;
        let shapes = ParameterShapes::new().with_axes("w", &[self.num_filters, channels], &self.filter_size);
        match self.b {
            None => shapes,
            Some(_) => shapes.with_biases(self.output_shape(input), self.untie_biases),
        }
    }

    pub(in crate::layers) fn windows(&self, input: Shape) -> Windows {
        let pad: [usize; N] = std::array::from_fn(|axis| self.pad.amount(axis, self.filter_size[axis]));
        Windows {
            channels: input.dim(0),
            input: three_axes(1, &input.dims()[1..]),
            output: three_axes(1, &self.output_shape(input).dims()[1..]),
            size: three_axes(1, &self.filter_size),
            stride: three_axes(1, &self.stride),
            dilation: [1; 3],
            pad: three_axes(0, &pad),
        }
    }

    pub(in crate::layers) fn filters<'a, T: Real>(
        &self,
        parameters: &'a ConvParameters<T>,
        input: Shape,
    ) -> Filters<'a, T> {
        let (groups, windows) = (self.num_groups, self.windows(input));
        let (flip, algorithm) = (self.flip_filters, self.algorithm);
        Filters { weights: parameters.w.slice(), groups, windows, flip, algorithm }
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
        self.filters(parameters, x.shape).batch(finish, x.values, y.values);
    }
}

impl<const N: usize> Layer for Conv<N> {
    type Parameters<T: Real, D: Device> = ConvParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> ConvParameters<T, D> {
        let shape = [&[self.num_filters, inputs[0].dim(0) / self.num_groups], &self.filter_size[..]].concat();
        let biases = bias_shape(self.output_shape(inputs[0]), self.untie_biases);
        ConvParameters {
            w: builder.parameter("w", &shape, self.w, Tags::WEIGHT),
            b: builder.optional("b", &biases, self.b, Tags::BIAS),
        }
    }

    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> usize {
        output.len() * self.windows(inputs[0]).taps() / self.num_groups
    }
}

impl<T: Real, const N: usize> Compute<T, Cpu> for Conv<N> {
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
        let (filters, finish) = (
            self.filters(parameters, signals.inputs[0].shape),
            self.finish(parameters, signals.output.shape),
        );
        let len = signals.output.shape.len();
        let (y, gradient) = (signals.output.values, &*signals.output_gradient.values);
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let gradients = Gradients {
            weights: gradients.w.slice_mut(),
            biases: gradients.b.slice_mut(),
            input: input_gradient.map(|into| into.values),
        };
        filters.backward(gradients, memory, x.values, |image, sums| {
            sums.copy_from_slice(&gradient[image * len..][..len]);
            finish.backward(&y[image * len..][..len], sums);
        });
    }
}
