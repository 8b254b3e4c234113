//! Recurrent layers.

use super::*;
use crate::same;
use ndarray::{Array1, Array3};

// Marks: where they are negative, a step is left out. Numbers of units of 1, less and more than a warp, more than a block.

same! {
    recurrent, (3, 5, 2); { input(5, 2) => recurrent(4) }
    recurrent_of_one, (1, 1, 1); { input(1, 1) => recurrent(1, nonlinearity = tanh) }
    recurrent_options, (2, 7, 2, 3), (2, 7), (2, 5); {
        let x = input(7, 2, 3);
        let marks = input(7) => nonlinearity(relu);
        let start = input(5);
        x => recurrent(5, nonlinearity = elu, mask = marks, hid_init = start, backwards = true, grad_clipping = 0.2,
                gradient_steps = 5)
    }
    recurrent_final, (3, 4, 2); {
        input(4, 2)
            => recurrent(67, nonlinearity = leaky_relu(0.1), learn_init = true, hid_init = normal(0.5))
            => recurrent(3, b = none, only_return_final = true, backwards = true)
    }
    recurrent_softmax, (3, 4, 2); { input(4, 2) => recurrent(37, nonlinearity = softmax) => recurrent(3) }
    recurrent_larger_than_a_block, (2, 3, 5); { input(3, 5) => recurrent(300, nonlinearity = tanh, only_return_final = true) }

    lstm, (3, 5, 2); { input(5, 2) => lstm(4) }
    lstm_of_one, (1, 1, 1); { input(1, 1) => lstm(1) }
    lstm_options, (2, 7, 3), (2, 7), (2, 33), (2, 33); {
        let x = input(7, 3);
        let marks = input(7) => nonlinearity(relu);
        let start = input(33);
        let content = input(33);
        x => lstm(33, mask = marks, hid_init = start, cell_init = content, backwards = true, grad_clipping = 0.05,
                gradient_steps = 5)
    }
    lstm_gates, (3, 4, 2); {
        input(4, 2) => lstm(
            37,
            ingate = gate(nonlinearity = softmax),
            forgetgate = gate(w_in = normal(0.5), nonlinearity = scaled_tanh(0.5, 1.5)),
            cell = gate(w_cell = none, nonlinearity = elu),
            outgate = gate(nonlinearity = relu),
            nonlinearity = softmax,
            learn_init = true,
            only_return_final = true
        )
    }
    lstm_without_peepholes, (3, 4, 2); {
        input(4, 2) => lstm(5, peepholes = false, learn_init = true, cell_init = normal(0.5)) => lstm(3, backwards = true)
    }

    gru, (3, 5, 2); { input(5, 2) => gru(4) }
    gru_of_one, (1, 1, 1); { input(1, 1) => gru(1) }
    gru_options, (2, 7, 3), (2, 7), (2, 33); {
        let x = input(7, 3);
        let marks = input(7) => nonlinearity(relu);
        let start = input(33);
        x => gru(33, mask = marks, hid_init = start, backwards = true, grad_clipping = 0.02, gradient_steps = 5)
    }
    gru_gates, (3, 4, 2); {
        input(4, 2) => gru(
            37,
            resetgate = gate(nonlinearity = elu),
            updategate = gate(nonlinearity = softmax),
            hidden_update = gate(w_cell = none, nonlinearity = softmax),
            learn_init = true,
            hid_init = normal(0.5),
            only_return_final = true
        )
    }

    custom_recurrent, (5, 4, 3), (5, 4), (5, 5); {
        let x = input(4, 3);
        let marks = input(4) => nonlinearity(relu);
        let start = input(5);
        x => custom_recurrent(
            input_to_hidden = { dense(7, tanh) => dropout(0.3) => dense(5, linear) },
            hidden_to_hidden = { dense(6, tanh) => batch_norm => dense(5, linear) },
            nonlinearity = elu, mask = marks, hid_init = start, backwards = true, grad_clipping = 0.2, gradient_steps = 3
        )
    }
    custom_recurrent_of_images, (2, 3, 1, 5, 4); {
        input(3, 1, 5, 4) => custom_recurrent(
            input_to_hidden = { conv2d(2, 3, tanh, pad = same) },
            hidden_to_hidden = { conv2d(2, 3, linear, pad = same, b = none) },
            nonlinearity = softmax, learn_init = true, only_return_final = true
        )
    }
    recurrent_within_custom_recurrent, (2, 3, 4, 2); {
        input(3, 4, 2) => custom_recurrent(
            input_to_hidden = { recurrent(5, nonlinearity = tanh) => gru(3, only_return_final = true) },
            hidden_to_hidden = { dense(3, linear) }
        )
    }
}

/// Lengths go up and down, so that all memory is used again, and what a longer sequence left there.
#[test]
fn sequences_of_any_length_agree() {
    network! {
        struct Tagger <
            let x = input(..=9, 2);
            let marks = input(..=9) => nonlinearity(relu);
            let onwards = x => lstm(5, mask = marks);
            onwards => gru(4, backwards = true) => recurrent(3, nonlinearity = tanh, only_return_final = true)
        >
    }
    for device in devices::cuda() {
        for length in [3, 9, 1, 4] {
            let net = Tagger::<f64>::new(5);
            let inputs = (training::values((2, length, 2)), training::values((2, length)));
            compare(&net, net.to(&device).unwrap(), &inputs, 1e-12);
        }
    }
}

/// Ten steps of training, recorded and replayed from the third on.
#[test]
fn recurrent_networks_train_alike() {
    network! { struct Counter < input(6, 2) => gru(7) => lstm(5, only_return_final = true) => dense(3, softmax) > }
    let x: Array3<f64> = training::values((20, 6, 2));
    let classes = Array1::from_shape_fn(20, |i| (i * 7 % 3) as u8);
    for device in devices::cuda_with_products() {
        let net = Counter::<f64>::new(1);
        let mut on_gpu = Trainer::new(net.to(&device).unwrap(), CategoricalCrossentropy, adam(0.01));
        let mut on_cpu = Trainer::new(net, CategoricalCrossentropy, adam(0.01));
        let mut minibatches = Minibatches::new(x.view(), classes.view(), 4).unwrap();
        for epoch in 0..2 {
            minibatches.restart(epoch);
            let found = on_gpu.epoch(&mut minibatches).unwrap();
            minibatches.restart(epoch);
            let expected = on_cpu.epoch(&mut minibatches).unwrap();
            assert!((found - expected).abs() < 1e-10, "epoch {epoch}: found {found}, expected {expected}");
        }
        for (found, expected) in on_gpu.net.parameter_values().iter().zip(on_cpu.net.parameter_values()) {
            assert_close("parameters", found.view(), expected.view(), 1e-8);
        }
    }
}

#[test]
fn a_softmax_over_too_many_units_is_refused() {
    network! { struct Wide < input(2, 1) => recurrent(1025, nonlinearity = softmax) > }
    network! { struct Gates < input(2, 1) => lstm(1025, outgate = gate(nonlinearity = softmax)) > }
    network! { struct Update < input(2, 1) => last: gru(1100, hidden_update = gate(w_cell = none, nonlinearity = softmax)) > }
    network! {
        struct Inner <
            input(2, 3) => custom_recurrent(
                input_to_hidden = { dense(1025, linear) },
                hidden_to_hidden = { dense(1025, linear) },
                nonlinearity = softmax
            )
        >
    }
    network! { struct Fits < input(2, 1) => recurrent(1024, nonlinearity = softmax) => gru(1025) > }
    for device in devices::cuda() {
        let refused = |error: layercake::DeviceError, layer: &str, units: usize| {
            let expected = format!(
                "cuda: there are no kernels for the {layer} with softmax over {units} units; use at most 1024 units, or \
                 another nonlinearity"
            );
            assert_eq!(error.to_string(), expected);
        };
        refused(Wide::<f32>::new(1).to(&device).unwrap_err(), "recurrent `recurrent1`", 1025);
        refused(Gates::<f32>::new(1).to(&device).unwrap_err(), "lstm `lstm1`", 1025);
        refused(Update::<f32>::new(1).to(&device).unwrap_err(), "gru `last`", 1100);
        refused(Inner::<f32>::new(1).to(&device).unwrap_err(), "custom_recurrent `custom_recurrent1`", 1025);
        Fits::<f32>::new(1).to(&device).unwrap();
    }
}
