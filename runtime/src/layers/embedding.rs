//! Vectors for words and classes.

use crate::cpu::pieces::{chunk, each, read, write};
use crate::device::{Cpu, Device};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::{Builder, Parameter, Parameters, Tags};
use crate::shape::ParameterShapes;
use crate::{Real, Shape, shape};

/// `embedding(input_size, output_size, w = normal)`: for each number of its input the row of `w` with that number.
///
/// (axes...) of `dtype = i32` -> (axes..., output_size). The numbers must be at least 0 and below `input_size`;
/// others are an [`InputError::Number`](crate::InputError::Number). There is no gradient with respect to them.
/// `input_size` is at most 2^24.
#[derive(Clone, Copy, Debug)]
pub struct Embedding {
    /// How many different numbers there are.
    pub input_size: usize,
    /// The length of each number's vector.
    pub output_size: usize,
    /// Initial vectors. Default `normal` (standard deviation 0.01).
    pub w: Init,
}

impl Embedding {
    /// What the text need not say.
    pub const DEFAULT: Self =
        Embedding { input_size: 0, output_size: 0, w: Init::Normal { std: 0.01, mean: 0.0 } };

    /// See [`shape::embedding`] and [`shape::init`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::init("embedding", "w", self.w, 2);
        shape::embedding(input, self.input_size, self.output_size)
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, _: Shape) -> ParameterShapes {
        ParameterShapes::new().with("w", &[self.input_size, self.output_size])
    }
}

/// The parameters of [`Embedding`].
#[derive(Clone, Debug, Parameters)]
pub struct EmbeddingParameters<T: Real, D: Device = Cpu> {
    /// Vectors (numbers, elements).
    pub w: Parameter<T, D>,
}

impl Layer for Embedding {
    type Parameters<T: Real, D: Device> = EmbeddingParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        _: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> EmbeddingParameters<T, D> {
        let shape = [self.input_size, self.output_size];
        EmbeddingParameters { w: builder.parameter("w", &shape, self.w, Tags::WEIGHT) }
    }

    fn input_size(&self) -> Option<usize> {
        Some(self.input_size)
    }
}

/// A whole number that is kept as a real one.
fn index<T: Real>(number: T) -> usize {
    number.to_usize().expect("the network checks the numbers of its inputs")
}

impl<T: Real> Compute<T, Cpu> for Embedding {
    type Memory = ();

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &EmbeddingParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        let (len, w) = (self.output_size, parameters.w.slice());
        let chunk = chunk(y.values.len(), len);
        each((write(y.values, chunk), read(x.values, chunk / len)), |_, (y, x)| {
            for (y, &number) in y.chunks_exact_mut(len).zip(x) {
                y.copy_from_slice(&w[index(number) * len..][..len]);
            }
        });
    }

    /// Each piece of the table looks for its own rows among all numbers: the order of the sums is theirs.
    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        _: &EmbeddingParameters<T>,
        gradients: &mut EmbeddingParameters<T>,
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let ([x], dy) = (signals.inputs, &*signals.output_gradient.values);
        let (len, table) = (self.output_size, gradients.w.slice_mut());
        let chunk = chunk(table.len(), len);
        each(write(table, chunk), |piece, rows| {
            rows.fill(T::zero());
            let first = piece * chunk / len;
            for (dy, &number) in dy.chunks_exact(len).zip(x.values) {
                let row = index(number)
                    .checked_sub(first)
                    .and_then(|row| rows.get_mut(row * len..)?.get_mut(..len));
                if let Some(row) = row {
                    row.iter_mut().zip(dy).for_each(|(sum, &value)| *sum += value);
                }
            }
        });
    }
}
