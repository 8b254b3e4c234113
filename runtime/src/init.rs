//! Initial values of parameters, with Lasagne's formulas.

use rand_distr::{Distribution, Normal, StandardNormal, Uniform};

use crate::random::Stream;

/// How the initial values of a parameter are drawn.
///
/// In a network's text it is written as in Lasagne, in Rust's spelling: `w = he_normal(gain = relu)`,
/// `b = constant(0.1)`, `b = none`. Those that look at two axes (of Glorot, He, orthogonal and sparse ones) are for
/// parameters that have them, which the compiler checks: weights, but not biases.
///
/// A constant of this type may stand in their place. Values by a rule of your own are an array, given to the network once
/// it is made: see [`Parameter::set`](crate::Parameter::set).
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
    use rand::RngExt;

    use super::*;
    use crate::random::Random;

    fn sample(init: Init, shape: &[usize]) -> Vec<f64> {
        init.sample(shape, &mut Stream::from(Random::new(7)))
    }

    fn deviation(values: &[f64]) -> f64 {
        (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
    }

    /// Shapes of matrices and filters, and gains.
    fn draws() -> impl Iterator<Item = (Vec<usize>, f64)> {
        let mut stream = Stream::from(Random::new(11));
        (0..200).map(move |_| {
            let shape: Vec<usize> = match stream.random_range(0..3) {
                0 => (0..2).map(|_| stream.random_range(1..120)).collect(),
                1 => (0..3).map(|_| stream.random_range(1..25)).collect(),
                _ => (0..4).map(|_| stream.random_range(1..12)).collect(),
            };
            (shape, stream.random_range(0.1..3.0))
        })
    }

    /// Whether values are as if drawn independently with mean 0 and this deviation: their mean, their deviation, their fourth
    /// moment over the square of the second, and their correlation with the next are within five standard errors. The
    /// moments of the distribution have order 4 and 8.
    fn assert_drawn(what: &str, values: &[f64], std: f64, [fourth, eighth]: [f64; 2]) {
        let root = (values.len() as f64).sqrt();
        let scaled: Vec<f64> = values.iter().map(|value| value / std).collect();
        let mean = |power: i32| scaled.iter().map(|value| value.powi(power)).sum::<f64>() / (root * root);
        let near = |name: &str, found: f64, expected: f64, error: f64| {
            assert!((found - expected).abs() < 5.0 * error / root, "{what}, {name}: {found}, not {expected}");
        };
        near("mean", mean(1), 0.0, 1.0);
        near("variance", mean(2), 1.0, (fourth - 1.0).sqrt());
        near("fourth moment", mean(4), fourth, (eighth - fourth * fourth).sqrt());
        let next = scaled.iter().zip(&scaled[1.min(scaled.len())..]).map(|(a, b)| a * b).sum::<f64>();
        near("correlation", next / (root * root), 0.0, 1.0);
    }

    /// The fourth and eighth moments of a uniform and of a normal distribution of deviation 1.
    const UNIFORM: [f64; 2] = [9.0 / 5.0, 9.0];
    const NORMAL: [f64; 2] = [3.0, 105.0];

    #[test]
    fn drawn_inits_have_the_moments_of_their_formulas() {
        let mut longest = 0;
        for (shape, gain) in draws() {
            let field: usize = shape[2..].iter().product();
            let of_glorot = gain * (2.0 / ((shape[0] + shape[1]) * field) as f64).sqrt();
            let fan_in = if shape.len() == 2 { shape[0] } else { shape[1..].iter().product() };
            let of_he = gain / (fan_in as f64).sqrt();
            for (init, std, moments) in [
                (Init::Normal { std: gain, mean: 0.0 }, gain, NORMAL),
                (Init::uniform_of_std(gain, 0.0), gain, UNIFORM),
                (Init::Uniform { low: -gain, high: gain }, gain / SQRT_3, UNIFORM),
                (Init::GlorotUniform { gain }, of_glorot, UNIFORM),
                (Init::GlorotNormal { gain }, of_glorot, NORMAL),
                (Init::HeUniform { gain }, of_he, UNIFORM),
                (Init::HeNormal { gain }, of_he, NORMAL),
            ] {
                let values = sample(init, &shape);
                assert_eq!(values.len(), shape.iter().product::<usize>());
                // Of a few values five standard errors are not rare.
                if values.len() >= 1000 {
                    assert_drawn(&format!("{init:?} of {shape:?}"), &values, std, moments);
                    longest += 1;
                }
                if moments == UNIFORM {
                    assert!(values.iter().all(|value| value.abs() <= SQRT_3 * std * (1.0 + 1e-12)));
                }
            }
        }
        assert!(longest > 300, "{longest} draws had many values");
    }

    #[test]
    fn means_move_the_values() {
        let shape = [60, 70];
        for (init, std, moments) in [
            (Init::Normal { std: 0.5, mean: -2.0 }, 0.5, NORMAL),
            (Init::uniform_of_std(0.5, -2.0), 0.5, UNIFORM),
            (Init::Uniform { low: -3.0, high: -1.0 }, 1.0 / SQRT_3, UNIFORM),
        ] {
            let values: Vec<f64> = sample(init, &shape).iter().map(|value| value + 2.0).collect();
            assert_drawn(&format!("{init:?}"), &values, std, moments);
        }
    }

    #[test]
    fn orthogonal_rows_or_columns_are_orthonormal_times_the_gain() {
        for (shape, gain) in draws() {
            let (rows, columns) = (shape[0], shape[1..].iter().product::<usize>());
            let values = sample(Init::Orthogonal { gain }, &shape);
            let at = |row: usize, column: usize| values[row * columns + column];
            let (count, len) = (rows.min(columns), rows.max(columns));
            for a in 0..count {
                for b in 0..=a {
                    let product: f64 = if rows <= columns {
                        (0..len).map(|i| at(a, i) * at(b, i)).sum()
                    } else {
                        (0..len).map(|i| at(i, a) * at(i, b)).sum()
                    };
                    let expected = if a == b { gain * gain } else { 0.0 };
                    assert!((product - expected).abs() < 1e-12 * gain * gain, "{shape:?}: {product}");
                }
            }
        }
    }

    #[test]
    fn orthogonal_matrices_have_no_direction() {
        // Elements of an orthogonal matrix of 40 rows, any direction being as likely, have mean 0 and variance 1 / 40.
        let mut stream = Stream::from(Random::new(3));
        let matrices = (0..50).map(|_| Init::Orthogonal { gain: 1.0 }.sample(&[40, 40], &mut stream));
        let elements: Vec<f64> = matrices.map(|values| values[41]).collect();
        let mean = elements.iter().sum::<f64>() / 50.0;
        assert!(mean.abs() < 5.0 / (50.0_f64 * 40.0).sqrt(), "{mean}");
        assert!((deviation(&elements) * 40.0_f64.sqrt() - 1.0).abs() < 0.5, "{elements:?}");
    }

    #[test]
    fn sparse_fills_its_share_of_each_column() {
        let mut all = Vec::new();
        for (shape, std) in draws().filter(|(shape, _)| shape.len() == 2) {
            let sparsity = std / 3.0;
            let values = sample(Init::Sparse { sparsity, std }, &shape);
            let filled = |column: usize| {
                values.iter().skip(column).step_by(shape[1]).filter(|&&value| value != 0.0).count()
            };
            let count = (sparsity * shape[0] as f64).floor() as usize;
            assert!((0..shape[1]).all(|column| filled(column) == count), "{sparsity} of {shape:?}");
            all.extend(values.iter().filter(|&&value| value != 0.0).map(|value| value / std));
        }
        assert_drawn("values that are not zero", &all, 1.0, NORMAL);

        // Each row gets its share of them: 250 with a standard deviation of 14.
        let values = sample(Init::Sparse { sparsity: 0.25, std: 1.0 }, &[40, 1000]);
        let of_rows = values.chunks(1000).map(|row| row.iter().filter(|&&value| value != 0.0).count());
        assert!(
            of_rows.clone().all(|count| (180..320).contains(&count)),
            "{:?}",
            of_rows.collect::<Vec<_>>()
        );
    }
}
