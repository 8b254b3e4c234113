//! Gated recurrent units.

use super::Gate;
use super::cell::{BackwardRow, Cell, ForwardRow};
use super::layout::blocks;
use super::scan::{Gradients, RecurrentMemory, Scan, Weights, num_inputs};
use super::start::{Start, StartGradient, start_parameter, start_shape};
use crate::device::{Cpu, Device};
use crate::init::{Init, InitOrInput};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::nonlinearities::Nonlinearity;
use crate::parameters::{Builder, Parameter, Parameters};
use crate::shape::{ParameterShapes, Sequence};
use crate::{Real, Shape, shape};

/// `gru(num_units, resetgate = gate(w_cell = none), updategate = gate(w_cell = none),
/// hidden_update = gate(w_cell = none, nonlinearity = tanh), hid_init = constant(0), backwards = false,
/// learn_init = false, gradient_steps = -1, grad_clipping = 0, mask = ..., only_return_final = false)`: gated recurrent
/// units, from a sequence (time, features...) to its hidden states (time, units), or to the last one (units).
///
/// ```text
/// r = resetgate(x W_in_to_resetgate + h' W_hid_to_resetgate + b_resetgate)
/// u = updategate(x W_in_to_updategate + h' W_hid_to_updategate + b_updategate)
/// c = hidden_update(x W_in_to_hidden_update + r * (h' W_hid_to_hidden_update) + b_hidden_update)
/// h = (1 - u) * h' + u * c
/// ```
///
/// where h' is the state after the step before. Features are flattened. `mask` and `hid_init` may be names: the layer
/// then has these values as further inputs.
///
/// Cho et al., "On the properties of neural machine translation: encoder-decoder approaches" (2014), with the reset
/// applied after the product, as Chung et al., "Empirical evaluation of gated recurrent neural networks on sequence
/// modeling" (2014), and Lasagne have it.
#[derive(Clone, Copy, Debug)]
pub struct Gru {
    /// The number of units, at least 1.
    pub num_units: usize,
    /// How much of the hidden state goes into the new value. Default `gate(w_cell = none)`.
    pub resetgate: Gate,
    /// How much of the new value goes into the hidden state. Default `gate(w_cell = none)`.
    pub updategate: Gate,
    /// The new value. Default `gate(w_cell = none, nonlinearity = tanh)`.
    pub hidden_update: Gate,
    /// The hidden state before the first step: an init, or a name of values (units). Default 0.
    pub hid_init: InitOrInput,
    /// Whether the sequence is gone through from its end; outputs stay where their inputs are. Default false.
    pub backwards: bool,
    /// Whether the state before the first step is learned, where it is no name. Default false.
    pub learn_init: bool,
    /// Gradients come from the last so many steps alone, as in a truncated scan of Theano. Default -1: from all.
    pub gradient_steps: Option<usize>,
    /// The gradients with respect to the new value's sums, and to both products that all sums are made of, are clipped
    /// to plus and minus this at every step. Default 0: not at all.
    pub grad_clipping: f64,
    /// A name of values (time): where they are 0, the state stays as it is. Default: no step is left out.
    pub mask: Option<usize>,
    /// Whether the output is the hidden state after the last step alone (with `backwards`, after the first in time).
    /// Default false.
    pub only_return_final: bool,
}

impl Gru {
    /// What the text need not say.
    pub const DEFAULT: Self = Gru {
        num_units: 0,
        resetgate: Gate { w_cell: None, ..Gate::DEFAULT },
        updategate: Gate { w_cell: None, ..Gate::DEFAULT },
        hidden_update: Gate::UPDATE,
        hid_init: InitOrInput::Init(Init::Constant(0.0)),
        backwards: false,
        learn_init: false,
        gradient_steps: None,
        grad_clipping: 0.0,
        mask: None,
        only_return_final: false,
    };

    /// See [`shape::recurrent`] and [`shape::init`].
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        self.resetgate.check("gru", "b of resetgate", None);
        self.updategate.check("gru", "b of updategate", None);
        self.hidden_update.check("gru", "b of hidden_update", None);
        shape::recurrent("gru", inputs, self.sequence())
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, inputs: &[Shape]) -> ParameterShapes {
        let sizes = [inputs[0].len_from(1), self.num_units];
        let mut shapes = ParameterShapes::new();
        shapes = Gate::parameter_shapes(
            shapes,
            ["w_in_to_updategate", "w_hid_to_updategate", "b_updategate"],
            sizes,
        );
        shapes =
            Gate::parameter_shapes(shapes, ["w_in_to_resetgate", "w_hid_to_resetgate", "b_resetgate"], sizes);
        shapes = Gate::parameter_shapes(
            shapes,
            ["w_in_to_hidden_update", "w_hid_to_hidden_update", "b_hidden_update"],
            sizes,
        );
        start_shape(shapes, "hid_init", self.hid_init, self.num_units)
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

    fn starts<'a, T: Real>(&self, parameters: &'a GruParameters<T>) -> [Start<'a, T>; 2] {
        [Start::of(self.hid_init, &parameters.hid_init), Start::Parameter(&[])]
    }
}

/// The parameters of [`Gru`].
#[derive(Clone, Debug, Parameters)]
pub struct GruParameters<T: Real, D: Device = Cpu> {
    /// Weights (inputs, units).
    pub w_in_to_updategate: Parameter<T, D>,
    /// Weights (units, units).
    pub w_hid_to_updategate: Parameter<T, D>,
    /// Biases (units).
    pub b_updategate: Parameter<T, D>,
    /// Weights (inputs, units).
    pub w_in_to_resetgate: Parameter<T, D>,
    /// Weights (units, units).
    pub w_hid_to_resetgate: Parameter<T, D>,
    /// Biases (units).
    pub b_resetgate: Parameter<T, D>,
    /// Weights (inputs, units).
    pub w_in_to_hidden_update: Parameter<T, D>,
    /// Weights (units, units).
    pub w_hid_to_hidden_update: Parameter<T, D>,
    /// Biases (units).
    pub b_hidden_update: Parameter<T, D>,
    /// The hidden state before the first step (1, units); empty if that is an input.
    pub hid_init: Parameter<T, D>,
}

impl<T: Real> GruParameters<T> {
    fn weights(&self) -> Weights<'_, T, 3> {
        Weights {
            w_in: [&self.w_in_to_resetgate, &self.w_in_to_updategate, &self.w_in_to_hidden_update]
                .map(Parameter::slice),
            b: [&self.b_resetgate, &self.b_updategate, &self.b_hidden_update].map(Parameter::slice),
            w_hid: [&self.w_hid_to_hidden_update, &self.w_hid_to_resetgate, &self.w_hid_to_updategate]
                .map(Parameter::slice),
        }
    }
}

impl Layer for Gru {
    type Parameters<T: Real, D: Device> = GruParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> GruParameters<T, D> {
        let units = self.num_units;
        let mut gate = |gate: Gate, name| gate.parameters(name, [num_inputs(inputs[0]), units], builder);
        let [w_in_to_updategate, w_hid_to_updategate, b_updategate] = gate(self.updategate, "updategate");
        let [w_in_to_resetgate, w_hid_to_resetgate, b_resetgate] = gate(self.resetgate, "resetgate");
        let [w_in_to_hidden_update, w_hid_to_hidden_update, b_hidden_update] =
            gate(self.hidden_update, "hidden_update");
        GruParameters {
            w_in_to_updategate,
            w_hid_to_updategate,
            b_updategate,
            w_in_to_resetgate,
            w_hid_to_resetgate,
            b_resetgate,
            w_in_to_hidden_update,
            w_hid_to_hidden_update,
            b_hidden_update,
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
        3 * inputs[0].dim(0) * (num_inputs(inputs[0]) + self.num_units) * self.num_units
    }
}

/// One step, in blocks for the hidden state's product for the new value, resetgate, updategate, and the input's product
/// for the new value.
struct GruCell {
    resetgate: Nonlinearity,
    updategate: Nonlinearity,
    hidden_update: Nonlinearity,
}

impl GruCell {
    fn new(layer: &Gru) -> Self {
        GruCell {
            resetgate: layer.resetgate.nonlinearity,
            updategate: layer.updategate.nonlinearity,
            hidden_update: layer.hidden_update.nonlinearity,
        }
    }
}

impl<T: Real> Cell<T> for GruCell {
    const BLOCKS: usize = 4;
    const FIRST_OF_INPUT: usize = 1;
    const HAS_CELL: bool = false;
    const KEPT: usize = 0;
    const SUMS: usize = 0;

    #[inline(always)]
    fn forward(&self, row: ForwardRow<'_, T>) {
        let units = row.hid.len();
        let [product, reset, update, new] = blocks(row.gates, units);
        self.resetgate.apply(units, reset);
        self.updategate.apply(units, update);
        for k in 0..units {
            new[k] += reset[k] * product[k];
        }
        self.hidden_update.apply(units, new);
        for k in 0..units {
            row.hid[k] = (T::one() - update[k]) * row.hid_before[k] + update[k] * new[k];
        }
    }

    #[inline(always)]
    fn backward(&self, row: BackwardRow<'_, T>) {
        let units = row.hid.len();
        let [product, reset, update, new] = blocks(row.gates, units);
        let [of_product, of_reset, of_update, of_new] = blocks(row.scratch, units);
        for k in 0..units {
            let of_hid = row.hid_gradient[k];
            of_update[k] = of_hid * (new[k] - row.hid_before[k]);
            of_new[k] = of_hid * update[k];
            row.hid_gradient[k] = of_hid * (T::one() - update[k]);
        }
        self.hidden_update.backward(units, new, of_new);
        row.clip.apply(of_new);
        for k in 0..units {
            of_reset[k] = of_new[k] * product[k];
            of_product[k] = of_new[k] * reset[k];
        }
        self.resetgate.backward(units, reset, of_reset);
        self.updategate.backward(units, update, of_update);
        row.clip.apply(row.scratch);
        row.gates.copy_from_slice(row.scratch);
    }
}

impl<T: Real, const N: usize> Compute<T, Cpu, N> for Gru {
    type Memory = RecurrentMemory<T>;

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &GruParameters<T>,
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
    ) {
        let starts = self.starts(parameters);
        self.scan(inputs[0].shape).infer(&GruCell::new(self), parameters.weights(), starts, inputs, y);
    }

    fn forward_training(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &mut GruParameters<T>,
        inputs: [Signal<'_, T>; N],
        y: SignalMut<'_, T>,
        memory: &mut RecurrentMemory<T>,
    ) {
        let starts = self.starts(parameters);
        self.scan(inputs[0].shape).train(
            &GruCell::new(self),
            parameters.weights(),
            starts,
            inputs,
            y,
            memory,
        );
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        _: &GruParameters<T>,
        gradients: &mut GruParameters<T>,
        memory: &mut RecurrentMemory<T>,
        signals: Backward<'_, T, Cpu, N>,
    ) {
        let g = gradients;
        let to = Gradients {
            w_in: [&mut g.w_in_to_resetgate, &mut g.w_in_to_updategate, &mut g.w_in_to_hidden_update]
                .map(Parameter::slice_mut),
            b: [&mut g.b_resetgate, &mut g.b_updategate, &mut g.b_hidden_update].map(Parameter::slice_mut),
            w_hid: [&mut g.w_hid_to_hidden_update, &mut g.w_hid_to_resetgate, &mut g.w_hid_to_updategate]
                .map(Parameter::slice_mut),
        };
        let starts = [StartGradient::of(self.hid_init, &mut g.hid_init), StartGradient::None];
        let sums = [&mut [][..], &mut [][..], &mut [][..]];
        self.scan(signals.inputs[0].shape).backward(&GruCell::new(self), to, sums, starts, memory, signals);
    }
}
