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
        const TESTED: &[&str] = &[$($case),*];
    };
}

golden! {
    dense, "dense": { input(2, 5) => dense(4, tanh) }
    dense_leading2, "dense_leading2": { input(2, 5) => dense(4, num_leading_axes = 2) }
    dense_nobias, "dense_nobias": { input(5) => dense(4, softmax, b = none) }

    conv2d_valid, "conv2d_valid_s1_conv": { input(2, 7, 6) => conv2d(3, 3, linear) }
    conv2d_valid_unflipped, "conv2d_valid_s1_corr": { input(2, 7, 6) => conv2d(3, 3, linear, flip_filters = false) }
    conv2d_valid_stride, "conv2d_valid_s2_conv": { input(2, 7, 6) => conv2d(3, 3, linear, stride = 2) }
    conv2d_full, "conv2d_full_s1_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = full) }
    conv2d_full_unflipped, "conv2d_full_s1_corr": {
        input(2, 7, 6) => conv2d(3, 3, linear, pad = full, flip_filters = false)
    }
    conv2d_full_stride, "conv2d_full_s2_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = full, stride = 2) }
    conv2d_same, "conv2d_same_s1_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = same) }
    conv2d_same_unflipped, "conv2d_same_s1_corr": {
        input(2, 7, 6) => conv2d(3, 3, linear, pad = same, flip_filters = false)
    }
    conv2d_same_stride, "conv2d_same_s2_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = same, stride = 2) }
    conv2d_pad, "conv2d_1_s1_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = 1) }
    conv2d_pad_unflipped, "conv2d_1_s1_corr": {
        input(2, 7, 6) => conv2d(3, 3, linear, pad = 1, flip_filters = false)
    }
    conv2d_pad_stride, "conv2d_1_s2_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = 1, stride = 2) }
    conv2d_pads, "conv2d_(2,1)_s1_conv": { input(2, 7, 6) => conv2d(3, 3, linear, pad = (2, 1)) }
    conv2d_pads_unflipped, "conv2d_(2,1)_s1_corr": {
        input(2, 7, 6) => conv2d(3, 3, linear, pad = (2, 1), flip_filters = false)
    }
    conv2d_pads_stride, "conv2d_(2,1)_s2_conv": {
        input(2, 7, 6) => conv2d(3, 3, linear, pad = (2, 1), stride = 2)
    }
    conv2d_untied, "conv2d_untied": { input(2, 6, 5) => conv2d(3, 3, untie_biases = true) }

    max_pool2d, "pool2d_max": { input(3, 6, 7) => max_pool2d(2) }
    max_pool2d_stride_pad, "pool2d_max_stride_pad": { input(3, 8, 7) => max_pool2d(3, stride = 2, pad = 1) }
    max_pool2d_keep_border, "pool2d_max_keep_border": { input(3, 5, 7) => max_pool2d(2, ignore_border = false) }

    concat, "concat": { let a = input(3, 4); let b = input(2, 4); concat(a, b) }
    flatten, "flatten": { input(3, 4, 5) => flatten(outdim = 3) }
    reshape, "reshape": { input(3, 4, 2) => reshape(3, 8) }

    nonlinearity_sigmoid, "nonlinearity_sigmoid": { input(41) => nonlinearity(sigmoid) }
    nonlinearity_softmax, "nonlinearity_softmax": { input(41) => nonlinearity(softmax) }
    nonlinearity_tanh, "nonlinearity_tanh": { input(41) => nonlinearity(tanh) }
    nonlinearity_rectify, "nonlinearity_rectify": { input(41) => nonlinearity(rectify) }
    nonlinearity_leaky_rectify, "nonlinearity_leaky_rectify": { input(41) => nonlinearity(leaky_rectify) }
    nonlinearity_very_leaky_rectify, "nonlinearity_very_leaky_rectify": {
        input(41) => nonlinearity(very_leaky_rectify)
    }
    nonlinearity_elu, "nonlinearity_elu": { input(41) => nonlinearity(elu) }
    nonlinearity_selu, "nonlinearity_selu": { input(41) => nonlinearity(selu) }
    nonlinearity_softplus, "nonlinearity_softplus": { input(41) => nonlinearity(softplus) }
    nonlinearity_linear, "nonlinearity_linear": { input(41) => nonlinearity(linear) }
    nonlinearity_scaled_tanh, "nonlinearity_scaled_tanh_custom": {
        input(41) => nonlinearity(scaled_tanh(0.5, 2.27))
    }
    nonlinearity_leaky_relu, "nonlinearity_leaky_custom": { input(41) => nonlinearity(leaky_relu(0.3)) }
}

/// The layers, with Lasagne's names, that networks can have: each of their cases is tested or named below.
const LAYERS: &[&str] =
    &["dense", "conv2d", "pool2d", "concat", "elemwise_sum", "flatten", "reshape", "nonlinearity", "dropout"];

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
    for entry in index.iter().filter(|entry| LAYERS.contains(&entry.layer.as_str())) {
        let name = entry.name.as_str();
        assert!(
            TESTED.contains(&name) != WITHOUT_COUNTERPART.contains(&name),
            "the case `{name}` must stand either in `golden!` or among those without a counterpart"
        );
    }
    for name in TESTED.iter().chain(WITHOUT_COUNTERPART) {
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
        close(&format!("grad.x{number}"), gradient);
    }
    let trainable = training.gradients.parameters().into_iter().filter(|gradient| gradient.tags().trainable);
    let expected = case.parameters("grad.param.");
    assert_eq!(trainable.clone().count(), expected.len(), "{name}: the number of trainable parameters");
    for (gradient, (array, _)) in trainable.zip(expected) {
        close(&array, gradient.view());
    }
}
