//! What happens to an image's sums: bias and nonlinearity.

use crate::cpu::gemm::Epilogue;
use crate::cpu::isa::{Work, isa};
use crate::cpu::map;
use crate::layers::normalized::Channels;
use crate::nonlinearities::Nonlinearity;
use crate::{Real, Shape};

/// Bias and nonlinearity for the sums of one image. A row is a filter, a column a position.
#[derive(Clone, Copy)]
pub struct Finish<'a, T> {
    /// What is multiplied and added to each filter's sums before the nonlinearity, of a normalization; empty without.
    norm: Channels<'a, T>,
    biases: &'a [T],
    untied: bool,
    nonlinearity: Nonlinearity,
    positions: usize,
    /// Elements along the output's last axis, over which softmax goes.
    last: usize,
}

impl<'a, T: Real> Finish<'a, T> {
    /// For outputs of this shape; without biases if they are none.
    pub fn new(biases: &'a [T], untie_biases: bool, nonlinearity: Nonlinearity, output: Shape) -> Self {
        Finish {
            norm: Channels::NONE,
            biases,
            untied: untie_biases && !biases.is_empty(),
            nonlinearity,
            positions: output.len() / output.dim(0),
            last: output.dim(output.rank() - 1),
        }
    }

    /// The same with a normalization between biases and nonlinearity, which is this one.
    pub fn normalized(self, norm: Channels<'a, T>, nonlinearity: Nonlinearity) -> Self {
        Finish { norm, nonlinearity, ..self }
    }

    /// The same for the filters from this one on.
    pub fn at_filter(self, filter: usize) -> Self {
        let first = if self.untied { filter * self.positions } else { filter };
        let biases = self.biases.get(first..).unwrap_or_default();
        Finish { biases, norm: self.norm.from(filter), ..self }
    }

    /// What cannot be done piece by piece: a nonlinearity of whole lines.
    pub fn lines(&self, y: &mut [T]) {
        if !self.nonlinearity.is_elementwise() {
            self.nonlinearity.apply(self.last, y);
        }
    }

    /// All of an image, whose sums are already there.
    pub fn image(&self, y: &mut [T]) {
        self.apply_rows(0, 0, [self.positions; 2], y);
        self.lines(y);
    }

    /// From the gradient with respect to one image's output to that with respect to its sums.
    pub fn backward(&self, y: &[T], gradient: &mut [T]) {
        backward(self.nonlinearity, self.last, y, gradient);
    }
}

/// From the gradient with respect to the values of a nonlinearity to that with respect to its sums.
pub fn backward<T: Real>(nonlinearity: Nonlinearity, row: usize, values: &[T], gradient: &mut [T]) {
    isa().run(Slopes { nonlinearity, row, values, gradient });
}

struct Slopes<'a, T> {
    nonlinearity: Nonlinearity,
    row: usize,
    values: &'a [T],
    gradient: &'a mut [T],
}

impl<T: Real> Work for Slopes<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.nonlinearity.backward(self.row, self.values, self.gradient);
    }
}

/// Pieces of some filters' sums, to be finished.
struct Pieces<'a, T> {
    finish: &'a Finish<'a, T>,
    filter: usize,
    start: usize,
    lie: [usize; 2],
    sums: &'a mut [T],
}

impl<T: Real> Work for Pieces<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Pieces { finish, filter, start, lie, sums } = self;
        finish.apply_rows(filter, start, lie, sums);
    }
}

/// The same finish for sums that come in long pieces: each is worth a change to the best vector instructions.
pub struct InPieces<'a, T>(pub Finish<'a, T>);

impl<T: Real> Epilogue<T> for InPieces<'_, T> {
    fn apply(&self, filter: usize, start: usize, sums: &mut [T]) {
        let len = sums.len();
        self.apply_rows(filter, start, [len; 2], sums);
    }

    fn apply_rows(&self, filter: usize, start: usize, lie: [usize; 2], sums: &mut [T]) {
        isa().run(Pieces { finish: &self.0, filter, start, lie, sums });
    }
}

impl<T: Real> Epilogue<T> for Finish<'_, T> {
    #[inline(always)]
    fn apply(&self, row: usize, column: usize, values: &mut [T]) {
        if self.untied {
            let biases = &self.biases[row * self.positions + column..];
            values.iter_mut().zip(biases).for_each(|(value, &bias)| *value += bias);
        } else if let Some(&bias) = self.biases.get(row) {
            values.iter_mut().for_each(|value| *value += bias);
        }
        if let Some((scale, offset)) = self.norm.at(row) {
            values.iter_mut().for_each(|value| *value = *value * scale + offset);
        }
        if self.nonlinearity.is_elementwise() {
            self.nonlinearity.apply(1, values);
        }
    }
}

/// Adds one image's gradient with respect to the biases: tied ones get the sum over their positions.
pub fn add_bias_gradients<T: Real>(sums: &[T], biases: &mut [T]) {
    if !biases.is_empty() {
        isa().run(AddTo { sums, biases });
    }
}

struct AddTo<'a, T> {
    sums: &'a [T],
    biases: &'a mut [T],
}

impl<T: Real> Work for AddTo<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let positions = self.sums.len() / self.biases.len();
        for (bias, sums) in self.biases.iter_mut().zip(self.sums.chunks_exact(positions)) {
            let [sum] = map::sums([sums], |[value]| [value]);
            *bias += sum;
        }
    }
}
