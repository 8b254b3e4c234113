//! Axes that share something: a parameter, a random number, a mean.

use super::*;

/// Some of the axes of an array. The batch axis is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axes {
    /// All but the second, which holds channels or features; for a standardization [`Features`](Self::Features) of
    /// vectors and else [`Spatial`](Self::Spatial).
    Auto,
    /// From the third on: rows and columns, or time.
    Spatial,
    /// All but the batch axis.
    Features,
    /// All.
    All,
    /// These.
    These(&'static [usize]),
}

impl Axes {
    /// For each axis of an array of such items, the batch axis first, whether it is among these.
    pub const fn mask(self) -> [bool; MAX_RANK + 1] {
        let mut mask = [false; MAX_RANK + 1];
        let mut axis = 0;
        while axis <= MAX_RANK {
            mask[axis] = match self {
                Axes::Auto => axis != 1,
                Axes::Spatial => axis > 1,
                Axes::Features => axis > 0,
                Axes::All => true,
                Axes::These(axes) => contains(axes, axis),
            };
            axis += 1;
        }
        mask
    }
}

const fn contains(axes: &[usize], axis: usize) -> bool {
    let mut i = 0;
    while i < axes.len() {
        if axes[i] == axis {
            return true;
        }
        i += 1;
    }
    false
}

/// Refuses axes that the input does not have.
#[track_caller]
const fn within(layer: &str, option: &str, input: Shape, axes: Axes) {
    let Axes::These(axes) = axes else { return };
    let mut i = 0;
    while i < axes.len() {
        if axes[i] > input.rank {
            Message::new()
                .text(layer)
                .text(": ")
                .text(option)
                .text(" holds ")
                .number(axes[i])
                .text(", and the last axis of its input of ")
                .shape(input)
                .text(" is ")
                .number(input.rank)
                .text(" (the batch axis, which is not written, is 0)")
                .panic()
        }
        i += 1;
    }
}

/// Values shared along axes: the shape stays.
#[track_caller]
pub const fn shared(layer: &str, option: &str, input: Shape, axes: Axes) -> Shape {
    real(layer, input);
    within(layer, option, input, axes);
    input
}

/// Parameters shared along axes, of which the batch axis is one: the shape stays.
#[track_caller]
pub const fn shared_parameters(layer: &str, option: &str, input: Shape, axes: Axes) -> Shape {
    if !axes.mask()[0] {
        Message::new()
            .text(layer)
            .text(": ")
            .text(option)
            .text(" must hold the batch axis 0: a batch may be of any size, and so no item of it can have parameters")
            .text(" of its own")
            .panic()
    }
    shared(layer, option, input, axes)
}

/// Standardization over axes, of which there must be one: the shape stays.
#[track_caller]
pub const fn standardization(layer: &str, input: Shape, axes: Axes) -> Shape {
    shared(layer, "axes", input, axes);
    let mask = axes.mask();
    let mut axis = 0;
    while axis <= input.rank {
        if mask[axis] {
            return input;
        }
        axis += 1;
    }
    Message::new()
        .text(layer)
        .text(": there is nothing to take a mean over, as its input of ")
        .shape(input)
        .text(" has no axes after channels or features; use layer_norm, or standardization(axes = features)")
        .panic()
}
