//! Dense layers.

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::cpu::gemm::{Epilogue, Identity, Threads};
use crate::cpu::pieces::{chunk, each, read, write};
use crate::cpu::product::product;
use crate::cpu::{columns, dropout, map};
use crate::device::{Cpu, Device};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut, Then};
use crate::layers::Dropout;
use crate::layers::normalized::Channels;
use crate::nonlinearities::{Nonlinearity, relu};
use crate::parameters::{Builder, Parameter, Parameters, Tags};
use crate::shape::ParameterShapes;
use crate::{Precision, Real, Shape, shape};

/// `dense(num_units, nonlinearity = relu, w = glorot_uniform, b = constant(0), num_leading_axes = 1)`: a fully
/// connected layer, `nonlinearity(x W + b)`.
///
/// The axes after the first `num_leading_axes` (the batch axis is the first) are taken as one, over which the
/// product is summed: an image is flattened by itself. A negative number says how many axes are summed over: with -1 a
/// sequence (time, features) becomes (time, units).
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    /// The number of units, at least 1.
    pub num_units: usize,
    /// Applied to the sums. Default [`relu`].
    pub nonlinearity: Nonlinearity,
    /// Initial weights. Default `glorot_uniform`.
    pub w: Init,
    /// Initial biases, or `none`. Default 0.
    pub b: Option<Init>,
    /// How many axes stay, the batch axis included; if negative, how many do not. Default 1.
    pub num_leading_axes: isize,
}

impl Dense {
    /// What the text need not say.
    pub const DEFAULT: Self = Dense {
        num_units: 0,
        nonlinearity: relu(),
        w: Init::GlorotUniform { gain: 1.0 },
        b: Some(Init::Constant(0.0)),
        num_leading_axes: 1,
    };

    /// See [`shape::dense`], [`shape::init`] and [`shape::biases`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::init("dense", "w", self.w, 2);
        shape::biases("dense", self.b, false, input);
        shape::dense(input, self.num_units, self.num_leading_axes)
    }

    /// The elements that one unit sums over.
    pub(super) const fn num_inputs(&self, input: Shape) -> usize {
        match shape::leading_axes(input, self.num_leading_axes) {
            Some(leading) => input.len_from(leading - 1),
            None => 0,
        }
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        let shapes = ParameterShapes::new().with("w", &[self.num_inputs(input), self.num_units]);
        if self.b.is_some() { shapes.with("b", &[self.num_units]) } else { shapes }
    }
}

/// The parameters of [`Dense`].
#[derive(Clone, Debug, Parameters)]
pub struct DenseParameters<T: Real, D: Device = Cpu> {
    /// Weights (inputs, units).
    pub w: Parameter<T, D>,
    /// Biases (units); empty with `b = none`.
    pub b: Parameter<T, D>,
}

impl Layer for Dense {
    type Parameters<T: Real, D: Device> = DenseParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> DenseParameters<T, D> {
        let shape = [self.num_inputs(inputs[0]), self.num_units];
        DenseParameters {
            w: builder.parameter("w", &shape, self.w, Tags::WEIGHT),
            b: builder.optional("b", &shape[1..], self.b, Tags::BIAS),
        }
    }

    fn multiply_adds(&self, inputs: &[Shape], _: Shape) -> usize {
        inputs[0].len() * self.num_units
    }
}

/// What happens to a tile of sums while it is in cache: bias, nonlinearity, and in training dropout.
struct Finish<'a, T> {
    bias: &'a [T],
    norm: Option<Channels<'a, T>>,
    nonlinearity: Nonlinearity,
    units: usize,
    dropout: Option<(Pass<'a, Cpu>, Dropout)>,
}

impl<T: Real> Epilogue<T> for Finish<'_, T> {
    #[inline(always)]
    fn apply(&self, row: usize, column: usize, values: &mut [T]) {
        if !self.bias.is_empty() {
            values.iter_mut().zip(&self.bias[column..]).for_each(|(value, &bias)| *value += bias);
        }
        if let Some(norm) = self.norm {
            norm.from(column).apply(values);
        }
        if self.nonlinearity.is_elementwise() {
            self.nonlinearity.apply(1, values);
        }
        if let Some((pass, layer)) = &self.dropout {
            dropout::apply(pass.random, row * self.units + column, layer.p, layer.scale(), values);
        }
    }
}

impl Dense {
    pub(super) fn multiply<T: Real>(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &DenseParameters<T>,
        x: Signal<'_, T>,
        y: SignalMut<'_, T>,
        norm: Option<Channels<'_, T>>,
        dropout: Option<Dropout>,
    ) {
        let (inputs, units) = (self.num_inputs(x.shape), self.num_units);
        let dropout = dropout.map(|layer| (*pass, layer));
        let (bias, nonlinearity) = (parameters.b.slice(), self.nonlinearity);
        let finish = Finish { bias, norm, nonlinearity, units, dropout };
        product(
            pass.device.precision(),
            Threads::All,
            matrix(x.values, inputs),
            matrix(parameters.w.slice(), units),
            false,
            matrix_mut(&mut *y.values, units),
            &finish,
        );
        if !self.nonlinearity.is_elementwise() {
            let chunk = chunk(y.values.len(), units);
            each(
                write(y.values, chunk),
                #[inline(always)]
                |_, rows| self.nonlinearity.apply(units, rows),
            );
        }
    }

    /// From the gradient with respect to the sums to all others.
    fn multiply_back<T: Real>(
        &self,
        precision: Precision,
        parameters: &DenseParameters<T>,
        gradients: &mut DenseParameters<T>,
        x: Signal<'_, T>,
        sums: &[T],
        input_gradient: Option<SignalMut<'_, T>>,
    ) {
        let (inputs, units) = (self.num_inputs(x.shape), self.num_units);
        let sums = matrix(sums, units);
        if !gradients.b.is_empty() {
            columns::sum(sums, gradients.b.slice_mut());
        }
        let w = matrix_mut(gradients.w.slice_mut(), units);
        let x = matrix(x.values, inputs).reversed_axes();
        product(precision, Threads::All, x, sums, false, w, &Identity);
        if let Some(input_gradient) = input_gradient {
            let w = matrix(parameters.w.slice(), units);
            let x = matrix_mut(input_gradient.values, inputs);
            product(precision, Threads::All, sums, w.t(), false, x, &Identity);
        }
    }
}

pub(super) fn matrix<T>(values: &[T], columns: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

pub(super) fn matrix_mut<T>(values: &mut [T], columns: usize) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

impl<T: Real> Compute<T, Cpu> for Dense {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &DenseParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        self.multiply(pass, parameters, x, y, None, None);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &DenseParameters<T>,
        gradients: &mut DenseParameters<T>,
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let sums = signals.output_gradient.values;
        if !self.nonlinearity.is_linear() {
            let chunk = chunk(sums.len(), self.num_units);
            each(
                (write(sums, chunk), read(signals.output.values, chunk)),
                #[inline(always)]
                |_, (sums, y)| {
                    self.nonlinearity.backward(self.num_units, y, sums);
                },
            );
        }
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        self.multiply_back(pass.device.precision(), parameters, gradients, x, sums, input_gradient);
    }
}

/// Dropout in the product's last step; the nonlinearity is elementwise.
impl<T: Real> Compute<T, Cpu> for Then<Dense, Dropout> {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &DenseParameters<T>,
        inputs: [Signal<'_, T>; 1],
        output: SignalMut<'_, T>,
    ) {
        self.0.forward(pass, parameters, inputs, output);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &mut DenseParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        (): &mut (),
    ) {
        if self.1.is_independent(y.shape) {
            self.0.multiply(pass, parameters, x, y, None, Some(self.1));
        } else {
            let SignalMut { shape, values } = y;
            self.0.multiply(pass, parameters, x, SignalMut { shape, values: &mut *values }, None, None);
            self.1.mask(pass, shape, values);
        }
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &DenseParameters<T>,
        gradients: &mut DenseParameters<T>,
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let Then(dense, layer) = self;
        let sums = signals.output_gradient.values;
        let scale = T::of(layer.scale());
        // With relu the output itself is the mask.
        let independent = layer.is_independent(signals.output.shape);
        if !independent && dense.nonlinearity != Nonlinearity::Relu {
            layer.mask(pass, signals.output.shape, sums);
        }
        let chunk = chunk(sums.len(), 8);
        each(
            (write(sums, chunk), read(signals.output.values, chunk)),
            #[inline(always)]
            |i, (sums, y)| {
                match dense.nonlinearity {
                    // Zero where dropped and where negative alike.
                    Nonlinearity::Relu => {
                        map::scale(sums, y, |y| if y > T::zero() { scale } else { T::zero() });
                    }
                    nonlinearity => {
                        if independent {
                            dropout::apply(pass.random, i * chunk, layer.p, layer.scale(), sums);
                        }
                        // What was kept was multiplied by `scale` after the nonlinearity.
                        let mut kept = [T::zero(); 256];
                        for (sums, y) in sums.chunks_mut(256).zip(y.chunks(256)) {
                            kept.iter_mut().zip(y).for_each(|(kept, &y)| *kept = y / scale);
                            nonlinearity.backward(1, &kept[..y.len()], sums);
                        }
                    }
                }
            },
        );
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        dense.multiply_back(pass.device.precision(), parameters, gradients, x, sums, input_gradient);
    }
}
