//! The table of kinds: for each layer of the library its name, its arguments and what the generator must know.
//! A new layer is one more row.

/// What an argument's value can be; how each is written in Rust stands in `values`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A constant expression of type `usize`.
    Size,
    /// A probability below 1: a constant expression of type `f64`.
    Probability,
    /// `true`, `false` or a constant expression.
    Flag,
    /// A size for rows and columns alike, or a pair.
    Pair,
    /// The same for an option whose default depends on other options.
    OptionalPair,
    /// `valid`, `same`, `full`, a size or a pair.
    Pad,
    /// A nonlinearity's name, perhaps with arguments, or a constant.
    Nonlinearity,
    /// An init's name, perhaps with arguments, or a constant.
    Init,
    /// An init, or `none`.
    OptionalInit,
}

/// One argument of a kind.
#[derive(Debug)]
pub struct Argument {
    /// Its name, also that of the layer's field.
    pub name: &'static str,
    /// What it can be.
    pub value: Value,
    /// Whether it must be given.
    pub required: bool,
}

/// How many inputs a kind has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// One: it follows an arrow.
    One,
    /// Two or more, by name: it starts a chain.
    Named,
}

/// What a layer's backward pass reads of its forward pass.
#[derive(Clone, Copy, Debug)]
pub struct Reads {
    /// The inputs.
    pub inputs: bool,
    /// The output.
    pub output: bool,
}

/// One layer of the library.
#[derive(Debug)]
pub struct Kind {
    /// Its name in the text.
    pub name: &'static str,
    /// Its type in `layercake::layers`.
    pub layer: &'static str,
    /// The type of its parameters there, if it has any.
    pub parameters: Option<&'static str>,
    /// How many inputs it has.
    pub inputs: Inputs,
    /// Its arguments. The first `positional` may stand without their names.
    pub arguments: &'static [Argument],
    /// How many arguments may stand without their names.
    pub positional: usize,
    /// Whether its positional arguments are instead the lengths of axes, any number of them.
    pub takes_axes: bool,
    /// What its backward pass reads.
    pub reads: Reads,
    /// Whether its output is its input's memory with other axes.
    pub is_view: bool,
    /// Whether it draws random numbers in training.
    pub is_random: bool,
    /// How it is used, for messages.
    pub example: &'static str,
}

const fn required(name: &'static str, value: Value) -> Argument {
    Argument { name, value, required: true }
}

const fn optional(name: &'static str, value: Value) -> Argument {
    Argument { name, value, required: false }
}

/// What most rows share.
const BASE: Kind = Kind {
    name: "",
    layer: "",
    parameters: None,
    inputs: Inputs::One,
    arguments: &[],
    positional: 0,
    takes_axes: false,
    reads: Reads { inputs: false, output: false },
    is_view: false,
    is_random: false,
    example: "",
};

/// All kinds.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "dense",
        layer: "Dense",
        parameters: Some("DenseParameters"),
        arguments: &[
            required("num_units", Value::Size),
            optional("nonlinearity", Value::Nonlinearity),
            optional("w", Value::Init),
            optional("b", Value::OptionalInit),
            optional("num_leading_axes", Value::Size),
        ],
        positional: 2,
        reads: Reads { inputs: true, output: true },
        example: "dense(800, relu)",
        ..BASE
    },
    Kind {
        name: "conv2d",
        layer: "Conv2d",
        parameters: Some("Conv2dParameters"),
        arguments: &[
            required("num_filters", Value::Size),
            required("filter_size", Value::Pair),
            optional("nonlinearity", Value::Nonlinearity),
            optional("stride", Value::Pair),
            optional("pad", Value::Pad),
            optional("untie_biases", Value::Flag),
            optional("w", Value::Init),
            optional("b", Value::OptionalInit),
            optional("flip_filters", Value::Flag),
        ],
        positional: 3,
        reads: Reads { inputs: true, output: true },
        example: "conv2d(32, 5, relu)",
        ..BASE
    },
    Kind {
        name: "max_pool2d",
        layer: "MaxPool2d",
        arguments: &[
            required("pool_size", Value::Pair),
            optional("stride", Value::OptionalPair),
            optional("pad", Value::Pair),
            optional("ignore_border", Value::Flag),
        ],
        positional: 1,
        example: "max_pool2d(2)",
        ..BASE
    },
    Kind {
        name: "dropout",
        layer: "Dropout",
        arguments: &[optional("p", Value::Probability), optional("rescale", Value::Flag)],
        positional: 1,
        is_random: true,
        example: "dropout(0.5)",
        ..BASE
    },
    Kind {
        name: "nonlinearity",
        layer: "NonlinearityLayer",
        arguments: &[required("nonlinearity", Value::Nonlinearity)],
        positional: 1,
        reads: Reads { inputs: true, output: true },
        example: "nonlinearity(relu)",
        ..BASE
    },
    Kind {
        name: "flatten",
        layer: "Flatten",
        arguments: &[optional("outdim", Value::Size)],
        positional: 1,
        is_view: true,
        example: "flatten",
        ..BASE
    },
    Kind {
        name: "reshape",
        layer: "Reshape",
        takes_axes: true,
        is_view: true,
        example: "reshape(1, 28, 28)",
        ..BASE
    },
    Kind { name: "add", layer: "Add", inputs: Inputs::Named, example: "add(a, b)", ..BASE },
    Kind {
        name: "concat",
        layer: "Concat",
        inputs: Inputs::Named,
        arguments: &[optional("axis", Value::Size)],
        example: "concat(a, b, axis = 1)",
        ..BASE
    },
];

/// Pairs of neighbours that the runtime computes as one, `Then<first, second>`.
pub const FUSED: &[(&str, &str)] = &[("dense", "dropout"), ("conv2d", "max_pool2d")];

/// The row of a kind.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The elementwise nonlinearities by name, and the number of their arguments.
pub const NONLINEARITIES: &[(&str, usize)] = &[
    ("linear", 0),
    ("relu", 0),
    ("rectify", 0),
    ("sigmoid", 0),
    ("tanh", 0),
    ("softmax", 0),
    ("leaky_relu", 1),
    ("leaky_rectify", 0),
    ("very_leaky_rectify", 0),
    ("elu", 0),
    ("selu", 0),
    ("softplus", 0),
    ("scaled_tanh", 2),
];

/// One init of `layercake::init::Init`.
#[derive(Debug)]
pub struct InitRow {
    /// Its name in the text.
    pub name: &'static str,
    /// Its variant.
    pub variant: &'static str,
    /// The variant's fields with their defaults.
    pub fields: &'static [(&'static str, f64)],
}

const fn init(name: &'static str, variant: &'static str, fields: &'static [(&'static str, f64)]) -> InitRow {
    InitRow { name, variant, fields }
}

/// The inits.
pub const INITS: &[InitRow] = &[
    init("constant", "Constant", &[("value", 0.0)]),
    init("normal", "Normal", &[("std", 0.01), ("mean", 0.0)]),
    init("uniform", "Uniform", &[("range", 0.01)]),
    init("glorot_uniform", "GlorotUniform", &[("gain", 1.0)]),
    init("glorot_normal", "GlorotNormal", &[("gain", 1.0)]),
    init("he_uniform", "HeUniform", &[("gain", 1.0)]),
    init("he_normal", "HeNormal", &[("gain", 1.0)]),
    init("orthogonal", "Orthogonal", &[("gain", 1.0)]),
    init("sparse", "Sparse", &[("sparsity", 0.1), ("std", 0.01)]),
];

/// What users of other libraries may write, and the kind that they mean.
pub const OTHER_NAMES: &[(&str, &str)] = &[
    ("linear", "dense"),
    ("fully_connected", "dense"),
    ("conv", "conv2d"),
    ("convolution", "conv2d"),
    ("max_pool", "max_pool2d"),
    ("maxpool", "max_pool2d"),
    ("maxpool2d", "max_pool2d"),
    ("pool", "max_pool2d"),
    ("drop", "dropout"),
    ("activation", "nonlinearity"),
    ("concatenate", "concat"),
    ("sum", "add"),
    ("elemwise_sum", "add"),
];
