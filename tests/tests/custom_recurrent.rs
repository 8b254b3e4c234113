//! Recurrent layers made of chains in braces.

use layercake::prelude::*;
use layercake::{Arrays, Heads, InputError};
use layercake_tests::check;
use layercake_tests::golden::{TOLERANCE, assert_close};
use layercake_tests::training::values;
use ndarray::{Array, Array2, Array3};

/// Outputs and all gradients of a network in training, with parameters and inputs that are the same for all networks
/// of the same shapes.
fn results<N: Network<Real = f64, Device = Cpu>>(inputs: &N::OwnedInputs) -> Vec<Vec<f64>> {
    let mut net = N::on(&Cpu::default(), 1);
    let parameters: Vec<_> = net.parameters().iter().map(|parameter| values(parameter.shape())).collect();
    net.set_parameter_values(&parameters).unwrap();
    let mut training = net.training(1);
    net.forward_training(&mut training, inputs.views()).unwrap();
    let y = training.outputs.get().elements();
    assert_eq!(net.forward(inputs.views()).unwrap().elements(), y, "inference and training");
    let mut dy = training.outputs.get();
    dy.visit_mut(&mut |elements| elements.copy_from_slice(values(elements.len()).as_slice().unwrap()));
    training.outputs.set_gradients(&dy).unwrap();
    let of_inputs = net.backward_to_inputs(&mut training).elements();
    let gradients = training.gradients.parameters();
    let of_parameters = gradients.iter().filter(|gradient| gradient.tags().trainable);
    [y, of_inputs].into_iter().chain(of_parameters.map(|gradient| gradient.slice().to_vec())).collect()
}

/// Compares two networks.
fn assert_same<A, B>(inputs: A::OwnedInputs)
where
    A: Network<Real = f64, Device = Cpu>,
    B: Network<Real = f64, Device = Cpu, OwnedInputs = A::OwnedInputs>,
{
    let (found, expected) = (results::<A>(&inputs), results::<B>(&inputs));
    assert_eq!(found.len(), expected.len());
    for (number, (found, expected)) in found.into_iter().zip(expected).enumerate() {
        let (found, expected) = (Array::from(found), Array::from(expected));
        let what = format!("array {number}");
        assert_close(&what, found.view().into_dyn(), expected.view().into_dyn(), TOLERANCE);
    }
}

/// `recurrent` with options, and the same of dense layers in braces.
macro_rules! same_as_recurrent {
    ($($name:ident: $nonlinearity:ident $(, $option:ident = $value:tt)*;)*) => {$(
        #[test]
        fn $name() {
            network! {
                struct Plain <
                    let x = input(7, 2, 3);
                    let marks = input(7) => nonlinearity(relu);
                    let start = input(5);
                    let other = add(start, start);
                    let first = x => recurrent(5, mask = marks, nonlinearity = $nonlinearity $(, $option = $value)*);
                    (first, other)
                >
            }
            network! {
                struct Custom <
                    let x = input(7, 2, 3);
                    let marks = input(7) => nonlinearity(relu);
                    let start = input(5);
                    let other = add(start, start);
                    let first = x => custom_recurrent(
                        input_to_hidden = { dense(5, linear) },
                        hidden_to_hidden = { dense(5, linear, b = none) },
                        mask = marks,
                        nonlinearity = $nonlinearity
                        $(, $option = $value)*
                    );
                    (first, other)
                >
            }
            let inputs = || (values((3, 7, 2, 3)), values((3, 7)), values((3, 5)));
            assert_same::<Custom<f64>, Plain<f64>>(inputs());
        }
    )*};
}

same_as_recurrent! {
    plain: relu;
    backwards_and_learned: tanh, backwards = true, learn_init = true;
    the_last_state: sigmoid, only_return_final = true, learn_init = true;
    the_last_state_backwards: softmax, only_return_final = true, backwards = true;
    clipped: tanh, grad_clipping = 0.2, learn_init = true;
    truncated: tanh, gradient_steps = 3, learn_init = true;
    clipped_and_truncated: elu, grad_clipping = 0.1, gradient_steps = 2, backwards = true;
    from_a_name: tanh, hid_init = start, backwards = true;
    truncated_from_a_name: tanh, hid_init = start, gradient_steps = 6;
}

check! { chains, (3, 4, 2);
    input(4, 2) => custom_recurrent(
        input_to_hidden = { dense(5, tanh) => dense(3, linear) },
        hidden_to_hidden = { dense(6, tanh) => dense(4, sigmoid, b = none) => dense(3, linear) },
        nonlinearity = tanh,
        learn_init = true
    )
}
check! { convolutions, (2, 3, 2, 4, 5);
    input(3, 2, 4, 5) => custom_recurrent(
        input_to_hidden = { conv2d(3, 3, linear, pad = same) },
        hidden_to_hidden = { conv2d(3, 3, linear, pad = same, b = none) },
        nonlinearity = tanh,
        learn_init = true,
        backwards = true
    )
}
check! { convolutions_that_shrink, (2, 3, 1, 6, 6), (2, 3), (2, 2, 4, 4);
    let x = input(3, 1, 6, 6);
    let marks = input(3) => nonlinearity(relu);
    let start = input(2, 4, 4);
    x => custom_recurrent(
        input_to_hidden = { conv2d(2, 3, tanh) },
        hidden_to_hidden = { conv2d(4, 2, tanh) => transposed_conv2d(2, 2, linear) },
        nonlinearity = tanh,
        hid_init = start,
        mask = marks,
        only_return_final = true
    )
}
check! { noise, (4, 5, 3);
    input(5, 3) => custom_recurrent(
        input_to_hidden = { dropout(0.3) => dense(4, linear) },
        hidden_to_hidden = { dropout(0.4) => dense(4, tanh) => dropout(0.2) },
        nonlinearity = tanh
    )
}
check! { normalized, (4, 3, 3);
    input(3, 3) => custom_recurrent(
        input_to_hidden = { dense(4, linear, norm = batch_norm) },
        hidden_to_hidden = { dense(4, tanh, norm = layer_norm) },
        nonlinearity = tanh
    )
}
check! { a_recurrent_layer_in_each_step, (2, 3, 4, 2);
    input(3, 4, 2) => custom_recurrent(
        input_to_hidden = { gru(3, only_return_final = true) },
        hidden_to_hidden = { reshape(3, 1) => lstm(3, only_return_final = true) },
        nonlinearity = linear
    )
}
check! { a_custom_recurrent_layer_in_each_step, (2, 2, 3, 2);
    input(2, 3, 2) => custom_recurrent(
        input_to_hidden = {
            custom_recurrent(
                input_to_hidden = { dense(3, linear) },
                hidden_to_hidden = { dense(3, tanh) => dense(3, linear) },
                nonlinearity = tanh,
                only_return_final = true
            )
        },
        hidden_to_hidden = { repeat(2) { dense(3, tanh) } },
        nonlinearity = linear
    )
}

/// In each step other values are dropped, and none in inference.
#[test]
fn every_step_draws_anew() {
    network! {
        struct Net <
            input(20, 1) => custom_recurrent(
                input_to_hidden = { dense(100, linear) },
                hidden_to_hidden = { dropout(0.5) },
                nonlinearity = linear
            )
        >
    }
    let mut net = Net::<f64>::new(1);
    net.custom_recurrent1.input_to_hidden.b.view_mut().fill(1.0);
    let x = Array3::zeros((1, 20, 1));
    let y = net.forward(&x).unwrap();
    assert!(y.iter().enumerate().all(|(place, &y)| y == (place / 100 + 1) as f64));
    let mut training = net.training(1);
    net.forward_training(&mut training, &x).unwrap();
    let y = training.outputs.get();
    let dropped: Vec<Vec<bool>> = y
        .index_axis(ndarray::Axis(0), 0)
        .outer_iter()
        .skip(1)
        .map(|y| y.iter().map(|&y| y == 1.0).collect())
        .collect();
    for (step, dropped_here) in dropped.iter().enumerate() {
        let count = dropped_here.iter().filter(|&&dropped| dropped).count();
        assert!((25..75).contains(&count), "{count} of 100 are dropped");
        assert!(dropped[..step].iter().all(|before| before != dropped_here));
    }
}

#[test]
fn words_are_looked_up_in_each_step() {
    network! {
        struct Custom <
            input(5, 2, dtype = i32) => custom_recurrent(
                input_to_hidden = { reshape(1, 2) => embedding(7, 3) => dense(4, linear) },
                hidden_to_hidden = { dense(4, linear, b = none) },
                nonlinearity = tanh
            )
        >
    }
    network! {
        struct Plain < input(5, 2, dtype = i32) => embedding(7, 3) => recurrent(4, nonlinearity = tanh) >
    }
    let mut custom = Custom::<f64>::new(1);
    let [of_custom, of_plain] = [vec![1, 0, 2, 3, 4], vec![0, 1, 2, 3, 4]];
    let mut plain = Plain::<f64>::new(1);
    for (place, (&mine, &other)) in of_custom.iter().zip(&of_plain).enumerate() {
        let value = values(custom.parameters()[mine].shape()).mapv(|value: f64| value + place as f64);
        custom.parameters_mut()[mine].set(value.view()).unwrap();
        plain.parameters_mut()[other].set(value.view()).unwrap();
    }
    let words =
        Array3::from_shape_fn((3, 5, 2), |(item, step, word)| ((item + 2 * step + 3 * word) % 7) as i32);
    let (found, expected) = (custom.forward(&words).unwrap(), plain.forward(&words).unwrap());
    assert_close("y", found.view().into_dyn(), expected.view().into_dyn(), TOLERANCE);
    let error = custom.forward(&words.mapv(|word| word + 1)).unwrap_err();
    assert!(matches!(error, InputError::Number { found: 7, input_size: 7, .. }), "{error}");
}

#[test]
fn parameters_stand_in_lasagnes_order() {
    network! {
        struct Net <
            input(5, 2) => rnn: custom_recurrent(
                input_to_hidden = { dense(4, tanh) => dense(3, linear) },
                hidden_to_hidden = { dense(3, linear, b = none) }
            ) => dense(1)
        >
    }
    let net = Net::<f32>::new(1);
    let names: Vec<&str> = net.parameters().iter().map(|parameter| parameter.name()).collect();
    assert_eq!(
        names,
        [
            "rnn.hid_init",
            "rnn.input_to_hidden.first.w",
            "rnn.input_to_hidden.first.b",
            "rnn.input_to_hidden.rest.w",
            "rnn.input_to_hidden.rest.b",
            "rnn.hidden_to_hidden.w",
            "dense1.w",
            "dense1.b",
        ]
    );
    assert_eq!(net.rnn.input_to_hidden.rest.w.shape(), [4, 3]);
    let _: Array2<f32> = net.forward(&values((2, 5, 2))).unwrap();
}
