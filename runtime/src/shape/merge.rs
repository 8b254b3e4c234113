//! Several inputs.

use super::*;

/// Which part of an input is kept along an axis where inputs differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crop {
    /// All of it.
    None,
    /// The first elements.
    Lower,
    /// Those in the middle; of an odd rest the smaller half is left out before them.
    Center,
    /// The last elements.
    Upper,
}

impl Crop {
    /// The mode of an axis counted without the batch axis; those that are not listed are not cropped.
    const fn of(cropping: &[Crop], axis: usize) -> Crop {
        if axis + 1 < cropping.len() { cropping[axis + 1] } else { Crop::None }
    }

    /// Where the kept part of `length` elements starts.
    const fn start(self, length: usize, kept: usize) -> usize {
        match self {
            Crop::None | Crop::Lower => 0,
            Crop::Center => (length - kept) / 2,
            Crop::Upper => length - kept,
        }
    }
}

/// Where the kept part of an input starts along each axis, for a part of this shape.
pub(crate) fn starts(input: Shape, kept: Shape, cropping: &[Crop]) -> [usize; MAX_RANK] {
    std::array::from_fn(|axis| match (input.dims[axis], kept.dims[axis]) {
        (length, kept) if length > kept => Crop::of(cropping, axis).start(length, kept),
        _ => 0,
    })
}

/// Refuses inputs with other numbers of axes than the first, and more modes than there are axes.
#[track_caller]
const fn comparable(layer: &str, inputs: &[Shape], cropping: &[Crop]) {
    let mut i = 0;
    while i < inputs.len() {
        real(layer, inputs[i]);
        if inputs[i].rank != inputs[0].rank {
            differ(
                Message::new().text(layer).text(": needs inputs with the same number of axes"),
                inputs,
                i,
                "reshape one of them first",
            )
        }
        i += 1;
    }
    if cropping.len() > inputs[0].rank + 1 {
        Message::new()
            .text(layer)
            .text(": cropping has ")
            .number(cropping.len())
            .text(" modes, and its inputs have with the batch axis ")
            .number(inputs[0].rank + 1)
            .text(" axes; give each axis one")
            .panic()
    }
}

#[track_caller]
const fn differ(message: Message, inputs: &[Shape], other: usize, way_out: &str) -> ! {
    message
        .text("; input 1 is ")
        .shape(inputs[0])
        .text(", input ")
        .number(other + 1)
        .text(" is ")
        .shape(inputs[other])
        .text("; ")
        .text(way_out)
        .panic()
}

/// Elementwise merges: inputs of one shape, which is the output's. Along axes with a cropping the shortest counts;
/// else an axis of length 1 stands for as many equal elements as the other inputs have.
#[track_caller]
pub const fn elementwise(layer: &str, inputs: &[Shape], cropping: &[Crop]) -> Shape {
    comparable(layer, inputs, cropping);
    let mut dims = inputs[0].dims;
    let mut axis = 0;
    while axis < inputs[0].rank {
        let cropped = !matches!(Crop::of(cropping, axis), Crop::None);
        let mut i = 0;
        while i < inputs.len() {
            let length = inputs[i].dims[axis];
            if length < dims[axis] && cropped || dims[axis] == 1 && !cropped {
                dims[axis] = length;
            }
            i += 1;
        }
        i = 0;
        while i < inputs.len() {
            let length = inputs[i].dims[axis];
            if !cropped && length != 1 && length != dims[axis] {
                differ(
                    Message::new().text(layer).text(": needs inputs of one shape"),
                    inputs,
                    i,
                    "change one of them first, for example with a dense layer, or crop them with `cropping`",
                )
            }
            i += 1;
        }
        axis += 1;
    }
    Shape::new(dims.split_at(inputs[0].rank).0)
}

/// A sum with coefficients: as [`elementwise`]; there is a coefficient for each input, one for all, or none.
#[track_caller]
pub const fn elemwise_sum(inputs: &[Shape], coeffs: &[f64], cropping: &[Crop]) -> Shape {
    if coeffs.len() > 1 && coeffs.len() != inputs.len() {
        Message::new()
            .text("add: ")
            .number(coeffs.len())
            .text(" coeffs for ")
            .number(inputs.len())
            .text(" inputs; give one for each, or a single one for all")
            .panic()
    }
    elementwise("add", inputs, cropping)
}

/// A merge by a function: as [`elementwise`]; the function's derivative must be known.
#[track_caller]
pub const fn elemwise_merge(layer: &str, inputs: &[Shape], has_derivative: bool, cropping: &[Crop]) -> Shape {
    if !has_derivative {
        Message::new()
            .text(layer)
            .text(": a merge function of one's own needs its derivatives with respect to both numbers, for example ")
            .text("derivative = |a, b| (b, a) for a product")
            .panic()
    }
    elementwise(layer, inputs, cropping)
}

/// Concat: inputs that agree in all axes but `axis`, one after the other there. Axis 0 is the batch axis, and
/// negative ones count from the end. Along other axes with a cropping the shortest counts.
#[track_caller]
pub const fn concat(inputs: &[Shape], axis: isize, cropping: &[Crop]) -> Shape {
    let first = inputs[0];
    let at = axis_of_item(first, axis);
    if at >= first.rank {
        Message::new()
            .text("concat: axis = ")
            .signed(axis)
            .text(
                " is not an axis that can be joined; axis 0 is the batch, and the last axis of its input of ",
            )
            .shape(first)
            .text(" is ")
            .number(first.rank)
            .text(" or -1")
            .panic()
    }
    comparable("concat", inputs, cropping);
    let mut dims = first.dims;
    dims[at] = 0;
    let mut i = 0;
    while i < inputs.len() {
        let mut other = 0;
        while other < first.rank {
            let length = inputs[i].dims[other];
            if other == at {
                dims[other] += length;
            } else if !matches!(Crop::of(cropping, other), Crop::None) {
                if length < dims[other] {
                    dims[other] = length;
                }
            } else if length != first.dims[other] {
                let message = Message::new().text("concat: joins along axis ").signed(axis);
                differ(
                    message.text(", and all other axes must agree"),
                    inputs,
                    i,
                    "change one of them first, join along another axis, or crop them with `cropping`",
                )
            }
            other += 1;
        }
        i += 1;
    }
    Shape::new(dims.split_at(first.rank).0)
}
