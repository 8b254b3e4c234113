//! Which inits a parameter can have.

use super::*;
use crate::init::Init;

/// The name of an init that needs two axes, and whether it needs no more.
const fn needs(init: Init) -> Option<(&'static str, bool)> {
    match init {
        Init::Constant(_) | Init::Normal { .. } | Init::Uniform { .. } => None,
        Init::GlorotUniform { .. } => Some(("glorot_uniform", false)),
        Init::GlorotNormal { .. } => Some(("glorot_normal", false)),
        Init::HeUniform { .. } => Some(("he_uniform", false)),
        Init::HeNormal { .. } => Some(("he_normal", false)),
        Init::Orthogonal { .. } => Some(("orthogonal", false)),
        Init::Sparse { .. } => Some(("sparse", true)),
    }
}

/// Whether all numbers of an init are.
const fn is_finite(init: Init) -> bool {
    let [a, b] = match init {
        Init::Constant(value) => [value, 0.0],
        Init::Normal { std, mean } => [std, mean],
        Init::Uniform { low, high } => [low, high],
        Init::GlorotUniform { gain }
        | Init::GlorotNormal { gain }
        | Init::HeUniform { gain }
        | Init::HeNormal { gain }
        | Init::Orthogonal { gain } => [gain, 0.0],
        Init::Sparse { sparsity, std } => [sparsity, std],
    };
    a.is_finite() && b.is_finite()
}

/// Refuses an init that looks at two axes of its parameter, or is for matrices alone, where the parameter has another
/// number of them; and one with infinite numbers, or a share that is none.
#[track_caller]
pub const fn init(layer: &str, option: &str, init: Init, axes: usize) {
    if !is_finite(init) {
        Message::new()
            .text(layer)
            .text(": the initial values ")
            .text(option)
            .text(" are given by a number that is infinite or NaN; give finite ones")
            .panic()
    }
    if let Init::Sparse { sparsity, .. } = init
        && !(sparsity >= 0.0 && sparsity <= 1.0)
    {
        Message::new()
            .text(layer)
            .text(": the sparsity of ")
            .text(option)
            .text(" is the share of values that are not zero; give one from 0 to 1")
            .panic()
    }
    let Some((name, of_matrices)) = needs(init) else { return };
    if axes >= 2 && (axes == 2 || !of_matrices) {
        return;
    }
    Message::new()
        .text(layer)
        .text(": ")
        .text(option)
        .text(" = ")
        .text(name)
        .text(" is for a parameter of ")
        .text(if of_matrices { "two axes" } else { "at least two axes" })
        .text(", and this one has ")
        .number(axes)
        .text(if axes < 2 {
            "; use `constant`, `normal` or `uniform`"
        } else {
            "; use another, such as `normal`"
        })
        .panic()
}

/// The same for a parameter that may be left out.
#[track_caller]
pub const fn optional_init(layer: &str, option: &str, value: Option<Init>, axes: usize) {
    if let Some(value) = value {
        init(layer, option, value, axes);
    }
}

/// The same for biases: one a channel or unit, or with `untied` one an element of the output.
#[track_caller]
pub const fn biases(layer: &str, b: Option<Init>, untied: bool, output: Shape) {
    optional_init(layer, "b", b, if untied { output.rank } else { 1 });
}
