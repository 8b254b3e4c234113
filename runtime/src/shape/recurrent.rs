//! Recurrent layers.

use super::*;
use crate::layer::InitOrInput;

/// The options that all recurrent layers have.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    /// The number of units.
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
    let input = inputs[0];
    let units = options.num_units;
    real(layer, input);
    positive(layer, "num_units", units);
    if let Some(steps) = options.gradient_steps {
        positive(layer, "gradient_steps", steps);
    }
    if options.grad_clipping < 0.0 || options.grad_clipping.is_nan() {
        Message::new().text(layer).text(": grad_clipping must be at least 0; 0 does not clip").panic()
    }
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
    let time = input.dims[0];
    if let Some(place) = options.mask {
        further(layer, "mask", inputs[place], Shape::new(&[time]), "one number for each step of its input");
    }
    let state = Shape::new(&[units]);
    if let InitOrInput::Input(place) = options.hid_init {
        further(layer, "hid_init", inputs[place], state, "one number for each unit");
    }
    if let Some(InitOrInput::Input(place)) = options.cell_init {
        further(layer, "cell_init", inputs[place], state, "one number for each unit");
    }
    if options.only_return_final { state } else { Shape::new(&[time, units]) }
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
