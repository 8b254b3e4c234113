//! Long short-term memory.

use super::Gate;
use super::cell::{BackwardRow, Cell, ForwardRow};
use super::layout::blocks;
use super::scan::{Gradients, RecurrentMemory, Scan, Weights, num_inputs};
use super::start::{Start, StartGradient, start_parameter, start_shape};
use crate::device::{Cpu, Device};
use crate::init::{Init, InitOrInput};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::nonlinearities::{Nonlinearity, tanh};
use crate::parameters::{Builder, Parameter, Parameters, Tags};
use crate::shape::{ParameterShapes, Sequence};
use crate::{Real, Shape, shape};

/// `lstm(num_units, ingate = gate(), forgetgate = gate(), cell = gate(w_cell = none, nonlinearity = tanh),
/// outgate = gate(), nonlinearity = tanh, cell_init = constant(0), hid_init = constant(0), backwards = false,
/// learn_init = false, peepholes = true, gradient_steps = -1, grad_clipping = 0, mask = ..., only_return_final = false)`:
/// long short-term memory, from a sequence (time, features...) to its hidden states (time, units), or to the last one
/// (units).
///
/// ```text
/// i = ingate(x W_in_to_ingate + h' W_hid_to_ingate + c' * w_cell_to_ingate + b_ingate)
/// f = forgetgate(x W_in_to_forgetgate + h' W_hid_to_forgetgate + c' * w_cell_to_forgetgate + b_forgetgate)
/// c = f * c' + i * cell(x W_in_to_cell + h' W_hid_to_cell + b_cell)
/// o = outgate(x W_in_to_outgate + h' W_hid_to_outgate + c * w_cell_to_outgate + b_outgate)
/// h = o * nonlinearity(c)
/// ```
///
/// where c' and h' are the states after the step before. Features are flattened. `mask`, `hid_init` and `cell_init` may
/// be names: the layer then has these values as further inputs.
///
/// Hochreiter and Schmidhuber, "Long short-term memory" (Neural Computation 1997), as in Graves, "Generating sequences
/// with recurrent neural networks" (2013).
#[derive(Clone, Copy, Debug)]
pub struct Lstm {
    /// The number of units, at least 1.
    pub num_units: usize,
    /// How much of the new value goes into the cell. Default `gate()`.
    pub ingate: Gate,
    /// How much of the cell stays. Default `gate()`.
    pub forgetgate: Gate,
    /// The new value. Default `gate(w_cell = none, nonlinearity = tanh)`.
    pub cell: Gate,
    /// How much of the cell is shown. Default `gate()`.
    pub outgate: Gate,
    /// Applied to the cell where it is shown. Default [`tanh`].
    pub nonlinearity: Nonlinearity,
    /// The cell before the first step: an init, or a name of values (units). Default 0.
    pub cell_init: InitOrInput,
    /// The hidden state before the first step: an init, or a name of values (units). Default 0.
    pub hid_init: InitOrInput,
    /// Whether the sequence is gone through from its end; outputs stay where their inputs are. Default false.
    pub backwards: bool,
    /// Whether the states before the first step are learned, where they are no names. Default false.
    pub learn_init: bool,
    /// Whether the gates see the cell. Default true.
    pub peepholes: bool,
    /// Gradients come from the last so many steps alone, as in a truncated scan of Theano. Default -1: from all.
    pub gradient_steps: Option<usize>,
    /// The gradients with respect to the gates' sums, without what peepholes add to these, are clipped to plus and minus
    /// this at every step. Default 0: not at all.
    pub grad_clipping: f64,
    /// A name of values (time): where they are 0, the states stay as they are. Default: no step is left out.
    pub mask: Option<usize>,
    /// Whether the output is the hidden state after the last step alone (with `backwards`, after the first in time).
    /// Default false.
    pub only_return_final: bool,
}

impl Lstm {
    /// What the text need not say.
    pub const DEFAULT: Self = Lstm {
        num_units: 0,
        ingate: Gate::DEFAULT,
        forgetgate: Gate::DEFAULT,
        cell: Gate::UPDATE,
        outgate: Gate::DEFAULT,
        nonlinearity: tanh(),
        cell_init: InitOrInput::Init(Init::Constant(0.0)),
        hid_init: InitOrInput::Init(Init::Constant(0.0)),
        backwards: false,
        learn_init: false,
        peepholes: true,
        gradient_steps: None,
        grad_clipping: 0.0,
        mask: None,
        only_return_final: false,
    };

    /// See [`shape::recurrent`], [`shape::peephole`] and [`shape::init`].
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        if self.peepholes {
            shape::peephole("ingate", self.ingate.w_cell.is_some());
            shape::peephole("forgetgate", self.forgetgate.w_cell.is_some());
            shape::peephole("outgate", self.outgate.w_cell.is_some());
        }
        self.ingate.check("lstm", "b of ingate", Some("w_cell of ingate"));
        self.forgetgate.check("lstm", "b of forgetgate", Some("w_cell of forgetgate"));
        self.cell.check("lstm", "b of cell", None);
        self.outgate.check("lstm", "b of outgate", Some("w_cell of outgate"));
        shape::recurrent("lstm", inputs, self.sequence())
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, inputs: &[Shape]) -> ParameterShapes {
        let units = self.num_units;
        let sizes = [inputs[0].len_from(1), units];
        let mut shapes = ParameterShapes::new();
        shapes = Gate::parameter_shapes(shapes, ["w_in_to_ingate", "w_hid_to_ingate", "b_ingate"], sizes);
        shapes = Gate::parameter_shapes(
            shapes,
            ["w_in_to_forgetgate", "w_hid_to_forgetgate", "b_forgetgate"],
            sizes,
        );
        shapes = Gate::parameter_shapes(shapes, ["w_in_to_cell", "w_hid_to_cell", "b_cell"], sizes);
        shapes = Gate::parameter_shapes(shapes, ["w_in_to_outgate", "w_hid_to_outgate", "b_outgate"], sizes);
        if self.peepholes {
            shapes = shapes
                .with("w_cell_to_ingate", &[units])
                .with("w_cell_to_forgetgate", &[units])
                .with("w_cell_to_outgate", &[units]);
        }
        shapes = start_shape(shapes, "cell_init", self.cell_init, units);
        start_shape(shapes, "hid_init", self.hid_init, units)
    }

    const fn sequence(&self) -> Sequence {
        Sequence {
            num_units: self.num_units,
            backwards: self.backwards,
            only_return_final: self.only_return_final,
            mask: self.mask,
            hid_init: self.hid_init,
            cell_init: Some(self.cell_init),
            gradient_steps: self.gradient_steps,
            grad_clipping: self.grad_clipping,
        }
    }

    pub(in crate::layers) fn scan(&self, input: Shape) -> Scan {
        Scan { input, sequence: self.sequence() }
    }

    fn starts<'a, T: Real>(&self, parameters: &'a LstmParameters<T>) -> [Start<'a, T>; 2] {
        [Start::of(self.hid_init, &parameters.hid_init), Start::of(self.cell_init, &parameters.cell_init)]
    }
}

/// The parameters of [`Lstm`].
#[derive(Clone, Debug, Parameters)]
pub struct LstmParameters<T: Real, D: Device = Cpu> {
    /// Weights (inputs, units).
    pub w_in_to_ingate: Parameter<T, D>,
    /// Weights (units, units).
    pub w_hid_to_ingate: Parameter<T, D>,
    /// Biases (units).
    pub b_ingate: Parameter<T, D>,
    /// Weights (inputs, units).
    pub w_in_to_forgetgate: Parameter<T, D>,
    /// Weights (units, units).
    pub w_hid_to_forgetgate: Parameter<T, D>,
    /// Biases (units).
    pub b_forgetgate: Parameter<T, D>,
    /// Weights (inputs, units).
    pub w_in_to_cell: Parameter<T, D>,
    /// Weights (units, units).
    pub w_hid_to_cell: Parameter<T, D>,
    /// Biases (units).
    pub b_cell: Parameter<T, D>,
    /// Weights (inputs, units).
    pub w_in_to_outgate: Parameter<T, D>,
    /// Weights (units, units).
    pub w_hid_to_outgate: Parameter<T, D>,
    /// Biases (units).
    pub b_outgate: Parameter<T, D>,
    /// Weights (units); empty without peepholes.
    pub w_cell_to_ingate: Parameter<T, D>,
    /// Weights (units); empty without peepholes.
    pub w_cell_to_forgetgate: Parameter<T, D>,
    /// Weights (units); empty without peepholes.
    pub w_cell_to_outgate: Parameter<T, D>,
    /// The cell before the first step (1, units); empty if that is an input.
    pub cell_init: Parameter<T, D>,
    /// The hidden state before the first step (1, units); empty if that is an input.
    pub hid_init: Parameter<T, D>,
}

impl<T: Real> LstmParameters<T> {
    fn weights(&self) -> Weights<'_, T, 4> {
        Weights {
            w_in: [&self.w_in_to_ingate, &self.w_in_to_forgetgate, &self.w_in_to_cell, &self.w_in_to_outgate]
                .map(Parameter::slice),
            b: [&self.b_ingate, &self.b_forgetgate, &self.b_cell, &self.b_outgate].map(Parameter::slice),
            w_hid: [
                &self.w_hid_to_ingate,
                &self.w_hid_to_forgetgate,
                &self.w_hid_to_cell,
                &self.w_hid_to_outgate,
            ]
            .map(Parameter::slice),
        }
    }
}

impl Layer for Lstm {
    type Parameters<T: Real, D: Device> = LstmParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> LstmParameters<T, D> {
        let units = self.num_units;
        let mut gate = |gate: Gate, name| gate.parameters(name, [num_inputs(inputs[0]), units], builder);
        let [w_in_to_ingate, w_hid_to_ingate, b_ingate] = gate(self.ingate, "ingate");
        let [w_in_to_forgetgate, w_hid_to_forgetgate, b_forgetgate] = gate(self.forgetgate, "forgetgate");
        let [w_in_to_cell, w_hid_to_cell, b_cell] = gate(self.cell, "cell");
        let [w_in_to_outgate, w_hid_to_outgate, b_outgate] = gate(self.outgate, "outgate");
        let mut peephole = |gate: Gate, name| {
            builder.optional(name, &[units], gate.w_cell.filter(|_| self.peepholes), Tags::WEIGHT)
        };
        LstmParameters {
            w_in_to_ingate,
            w_hid_to_ingate,
            b_ingate,
            w_in_to_forgetgate,
            w_hid_to_forgetgate,
            b_forgetgate,
            w_in_to_cell,
            w_hid_to_cell,
            b_cell,
            w_in_to_outgate,
            w_hid_to_outgate,
            b_outgate,
            w_cell_to_ingate: peephole(self.ingate, "w_cell_to_ingate"),
            w_cell_to_forgetgate: peephole(self.forgetgate, "w_cell_to_forgetgate"),
            w_cell_to_outgate: peephole(self.outgate, "w_cell_to_outgate"),
            cell_init: start_parameter(
                "cell_init",
                self.cell_init,
                Shape::new(&[units]),
                self.learn_init,
                builder,
            ),
            hid_init: start_parameter(
                "hid_init",
                self.hid_init,
                Shape::new(&[units]),
                self.learn_init,
                builder,
            ),
        }
    }

    fn multiply_adds(&self, inputs: &[Shape], _: Shape) -> usize {
        4 * inputs[0].dim(0) * (num_inputs(inputs[0]) + self.num_units) * self.num_units
    }
}

/// One step, in blocks for ingate, forgetgate, cell and outgate.
struct LstmCell<'a, T> {
    gates: [Nonlinearity; 4],
    nonlinearity: Nonlinearity,
    /// Of ingate, forgetgate and outgate; empty without peepholes.
    peepholes: [&'a [T]; 3],
}

impl<'a, T: Real> LstmCell<'a, T> {
    fn new(layer: &Lstm, parameters: &'a LstmParameters<T>) -> Self {
        LstmCell {
            gates: [layer.ingate, layer.forgetgate, layer.cell, layer.outgate].map(|gate| gate.nonlinearity),
            nonlinearity: layer.nonlinearity,
            peepholes: [
                parameters.w_cell_to_ingate.slice(),
                parameters.w_cell_to_forgetgate.slice(),
                parameters.w_cell_to_outgate.slice(),
            ],
        }
    }
}

/// `sum += a * b`, elementwise; nothing where one of them is empty.
#[inline(always)]
fn add_product<T: Real>(sum: &mut [T], a: &[T], b: &[T]) {
    sum.iter_mut().zip(a).zip(b).for_each(|((sum, &a), &b)| *sum += a * b);
}

impl<T: Real> Cell<T> for LstmCell<'_, T> {
    const BLOCKS: usize = 4;
    const FIRST_OF_INPUT: usize = 0;
    const HAS_CELL: bool = true;
    /// The cell as it is shown.
    const KEPT: usize = 1;
    /// The gradients with respect to the peepholes.
    const SUMS: usize = 3;

    #[inline(always)]
    fn forward(&self, row: ForwardRow<'_, T>) {
        let units = row.hid.len();
        let [ingate, forgetgate, new, outgate] = blocks(row.gates, units);
        let [to_ingate, to_forgetgate, to_outgate] = self.peepholes;
        add_product(ingate, row.cell_before, to_ingate);
        add_product(forgetgate, row.cell_before, to_forgetgate);
        self.gates[0].apply(units, ingate);
        self.gates[1].apply(units, forgetgate);
        self.gates[2].apply(units, new);
        for k in 0..units {
            row.cell[k] = forgetgate[k] * row.cell_before[k] + ingate[k] * new[k];
        }
        add_product(outgate, row.cell, to_outgate);
        self.gates[3].apply(units, outgate);
        row.kept.copy_from_slice(row.cell);
        self.nonlinearity.apply(units, row.kept);
        row.hid
            .iter_mut()
            .zip(outgate)
            .zip(row.kept)
            .for_each(|((hid, outgate), shown)| *hid = *outgate * *shown);
    }

    #[inline(always)]
    fn backward(&self, row: BackwardRow<'_, T>) {
        let units = row.hid.len();
        let [ingate, forgetgate, new, outgate] = blocks(row.gates, units);
        let [of_ingate, of_forgetgate, of_new, of_outgate] = blocks(row.scratch, units);
        let [sum_ingate, sum_forgetgate, sum_outgate] = blocks(row.sums, units);
        let [to_ingate, to_forgetgate, to_outgate] = self.peepholes;
        let (of_hid, of_cell) = (row.hid_gradient, row.cell_gradient);
        for k in 0..units {
            of_outgate[k] = of_hid[k] * row.kept[k];
            of_hid[k] *= outgate[k];
        }
        self.gates[3].backward(units, outgate, of_outgate);
        self.nonlinearity.backward(units, row.kept, of_hid);
        of_cell.iter_mut().zip(&*of_hid).for_each(|(sum, &shown)| *sum += shown);
        of_hid.fill(T::zero());
        add_product(of_cell, of_outgate, to_outgate);
        for k in 0..units {
            of_ingate[k] = of_cell[k] * new[k];
            of_forgetgate[k] = of_cell[k] * row.cell_before[k];
            of_new[k] = of_cell[k] * ingate[k];
            of_cell[k] *= forgetgate[k];
        }
        self.gates[0].backward(units, ingate, of_ingate);
        self.gates[1].backward(units, forgetgate, of_forgetgate);
        self.gates[2].backward(units, new, of_new);
        add_product(of_cell, of_ingate, to_ingate);
        add_product(of_cell, of_forgetgate, to_forgetgate);
        if !to_ingate.is_empty() {
            add_product(sum_ingate, of_ingate, row.cell_before);
            add_product(sum_forgetgate, of_forgetgate, row.cell_before);
            add_product(sum_outgate, of_outgate, row.cell);
        }
        row.clip.apply(row.scratch);
        row.gates.copy_from_slice(row.scratch);
    }
}

impl<T: Real, const N: usize> Compute<T, Cpu, N> for Lstm {
    type Memory = RecurrentMemory<T>;

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &LstmParameters<T>,
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
    ) {
        let (cell, starts) = (LstmCell::new(self, parameters), self.starts(parameters));
        self.scan(inputs[0].shape).infer(&cell, parameters.weights(), starts, inputs, y);
    }

    fn forward_training(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &mut LstmParameters<T>,
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
        memory: &mut RecurrentMemory<T>,
    ) {
        let (cell, starts) = (LstmCell::new(self, parameters), self.starts(parameters));
        self.scan(inputs[0].shape).train(&cell, parameters.weights(), starts, inputs, y, memory);
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &LstmParameters<T>,
        gradients: &mut LstmParameters<T>,
        memory: &mut RecurrentMemory<T>,
        signals: Backward<'_, T, Cpu, N>,
    ) {
        let g = gradients;
        let to = Gradients {
            w_in: [
                &mut g.w_in_to_ingate,
                &mut g.w_in_to_forgetgate,
                &mut g.w_in_to_cell,
                &mut g.w_in_to_outgate,
            ]
            .map(Parameter::slice_mut),
            b: [&mut g.b_ingate, &mut g.b_forgetgate, &mut g.b_cell, &mut g.b_outgate]
                .map(Parameter::slice_mut),
            w_hid: [
                &mut g.w_hid_to_ingate,
                &mut g.w_hid_to_forgetgate,
                &mut g.w_hid_to_cell,
                &mut g.w_hid_to_outgate,
            ]
            .map(Parameter::slice_mut),
        };
        let peepholes = [&mut g.w_cell_to_ingate, &mut g.w_cell_to_forgetgate, &mut g.w_cell_to_outgate]
            .map(Parameter::slice_mut);
        let starts = [
            StartGradient::of(self.hid_init, &mut g.hid_init),
            StartGradient::of(self.cell_init, &mut g.cell_init),
        ];
        let cell = LstmCell::new(self, parameters);
        self.scan(signals.inputs[0].shape).backward(&cell, to, peepholes, starts, memory, signals);
    }
}
