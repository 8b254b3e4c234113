//! Recurrent layers.

use super::*;
use crate::init::InitOrInput;

/// The options that all recurrent layers have.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    /// The number of units, or of the state's elements.
    pub num_units: usize,
    /// Whether it is gone through from its end.
    pub backwards: bool,
    /// Whether only the state after the last step is returned.
    pub only_return_final: bool,
    /// The place of the mask among the inputs.
    pub mask: Option<usize>,
    /// Where the hidden state comes from.
    pub hid_init: InitOrInput,
    /// Where the cell's state comes from, if there is one.
    pub cell_init: Option<InitOrInput>,
    /// Steps that gradients go back; `None` for all.
    pub gradient_steps: Option<usize>,
    /// What gradients are clipped by; 0 for not at all.
    pub grad_clipping: f64,
}

/// Recurrent layers: (time, features...) -> (time, units), or with `only_return_final` -> (units). A mask is (time),
/// and a state before the first step (units).
#[track_caller]
pub const fn recurrent(layer: &str, inputs: &[Shape], options: Sequence) -> Shape {
    positive(layer, "num_units", options.num_units);
    real(layer, inputs[0]);
    sequence(layer, inputs, Shape::new(&[options.num_units]), options)
}

/// The input of one step of a recurrent layer: (time, features...) -> (features...).
#[track_caller]
pub const fn step(layer: &str, input: Shape) -> Shape {
    if input.rank < 2 {
        Message::new()
            .text(layer)
            .text(": needs a sequence (time, features...), and its input of ")
            .shape(input)
            .text(" has ")
            .text(if input.rank == 1 { "one axis" } else { "none" })
            .text("; reshape it first, for example `reshape(28, 28)`")
            .panic()
    }
    let mut step = Shape::new(input.dims.split_at(input.rank).0.split_at(1).1);
    step.dtype = input.dtype;
    step
}

/// Recurrent layers of one's own: (time, features...) -> (time, state...), or with `only_return_final` -> (state...).
/// `chains` are the outputs of the chain from the input of a step, and of that from the hidden state if its input is
/// of the former's shape; they must agree.
#[track_caller]
pub const fn custom_recurrent(inputs: &[Shape], chains: [Shape; 2], options: Sequence) -> Shape {
    let [from_input, from_hidden] = chains;
    real("custom_recurrent", from_input);
    if !from_input.same(&from_hidden) {
        Message::new()
            .text("custom_recurrent: input_to_hidden ends with ")
            .shape(from_input)
            .text(", the shape of the hidden state, of which hidden_to_hidden makes ")
            .shape(from_hidden)
            .text("; the two are added, so both chains must end with the same shape")
            .panic()
    }
    sequence("custom_recurrent", inputs, from_hidden, options)
}

/// What all recurrent layers refuse, and their output for states of this shape.
#[track_caller]
const fn sequence(layer: &str, inputs: &[Shape], state: Shape, options: Sequence) -> Shape {
    if let Some(steps) = options.gradient_steps {
        positive(layer, "gradient_steps", steps);
    }
    if options.grad_clipping < 0.0 || options.grad_clipping.is_nan() {
        Message::new().text(layer).text(": grad_clipping must be at least 0; 0 does not clip").panic()
    }
    step(layer, inputs[0]);
    let time = inputs[0].dims[0];
    if let Some(place) = options.mask {
        further(layer, "mask", inputs[place], Shape::new(&[time]), "one number for each step of its input");
    }
    let of_state =
        if state.rank == 1 { "one number for each unit" } else { "the state before the first step" };
    if let InitOrInput::Input(place) = options.hid_init {
        further(layer, "hid_init", inputs[place], state, of_state);
    }
    if let Some(InitOrInput::Input(place)) = options.cell_init {
        further(layer, "cell_init", inputs[place], state, of_state);
    }
    if options.only_return_final {
        return state;
    }
    at_most_max_rank(layer, state.rank + 1);
    let mut dims = [time; MAX_RANK];
    dims.split_at_mut(1).1.split_at_mut(state.rank).0.copy_from_slice(state.dims.split_at(state.rank).0);
    Shape::new(dims.split_at(state.rank + 1).0)
}

/// Refuses a further input of another shape than the layer needs.
#[track_caller]
const fn further(layer: &str, option: &str, found: Shape, expected: Shape, what: &str) {
    real(layer, found);
    if !found.same(&expected) {
        Message::new()
            .text(layer)
            .text(": `")
            .text(option)
            .text("` needs ")
            .text(what)
            .text(", a shape of ")
            .shape(expected)
            .text(", and the one given is ")
            .shape(found)
            .text("; change it first, for example with a dense layer or `reshape`")
            .panic()
    }
}

/// Refuses a gate without the weights that its peephole needs.
#[track_caller]
pub const fn peephole(gate: &str, has_w_cell: bool) {
    if !has_w_cell {
        Message::new()
            .text("lstm: `")
            .text(gate)
            .text("` has w_cell = none, and its peephole needs weights; give it an init, or set peepholes = false")
            .panic()
    }
}
