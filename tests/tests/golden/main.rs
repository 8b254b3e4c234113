//! Layers against what Lasagne itself computed: outputs, and gradients of inputs and parameters.

use layercake::prelude::*;
use layercake::{Arrays, Heads};
use layercake_tests::golden::{self, Case, TOLERANCE, assert_close};
use ndarray::{Array, ArrayViewD, Dimension};

/// Checks networks, each against one case, and lists the cases.
macro_rules! golden {
    ($($name:ident, $case:literal: { $($network:tt)* })*) => {
        $(#[test]
        fn $name() {
            network! { struct Golden < $($network)* > }
            check::<Golden<f64>>($case);
        })*

        /// The cases that have a test.
        pub const TESTED: &[&str] = &[$($case),*];
    };
}

mod axes;
mod convolution;
mod dense;
mod merge;
mod nonlinearity;
mod pooling;
mod recurrent;

/// The cases that have a test.
fn tested() -> Vec<&'static str> {
    [
        axes::TESTED,
        convolution::TESTED,
        dense::TESTED,
        merge::TESTED,
        nonlinearity::TESTED,
        pooling::TESTED,
        recurrent::TESTED,
    ]
    .concat()
}

/// The layers, with Lasagne's names, that networks can have: each of their cases is tested or named below.
const LAYERS: &[&str] = &[
    "dense",
    "conv2d",
    "pool2d",
    "concat",
    "elemwise_sum",
    "flatten",
    "reshape",
    "nonlinearity",
    "dropout",
    "recurrent",
    "lstm",
    "gru",
];

/// Cases with options that our layers do not have yet.
const WITHOUT_COUNTERPART: &[&str] = &[
    "conv2d_groups",
    "pool2d_average_inc_pad",
    "pool2d_average_inc_pad_stride_pad",
    "pool2d_average_exc_pad",
    // Coefficients.
    "elemwise_sum",
];

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
        assert_close(&format!("{name}, {array}"), found, case.array(array).view(), TOLERANCE);
    };
    let close_output = |outputs: N::Outputs| close("y", outputs.views_of_any_rank()[0].view());

    let mut net = N::on(&Cpu, 1);
    let values: Vec<_> = case.parameters("param.").into_iter().map(|(_, value)| value).collect();
    net.set_parameter_values(&values).unwrap();
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
