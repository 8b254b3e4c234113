//! Transposed convolutions along two or three axes.

use super::finish::{Finish, add_bias_gradients};
use super::partial::Blocks;
use super::{ConvParameters, PartialGradients, matrix, matrix_mut, threads_for};
use crate::cpu::convolution::columns::copy::{columns_of_image, image_of_columns};
use crate::cpu::gemm::{Identity, Threads, gemm};
use crate::cpu::pieces::{each, read, write};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::geometry::{Windows, three_axes};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::nonlinearities::{Nonlinearity, relu};
use crate::parameters::{Builder, Tags, bias_shape};
use crate::shape::{Pad, ParameterShapes};
use crate::{Real, Shape, shape};

/// `transposed_conv2d` and `transposed_conv3d(num_filters, filter_size, nonlinearity = relu, stride = 1,
/// crop = valid, untie_biases = false, w = glorot_uniform, b = constant(0), flip_filters = false, output_size)`: the
/// backward pass of a convolution as a layer, also called deconvolution or fractionally strided convolution.
///
/// (channels, axes...) -> (filters, axes...), where the axes are (rows, columns) or (depth, rows, columns); along
/// each the output has `(length - 1) stride + size - 2 crop` elements: each element of the input puts its multiple
/// of a filter into the output, `stride` after that of its neighbour, and what overlaps is added. `filter_size` and
/// `stride` are a number for all axes or a list of one for each; so is `crop`, which can also be `valid` (0),
/// `same` (size / 2; odd sizes only) or `full` (size - 1): what the convolution would have as padding. It has the
/// same output for inputs of several sizes; `output_size` chooses another one than the smallest.
///
/// The filters are (channels, filters, axes...). Unlike a convolution's they are not turned around unless
/// `flip_filters` says so: it is the backward pass of a convolution that does. Dumoulin and Visin, "A guide to
/// convolution arithmetic for deep learning" (2016).
#[derive(Clone, Copy, Debug)]
pub struct TransposedConv<const N: usize> {
    /// The number of filters, at least 1.
    pub num_filters: usize,
    /// Elements of a filter along each axis.
    pub filter_size: [usize; N],
    /// Distance in the output between what neighbouring elements of the input make. Default 1.
    pub stride: [usize; N],
    /// How much is cut off around the output. Default [`Pad::Valid`]: nothing.
    pub crop: Pad<N>,
    /// Whether each output position has biases of its own. Default false: one a filter.
    pub untie_biases: bool,
    /// Initial weights. Default `glorot_uniform`.
    pub w: Init,
    /// Initial biases, or `none`. Default 0.
    pub b: Option<Init>,
    /// Applied to the sums. Default [`relu`].
    pub nonlinearity: Nonlinearity,
    /// Whether filters are turned around. Default false.
    pub flip_filters: bool,
    /// The output's axes after the filters. Default: the smallest possible.
    pub output_size: Option<[usize; N]>,
}

/// A transposed convolution over images (channels, rows, columns): see [`TransposedConv`].
pub type TransposedConv2d = TransposedConv<2>;
/// A transposed convolution over volumes (channels, depth, rows, columns): see [`TransposedConv`].
pub type TransposedConv3d = TransposedConv<3>;

impl<const N: usize> TransposedConv<N> {
    const NAME: &'static str = match N {
        1 => "transposed_conv1d",
        2 => "transposed_conv2d",
        3 => "transposed_conv3d",
        _ => panic!("a convolution has one to three axes beside the channels"),
    };

    /// What the text need not say.
    pub const DEFAULT: Self = TransposedConv {
        num_filters: 0,
        filter_size: [0; N],
        stride: [1; N],
        crop: Pad::Valid,
        untie_biases: false,
        w: Init::GlorotUniform { gain: 1.0 },
        b: Some(Init::Constant(0.0)),
        nonlinearity: relu(),
        flip_filters: false,
        output_size: None,
    };

    /// See [`shape::transposed_conv`], [`shape::init`] and [`shape::biases`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let TransposedConv { num_filters, filter_size, stride, crop, output_size, .. } = *self;
        let output =
            shape::transposed_conv(Self::NAME, input, num_filters, filter_size, stride, crop, output_size);
        shape::init(Self::NAME, "w", self.w, N + 2);
        shape::biases(Self::NAME, self.b, self.untie_biases, output);
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

    /// The windows of the convolution that this is the backward pass of: they lie on the output.
    pub(in crate::layers) fn windows(&self, input: Shape) -> Windows {
        let crop: [usize; N] = std::array::from_fn(|axis| self.crop.amount(axis, self.filter_size[axis]));
        Windows {
            channels: self.num_filters,
            input: three_axes(1, &self.output_shape(input).dims()[1..]),
            output: three_axes(1, &input.dims()[1..]),
            size: three_axes(1, &self.filter_size),
            stride: three_axes(1, &self.stride),
            dilation: [1; 3],
            pad: three_axes(0, &crop),
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
        let (taps, positions) = (windows.taps(), windows.positions());
        let weights = matrix(parameters.w.slice(), taps);
        let threads = threads_for(x.values.len() / x.shape.len());
        let images = (write(y.values, y.shape.len()), read(x.values, x.shape.len()));
        each(images, |_, (y, x)| {
            scratch::with(taps * positions, |columns| {
                let (x, products) = (matrix(x, positions), matrix_mut(&mut *columns, positions));
                gemm(threads, weights.t(), x, false, products, &Identity);
                image_of_columns(&windows, !self.flip_filters, columns, y);
            });
            finish.image(y);
        });
    }
}

impl<const N: usize> Layer for TransposedConv<N> {
    type Parameters<T: Real, D: Device> = ConvParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> ConvParameters<T, D> {
        let shape = [&[inputs[0].dim(0), self.num_filters], &self.filter_size[..]].concat();
        let biases = bias_shape(self.output_shape(inputs[0]), self.untie_biases);
        ConvParameters {
            w: builder.parameter("w", &shape, self.w, Tags::WEIGHT),
            b: builder.optional("b", &biases, self.b, Tags::BIAS),
        }
    }

    fn multiply_adds(&self, inputs: &[Shape], _: Shape) -> usize {
        inputs[0].len() * self.windows(inputs[0]).taps()
    }
}

impl<T: Real, const N: usize> Compute<T, Cpu> for TransposedConv<N> {
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
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let windows = self.windows(x.shape);
        let (taps, positions) = (windows.taps(), windows.positions());
        let (input, output) = (x.shape.len(), signals.output.shape.len());
        let weights = matrix(parameters.w.slice(), taps);
        let finish = self.finish(parameters, signals.output.shape);
        let (y, gradient) = (signals.output.values, &*signals.output_gradient.values);
        let image = |image: usize, gradients: &mut [T], biases: &mut [T], into: Option<&mut [T]>| {
            scratch::with(taps * positions, |columns| {
                scratch::with(output, |sums| {
                    sums.copy_from_slice(&gradient[image * output..][..output]);
                    finish.backward(&y[image * output..][..output], sums);
                    add_bias_gradients(sums, biases);
                    columns_of_image(&windows, !self.flip_filters, sums, columns);
                });
                let columns = matrix(columns, positions);
                let x = matrix(&x.values[image * input..][..input], positions);
                gemm(Threads::One, x, columns.t(), true, matrix_mut(gradients, taps), &Identity);
                if let Some(into) = into {
                    gemm(Threads::One, weights, columns, false, matrix_mut(into, positions), &Identity);
                }
            });
        };
        let into = input_gradient.map(|into| into.values);
        memory.over_batch(x.values.len() / input, Blocks::same(taps), gradients, into, image);
    }
}
