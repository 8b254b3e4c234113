//! Networks on an NVIDIA GPU, held against the processor: on a GPU if there is one, and always on the emulated device.
#![cfg(feature = "cuda")]

use layercake::cuda::Cuda;
use layercake::prelude::*;
use layercake::{Arrays, Heads, Real};
use layercake_tests::devices;
use layercake_tests::golden::assert_close;
use layercake_tests::training;

mod convolution;
mod dense;
mod elementwise;
mod embedding;
mod failures;
mod inference;
mod merge;
mod objectives;
mod own_layer;
mod pooling;
mod recurrent;
mod references;
mod threads;
mod training_steps;
mod transformer;
mod updates;

/// Checks a network made of the text on every device: outputs in inference and training, and all gradients, for inputs
/// of the given shapes (the batch axis included), in both element types.
#[macro_export]
macro_rules! same {
    ($($name:ident, $($shape:expr),+; { $($network:tt)* })*) => {$(
        #[test]
        fn $name() {
            layercake::network! { struct Checked < $($network)* > }
            for device in layercake_tests::devices::cuda_with_products() {
                let net = Checked::<f64>::new(5);
                $crate::compare(&net, net.to(&device).unwrap(), &layercake_tests::check!(@inputs $($shape),+), 1e-12);
                let net = Checked::<f32>::new(5);
                $crate::compare(&net, net.to(&device).unwrap(), &layercake_tests::check!(@inputs $($shape),+), 2e-5);
            }
        }
    )*};
}

/// Inverses by differences, whose rounding errors are those of differences.
#[macro_export]
macro_rules! by_differences {
    ($($name:ident, $shape:expr; { $($network:tt)* })*) => {$(
        #[test]
        fn $name() {
            layercake::network! { struct Inverted < $($network)* > }
            for device in layercake_tests::devices::cuda() {
                let net = Inverted::<f64>::new(5);
                $crate::compare(&net, net.to(&device).unwrap(), &layercake_tests::training::values($shape), 1e-8);
                let net = Inverted::<f32>::new(5);
                $crate::compare(&net, net.to(&device).unwrap(), &layercake_tests::training::values($shape), 2e-5);
            }
        }
    )*};
}

/// Compares a network on the processor with the same one on a device.
fn compare<N, M>(on_cpu: &N, mut net: M, inputs: &N::OwnedInputs, tolerance: f64)
where
    N: Network<Device = Cpu>,
    M: Network<
            Real = N::Real,
            Device = Cuda,
            OwnedInputs = N::OwnedInputs,
            Outputs = N::Outputs,
            InputGradients = N::InputGradients,
        >,
    M: for<'a> Network<Inputs<'a> = N::Inputs<'a>>,
{
    let mut on_cpu = on_cpu.clone();
    // Biases away from zero, so that they take part.
    let moved: Vec<_> = on_cpu
        .parameter_values()
        .into_iter()
        .map(|value| {
            let noise = training::values(value.raw_dim()).mapv(|noise: f64| N::Real::of(0.3 * noise));
            value + noise
        })
        .collect();
    on_cpu.set_parameter_values(&moved).unwrap();
    net.set_parameter_values(&moved).unwrap();
    let close = |what: &str, found: Vec<N::Real>, expected: Vec<N::Real>| {
        let array = |values: Vec<N::Real>| {
            ndarray::Array1::from_iter(values.into_iter().map(Real::to_f64)).into_dyn()
        };
        assert_close(what, array(found).view(), array(expected).view(), tolerance);
    };
    let outputs = net.forward(inputs.views()).unwrap();
    close("inference", outputs.elements(), on_cpu.forward(inputs.views()).unwrap().elements());
    let (mut training, mut training_on_cpu) = (net.training(3), on_cpu.training(3));
    // A second step, so that what is kept between steps is used.
    for step in 1..=2 {
        net.forward_training(&mut training, inputs.views()).unwrap();
        on_cpu.forward_training(&mut training_on_cpu, inputs.views()).unwrap();
        let outputs = training_on_cpu.outputs.get();
        close(&format!("training, step {step}"), training.outputs.get().elements(), outputs.elements());
        training.outputs.set_gradients(&outputs).unwrap();
        training_on_cpu.outputs.set_gradients(&outputs).unwrap();
        let found = net.backward_to_inputs(&mut training).elements();
        net.device().status().unwrap();
        close(
            "the gradient of the inputs",
            found,
            on_cpu.backward_to_inputs(&mut training_on_cpu).elements(),
        );
        let gradients =
            training.gradients.parameters().into_iter().zip(training_on_cpu.gradients.parameters());
        for (found, expected) in gradients {
            let elements = |values: ndarray::ArrayD<N::Real>| values.into_iter().collect();
            close(
                &format!("the gradient of {}", found.name()),
                elements(found.get()),
                elements(expected.get()),
            );
        }
    }
    net.device().status().unwrap();
}
