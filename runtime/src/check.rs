//! Gradients checked against finite differences.

use rand::RngExt;

use crate::Cpu;
use crate::arrays::Arrays;
use crate::heads::Heads;
use crate::network::{InputError, Network, Training};
use crate::random::{Random, Stream};

/// Compares the gradients of a network in training with central finite differences: those of all trainable
/// parameters and those of all inputs of real numbers, for a random linear function of the outputs as loss.
///
/// Use it for layers of your own: put the layer into a small `f64` network. Random layers are no obstacle, as all
/// passes see the same numbers. Away from kinks of the functions (`relu` at 0) a difference of 1e-7, relative to
/// the larger of 1 and the gradient, is what rounding and curvature leave.
///
/// ```
/// use layercake::check;
/// use layercake::prelude::*;
/// use ndarray::Array2;
///
/// network! { struct Small < input(4) => dense(5, tanh) => dropout(0.3) => dense(3, softmax) > }
///
/// let x = Array2::from_shape_fn((6, 4), |(item, feature)| (item as f64 - feature as f64).sin());
/// check::gradients(&mut Small::new(1), &x, 1e-7)?;
/// # Ok::<(), check::GradientMismatch>(())
/// ```
///
/// The network's parameters are afterwards as before, but its running averages, if it has some, have followed the
/// many passes: check one that you do not train.
///
/// # Errors
/// If a gradient differs by more than `tolerance`, the first that does.
pub fn gradients<N>(network: &mut N, inputs: &N::OwnedInputs, tolerance: f64) -> Result<(), GradientMismatch>
where
    N: Network<Real = f64, Device = Cpu>,
{
    let mut training = network.training(1);
    let mut stream = Stream::from(Random::new(0xC4EC));
    network.forward_training(&mut training, inputs.views())?;
    let mut upstream = training.outputs.get();
    upstream.visit_mut(&mut |elements| elements.fill_with(|| stream.random_range(-1.0..1.0)));
    let mut check = Check { network, training, upstream };

    check.loss(inputs)?;
    check.training.outputs.set_gradients(&check.upstream).expect("gradients of the outputs' own shapes");
    let input_gradients = check.network.backward_to_inputs(&mut check.training).elements();
    let gradients = check.training.gradients.parameter_values();

    for (number, gradient) in gradients.iter().enumerate() {
        if !check.network.parameters()[number].tags().trainable {
            continue;
        }
        for (place, &found) in gradient.iter().enumerate() {
            let value = check.parameter(number, place);
            let expected = difference(value, |value| {
                check.set_parameter(number, place, value);
                check.loss(inputs)
            })?;
            check.set_parameter(number, place, value);
            let of = || format!("the parameter `{}`", check.network.parameters()[number].name());
            compare(of, place, expected, found, tolerance)?;
        }
    }
    let values = inputs.elements();
    for (place, &found) in input_gradients.iter().enumerate() {
        let expected = difference(values[place], |value| check.loss(&with(inputs, place, value)))?;
        compare(|| String::from("the inputs"), place, expected, found, tolerance)?;
    }
    Ok(())
}

/// A gradient that is not what finite differences say, or a network that could not be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GradientMismatch {
    /// A gradient differs.
    #[error(
        "the gradient with respect to {of}, element {place}, is {found}; finite differences give {expected}"
    )]
    Gradient {
        /// The array: a parameter's name, or the inputs.
        of: String,
        /// The element, counted in row-major order.
        place: usize,
        /// What finite differences give.
        expected: f64,
        /// What the backward pass gives.
        found: f64,
    },
    /// The inputs do not fit.
    #[error(transparent)]
    Input(#[from] InputError),
}

struct Check<'a, N: Network> {
    network: &'a mut N,
    training: Training<N>,
    upstream: <N::Heads as Heads>::Outputs,
}

impl<N: Network<Real = f64, Device = Cpu>> Check<'_, N> {
    /// The sum of the outputs times `upstream`, always with the same random numbers.
    fn loss(&mut self, inputs: &N::OwnedInputs) -> Result<f64, InputError> {
        self.training.random = Random::new(1);
        self.network.forward_training(&mut self.training, inputs.views())?;
        let outputs = self.training.outputs.get().elements();
        Ok(outputs.iter().zip(self.upstream.elements()).map(|(output, upstream)| output * upstream).sum())
    }

    fn parameter(&self, number: usize, place: usize) -> f64 {
        self.network.parameters()[number].slice()[place]
    }

    fn set_parameter(&mut self, number: usize, place: usize, value: f64) {
        self.network.parameters_mut()[number].slice_mut()[place] = value;
    }
}

/// The central difference of `loss` at `value`.
fn difference(value: f64, mut loss: impl FnMut(f64) -> Result<f64, InputError>) -> Result<f64, InputError> {
    let step = 1e-5 * value.abs().max(1.0);
    Ok((loss(value + step)? - loss(value - step)?) / (2.0 * step))
}

/// The arrays with one element changed.
fn with<A: Arrays<f64>>(arrays: &A, place: usize, value: f64) -> A {
    let mut changed = arrays.clone();
    let mut start = 0;
    changed.visit_mut(&mut |elements| {
        if (start..start + elements.len()).contains(&place) {
            elements[place - start] = value;
        }
        start += elements.len();
    });
    changed
}

fn compare(
    of: impl Fn() -> String,
    place: usize,
    expected: f64,
    found: f64,
    tolerance: f64,
) -> Result<(), GradientMismatch> {
    // Also false for NaN.
    if (found - expected).abs() <= tolerance * expected.abs().max(1.0) {
        return Ok(());
    }
    Err(GradientMismatch::Gradient { of: of(), place, expected, found })
}
