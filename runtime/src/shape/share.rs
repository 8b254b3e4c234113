//! Parameters that layers share.

use super::*;

/// The names and shapes of a layer's parameters, in order.
#[derive(Clone, Copy, Debug)]
pub struct ParameterShapes {
    names: [&'static str; ParameterShapes::MOST],
    shapes: [Shape; ParameterShapes::MOST],
    count: usize,
}

impl ParameterShapes {
    const MOST: usize = 32;

    /// None.
    #[expect(clippy::new_without_default, reason = "`Default` cannot be called in const code")]
    pub const fn new() -> Self {
        ParameterShapes { names: [""; Self::MOST], shapes: [Shape::new(&[]); Self::MOST], count: 0 }
    }

    /// These, and one more.
    pub const fn with(mut self, name: &'static str, dims: &[usize]) -> Self {
        self.names[self.count] = name;
        self.shapes[self.count] = Shape::new(dims);
        self.count += 1;
        self
    }

    /// The lengths of the axes of parameter number `place`.
    pub const fn of(&self, place: usize) -> &[usize] {
        self.shapes[place].dims()
    }
}

/// A layer that has the parameters of the layer `owner`: its own would have the same shapes.
#[track_caller]
pub const fn share(layer: &str, own: ParameterShapes, owner: &str, owners: ParameterShapes) {
    let message = Message::new().text(layer).text(": shares the parameters of `").text(owner);
    if own.count != owners.count {
        message
            .text("`, of which there are ")
            .number(owners.count)
            .text(", and would have ")
            .number(own.count)
            .text(" of its own; options such as `b = none` must stand in both or in neither")
            .panic()
    }
    let mut i = 0;
    while i < own.count {
        if !own.shapes[i].same(&owners.shapes[i]) {
            message
                .text("`, whose ")
                .text(owners.names[i])
                .text(" is ")
                .shape(owners.shapes[i])
                .text(", and its own would be ")
                .shape(own.shapes[i])
                .text("; the two must agree, and so must the inputs and options that they follow from")
                .panic()
        }
        i += 1;
    }
}
