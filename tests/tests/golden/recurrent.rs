//! Recurrent layers.

use super::*;

golden! {
    on every device;

    recurrent, "recurrent": { input(5, 2) => recurrent(4) }
    recurrent_backwards, "recurrent_backwards": { input(5, 2) => recurrent(4, backwards = true) }
    recurrent_final, "recurrent_final": { input(5, 2) => recurrent(4, only_return_final = true) }
    recurrent_final_backwards, "recurrent_final_backwards": {
        input(5, 2) => recurrent(4, only_return_final = true, backwards = true)
    }
    custom_recurrent, "recurrent": {
        input(5, 2) => custom_recurrent(
            input_to_hidden = { dense(4, linear) },
            hidden_to_hidden = { dense(4, linear, b = none) }
        )
    }
    custom_recurrent_final_backwards, "recurrent_final_backwards": {
        input(5, 2) => custom_recurrent(
            input_to_hidden = { dense(4, linear) },
            hidden_to_hidden = { dense(4, linear, b = none) },
            only_return_final = true,
            backwards = true
        )
    }
    any_length, "recurrent": { input(..=9, 2) => recurrent(4) }
    lstm_of_any_length, "lstm_masked": { let x = input(..=9, 2); let marks = input(..=9); x => lstm(4, mask = marks) }
    lstm, "lstm": { input(5, 2) => lstm(4) }
    lstm_backwards, "lstm_backwards": { input(5, 2) => lstm(4, backwards = true) }
    lstm_final, "lstm_final": { input(5, 2) => lstm(4, only_return_final = true) }
    lstm_final_backwards, "lstm_final_backwards": {
        input(5, 2) => lstm(4, only_return_final = true, backwards = true)
    }
    lstm_nopeep_learninit, "lstm_nopeep_learninit": {
        input(5, 2) => lstm(4, peepholes = false, learn_init = true)
    }
    lstm_masked, "lstm_masked": { let x = input(5, 2); let marks = input(5); x => lstm(4, mask = marks) }
    gru, "gru": { input(5, 2) => gru(4) }
    gru_backwards, "gru_backwards": { input(5, 2) => gru(4, backwards = true) }
    gru_final, "gru_final": { input(5, 2) => gru(4, only_return_final = true) }
    gru_final_backwards, "gru_final_backwards": {
        input(5, 2) => gru(4, only_return_final = true, backwards = true)
    }
    gru_masked, "gru_masked": { let x = input(5, 2); let marks = input(5); x => gru(4, mask = marks) }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        recurrent_truncated, "recurrent_truncated": { let x = input(7, 2); x => recurrent(3, nonlinearity = tanh, gradient_steps = 3) }
        recurrent_clipped, "recurrent_clipped": { let x = input(5, 2); x => recurrent(3, nonlinearity = sigmoid, grad_clipping = 0.1, b = none, learn_init = true) }
        recurrent_masked_backwards, "recurrent_masked_backwards": { let x = input(6, 2, 2); let m = input(6); let hid_init = input(3); x => recurrent(3, nonlinearity = elu, mask = m, hid_init = hid_init, backwards = true) }
        recurrent_truncated_final, "recurrent_truncated_final": { let x = input(5, 3); let m = input(5); x => recurrent(2, nonlinearity = tanh, gradient_steps = 2, only_return_final = true, mask = m, backwards = true, learn_init = true) }
        lstm_gates, "lstm_gates": { let x = input(4, 3); x => lstm(2, ingate = gate(nonlinearity = tanh), cell = gate(nonlinearity = elu), outgate = gate(nonlinearity = relu), nonlinearity = softplus) }
        lstm_starts, "lstm_starts": { let x = input(4, 2); let m = input(4); let hid_init = input(3); let cell_init = input(3); x => lstm(3, mask = m, hid_init = hid_init, cell_init = cell_init, backwards = true) }
        lstm_truncated, "lstm_truncated": { let x = input(7, 2); let cell_init = input(2); x => lstm(2, gradient_steps = 3, peepholes = false, cell_init = cell_init, learn_init = true) }
        lstm_clipped, "lstm_clipped": { let x = input(5, 2); x => lstm(3, grad_clipping = 0.1, learn_init = true, only_return_final = true) }
        lstm_single_unit, "lstm_single_unit": { let x = input(5, 1); x => lstm(1, gradient_steps = 8) }
        gru_gates, "gru_gates": { let x = input(4, 2); x => gru(3, resetgate = gate(nonlinearity = elu), updategate = gate(nonlinearity = tanh), hidden_update = gate(nonlinearity = softplus)) }
        gru_clipped, "gru_clipped": { let x = input(5, 2, 2); x => gru(2, grad_clipping = 0.05, learn_init = true, backwards = true) }
        gru_truncated_masked, "gru_truncated_masked": { let x = input(7, 2); let m = input(7); let hid_init = input(3); x => gru(3, gradient_steps = 2, mask = m, hid_init = hid_init, only_return_final = true) }
        custom_recurrent_dense, "custom_recurrent_dense": { let x = input(5, 3); let m = input(5); x => custom_recurrent(input_to_hidden = { dense(2, elu) }, hidden_to_hidden = { dense(3, tanh) => dense(2, linear, b = none) }, nonlinearity = softplus, learn_init = true, mask = m, gradient_steps = 3) }
        custom_recurrent_conv2d, "custom_recurrent_conv2d": { let x = input(4, 1, 3, 4); x => custom_recurrent(input_to_hidden = { conv2d(2, 3, linear, pad = same) }, hidden_to_hidden = { conv2d(2, (3, 1), linear, pad = same, b = none) }, nonlinearity = tanh, backwards = true, grad_clipping = 0.2) }
    }
}
