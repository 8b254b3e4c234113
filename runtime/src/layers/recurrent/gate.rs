//! One gate of a recurrent layer.

use crate::device::Device;
use crate::init::Init;
use crate::nonlinearities::{Nonlinearity, sigmoid, tanh};
use crate::parameters::{Builder, Parameter, Tags};
use crate::shape::ParameterShapes;
use crate::{Real, shape};

/// `gate(w_in = normal(0.1), w_hid = normal(0.1), w_cell = normal(0.1), b = constant(0), nonlinearity = sigmoid)`: the
/// initial weights and the nonlinearity of one gate of [`Lstm`](super::Lstm) or [`Gru`](super::Gru).
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// Initial weights of the input. Default `normal(0.1)`.
    pub w_in: Init,
    /// Initial weights of the hidden state. Default `normal(0.1)`.
    pub w_hid: Init,
    /// Initial weights of the cell's state, or `none`; read where there are peepholes. Default `normal(0.1)`.
    pub w_cell: Option<Init>,
    /// Initial biases. Default 0.
    pub b: Init,
    /// Applied to the sums. Default [`sigmoid`].
    pub nonlinearity: Nonlinearity,
}

const NORMAL: Init = Init::Normal { std: 0.1, mean: 0.0 };

impl Gate {
    /// What the text need not say.
    pub const DEFAULT: Self = Gate {
        w_in: NORMAL,
        w_hid: NORMAL,
        w_cell: Some(NORMAL),
        b: Init::Constant(0.0),
        nonlinearity: sigmoid(),
    };

    /// The default of what is gated: `gate(w_cell = none, nonlinearity = tanh)`.
    pub(super) const UPDATE: Self = Gate { w_cell: None, nonlinearity: tanh(), ..Gate::DEFAULT };

    /// See [`shape::init`].
    #[track_caller]
    pub(super) const fn check(&self, layer: &str, biases: &str, peephole: Option<&str>) {
        shape::init(layer, "w_in", self.w_in, 2);
        shape::init(layer, "w_hid", self.w_hid, 2);
        shape::init(layer, biases, self.b, 1);
        if let Some(name) = peephole {
            shape::optional_init(layer, name, self.w_cell, 1);
        }
    }

    /// The shapes of a gate's parameters, under these names: weights of the input and the hidden state, and biases.
    pub(super) const fn parameter_shapes(
        shapes: ParameterShapes,
        [w_in, w_hid, b]: [&'static str; 3],
        [inputs, units]: [usize; 2],
    ) -> ParameterShapes {
        shapes.with(w_in, &[inputs, units]).with(w_hid, &[units, units]).with(b, &[units])
    }

    /// Its weights of the input (inputs, units) and of the hidden state (units, units), and its biases (units).
    pub(super) fn parameters<T: Real, D: Device>(
        &self,
        name: &str,
        [inputs, units]: [usize; 2],
        builder: &mut Builder<'_, D>,
    ) -> [Parameter<T, D>; 3] {
        [
            builder.parameter(&format!("w_in_to_{name}"), &[inputs, units], self.w_in, Tags::WEIGHT),
            builder.parameter(&format!("w_hid_to_{name}"), &[units, units], self.w_hid, Tags::WEIGHT),
            builder.parameter(&format!("b_{name}"), &[units], self.b, Tags::BIAS),
        ]
    }
}
