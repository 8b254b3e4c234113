//! Sequences of any length up to a stated one: a network gives for each length what a network gives whose text has
//! that length.

use layercake::prelude::*;
use layercake::shape::Lengths;
use layercake::{Arrays, Heads, InputError};
use layercake_tests::training::{values, words};
use ndarray::{Array2, Array3};

/// Outputs, gradients of inputs and parameters of one step, and the outputs in inference.
fn results<N: Network<Real = f64, Device = Cpu>>(
    net: &mut N,
    training: &mut Training<N>,
    inputs: &N::OwnedInputs,
) -> (Vec<f64>, Vec<f64>, Vec<f64>, Vec<Vec<f64>>) {
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
    (net.forward(inputs.views()).unwrap().elements(), of_inputs, y.elements(), gradients)
}

/// Compares a network of any length to networks of some lengths. The lengths go up and down, so that all memory is
/// used again.
macro_rules! same_as_fixed {
    ($name:ident: $network:ident($($any:tt)*), [$($fixed:literal)*], |$length:ident| $inputs:expr) => {
        #[test]
        fn $name() {
            $network! { Any, $($any)* }
            let mut training = Any::<f64>::new(7).training(1);
            let mut inference = Any::<f64>::new(7).inference();
            $({
                let mut any = Any::<f64>::new(7);
                $network! { Fixed, $fixed }
                let $length = $fixed;
                let inputs = $inputs;
                let mut fixed = Fixed::<f64>::new(7);
                let mut of_fixed = fixed.training(1);
                let found = results(&mut any, &mut training, &inputs);
                assert_eq!(found, results(&mut fixed, &mut of_fixed, &inputs), "at length {}", $fixed);
                any.forward_with(&mut inference, inputs.views()).unwrap();
                assert_eq!(inference.outputs.get().elements(), found.0);
            })*
        }
    };
}

macro_rules! tagger {
    ($name:ident, $($length:tt)+) => {
        network! {
            /// A bidirectional LSTM that tags each word, with a mask and dropout.
            struct $name <
                let words = input($($length)+, dtype = i32) => embedding(30, 6);
                let marks = input($($length)+);
                let there = words => lstm(5, mask = marks, learn_init = true);
                let back = words => gru(5, mask = marks, backwards = true);
                concat(there, back, axis = 2)
                    => dropout(0.3)
                    => dense(8, tanh, num_leading_axes = 2)
                    => dense(4, softmax, num_leading_axes = 2)
            >
        }
    };
}
same_as_fixed! { recurrent_and_dense_layers: tagger(..=9), [4 9 1 2 7 8],
|length| (words((3, length), 30), values((3, length))) }

macro_rules! convolutional {
    ($name:ident, $($length:tt)+) => {
        network! {
            /// Convolutions and pooling along the time, with outputs whose length follows the input's, is half of it and
            /// is none.
            struct $name <
                let x = input(3, $($length)+);
                let features = x => conv1d(6, 3, tanh, pad = same, norm = batch_norm) => conv1d(4, 5, linear);
                let pooled = features => max_pool1d(2, ignore_border = false) => prelu => scale => bias;
                let whole = features => global_pool => dense(3, softmax);
                (features => nonlinearity(softplus), pooled, whole)
            >
        }
    };
}
same_as_fixed! { convolutions_and_pooling: convolutional(5..=23), [6 23 5 22 11],
|length| values::<f64, _>((4, 3, length)) }

macro_rules! axes {
    ($name:ident, $($length:tt)+) => {
        network! {
            /// Axes moved, joined, padded and cut; the last step; merges with cropping; custom recurrences.
            struct $name <
                let x = input($($length)+, 2, 3);
                let flat = x => reshape([1], -1);
                let last = flat => slice(-1, axis = 1) => dense(4, tanh);
                let longer = flat => pad([(2, 1)], batch_ndim = 1) => slice(1.., axis = 1);
                let sum = add(flat, longer, cropping = (none, lower, none));
                let turned = sum => dimshuffle(2, 1) => upscale1d(2) => pool1d(2, mode = average_inc_pad) => dimshuffle(2, 1);
                let steps = x => custom_recurrent(
                    input_to_hidden = { dense(4, linear) },
                    hidden_to_hidden = { dense(4, tanh) => dense(4, linear, b = none) },
                    hid_init = last,
                    nonlinearity = tanh
                );
                let joined = concat(turned, steps, axis = 2) => standardization(axes = features) => dropout(0.2, shared_axes = 1);
                (joined => recurrent(3, only_return_final = true), joined => flatten(outdim = 3), x => dropout(0.5))
            >
        }
    };
}
same_as_fixed! { axes_and_own_recurrences: axes(..=8), [3 8 1 5], |length| values::<f64, _>((3, length, 2, 3)) }

macro_rules! squares {
    ($name:ident, $($length:tt)+) => {
        network! {
            /// Square images of any size.
            struct $name <
                input(1, $($length)+, $($length)+)
                    => conv2d(3, 3, relu, pad = same)
                    => max_pool2d(2)
                    => conv2d(5, 2, relu)
                    => spatial_pyramid_pooling([2, 1])
                    => dense(4, linear)
            >
        }
    };
}
same_as_fixed! { images_of_any_size: squares(6..=12), [7 12 6 9], |side| values::<f64, _>((2, 1, side, side)) }

network! {
    struct Small <
        let x = input(2..=5, 3);
        let marks = input(2..=5);
        x => lstm(4, mask = marks)
    >
}

#[test]
fn outputs_have_the_length_of_the_inputs() {
    let net = Small::<f32>::new(1);
    for length in 2..=5 {
        let x: Array3<f32> = values((7, length, 3));
        let marks: Array2<f32> = values((7, length));
        assert_eq!(net.forward((x.view(), marks.view())).unwrap().dim(), (7, length, 4));
    }
    assert_eq!(Small::<f32>::LENGTHS, Some(Lengths { shortest: 2, longest: 5 }));
    assert_eq!(Small::<f32>::LAYERS[2].shape.dims(), [5, 4]);
}

#[test]
fn other_lengths_are_refused() {
    let net = Small::<f32>::new(1);
    let forward = |length: usize, marks: usize, features: usize| {
        let (x, marks): (Array3<f32>, Array2<f32>) = (values((1, length, features)), values((1, marks)));
        net.forward((x.view(), marks.view())).unwrap_err()
    };
    let error = forward(6, 6, 3);
    assert_eq!(error, InputError::Length { name: "x", axis: 1, shortest: 2, longest: 5, found: 6 });
    assert_eq!(
        error.to_string(),
        "axis 1 of the input `x` must be of length 2 to 5, and the array given has 6"
    );
    assert!(matches!(forward(1, 2, 3), InputError::Length { found: 1, .. }));
    assert!(matches!(forward(0, 2, 3), InputError::Length { found: 0, .. }));
    let error = forward(3, 4, 3);
    assert_eq!(error, InputError::UnequalLength { name: "marks", axis: 1, expected: 3, found: 4 });
    assert_eq!(
        error.to_string(),
        "axis 1 of the input `marks` has length 4, and an axis of any length before it 3; they must agree"
    );
    let error = forward(4, 4, 2);
    assert_eq!(error, InputError::Shape { name: "x", expected: vec![4, 3], found: vec![1, 4, 2] });
}

#[test]
fn finite_differences_at_some_lengths() {
    network! {
        struct Net <
            let x = input(..=6, 2);
            let there = x => lstm(3, learn_init = true);
            let back = x => recurrent(3, nonlinearity = tanh, backwards = true);
            concat(there, back, axis = 2) => dense(2, tanh, num_leading_axes = 2)
        >
    }
    let mut net = Net::<f64>::new(2);
    for length in [1, 4, 6] {
        layercake::check::gradients(&mut net, &values((3, length, 2)), 2e-7).unwrap();
    }
}

/// A backward pass without a forward pass before it, and outputs that were never computed, are of an empty batch.
#[test]
fn nothing_is_there_before_the_first_step() {
    let net = Small::<f32>::new(1);
    let mut training = net.training(1);
    net.backward(&mut training);
    assert_eq!(training.outputs.get().dim(), (0, 5, 4));
    let (x, _) = net.backward_to_inputs(&mut training);
    assert_eq!(x.dim(), (0, 5, 3));
}

#[test]
fn a_trainer_takes_batches_of_several_lengths() {
    network! { struct Net < input(..=12, 2) => lstm(8, only_return_final = true) => dense(2, softmax) > }
    let mut trainer = Trainer::new(Net::<f32>::new(1), CategoricalCrossentropy, adam(0.02));
    let batch = |length: usize| {
        let x: Array3<f32> = values((16, length, 2));
        let classes = x.map_axis(ndarray::Axis(1), |steps| steps.sum() > 0.0).column(0).mapv(usize::from);
        (x, classes)
    };
    let loss = |trainer: &mut Trainer<Net<f32>, _, _>| {
        [3, 12, 7].map(|length| {
            let (x, classes) = batch(length);
            trainer.step(&x, &classes).unwrap()
        })
    };
    let first = loss(&mut trainer);
    (0..150).for_each(|_| {
        loss(&mut trainer);
    });
    let last = loss(&mut trainer);
    for (first, last) in first.into_iter().zip(last) {
        assert!(last < 0.5 * first, "{first} to {last}");
    }
}

/// The longest length there is in the tests: that the compiler goes through all of them takes no noticeable time.
#[test]
fn lengths_may_be_many() {
    network! { struct Net < input(..=3000, 1) => lstm(2) => slice(-1, axis = 1) => dense(1, linear) > }
    let x: Array3<f32> = values((1, 2999, 1));
    assert_eq!(Net::<f32>::new(1).forward(&x).unwrap().dim(), (1, 1));
}
