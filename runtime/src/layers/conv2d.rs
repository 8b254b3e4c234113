//! Convolutions over images.

use ndarray::{ArrayView2, ArrayViewMut2};
use rayon::prelude::*;

use crate::cpu::gemm::{Epilogue, Identity, Threads, gemm};
use crate::cpu::scratch;
use crate::cpu::window::{Windows, columns_of_image, image_of_columns, max_pool, max_pool_backward};
use crate::device::{Cpu, Device};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut, Then};
use crate::layers::{MaxPool2d, Winners};
use crate::nonlinearities::{Nonlinearity, relu};
use crate::parameters::{Builder, Parameter, Parameters, Tags, bias_shape};
use crate::shape::{Pad, ParameterShapes};
use crate::{Real, Shape, shape};

/// `conv2d(num_filters, filter_size, nonlinearity = relu, stride = 1, pad = valid, untie_biases = false,
/// w = glorot_uniform, b = constant(0), flip_filters = true)`: a convolution over images.
///
/// (channels, rows, columns) -> (filters, rows, columns); along each axis the output has
/// `(length + 2 pad - size) / stride + 1` elements, rounded down. `filter_size`, `stride` and `pad` are a number
/// or a pair (rows, columns); `pad` can also be `valid` (0), `same` (size / 2; odd sizes only) or `full`
/// (size - 1).
///
/// With `flip_filters` it is a convolution in the mathematical sense, as Lasagne's; without, a correlation, as in
/// most other libraries.
#[derive(Clone, Copy, Debug)]
pub struct Conv2d {
    /// The number of filters, at least 1.
    pub num_filters: usize,
    /// Rows and columns of a filter.
    pub filter_size: [usize; 2],
    /// Distance between neighbouring windows. Default 1.
    pub stride: [usize; 2],
    /// Zeros around the image. Default [`Pad::Valid`].
    pub pad: Pad,
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
}

impl Conv2d {
    /// What the text need not say.
    pub const DEFAULT: Self = Conv2d {
        num_filters: 0,
        filter_size: [0, 0],
        stride: [1, 1],
        pad: Pad::Valid,
        untie_biases: false,
        w: Init::GlorotUniform { gain: 1.0 },
        b: Some(Init::Constant(0.0)),
        nonlinearity: relu(),
        flip_filters: true,
    };

    /// See [`shape::conv2d`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::conv2d(input, self.num_filters, self.filter_size, self.stride, self.pad)
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        let [rows, columns] = self.filter_size;
        let shapes = ParameterShapes::new().with("w", &[self.num_filters, input.dim(0), rows, columns]);
        match self.b {
            None => shapes,
            Some(_) if self.untie_biases => shapes.with("b", self.output_shape(input).dims()),
            Some(_) => shapes.with("b", &[self.num_filters]),
        }
    }

    pub(super) fn windows(&self, input: Shape) -> Windows {
        let output = self.output_shape(input);
        Windows {
            channels: input.dim(0),
            input: [input.dim(1), input.dim(2)],
            output: [output.dim(1), output.dim(2)],
            size: self.filter_size,
            stride: self.stride,
            pad: [self.pad.amount(0, self.filter_size[0]), self.pad.amount(1, self.filter_size[1])],
        }
    }
}

/// The parameters of [`Conv2d`].
#[derive(Clone, Debug, Parameters)]
pub struct Conv2dParameters<T: Real, D: Device = Cpu> {
    /// Filters (filters, channels, rows, columns).
    pub w: Parameter<T, D>,
    /// Biases (filters), or with `untie_biases` (filters, rows, columns); empty with `b = none`.
    pub b: Parameter<T, D>,
}

impl Layer for Conv2d {
    type Parameters<T: Real, D: Device> = Conv2dParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> Conv2dParameters<T, D> {
        let shape = [self.num_filters, inputs[0].dim(0), self.filter_size[0], self.filter_size[1]];
        let biases = bias_shape(self.output_shape(inputs[0]), self.untie_biases);
        Conv2dParameters {
            w: builder.parameter("w", &shape, self.w, Tags::WEIGHT),
            b: builder.optional("b", &biases, self.b, Tags::BIAS),
        }
    }

    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> usize {
        output.len() * self.windows(inputs[0]).taps()
    }
}

/// What happens to a tile of sums while it is in cache: bias and nonlinearity. A row is a filter, a column a
/// position.
struct Finish<'a, T> {
    bias: &'a [T],
    nonlinearity: Nonlinearity,
    positions: usize,
    untied: bool,
}

impl<T: Real> Epilogue<T> for Finish<'_, T> {
    #[inline]
    fn apply(&self, row: usize, column: usize, values: &mut [T]) {
        if self.untied {
            let bias = &self.bias[row * self.positions + column..];
            values.iter_mut().zip(bias).for_each(|(value, &bias)| *value += bias);
        } else if let Some(&bias) = self.bias.get(row) {
            values.iter_mut().for_each(|value| *value += bias);
        }
        if self.nonlinearity.is_elementwise() {
            self.nonlinearity.apply(1, values);
        }
    }
}

impl Conv2d {
    /// One image: `y = nonlinearity(W columns + b)`.
    fn image<T: Real>(
        &self,
        threads: Threads,
        windows: &Windows,
        parameters: &Conv2dParameters<T>,
        x: &[T],
        y: &mut [T],
    ) {
        let (taps, positions) = (windows.taps(), windows.positions());
        let bias = parameters.b.slice();
        let untied = self.untie_biases && !bias.is_empty();
        let finish = Finish { bias, nonlinearity: self.nonlinearity, positions, untied };
        scratch::with(taps * positions, |columns| {
            columns_of_image(windows, self.flip_filters, x, columns);
            let filters = matrix(parameters.w.slice(), taps);
            gemm(threads, filters, matrix(columns, positions), false, matrix_mut(y, positions), &finish);
        });
        if !self.nonlinearity.is_elementwise() {
            self.nonlinearity.apply(windows.output[1], y);
        }
    }

    /// Over a batch, from the gradient with respect to the sums to all others. `sums` gives those of one image,
    /// by its number.
    pub(super) fn backward_batch<T: Real>(
        &self,
        parameters: &Conv2dParameters<T>,
        gradients: &mut Conv2dParameters<T>,
        partial: &mut PartialGradients<T>,
        x: Signal<'_, T>,
        input_gradient: Option<SignalMut<'_, T>>,
        sums: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let windows = self.windows(x.shape);
        let batch = x.values.len() / windows.input_len();
        let biases = gradients.b.len();
        let images = batch.div_ceil(PartialGradients::<T>::GROUPS).max(1);
        let partials = partial.groups(batch, images, parameters.w.len() + biases);
        let group = |(group, (partial, mut input_gradient)): (usize, (&mut [T], Option<&mut [T]>))| {
            partial.fill(T::zero());
            let (filters, biases) = partial.split_at_mut(parameters.w.len());
            for image in group * images..((group + 1) * images).min(batch) {
                let into = input_gradient.as_mut().map(|gradient| {
                    &mut gradient[(image - group * images) * windows.input_len()..][..windows.input_len()]
                });
                let x = &x.values[image * windows.input_len()..][..windows.input_len()];
                scratch::with(self.num_filters * windows.positions(), |gradient| {
                    sums(image, gradient);
                    self.image_backward(&windows, parameters, x, gradient, filters, biases, into);
                });
            }
        };
        match input_gradient {
            Some(to) => {
                let to = to.values.par_chunks_mut(images * windows.input_len()).map(Some);
                partials.zip(to).enumerate().for_each(group);
            }
            None => partials.map(|partial| (partial, None)).enumerate().for_each(group),
        }
        partial.reduce(batch.div_ceil(images), windows.taps(), gradients);
    }

    /// Adds one image's gradients to its group's. The filters' are kept transposed, (taps, filters): so the
    /// column matrix, the largest operand, is read as it lies.
    #[expect(clippy::too_many_arguments, reason = "the parts of one formula")]
    fn image_backward<T: Real>(
        &self,
        windows: &Windows,
        parameters: &Conv2dParameters<T>,
        x: &[T],
        sums: &[T],
        filters: &mut [T],
        biases: &mut [T],
        input_gradient: Option<&mut [T]>,
    ) {
        let (taps, positions) = (windows.taps(), windows.positions());
        if biases.len() == self.num_filters {
            for (bias, sums) in biases.iter_mut().zip(sums.chunks_exact(positions)) {
                *bias += sums.iter().copied().sum::<T>();
            }
        } else {
            biases.iter_mut().zip(sums).for_each(|(bias, &sum)| *bias += sum);
        }
        let sums = matrix(sums, positions);
        scratch::with(taps * positions, |columns| {
            columns_of_image(windows, self.flip_filters, x, columns);
            let filters = matrix_mut(filters, self.num_filters);
            gemm(Threads::One, matrix(columns, positions), sums.t(), true, filters, &Identity);
            if let Some(input_gradient) = input_gradient {
                let filters = matrix(parameters.w.slice(), taps);
                gemm(Threads::One, filters.t(), sums, false, matrix_mut(columns, positions), &Identity);
                image_of_columns(windows, self.flip_filters, columns, input_gradient);
            }
        });
    }
}

/// Gradients of the parameters, summed over groups of images; the groups depend on the batch alone, so the result
/// does not depend on the number of threads.
#[derive(Debug)]
pub struct PartialGradients<T>(Vec<T>);

impl<T> Default for PartialGradients<T> {
    fn default() -> Self {
        PartialGradients(Vec::new())
    }
}

impl<T: Real> PartialGradients<T> {
    const GROUPS: usize = 8;

    /// Room of `len` values for each group of so many images. A smaller batch can have more groups than a larger
    /// one, so room is made for as many as any batch up to this one has.
    fn groups(&mut self, batch: usize, images: usize, len: usize) -> rayon::slice::ChunksMut<'_, T> {
        let most = batch.min(Self::GROUPS) * len;
        if self.0.len() < most {
            self.0.resize(most, T::zero());
        }
        self.0[..batch.div_ceil(images) * len].par_chunks_mut(len)
    }

    /// Adds up the groups, in their order.
    fn reduce(&self, groups: usize, taps: usize, gradients: &mut Conv2dParameters<T>) {
        let (weights, biases) = (gradients.w.len(), gradients.b.len());
        let filters = weights / taps;
        let groups = || self.0.chunks_exact(weights + biases).take(groups);
        gradients.w.slice_mut().par_chunks_mut(taps).enumerate().for_each(|(filter, gradient)| {
            gradient.fill(T::zero());
            for group in groups() {
                let own = group[filter..weights].iter().step_by(filters);
                gradient.iter_mut().zip(own).for_each(|(sum, &value)| *sum += value);
            }
        });
        gradients.b.slice_mut().fill(T::zero());
        for group in groups() {
            let sums = gradients.b.slice_mut().iter_mut();
            sums.zip(&group[weights..]).for_each(|(sum, &value)| *sum += value);
        }
    }
}

pub(super) fn matrix<T>(values: &[T], columns: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

pub(super) fn matrix_mut<T>(values: &mut [T], columns: usize) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

/// Threads work on images of their own; a single image they share.
pub(super) fn threads_for(batch: usize) -> Threads {
    if batch == 1 { Threads::All } else { Threads::One }
}

impl<T: Real> Compute<T, Cpu> for Conv2d {
    type Memory = PartialGradients<T>;

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &Conv2dParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        let windows = self.windows(x.shape);
        let threads = threads_for(x.values.len() / windows.input_len());
        y.values
            .par_chunks_mut(y.shape.len())
            .zip(x.values.par_chunks(windows.input_len()))
            .for_each(|(y, x)| self.image(threads, &windows, parameters, x, y));
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &Conv2dParameters<T>,
        gradients: &mut Conv2dParameters<T>,
        memory: &mut PartialGradients<T>,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let len = signals.output.shape.len();
        let (y, gradient) = (signals.output.values, &*signals.output_gradient.values);
        let row = signals.output.shape.dim(2);
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        self.backward_batch(parameters, gradients, memory, x, input_gradient, |image, sums| {
            sums.copy_from_slice(&gradient[image * len..][..len]);
            self.nonlinearity.backward(row, &y[image * len..][..len], sums);
        });
    }
}

/// What a convolution with max-pooling keeps between its passes.
#[derive(Debug, Default)]
pub struct PooledMemory<T: Real> {
    partial: PartialGradients<T>,
    winners: Winners,
}

/// Max-pooling of each image while its convolution is in cache: only the winners are written.
impl<T: Real> Compute<T, Cpu> for Then<Conv2d, MaxPool2d> {
    type Memory = PooledMemory<T>;

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &Conv2dParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        let pooled = self.pooled(parameters, x, y.shape);
        let (input, output) = (x.shape.len(), y.shape.len());
        let images = y.values.par_chunks_mut(output).zip(x.values.par_chunks(input));
        images.for_each(|(y, x)| scratch::with(output, |winners| pooled(x, y, winners)));
    }

    fn forward_training(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &mut Conv2dParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        memory: &mut PooledMemory<T>,
    ) {
        let pooled = self.pooled(parameters, x, y.shape);
        let (input, output) = (x.shape.len(), y.shape.len());
        let winners = memory.winners.of_len(y.values.len()).par_chunks_mut(output);
        let images = y.values.par_chunks_mut(output).zip(x.values.par_chunks(input));
        images.zip(winners).for_each(|((y, x), winners)| pooled(x, y, winners));
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &Conv2dParameters<T>,
        gradients: &mut Conv2dParameters<T>,
        memory: &mut PooledMemory<T>,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let Then(conv, pool) = self;
        let windows = pool.windows(conv.output_shape(signals.inputs[0].shape), signals.output.shape);
        let len = signals.output.shape.len();
        let (y, gradient) = (signals.output.values, signals.output_gradient.values);
        let winners = &*memory.winners.of_len(gradient.len());
        // The derivative at a winner is that at its value, which is the output: the sums are not needed.
        gradient
            .par_chunks_mut(len)
            .zip(y.par_chunks(len))
            .for_each(|(gradient, y)| conv.nonlinearity.backward(1, y, gradient));
        let gradient = &*gradient;
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        conv.backward_batch(parameters, gradients, &mut memory.partial, x, input_gradient, |image, sums| {
            let place = image * len..(image + 1) * len;
            max_pool_backward(&windows, &gradient[place.clone()], &winners[place], sums);
        });
    }
}

impl Then<Conv2d, MaxPool2d> {
    /// What is done with one image of the batch: from its input to its output and the winners.
    fn pooled<T: Real>(
        &self,
        parameters: &Conv2dParameters<T>,
        x: Signal<'_, T>,
        output: Shape,
    ) -> impl Fn(&[T], &mut [T], &mut [u32]) + Sync {
        let Then(conv, pool) = self;
        let sums = conv.output_shape(x.shape);
        let (windows, pools) = (conv.windows(x.shape), pool.windows(sums, output));
        let threads = threads_for(x.values.len() / x.shape.len());
        move |x, y, winners| {
            scratch::with(sums.len(), |sums| {
                conv.image(threads, &windows, parameters, x, sums);
                max_pool(&pools, sums, y, winners);
            });
        }
    }
}
