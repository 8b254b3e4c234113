//! Sequences of any length up to a stated one: a network gives for each length what a network gives whose text has
//! that length.

use layercake::prelude::*;
use layercake::shape::Lengths;
use layercake::{Arrays, Heads, InputError};
use layercake_tests::training::{values, words};
use ndarray::{Array2, Array3, Array4};

/// Outputs, gradients of inputs and parameters of one step, and the outputs in inference.
fn results<N: Network<Real = f64, Device = Cpu>>(
    net: &mut N,
    training: &mut Training<N>,
    inputs: &N::OwnedInputs,
) -> (Vec<f64>, Vec<f64>, N::Outputs, Vec<Vec<f64>>) {
    training.random = layercake::random::Random::new(3);
    net.forward_training(training, inputs.views()).unwrap();
    let y = training.outputs.get();
    let mut dy = y.clone();
    dy.visit_mut(&mut |elements| elements.copy_from_slice(values(elements.len()).as_slice().unwrap()));
    training.outputs.set_gradients(&dy).unwrap();
    let of_inputs = net.backward_to_inputs(training).elements();
    let gradients = training.gradients.parameters();
    let gradients = gradients.iter().filter(|gradient| gradient.tags().trainable);
    let gradients = gradients.map(|gradient| gradient.slice().to_vec()).collect();
    (net.forward(inputs.views()).unwrap().elements(), of_inputs, y, gradients)
}

/// Defines a network of any length and, for each of some lengths, a network of that length, and compares the two. The
/// lengths go up and down, so that all memory is used again.
macro_rules! same_as_fixed {
    ($name:ident, |$length:ident| $inputs:expr; $lengths:tt [$($fixed:literal)*]; $($network:tt)*) => {
        #[test]
        fn $name() {
            same_as_fixed!(@define Any, $lengths, $($network)*);
            let mut any = Any::<f64>::new(7);
            let mut training = any.training(1);
            let mut inference = any.inference();
            $({
                const FIXED: usize = $fixed;
                same_as_fixed!(@define Fixed, FIXED, $($network)*);
                let mut fixed = Fixed::<f64>::new(7);
                let $length = $fixed;
                let inputs = $inputs;
                let (found, expected) = {
                    let mut of_fixed = fixed.training(1);
                    (results(&mut any, &mut training, &inputs), results(&mut fixed, &mut of_fixed, &inputs))
                };
                assert_eq!(found, expected, "at length {}", $fixed);
                any.forward_with(&mut inference, inputs.views()).unwrap();
                assert_eq!(inference.outputs.get().elements(), found.0);
            })*
        }
    };
    (@define $name:ident, (..=$longest:literal), $($network:tt)*) => {
        layercake_tests::with_length! { $name, ..=$longest, $($network)* }
    };
    (@define $name:ident, ($shortest:literal..=$longest:literal), $($network:tt)*) => {
        layercake_tests::with_length! { $name, $shortest..=$longest, $($network)* }
    };
    (@define $name:ident, $fixed:ident, $($network:tt)*) => {
        layercake_tests::with_length! { $name, $fixed, $($network)* }
    };
}
