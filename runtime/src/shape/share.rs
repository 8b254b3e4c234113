//! Parameters that layers share.

use super::*;

/// The names and shapes of a layer's parameters, in order.
#[derive(Clone, Copy, Debug)]
pub struct ParameterShapes {
    names: [&'static str; ParameterShapes::MOST],
    dims: [[usize; ParameterShapes::MAX_RANK]; ParameterShapes::MOST],
    ranks: [usize; ParameterShapes::MOST],
    count: usize,
}

impl ParameterShapes {
    const MOST: usize = 32;

    /// Filters for each position of an image have one axis more than an item.
    const MAX_RANK: usize = MAX_RANK + 1;

    /// None.
    #[expect(clippy::new_without_default, reason = "`Default` cannot be called in const code")]
    pub const fn new() -> Self {
        ParameterShapes {
            names: [""; Self::MOST],
            dims: [[1; Self::MAX_RANK]; Self::MOST],
            ranks: [0; Self::MOST],
            count: 0,
        }
    }

    /// These, and one more.
    pub const fn with(self, name: &'static str, dims: &[usize]) -> Self {
        self.with_axes(name, dims, &[])
    }

    /// These, and one more that has the axes `first` and then the axes `then`.
    pub const fn with_axes(mut self, name: &'static str, first: &[usize], then: &[usize]) -> Self {
        self.names[self.count] = name;
        self.ranks[self.count] = first.len() + then.len();
        let (leading, others) = self.dims[self.count].split_at_mut(first.len());
        leading.copy_from_slice(first);
        others.split_at_mut(then.len()).0.copy_from_slice(then);
        self.count += 1;
        self
    }

    /// These, and biases: one a channel, or with `untied` one an element of the output.
    pub const fn with_biases(self, output: Shape, untied: bool) -> Self {
        self.with("b", if untied { output.dims() } else { output.dims().split_at(1).0 })
    }

    /// These, and one more that an item's elements share along `axes`: it has the others.
    pub const fn with_unshared(self, name: &'static str, input: Shape, axes: Axes) -> Self {
        let (mask, mut dims, mut count) = (axes.mask(), [1; MAX_RANK], 0);
        let mut axis = 0;
        while axis < input.rank {
            if !mask[axis + 1] {
                dims[count] = input.dims[axis];
                count += 1;
            }
            axis += 1;
        }
        self.with(name, dims.split_at(count).0)
    }

    /// The lengths of the axes of parameter number `place`.
    pub const fn of(&self, place: usize) -> &[usize] {
        self.dims[place].split_at(self.ranks[place]).0
    }

    /// Whether parameter number `place` is as large along all axes as that of `other`.
    const fn agrees(&self, other: &Self, place: usize) -> bool {
        let (own, others) = (self.of(place), other.of(place));
        let mut axis = 0;
        while axis < own.len() && axis < others.len() {
            if own[axis] != others[axis] {
                return false;
            }
            axis += 1;
        }
        own.len() == others.len()
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
        if !own.agrees(&owners, i) {
            message
                .text("`, whose ")
                .text(owners.names[i])
                .text(" is ")
                .numbers(owners.of(i))
                .text(", and its own would be ")
                .numbers(own.of(i))
                .text("; the two must agree, and so must the inputs and options that they follow from")
                .panic()
        }
        i += 1;
    }
}

/// Refuses parameters that differ between the shortest and the longest an axis of any length can be: there is one set
/// for all.
#[track_caller]
pub const fn same_at_every_length(
    layer: &str,
    lengths: Lengths,
    at_shortest: ParameterShapes,
    at_longest: ParameterShapes,
) {
    let mut i = 0;
    while i < at_shortest.count {
        if !at_shortest.agrees(&at_longest, i) {
            Message::new()
                .text(layer)
                .text(": its parameters have to be the same at every length of its input, and ")
                .text(at_shortest.names[i])
                .text(" would be ")
                .numbers(at_shortest.of(i))
                .text(" at length ")
                .number(lengths.shortest)
                .text(" and ")
                .numbers(at_longest.of(i))
                .text(" at ")
                .number(lengths.longest)
                .text(
                    "; use a layer that goes along the axis, such as `dense(.., num_leading_axes = 2)`, \
                     `global_pool` or a recurrent layer, or fix the length",
                )
                .panic()
        }
        i += 1;
    }
}
