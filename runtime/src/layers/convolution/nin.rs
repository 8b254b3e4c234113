//! Network in network: a dense layer at each position.

use super::finish::{Finish, add_bias_gradients};
use super::partial::Blocks;
use super::{ConvParameters, PartialGradients, matrix, matrix_mut, threads_for};
use crate::cpu::gemm::{Identity, Threads, gemm};
use crate::cpu::pieces::{each, read, write};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::nonlinearities::{Nonlinearity, relu};
use crate::parameters::{Builder, Tags, bias_shape};
use crate::shape::ParameterShapes;
use crate::{Real, Shape, shape};

/// `nin(num_units, nonlinearity = relu, untie_biases = false, w = glorot_uniform, b = constant(0))`: network in
/// network, a dense layer over the channels at each position, `nonlinearity(W^T x + b)`.
///
/// (channels, axes...) -> (units, axes...), for any number of axes after the channels. The same as a convolution
/// with filters of one element. The weights are (channels, units). Lin, Chen and Yan, "Network in network" (ICLR
/// 2014).
#[derive(Clone, Copy, Debug)]
pub struct Nin {
    /// The number of units, at least 1.
    pub num_units: usize,
    /// Applied to the sums. Default [`relu`].
    pub nonlinearity: Nonlinearity,
    /// Whether each position has biases of its own. Default false: one a unit.
    pub untie_biases: bool,
    /// Initial weights. Default `glorot_uniform`.
    pub w: Init,
    /// Initial biases, or `none`. Default 0.
    pub b: Option<Init>,
}

impl Nin {
    /// What the text need not say.
    pub const DEFAULT: Self = Nin {
        num_units: 0,
        nonlinearity: relu(),
        untie_biases: false,
        w: Init::GlorotUniform { gain: 1.0 },
        b: Some(Init::Constant(0.0)),
    };

    /// See [`shape::nin`], [`shape::init`] and [`shape::biases`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let output = shape::nin(input, self.num_units);
        shape::init("nin", "w", self.w, 2);
        shape::biases("nin", self.b, self.untie_biases, output);
        output
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        let shapes = ParameterShapes::new().with("w", &[input.dim(0), self.num_units]);
        match self.b {
            None => shapes,
            Some(_) => shapes.with_biases(self.output_shape(input), self.untie_biases),
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
        let weights = matrix(parameters.w.slice(), self.num_units);
        let (input, output) = (x.shape.len(), y.shape.len());
        let positions = output / self.num_units;
        let threads = threads_for(x.values.len() / input);
        each((write(y.values, output), read(x.values, input)), |_, (y, x)| {
            let sums = matrix_mut(&mut *y, positions);
            gemm(threads, weights.t(), matrix(x, positions), false, sums, finish);
            finish.lines(y);
        });
    }
}

impl Layer for Nin {
    type Parameters<T: Real, D: Device> = ConvParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> ConvParameters<T, D> {
        let biases = bias_shape(self.output_shape(inputs[0]), self.untie_biases);
        ConvParameters {
            w: builder.parameter("w", &[inputs[0].dim(0), self.num_units], self.w, Tags::WEIGHT),
            b: builder.optional("b", &biases, self.b, Tags::BIAS),
        }
    }

    fn multiply_adds(&self, inputs: &[Shape], _: Shape) -> usize {
        inputs[0].len() * self.num_units
    }
}

impl<T: Real> Compute<T, Cpu> for Nin {
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
        let (input, output) = (x.shape.len(), signals.output.shape.len());
        let positions = output / self.num_units;
        let finish = self.finish(parameters, signals.output.shape);
        let (y, gradient) = (signals.output.values, &*signals.output_gradient.values);
        let weights = matrix(parameters.w.slice(), self.num_units);
        let image = |image: usize, gradients: &mut [T], biases: &mut [T], into: Option<&mut [T]>| {
            scratch::with(output, |sums| {
                sums.copy_from_slice(&gradient[image * output..][..output]);
                finish.backward(&y[image * output..][..output], sums);
                add_bias_gradients(sums, biases);
                let sums = matrix(sums, positions);
                let x = matrix(&x.values[image * input..][..input], positions);
                let gradients = matrix_mut(gradients, self.num_units);
                gemm(Threads::One, x, sums.t(), true, gradients, &Identity);
                if let Some(into) = into {
                    gemm(Threads::One, weights, sums, false, matrix_mut(into, positions), &Identity);
                }
            });
        };
        let into = input_gradient.map(|into| into.values);
        let blocks = Blocks::same(self.num_units);
        memory.over_batch(x.values.len() / input, blocks, gradients, into, image);
    }
}
