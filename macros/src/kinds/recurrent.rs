//! Recurrent layers.

use super::*;

const GATE: Group = Group {
    name: "gate",
    layer: "Gate",
    arguments: &[
        optional("w_in", Value::Init),
        optional("w_hid", Value::Init),
        optional("w_cell", Value::OptionalInit),
        optional("b", Value::Init),
        optional("nonlinearity", Value::Nonlinearity),
    ],
};

const fn gate(name: &'static str) -> Argument {
    optional(name, Value::Group(&GATE))
}

/// The rows.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "recurrent",
        layer: "Recurrent",
        parameters: Some("RecurrentParameters"),
        arguments: &[
            required("num_units", Value::Size),
            optional("w_in_to_hid", Value::Init),
            optional("w_hid_to_hid", Value::Init),
            optional("b", Value::OptionalInit),
            optional("nonlinearity", Value::Nonlinearity),
            optional("hid_init", Value::InitOrName),
            optional("backwards", Value::Flag),
            optional("learn_init", Value::Flag),
            optional("gradient_steps", Value::Limit),
            optional("grad_clipping", Value::Number),
            optional("mask", Value::Name),
            optional("only_return_final", Value::Flag),
        ],
        example: "recurrent(100)",
        ..RECURRENT
    },
    Kind {
        name: "lstm",
        layer: "Lstm",
        parameters: Some("LstmParameters"),
        arguments: &[
            required("num_units", Value::Size),
            gate("ingate"),
            gate("forgetgate"),
            gate("cell"),
            gate("outgate"),
            optional("nonlinearity", Value::Nonlinearity),
            optional("cell_init", Value::InitOrName),
            optional("hid_init", Value::InitOrName),
            optional("backwards", Value::Flag),
            optional("learn_init", Value::Flag),
            optional("peepholes", Value::Flag),
            optional("gradient_steps", Value::Limit),
            optional("grad_clipping", Value::Number),
            optional("mask", Value::Name),
            optional("only_return_final", Value::Flag),
        ],
        example: "lstm(100)",
        ..RECURRENT
    },
    Kind {
        name: "gru",
        layer: "Gru",
        parameters: Some("GruParameters"),
        arguments: &[
            required("num_units", Value::Size),
            gate("resetgate"),
            gate("updategate"),
            gate("hidden_update"),
            optional("hid_init", Value::InitOrName),
            optional("backwards", Value::Flag),
            optional("learn_init", Value::Flag),
            optional("gradient_steps", Value::Limit),
            optional("grad_clipping", Value::Number),
            optional("mask", Value::Name),
            optional("only_return_final", Value::Flag),
        ],
        example: "gru(100)",
        ..RECURRENT
    },
    Kind {
        name: "custom_recurrent",
        layer: "CustomRecurrent",
        parameters: Some("CustomRecurrentParameters"),
        arguments: &[
            optional("nonlinearity", Value::Nonlinearity),
            optional("hid_init", Value::InitOrName),
            optional("backwards", Value::Flag),
            optional("learn_init", Value::Flag),
            optional("gradient_steps", Value::Limit),
            optional("grad_clipping", Value::Number),
            optional("mask", Value::Name),
            optional("only_return_final", Value::Flag),
        ],
        positional: 0,
        chains: &["input_to_hidden", "hidden_to_hidden"],
        // The layers of the chains may.
        is_random: true,
        example: "custom_recurrent(input_to_hidden = { dense(20, linear) }, hidden_to_hidden = { dense(20, linear) })",
        ..RECURRENT
    },
];

/// What the rows share.
const RECURRENT: Kind = Kind { positional: 1, is_checked: true, is_recurrent: true, ..BASE };
