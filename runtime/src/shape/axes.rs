//! The same elements under other axes, fewer of them, or more around them.

use super::*;

/// Flatten: keeps the first `outdim - 1` axes (the batch axis is the first) and joins the rest into one.
#[track_caller]
pub const fn flatten(input: Shape, outdim: usize) -> Shape {
    if outdim < 2 || outdim > input.rank + 1 {
        Message::new()
            .text("flatten: outdim = ")
            .number(outdim)
            .text(" is not possible for an input of ")
            .shape(input)
            .text("; with the batch axis it must be from 2 to ")
            .number(input.rank + 1)
            .panic()
    }
    let mut dims = input.dims;
    let mut axis = outdim - 1;
    while axis < input.rank {
        dims[outdim - 2] *= input.dims[axis];
        axis += 1;
    }
    let mut shape = Shape::new(dims.split_at(outdim - 1).0);
    shape.dtype = input.dtype;
    shape
}

/// The length of an axis that [`reshape`] makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// This one.
    Fixed(usize),
    /// That of the input's axis with this number; the batch axis is 0 and is not written.
    Input(usize),
    /// What the other axes leave.
    Rest,
}

/// Reshape: other axes over the same elements.
#[track_caller]
pub const fn reshape(input: Shape, lengths: &[Length]) -> Shape {
    let mut dims = [1; MAX_RANK];
    let mut rest = None;
    let mut i = 0;
    while i < lengths.len() {
        match lengths[i] {
            Length::Fixed(length) => dims[i] = length,
            Length::Input(axis) => {
                axis_of_input("reshape", input, axis);
                dims[i] = input.dims[axis - 1];
            }
            Length::Rest => {
                if rest.is_some() {
                    Message::new().text("reshape: only one axis can be -1, what the others leave").panic()
                }
                rest = Some(i);
            }
        }
        i += 1;
    }
    if let Some(axis) = rest {
        let others = product(&dims);
        if others > 0 && input.len().is_multiple_of(others) {
            dims[axis] = input.len() / others;
        } else if others > 0 {
            Message::new()
                .text("reshape: the axes beside -1 have ")
                .number(others)
                .text(" elements, which do not divide the ")
                .number(input.len())
                .text(" of its input of ")
                .shape(input)
                .text(" (the batch axis is not written)")
                .panic()
        }
    }
    let dims = dims.split_at(lengths.len()).0;
    let mut shape = Shape::new(dims);
    if shape.len() != input.len() {
        Message::new()
            .text("reshape: ")
            .numbers(dims)
            .text(" has ")
            .number(shape.len())
            .text(" elements, and its input of ")
            .shape(input)
            .text(" has ")
            .number(input.len())
            .text("; the two must agree (-1 stands for what the other axes leave; the batch axis is not written)")
            .panic()
    }
    shape.dtype = input.dtype;
    shape
}

/// Refuses the number of an axis that the input does not have, and that of the batch axis.
#[track_caller]
const fn axis_of_input(layer: &str, input: Shape, axis: usize) {
    if axis == 0 {
        Message::new()
            .text(layer)
            .text(": axis 0 is the batch axis, which stays first and is not written")
            .panic()
    }
    if axis > input.rank {
        Message::new()
            .text(layer)
            .text(": there is no axis ")
            .number(axis)
            .text(" in its input of ")
            .shape(input)
            .text("; the last is ")
            .number(input.rank)
            .text(" (the batch axis is 0)")
            .panic()
    }
}

/// One axis that [`dimshuffle`] makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// The input's axis with this number; the batch axis is 0 and is not written.
    Input(usize),
    /// A new one, of length 1.
    New,
}

/// Dimshuffle: the input's axes in another order, and new ones of length 1. Axes of length 1 may be left out.
#[track_caller]
pub const fn dimshuffle(input: Shape, pattern: &[Axis]) -> Shape {
    real("dimshuffle", input);
    let mut dims = [1; MAX_RANK];
    let mut used = [false; MAX_RANK];
    let mut i = 0;
    while i < pattern.len() {
        if let Axis::Input(axis) = pattern[i] {
            axis_of_input("dimshuffle", input, axis);
            if used[axis - 1] {
                Message::new()
                    .text("dimshuffle: axis ")
                    .number(axis)
                    .text(" is written twice; each axis has one place")
                    .panic()
            }
            used[axis - 1] = true;
            dims[i] = input.dims[axis - 1];
        }
        i += 1;
    }
    let mut axis = 0;
    while axis < input.rank {
        if !used[axis] && input.dims[axis] > 1 {
            Message::new()
                .text("dimshuffle: axis ")
                .number(axis + 1)
                .text(" of its input of ")
                .shape(input)
                .text(" has ")
                .number(input.dims[axis])
                .text(" elements and is left out; write it, as only axes of length 1 can be left out")
                .panic()
        }
        axis += 1;
    }
    Shape::new(dims.split_at(pattern.len()).0)
}

/// How many elements [`pad`] adds before and after each axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Widths {
    /// So many on both sides of all axes.
    All(usize),
    /// (before, after) for each of the first `count` axes that are padded.
    Each {
        /// The sides; those after `count` are 0.
        sides: [[usize; 2]; MAX_RANK],
        /// How many axes are named.
        count: usize,
    },
}

impl Widths {
    /// (before, after) for each axis.
    ///
    /// # Panics
    /// Panics if there are more than [`MAX_RANK`].
    #[track_caller]
    pub const fn each(given: &[[usize; 2]]) -> Self {
        at_most_max_rank("pad", given.len());
        let mut sides = [[0; 2]; MAX_RANK];
        sides.split_at_mut(given.len()).0.copy_from_slice(given);
        Widths::Each { sides, count: given.len() }
    }

    /// (before, after) for axis `axis` of an item, where the first `batch_ndim` axes, the batch axis among them, are
    /// not padded.
    pub(crate) const fn sides(&self, axis: usize, batch_ndim: usize) -> [usize; 2] {
        if axis + 1 < batch_ndim {
            return [0; 2];
        }
        match self {
            Widths::All(width) => [*width; 2],
            Widths::Each { sides, .. } => sides[axis + 1 - batch_ndim],
        }
    }
}

/// Pad: each axis from number `batch_ndim` on (the batch axis is 0) becomes longer by its two widths.
#[track_caller]
pub const fn pad(input: Shape, width: Widths, batch_ndim: usize) -> Shape {
    real("pad", input);
    if batch_ndim == 0 || batch_ndim > input.rank {
        Message::new()
            .text("pad: batch_ndim = ")
            .number(batch_ndim)
            .text(if batch_ndim == 0 { " would pad the batch axis" } else { " leaves no axis to be padded" })
            .text(" of its input of ")
            .shape(input)
            .text(
                "; it is how many axes come before those that are padded, the batch axis counted: from 1 to ",
            )
            .number(input.rank)
            .panic()
    }
    if let Widths::Each { count, .. } = width
        && count > input.rank + 1 - batch_ndim
    {
        Message::new()
            .text("pad: ")
            .number(count)
            .text(" widths are given, and after the first ")
            .number(batch_ndim)
            .text(" axes (batch_ndim), the batch axis counted, its input of ")
            .shape(input)
            .text(" has ")
            .number(input.rank + 1 - batch_ndim)
            .text(" more; give as many widths, or another batch_ndim")
            .panic()
    }
    let mut dims = input.dims;
    let mut axis = 0;
    while axis < input.rank {
        let [before, after] = width.sides(axis, batch_ndim);
        dims[axis] += before + after;
        axis += 1;
    }
    Shape::new(dims.split_at(input.rank).0)
}

/// Which elements [`slice()`] takes along its axis. Negative indices count from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indices {
    /// One; the axis is gone.
    One(isize),
    /// From `start` on, each `step` after the one before, and not as far as `end`. As in Python, without `start` or
    /// `end` from the first or to the last, and the other way round for a negative `step`.
    Range {
        /// The first index.
        start: Option<isize>,
        /// The index that is not reached.
        end: Option<isize>,
        /// The distance between two, not 0.
        step: isize,
    },
}

impl Indices {
    /// The first index, how many there are and their distance, along an axis of this length; `None` if an index lies
    /// beyond the axis, or there is none.
    pub(crate) const fn resolve(self, length: usize) -> Option<(usize, usize, isize)> {
        let length = length as isize;
        let (start, end, step) = match self {
            Indices::One(index) => (Some(index), None, 1),
            Indices::Range { start, end, step } => (start, end, step),
        };
        let first = match start {
            Some(start) if start < 0 => start + length,
            Some(start) => start,
            None if step < 0 => length - 1,
            None => 0,
        };
        let end = match end {
            _ if matches!(self, Indices::One(_)) => first + 1,
            Some(end) if end < 0 => end + length,
            Some(end) => end,
            None if step < 0 => -1,
            None => length,
        };
        let distance = if step < 0 { first - end } else { end - first };
        let lowest = if step < 0 { -1 } else { 0 };
        if step == 0 || first < 0 || first >= length || end < lowest || end > length || distance <= 0 {
            return None;
        }
        Some((first as usize, (distance as usize).div_ceil(step.unsigned_abs()), step))
    }
}

/// The axis of an item that `axis` means: the batch axis is 0, and negative ones count from the end.
pub(crate) const fn axis_of_item(input: Shape, axis: isize) -> usize {
    if axis < 0 { (input.rank as isize + axis) as usize } else { (axis - 1) as usize }
}

/// Slice: of one axis only these elements; an index without a range drops the axis.
#[track_caller]
pub const fn slice(input: Shape, indices: Indices, axis: isize) -> Shape {
    real("slice", input);
    let at = axis_of_item(input, axis);
    if at >= input.rank {
        Message::new()
            .text("slice: axis = ")
            .signed(axis)
            .text(
                " is not an axis that can be sliced; axis 0 is the batch, and the last axis of its input of ",
            )
            .shape(input)
            .text(" is ")
            .number(input.rank)
            .text(" or -1")
            .panic()
    }
    let length = input.dims[at];
    let Some((_, count, _)) = indices.resolve(length) else { outside(input, at, indices) };
    let mut dims = [1; MAX_RANK];
    let mut rank = 0;
    let mut i = 0;
    while i < input.rank {
        if i != at || !matches!(indices, Indices::One(_)) {
            dims[rank] = if i == at { count } else { input.dims[i] };
            rank += 1;
        }
        i += 1;
    }
    Shape::new(dims.split_at(rank).0)
}

/// Says what is wrong with the indices of [`slice()`].
#[track_caller]
const fn outside(input: Shape, axis: usize, indices: Indices) -> ! {
    let mut message = Message::new().text("slice: ");
    match indices {
        Indices::One(index) => message = message.text("the index ").signed(index).text(" lies outside"),
        Indices::Range { step: 0, .. } => message = message.text("a step of 0 goes nowhere on"),
        Indices::Range { start, end, step } => {
            message = message.text("the range ");
            if let Some(start) = start {
                message = message.signed(start);
            }
            message = message.text("..");
            if let Some(end) = end {
                message = message.signed(end);
            }
            if step != 1 {
                message = message.text(" by ").signed(step);
            }
            message = message.text(" is empty or goes beyond");
        }
    }
    message
        .text(" axis ")
        .number(axis + 1)
        .text(" of its input of ")
        .shape(input)
        .text(", which is of length ")
        .number(input.dims[axis])
        .panic()
}
