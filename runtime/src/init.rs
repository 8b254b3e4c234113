//! Initial values of parameters, with Lasagne's formulas.

use rand_distr::{Distribution, Normal, StandardNormal, Uniform};

use crate::random::Stream;

/// How the initial values of a parameter are drawn.
///
/// In a network's text it is written as in Lasagne, in Rust's spelling: `w = he_normal(gain = relu)`,
/// `b = constant(0.1)`, `b = none`. Those that look at two axes (of Glorot, He, orthogonal and sparse ones) are for
/// parameters that have them, which the compiler checks: weights, but not biases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// `constant(value)`: all the same. Default value 0.
    Constant(f64),
    /// `normal(std, mean)`: Gaussian. Defaults: std 0.01, mean 0.
    Normal {
        /// Standard deviation.
        std: f64,
        /// Mean.
        mean: f64,
    },
    /// `uniform(range)`: evenly in [-range, range], or `uniform((low, high))`. Default range 0.01. With `std`, and
    /// `mean` if it is not 0, instead so that the values have this deviation: see
    /// [`uniform_of_std`](Self::uniform_of_std).
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// `glorot_uniform(gain)`: uniform with the standard deviation `gain sqrt(2 / ((n1 + n2) f))`, where n1 and
    /// n2 are the first two axes (units, or channels of a convolution) and f the elements of the other axes.
    /// Default gain 1. Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    /// networks" (AISTATS 2010).
    GlorotUniform {
        /// Factor of the standard deviation; `relu` stands for sqrt(2).
        gain: f64,
    },
    /// `glorot_normal(gain)`: Gaussian with the same standard deviation.
    GlorotNormal {
        /// Factor of the standard deviation; `relu` stands for sqrt(2).
        gain: f64,
    },
    /// `he_uniform(gain)`: uniform with the standard deviation `gain sqrt(1 / fan_in)`; fan_in is the first axis
    /// of a matrix, the product of all but the first of a convolution's filters. Default gain 1. He, Zhang, Ren
    /// and Sun, "Delving deep into rectifiers" (ICCV 2015).
    HeUniform {
        /// Factor of the standard deviation; `relu` stands for sqrt(2).
        gain: f64,
    },
    /// `he_normal(gain)`: Gaussian with the same standard deviation.
    HeNormal {
        /// Factor of the standard deviation; `relu` stands for sqrt(2).
        gain: f64,
    },
    /// `orthogonal(gain)`: a random matrix with orthonormal rows or columns, whichever are fewer, times gain;
    /// axes after the first are taken as one. Default gain 1. Saxe, McClelland and Ganguli, "Exact solutions to
    /// the nonlinear dynamics of learning in deep linear neural networks" (2013).
    Orthogonal {
        /// Factor of the matrix; `relu` stands for sqrt(2).
        gain: f64,
    },
    /// `sparse(sparsity, std)`: in each column of a matrix a share of `sparsity` of the values is Gaussian, the others zero;
    /// for weights of two axes alone. Defaults: sparsity 0.1, std 0.01.
    Sparse {
        /// The share of values that are not zero.
        sparsity: f64,
        /// Standard deviation of these.
        std: f64,
    },
}

/// Where a layer takes a value from that is either a parameter or computed by the network: in its text an init, or a
/// name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InitOrInput {
    /// A parameter with these initial values.
    Init(Init),
    /// One of the layer's inputs, by its place among them.
    Input(usize),
}

const SQRT_3: f64 = 1.732_050_807_568_877_2;

impl Init {
    /// `uniform(std = ..., mean = 0)`: evenly in `mean` plus and minus `sqrt(3) std`.
    pub const fn uniform_of_std(std: f64, mean: f64) -> Self {
        let half = SQRT_3 * std;
        Init::Uniform { low: mean - half, high: mean + half }
    }

    /// Draws the values of a parameter of this shape, in row-major order.
    pub(crate) fn sample(self, shape: &[usize], stream: &mut Stream) -> Vec<f64> {
        let len = shape.iter().product();
        match self {
            Init::Constant(value) => vec![value; len],
            Init::Normal { std, mean } => normal(std, mean, len, stream),
            Init::Uniform { low, high } => uniform(low, high, len, stream),
            Init::GlorotUniform { gain } => uniform_of_std(gain * glorot(shape), len, stream),
            Init::GlorotNormal { gain } => normal(gain * glorot(shape), 0.0, len, stream),
            Init::HeUniform { gain } => uniform_of_std(gain * he(shape), len, stream),
            Init::HeNormal { gain } => normal(gain * he(shape), 0.0, len, stream),
            Init::Orthogonal { gain } => orthogonal(gain, shape, stream),
            Init::Sparse { sparsity, std } => sparse(sparsity, std, shape, stream),
        }
    }
}

/// `sqrt(2 / ((n1 + n2) f))`.
fn glorot(shape: &[usize]) -> f64 {
    let (first, field) = shape.split_at(shape.len().min(2));
    (2.0 / (first.iter().sum::<usize>() * field.iter().product::<usize>()) as f64).sqrt()
}

/// `sqrt(1 / fan_in)`.
fn he(shape: &[usize]) -> f64 {
    let fan_in = if shape.len() > 2 { shape[1..].iter().product() } else { shape[0] };
    (1.0 / fan_in as f64).sqrt()
}

fn normal(std: f64, mean: f64, len: usize, stream: &mut Stream) -> Vec<f64> {
    let normal = Normal::new(mean, std).expect("the text's standard deviation is a number");
    normal.sample_iter(stream).take(len).collect()
}

fn uniform(low: f64, high: f64, len: usize, stream: &mut Stream) -> Vec<f64> {
    let uniform = Uniform::new_inclusive(low.min(high), high.max(low)).expect("the text's range is finite");
    uniform.sample_iter(stream).take(len).collect()
}

fn uniform_of_std(std: f64, len: usize, stream: &mut Stream) -> Vec<f64> {
    let half = SQRT_3 * std;
    uniform(-half, half, len, stream)
}

/// Gram and Schmidt's method over Gaussian vectors, each orthogonalised twice: the second pass removes what
/// rounding left of the first ("twice is enough", Giraud, Langou and Rozložník 2005).
fn orthogonal(gain: f64, shape: &[usize], stream: &mut Stream) -> Vec<f64> {
    let (rows, columns) = (shape[0], shape[1..].iter().product::<usize>());
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    while vectors.len() < count {
        let mut vector: Vec<f64> = StandardNormal.sample_iter(&mut *stream).take(length).collect();
        for earlier in vectors.iter().chain(vectors.iter()) {
            let along: f64 = earlier.iter().zip(&vector).map(|(a, b)| a * b).sum();
            vector.iter_mut().zip(earlier).for_each(|(value, e)| *value -= along * e);
        }
        let norm = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
        vector.iter_mut().for_each(|value| *value /= norm);
        vectors.push(vector);
    }
    let at = |row: usize, column: usize| {
        if rows <= columns { vectors[row][column] } else { vectors[column][row] }
    };
    (0..rows * columns).map(|i| gain * at(i / columns, i % columns)).collect()
}

fn sparse(sparsity: f64, std: f64, shape: &[usize], stream: &mut Stream) -> Vec<f64> {
    let (inputs, units) = (shape[0], shape[1..].iter().product::<usize>());
    let count = (sparsity * inputs as f64) as usize;
    let mut values = vec![0.0; inputs * units];
    for unit in 0..units {
        let drawn = normal(std, 0.0, count, stream);
        let rows = rand::seq::index::sample(stream, inputs, count.min(inputs));
        for (row, value) in rows.into_iter().zip(drawn) {
            values[row * units + unit] = value;
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn sample(init: Init, shape: &[usize]) -> Vec<f64> {
        init.sample(shape, &mut Stream::from(Random::new(7)))
    }

    fn deviation(values: &[f64]) -> f64 {
        (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
    }

    #[test]
    fn spreads_follow_the_formulas() {
        let dense = [400, 200];
        let filters = [40, 20, 5, 5];
        for (init, shape, std) in [
            (Init::Normal { std: 0.5, mean: 0.0 }, &dense[..], 0.5),
            (Init::GlorotUniform { gain: 1.0 }, &dense, (2.0_f64 / 600.0).sqrt()),
            (Init::GlorotNormal { gain: 2.0 }, &dense, 2.0 * (2.0_f64 / 600.0).sqrt()),
            (Init::GlorotUniform { gain: 1.0 }, &filters, (2.0_f64 / (60.0 * 25.0)).sqrt()),
            (Init::HeUniform { gain: 1.0 }, &dense, (1.0_f64 / 400.0).sqrt()),
            (Init::HeNormal { gain: 2.0_f64.sqrt() }, &filters, (2.0_f64 / 500.0).sqrt()),
        ] {
            let found = deviation(&sample(init, shape));
            assert!((found / std - 1.0).abs() < 0.03, "{init:?}: {found}, not {std}");
        }
    }

    #[test]
    fn uniform_stays_in_its_range() {
        let values = sample(Init::Uniform { low: -0.2, high: 0.6 }, &[1000]);
        assert!(values.iter().all(|value| (-0.2..=0.6).contains(value)));
        assert!((values.iter().sum::<f64>() / 1000.0 - 0.2).abs() < 0.03);
    }

    #[test]
    fn orthogonal_rows_or_columns_are_orthonormal() {
        for (rows, columns) in [(7, 12), (12, 7), (5, 5)] {
            let values = sample(Init::Orthogonal { gain: 2.0 }, &[rows, columns]);
            let at = |row: usize, column: usize| values[row * columns + column];
            let count = rows.min(columns);
            for a in 0..count {
                for b in 0..count {
                    let product: f64 = if rows <= columns {
                        (0..columns).map(|i| at(a, i) * at(b, i)).sum()
                    } else {
                        (0..rows).map(|i| at(i, a) * at(i, b)).sum()
                    };
                    assert!((product - if a == b { 4.0 } else { 0.0 }).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn sparse_fills_its_share_of_each_column() {
        let values = sample(Init::Sparse { sparsity: 0.25, std: 1.0 }, &[40, 6]);
        for unit in 0..6 {
            assert_eq!((0..40).filter(|row| values[row * 6 + unit] != 0.0).count(), 10);
        }
    }
}
