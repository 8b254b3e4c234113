//! Plain recurrent layers.

use super::cell::{BackwardRow, Cell, ForwardRow};
use super::scan::{Gradients, RecurrentMemory, Scan, Weights, num_inputs};
use super::start::{Start, StartGradient, start_parameter, start_shape};
use crate::device::{Cpu, Device};
use crate::init::{Init, InitOrInput};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::nonlinearities::{Nonlinearity, relu};
use crate::parameters::{Builder, Parameter, Parameters, Tags};
use crate::shape::{ParameterShapes, Sequence};
use crate::{Real, Shape, shape};

/// `recurrent(num_units, w_in_to_hid = uniform, w_hid_to_hid = uniform, b = constant(0), nonlinearity = rectify,
/// hid_init = constant(0), backwards = false, learn_init = false, gradient_steps = -1, grad_clipping = 0, mask = ...,
/// only_return_final = false)`: a plain recurrent layer, from a sequence (time, features...) to its hidden states
/// (time, units), or to the last one (units).
///
/// ```text
/// h = nonlinearity(x W_in_to_hid + h' W_hid_to_hid + b)
/// ```
///
/// where h' is the state after the step before. Features are flattened. `mask` and `hid_init` may be names: the layer
/// then has these values as further inputs.
///
/// Elman, "Finding structure in time" (Cognitive Science 1990).
#[derive(Clone, Copy, Debug)]
pub struct Recurrent {
    /// The number of units, at least 1.
    pub num_units: usize,
    /// Initial weights of the input. Default `uniform`.
    pub w_in_to_hid: Init,
    /// Initial weights of the hidden state. Default `uniform`.
    pub w_hid_to_hid: Init,
    /// Initial biases, or `none`. Default 0.
    pub b: Option<Init>,
    /// Applied to the sums. Default [`relu`].
    pub nonlinearity: Nonlinearity,
    /// The hidden state before the first step: an init, or a name of values (units). Default 0.
    pub hid_init: InitOrInput,
    /// Whether the sequence is gone through from its end; outputs stay where their inputs are. Default false.
    pub backwards: bool,
    /// Whether the state before the first step is learned, where it is no name. Default false.
    pub learn_init: bool,
    /// Gradients come from the last so many steps alone, as in a truncated scan of Theano. Default -1: from all.
    pub gradient_steps: Option<usize>,
    /// The gradients with respect to the sums are clipped to plus and minus this at every step. Default 0: not at all.
    pub grad_clipping: f64,
    /// A name of values (time): where they are 0, the state stays as it is. Default: no step is left out.
    pub mask: Option<usize>,
    /// Whether the output is the hidden state after the last step alone (with `backwards`, after the first in time).
    /// Default false.
    pub only_return_final: bool,
}

const UNIFORM: Init = Init::Uniform { low: -0.01, high: 0.01 };

impl Recurrent {
    /// What the text need not say.
    pub const DEFAULT: Self = Recurrent {
        num_units: 0,
        w_in_to_hid: UNIFORM,
        w_hid_to_hid: UNIFORM,
        b: Some(Init::Constant(0.0)),
        nonlinearity: relu(),
        hid_init: InitOrInput::Init(Init::Constant(0.0)),
        backwards: false,
        learn_init: false,
        gradient_steps: None,
        grad_clipping: 0.0,
        mask: None,
        only_return_final: false,
    };

    /// See [`shape::recurrent`], [`shape::init`] and [`shape::biases`].
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        shape::init("recurrent", "w_in_to_hid", self.w_in_to_hid, 2);
        shape::init("recurrent", "w_hid_to_hid", self.w_hid_to_hid, 2);
        shape::biases("recurrent", self.b, false, inputs[0]);
        shape::recurrent("recurrent", inputs, self.sequence())
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, inputs: &[Shape]) -> ParameterShapes {
        let (units, features) = (self.num_units, inputs[0].len_from(1));
        let mut shapes = start_shape(ParameterShapes::new(), "hid_init", self.hid_init, units)
            .with("w_in_to_hid", &[features, units]);
        if self.b.is_some() {
            shapes = shapes.with("b", &[units]);
        }
        shapes.with("w_hid_to_hid", &[units, units])
    }

    const fn sequence(&self) -> Sequence {
        Sequence {
            num_units: self.num_units,
            backwards: self.backwards,
            only_return_final: self.only_return_final,
            mask: self.mask,
            hid_init: self.hid_init,
            cell_init: None,
            gradient_steps: self.gradient_steps,
            grad_clipping: self.grad_clipping,
        }
    }

    pub(in crate::layers) fn scan(&self, input: Shape) -> Scan {
        Scan { input, sequence: self.sequence() }
    }

    fn starts<'a, T: Real>(&self, parameters: &'a RecurrentParameters<T>) -> [Start<'a, T>; 2] {
        [Start::of(self.hid_init, &parameters.hid_init), Start::Parameter(&[])]
    }
}

/// The parameters of [`Recurrent`].
#[derive(Clone, Debug, Parameters)]
pub struct RecurrentParameters<T: Real, D: Device = Cpu> {
    /// The hidden state before the first step (1, units); empty if that is an input.
    pub hid_init: Parameter<T, D>,
    /// Weights (inputs, units).
    pub w_in_to_hid: Parameter<T, D>,
    /// Biases (units); empty with `b = none`.
    pub b: Parameter<T, D>,
    /// Weights (units, units).
    pub w_hid_to_hid: Parameter<T, D>,
}

impl<T: Real> RecurrentParameters<T> {
    fn weights(&self) -> Weights<'_, T, 1> {
        Weights { w_in: [self.w_in_to_hid.slice()], b: [self.b.slice()], w_hid: [self.w_hid_to_hid.slice()] }
    }
}

impl Layer for Recurrent {
    type Parameters<T: Real, D: Device> = RecurrentParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> RecurrentParameters<T, D> {
        let (inputs, units) = (num_inputs(inputs[0]), self.num_units);
        RecurrentParameters {
            hid_init: start_parameter(
                "hid_init",
                self.hid_init,
                Shape::new(&[units]),
                self.learn_init,
                builder,
            ),
            w_in_to_hid: builder.parameter("w_in_to_hid", &[inputs, units], self.w_in_to_hid, Tags::WEIGHT),
            b: builder.optional("b", &[units], self.b, Tags::BIAS),
            w_hid_to_hid: builder.parameter("w_hid_to_hid", &[units, units], self.w_hid_to_hid, Tags::WEIGHT),
        }
    }

    fn multiply_adds(&self, inputs: &[Shape], _: Shape) -> usize {
        inputs[0].dim(0) * (num_inputs(inputs[0]) + self.num_units) * self.num_units
    }
}

/// One step: the sums are kept, and the state after it holds their values.
impl<T: Real> Cell<T> for Nonlinearity {
    const BLOCKS: usize = 1;
    const FIRST_OF_INPUT: usize = 0;
    const HAS_CELL: bool = false;
    const KEPT: usize = 0;
    const SUMS: usize = 0;

    #[inline(always)]
    fn forward(&self, row: ForwardRow<'_, T>) {
        row.hid.copy_from_slice(row.gates);
        self.apply(row.hid.len(), row.hid);
    }

    #[inline(always)]
    fn backward(&self, row: BackwardRow<'_, T>) {
        self.backward_of_sums(row.hid.len(), row.gates, row.hid, row.hid_gradient);
        row.clip.apply(row.hid_gradient);
        row.gates.copy_from_slice(row.hid_gradient);
        row.hid_gradient.fill(T::zero());
    }
}

impl<T: Real, const N: usize> Compute<T, Cpu, N> for Recurrent {
    type Memory = RecurrentMemory<T>;

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &RecurrentParameters<T>,
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
    ) {
        let starts = self.starts(parameters);
        self.scan(inputs[0].shape).infer(&self.nonlinearity, parameters.weights(), starts, inputs, y);
    }

    fn forward_training(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &mut RecurrentParameters<T>,
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
        memory: &mut RecurrentMemory<T>,
    ) {
        let starts = self.starts(parameters);
        self.scan(inputs[0].shape).train(&self.nonlinearity, parameters.weights(), starts, inputs, y, memory);
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        _: &RecurrentParameters<T>,
        gradients: &mut RecurrentParameters<T>,
        memory: &mut RecurrentMemory<T>,
        signals: Backward<'_, T, Cpu, N>,
    ) {
        let to = Gradients {
            w_in: [gradients.w_in_to_hid.slice_mut()],
            b: [gradients.b.slice_mut()],
            w_hid: [gradients.w_hid_to_hid.slice_mut()],
        };
        let starts = [StartGradient::of(self.hid_init, &mut gradients.hid_init), StartGradient::None];
        let sums = [&mut [][..], &mut [][..], &mut [][..]];
        self.scan(signals.inputs[0].shape).backward(&self.nonlinearity, to, sums, starts, memory, signals);
    }
}
