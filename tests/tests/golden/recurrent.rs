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
