//! Layers against what Lasagne itself computed: outputs, and gradients of inputs and parameters.

use layercake::prelude::*;
use layercake::{Arrays, Heads};
use layercake_tests::golden::{self, Case, TOLERANCE, assert_close};
use ndarray::{Array, ArrayViewD, Dimension};

/// Checks networks, each against one case, and lists the cases. With `inference` before the text a case is held
/// against the output in inference alone, as that in training is another. With `on every device;` before the cases they
/// are also held against a GPU, emulated or real, if the feature `cuda` is there.
macro_rules! golden {
    (on every device; $($name:ident, $case:literal: $($inference:ident)? { $($network:tt)* })*) => {
        golden! { $($name, $case: $($inference)? { $($network)* })* }

        #[cfg(feature = "cuda")]
        mod on_cuda {
            use super::*;

            $(#[test]
            fn $name() {
                network! { struct Golden < $($network)* > }
                for device in layercake_tests::devices::cuda() {
                    golden!(@check $($inference)? Golden<f64, layercake::cuda::Cuda>, &device, $case);
                }
            })*
        }
    };
    ($($name:ident, $case:literal: $($inference:ident)? { $($network:tt)* })*) => {
        $(#[test]
        fn $name() {
            network! { struct Golden < $($network)* > }
            golden!(@check $($inference)? Golden<f64>, &Cpu::default(), $case);
        })*

        /// The cases that have a test.
        pub const TESTED: &[&str] = &[$($case),*];
    };
    (@check $network:ty, $device:expr, $case:literal) => { check::<$network>($device, $case) };
    (@check inference $network:ty, $device:expr, $case:literal) => {
        check_inference::<$network>($device, $case)
    };
}

mod axes;
mod convolution;
mod dense;
mod embedding;
mod inverse;
mod merge;
mod noise;
mod nonlinearity;
mod normalization;
mod pooling;
mod recurrent;
mod transformer;

/// The cases that have a test.
fn tested() -> Vec<&'static str> {
    let of_lasagne = [
        axes::TESTED,
        convolution::TESTED,
        dense::TESTED,
        embedding::TESTED,
        inverse::TESTED,
        merge::TESTED,
        merge::own::TESTED,
        noise::TESTED,
        nonlinearity::TESTED,
        normalization::TESTED,
        pooling::TESTED,
        recurrent::TESTED,
        transformer::TESTED,
    ];
    of_lasagne.concat().into_iter().chain(of_this_package()).collect()
}

/// Those of them that are always here.
fn of_this_package() -> impl Iterator<Item = &'static str> {
    let more = [
        axes::more::TESTED,
        convolution::more::TESTED,
        convolution::of_processors::TESTED,
        dense::more::TESTED,
        embedding::more::TESTED,
        inverse::more::TESTED,
        merge::more::TESTED,
        nonlinearity::more::TESTED,
        normalization::more::TESTED,
        pooling::more::TESTED,
        recurrent::more::TESTED,
        transformer::more::TESTED,
    ];
    more.concat().into_iter()
}

/// The layers, with Lasagne's names, that networks can have: each of their cases is tested or named below.
const LAYERS: &[&str] = &[
    "dense",
    "nin",
    "conv1d",
    "conv2d",
    "conv3d",
    "transposed_conv2d",
    "transposed_conv3d",
    "dilated_conv2d",
    "locally_connected2d",
    "pool1d",
    "pool2d",
    "pool3d",
    "maxpool1d",
    "maxpool3d",
    "global_pool",
    "feature_pool",
    "feature_wta",
    "spatial_pyramid_pooling",
    "upscale1d",
    "upscale2d",
    "upscale3d",
    "concat",
    "elemwise_sum",
    "flatten",
    "reshape",
    "dimshuffle",
    "pad",
    "slice",
    "nonlinearity",
    "dropout",
    "elemwise_merge",
    "prelu",
    "rrelu",
    "bias",
    "scale",
    "gaussian_noise",
    "batch_norm",
    "standardization",
    "instance_norm",
    "layer_norm",
    "local_response_normalization",
    "recurrent",
    "lstm",
    "gru",
    "custom_recurrent",
    "embedding",
    "inverse",
    "spatial_transformer",
    "tps_transformer",
];

/// Cases with options that our layers do not have yet.
const WITHOUT_COUNTERPART: &[&str] = &[];

/// How far values may be from a case's.
fn tolerance(case: &str) -> f64 {
    match case {
        // Its squares went through single precision on their way: the sums are made in an array of `0.`.
        "lrn2d" => 1e-8,
        _ => TOLERANCE,
    }
}

#[test]
fn every_case_is_tested_or_named() {
    let (index, tested) = (golden::index(), tested());
    for entry in index.iter().filter(|entry| LAYERS.contains(&entry.layer.as_str())) {
        let name = entry.name.as_str();
        assert!(
            tested.contains(&name) != WITHOUT_COUNTERPART.contains(&name),
            "the case `{name}` must stand either in `golden!` or among those without a counterpart"
        );
    }
    let listed = if golden::is_complete() { tested } else { of_this_package().collect() };
    for name in listed.iter().chain(WITHOUT_COUNTERPART) {
        assert!(index.iter().any(|entry| entry.name == *name), "the index has no case `{name}`");
    }
}

/// An array of a case: of reals, or of whole numbers.
trait Read {
    fn read(case: &Case, name: &str) -> Self;
}

impl<R: Dimension> Read for Array<f64, R> {
    fn read(case: &Case, name: &str) -> Self {
        case.typed(name)
    }
}

impl<R: Dimension> Read for Array<i32, R> {
    fn read(case: &Case, name: &str) -> Self {
        let numbers = case.integers(name).mapv(|number| i32::try_from(number).expect("a small number"));
        numbers.into_dimensionality().expect("the network's number of axes")
    }
}

/// The inputs of a network, as the arrays of a case.
trait Inputs: Arrays<f64> {
    fn read(case: &Case) -> Self;
}

impl<A: Read + Arrays<f64>> Inputs for A {
    fn read(case: &Case) -> Self {
        A::read(case, "x0")
    }
}

/// Several inputs, and their gradients.
macro_rules! several {
    ($($input:ident $place:tt $name:literal),*) => {
        impl<$($input: Read + Arrays<f64>),*> Inputs for ($($input,)*) {
            fn read(case: &Case) -> Self {
                ($($input::read(case, $name),)*)
            }
        }

        impl<$($input: Found),*> Found for ($($input,)*) {
            fn views_of_any_rank(&self) -> Vec<Option<ArrayViewD<'_, f64>>> {
                [$(self.$place.views_of_any_rank()),*].concat()
            }
        }
    };
}

several!(A 0 "x0", B 1 "x1");
several!(A 0 "x0", B 1 "x1", C 2 "x2");
several!(A 0 "x0", B 1 "x1", C 2 "x2", D 3 "x3");

/// Outputs, or gradients with respect to inputs; `None` for an input that has none.
trait Found: Arrays<f64> {
    fn views_of_any_rank(&self) -> Vec<Option<ArrayViewD<'_, f64>>>;
}

impl<R: Dimension> Found for Array<f64, R> {
    fn views_of_any_rank(&self) -> Vec<Option<ArrayViewD<'_, f64>>> {
        vec![Some(self.view().into_dyn())]
    }
}

impl Found for () {
    fn views_of_any_rank(&self) -> Vec<Option<ArrayViewD<'_, f64>>> {
        vec![None]
    }
}

/// A network with a case's parameters.
fn network_of<N: Network<Real = f64>>(device: &N::Device, case: &Case) -> N {
    let mut net = N::on(device, 1);
    let values: Vec<_> = case.parameters("param.").into_iter().map(|(_, value)| value).collect();
    net.set_parameter_values(&values).unwrap();
    net
}

/// Checks a network's output in inference against a case.
fn check_inference<N>(device: &N::Device, name: &str)
where
    N: Network<Real = f64>,
    N::OwnedInputs: Inputs,
    N::Outputs: Found,
{
    let Some(case) = Case::load(name) else { return };
    let net: N = network_of(device, &case);
    let outputs = net.forward(N::OwnedInputs::read(&case).views()).unwrap();
    let found = outputs.views_of_any_rank();
    let found = found[0].clone().expect("an output");
    assert_close(&format!("{name}, y"), found, case.array("y").view(), tolerance(name));
}

/// Checks a network against a case: its output, and the gradients of all inputs and parameters. Its output in
/// training must be the case's as well if that shows inference: no layer here makes a difference.
fn check<N>(device: &N::Device, name: &str)
where
    N: Network<Real = f64>,
    N::OwnedInputs: Inputs,
    N::InputGradients: Found,
    N::Outputs: Found,
{
    let Some(case) = Case::load(name) else { return };
    let index = golden::index();
    let entry = index.iter().find(|entry| entry.name == name).expect("every case stands in the index");
    let close = |array: &str, found: ArrayViewD<f64>| {
        assert_close(&format!("{name}, {array}"), found, case.array(array).view(), tolerance(name));
    };
    let close_output = |outputs: N::Outputs| {
        let outputs = outputs.views_of_any_rank();
        close("y", outputs[0].clone().expect("an output"));
    };

    let mut net: N = network_of(device, &case);
    let inputs = N::OwnedInputs::read(&case);
    if entry.is_deterministic() {
        close_output(net.forward(inputs.views()).unwrap());
    }

    let mut training = net.training(1);
    net.forward_training(&mut training, inputs.views()).unwrap();
    close_output(training.outputs.get());
    let mut upstream = training.outputs.get();
    let mut dy = case.array("dy");
    assert_eq!(upstream.views_of_any_rank()[0].as_ref().map(ArrayViewD::shape), Some(dy.shape()));
    upstream.visit_mut(&mut |elements| elements.copy_from_slice(dy.as_slice_mut().unwrap()));
    training.outputs.set_gradients(&upstream).unwrap();
    let input_gradients = net.backward_to_inputs(&mut training);
    for (number, gradient) in input_gradients.views_of_any_rank().into_iter().enumerate() {
        let array = format!("grad.x{number}");
        match gradient {
            Some(gradient) if case.has(&array) => close(&array, gradient),
            // A mask has none in Lasagne.
            Some(gradient) => {
                assert!(gradient.iter().all(|&gradient| gradient == 0.0), "{name}: {array} is not zero");
            }
            None => assert!(!case.has(&array), "{name}: {array} is missing"),
        }
    }
    let trainable = training.gradients.parameters().into_iter().filter(|gradient| gradient.tags().trainable);
    let expected = case.parameters("grad.param.");
    assert_eq!(trainable.clone().count(), expected.len(), "{name}: the number of trainable parameters");
    for (gradient, (array, _)) in trainable.zip(expected) {
        close(&array, gradient.get().view());
    }
    for (array, _) in case.parameters("after.param.") {
        let number = array.split('.').nth(2).and_then(|number| number.parse::<usize>().ok());
        let place = number.expect("the number of a parameter");
        close(&array, net.parameters()[place].get().view());
    }
}
