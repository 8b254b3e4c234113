//! Layers against what Lasagne itself computed: outputs, and gradients of inputs and parameters.

use layercake::prelude::*;
use layercake::{Arrays, Heads};
use layercake_tests::golden::{self, Case, TOLERANCE, assert_close};
use ndarray::{Array, ArrayViewD, Dimension};

/// Checks networks, each against one case, and lists the cases. With `inference` before the text a case is held
/// against the output in inference alone, as that in training is another.
macro_rules! golden {
    ($($name:ident, $case:literal: $($inference:ident)? { $($network:tt)* })*) => {
        $(#[test]
        fn $name() {
            network! { struct Golden < $($network)* > }
            golden!(@check $($inference)? $case);
        })*

        /// The cases that have a test.
        pub const TESTED: &[&str] = &[$($case),*];
    };
    (@check $case:literal) => { check::<Golden<f64>>($case) };
    (@check inference $case:literal) => { check_inference::<Golden<f64>>($case) };
}

mod axes;
mod convolution;
mod dense;
mod merge;
mod noise;
mod nonlinearity;
mod normalization;
mod pooling;
mod recurrent;

/// The cases that have a test.
fn tested() -> Vec<&'static str> {
    [
        axes::TESTED,
        convolution::TESTED,
        dense::TESTED,
        merge::TESTED,
        noise::TESTED,
        nonlinearity::TESTED,
        normalization::TESTED,
        pooling::TESTED,
        recurrent::TESTED,
    ]
    .concat()
}

/// The layers, with Lasagne's names, that networks can have: each of their cases is tested or named below.
const LAYERS: &[&str] = &[
    "dense",
    "nin",
    "conv1d",
    "conv2d",
    "conv3d",
    "transposed_conv2d",
    "dilated_conv2d",
    "locally_connected2d",
    "pool2d",
    "maxpool1d",
    "maxpool3d",
    "global_pool",
    "feature_pool",
    "feature_wta",
    "spatial_pyramid_pooling",
    "upscale1d",
    "upscale2d",
    "concat",
    "elemwise_sum",
    "flatten",
    "reshape",
    "dimshuffle",
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
    let Some(index) = golden::index() else { return };
    let tested = tested();
    for entry in index.iter().filter(|entry| LAYERS.contains(&entry.layer.as_str())) {
        let name = entry.name.as_str();
        assert!(
            tested.contains(&name) != WITHOUT_COUNTERPART.contains(&name),
            "the case `{name}` must stand either in `golden!` or among those without a counterpart"
        );
    }
    for name in tested.iter().chain(WITHOUT_COUNTERPART) {
        assert!(index.iter().any(|entry| entry.name == *name), "the index has no case `{name}`");
    }
}

/// The inputs of a network, as the arrays of a case.
trait Inputs: Arrays<Real = f64> {
    fn read(case: &Case) -> Self;
    fn views_of_any_rank(&self) -> Vec<ArrayViewD<'_, f64>>;
}

impl<R: Dimension> Inputs for Array<f64, R> {
    fn read(case: &Case) -> Self {
        case.typed("x0")
    }

    fn views_of_any_rank(&self) -> Vec<ArrayViewD<'_, f64>> {
        vec![self.view().into_dyn()]
    }
}

impl<R: Dimension, S: Dimension> Inputs for (Array<f64, R>, Array<f64, S>) {
    fn read(case: &Case) -> Self {
        (case.typed("x0"), case.typed("x1"))
    }

    fn views_of_any_rank(&self) -> Vec<ArrayViewD<'_, f64>> {
        vec![self.0.view().into_dyn(), self.1.view().into_dyn()]
    }
}

/// A network with a case's parameters.
fn network_of<N: Network<Real = f64, Device = Cpu>>(case: &Case) -> N {
    let mut net = N::on(&Cpu, 1);
    let values: Vec<_> = case.parameters("param.").into_iter().map(|(_, value)| value).collect();
    net.set_parameter_values(&values).unwrap();
    net
}

/// Checks a network's output in inference against a case.
fn check_inference<N>(name: &str)
where
    N: Network<Real = f64, Device = Cpu>,
    N::InputGradients: Inputs,
    N::Outputs: Inputs,
{
    let Some(case) = Case::load(name) else { return };
    let net: N = network_of(&case);
    let outputs = net.forward(N::InputGradients::read(&case).views()).unwrap();
    let found = outputs.views_of_any_rank();
    assert_close(&format!("{name}, y"), found[0].view(), case.array("y").view(), tolerance(name));
}

/// Checks a network against a case: its output, and the gradients of all inputs and parameters. Its output in
/// training must be the case's as well if that shows inference: no layer here makes a difference.
fn check<N>(name: &str)
where
    N: Network<Real = f64, Device = Cpu>,
    N::InputGradients: Inputs,
    N::Outputs: Inputs,
{
    let Some(case) = Case::load(name) else { return };
    let index = golden::index().expect("a folder with cases has an index");
    let entry = index.iter().find(|entry| entry.name == name).expect("every case stands in the index");
    let close = |array: &str, found: ArrayViewD<f64>| {
        assert_close(&format!("{name}, {array}"), found, case.array(array).view(), tolerance(name));
    };
    let close_output = |outputs: N::Outputs| close("y", outputs.views_of_any_rank()[0].view());

    let mut net: N = network_of(&case);
    let inputs = N::InputGradients::read(&case);
    if entry.is_deterministic() {
        close_output(net.forward(inputs.views()).unwrap());
    }

    let mut training = net.training(1);
    net.forward_training(&mut training, inputs.views()).unwrap();
    close_output(training.outputs.get());
    let mut upstream = training.outputs.get();
    let mut dy = case.array("dy");
    assert_eq!(upstream.views_of_any_rank()[0].shape(), dy.shape());
    upstream.visit_mut(&mut |elements| elements.copy_from_slice(dy.as_slice_mut().unwrap()));
    training.outputs.set_gradients(&upstream).unwrap();
    let input_gradients = net.backward_to_inputs(&mut training);
    for (number, gradient) in input_gradients.views_of_any_rank().into_iter().enumerate() {
        let array = format!("grad.x{number}");
        // A mask has none in Lasagne.
        if case.has(&array) {
            close(&array, gradient);
        } else {
            assert!(gradient.iter().all(|&gradient| gradient == 0.0), "{name}: {array} is not zero");
        }
    }
    let trainable = training.gradients.parameters().into_iter().filter(|gradient| gradient.tags().trainable);
    let expected = case.parameters("grad.param.");
    assert_eq!(trainable.clone().count(), expected.len(), "{name}: the number of trainable parameters");
    for (gradient, (array, _)) in trainable.zip(expected) {
        close(&array, gradient.view());
    }
}
