//! Finite differences in f64: recurrent layers with all their options.

use layercake_tests::check;

check! { recurrent_relu, (3, 5, 2); input(5, 2) => recurrent(4) }
check! { recurrent_options, (3, 5, 2, 2); input(5, 2, 2) => recurrent(4, w_in_to_hid = normal(0.5), w_hid_to_hid = normal(0.5), b = none, nonlinearity = tanh, hid_init = constant(0.2), backwards = true, learn_init = true) => dense(3, tanh) }
check! { recurrent_softmax, (3, 5, 2); input(5, 2) => recurrent(4, nonlinearity = softmax, only_return_final = true) }
check! { recurrent_masked, (3, 5, 2), (3, 5);
    let x = input(5, 2);
    let mask = input(5) => nonlinearity(relu);
    x => recurrent(4, nonlinearity = tanh, mask = mask, learn_init = true)
}
check! { recurrent_starts_from_a_name, (3, 5, 2), (3, 4);
    let x = input(5, 2);
    let start = input(4) => dense(4, tanh);
    x => recurrent(4, nonlinearity = tanh, hid_init = start, learn_init = true, backwards = true)
}

check! { lstm_plain, (3, 5, 2); input(5, 2) => lstm(4) }
check! { lstm_without_peepholes, (3, 5, 2); input(5, 2) => lstm(4, peepholes = false) => lstm(3, only_return_final = true) }
check! { lstm_of_images, (2, 3, 2, 4); input(3, 2, 4) => lstm(4, backwards = true) }
check! { lstm_learns_its_start, (3, 5, 2); input(5, 2) => lstm(4, learn_init = true, backwards = true, only_return_final = true) => dense(2, tanh) }
check! { lstm_gates, (3, 4, 2);
    input(4, 2) => lstm(
        3,
        ingate = gate(w_in = normal(0.5), nonlinearity = softplus),
        forgetgate = gate(b = constant(1), nonlinearity = tanh),
        cell = gate(w_hid = orthogonal, nonlinearity = softmax),
        outgate = gate(w_cell = normal(0.7), nonlinearity = elu),
        nonlinearity = scaled_tanh(0.5, 2)
    )
}
check! { lstm_gates_without_peepholes, (3, 4, 2); input(4, 2) => lstm(3, ingate = gate(w_cell = none), peepholes = false, nonlinearity = linear) }
check! { lstm_masked, (3, 5, 2), (3, 5);
    let x = input(5, 2);
    let mask = input(5) => nonlinearity(relu);
    let forwards = x => lstm(4, mask = mask, learn_init = true, only_return_final = true);
    let backwards = x => lstm(4, mask = mask, backwards = true, only_return_final = true);
    concat(forwards, backwards) => dense(2, tanh)
}
check! { lstm_starts_from_names, (3, 5, 2), (3, 4);
    let x = input(5, 2);
    let start = input(4);
    let hid = start => dense(4, tanh);
    x => lstm(4, hid_init = hid, cell_init = start)
}
check! { lstm_starts_from_one_name, (3, 5, 2);
    let x = input(5, 2);
    let start = x => lstm(3, only_return_final = true);
    let mask = x => dense(5, relu);
    x => lstm(3, cell_init = start, mask = mask, hid_init = start, backwards = true) => lstm(2)
}

check! { gru_plain, (3, 5, 2); input(5, 2) => gru(4) }
check! { gru_options, (3, 5, 2); input(5, 2) => gru(4, hid_init = normal(0.3), learn_init = true, backwards = true) => gru(3, only_return_final = true) }
check! { gru_gates, (3, 4, 2);
    input(4, 2) => gru(
        3,
        resetgate = gate(w_in = normal(0.5), nonlinearity = softplus),
        updategate = gate(b = constant(1), nonlinearity = softmax),
        hidden_update = gate(w_hid = orthogonal, nonlinearity = elu)
    )
}
check! { gru_masked, (3, 5, 2), (3, 5);
    let x = input(5, 2);
    let mask = input(5) => nonlinearity(relu);
    x => gru(4, mask = mask, backwards = true, learn_init = true)
}
check! { gru_starts_from_a_name, (3, 5, 2), (3, 4);
    let x = input(5, 2);
    let start = input(4);
    x => gru(4, hid_init = start, only_return_final = true) => dense(2, tanh)
}

check! { clipping_by_much_is_none, (3, 5, 2); input(5, 2) => lstm(3, grad_clipping = 1000) => gru(3, grad_clipping = 1e3) => recurrent(3, nonlinearity = tanh, grad_clipping = 1000) }
check! { as_many_gradient_steps_as_there_are, (3, 5, 2); input(5, 2) => lstm(3, gradient_steps = 5) => gru(3, gradient_steps = 9) => recurrent(3, gradient_steps = -1) }
