//! The table of kinds: for each layer of the library its name, its arguments and what the generator must know.
//! A new layer is one more row.

mod axes;
mod convolution;
mod dense;
mod embedding;
mod inverse;
mod merge;
mod noise;
mod nonlinearity;
mod pooling;
mod transformer;

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
    /// A factor for rows and columns alike, or a pair: constant expressions of type `f64`.
    Factors,
    /// `nearest`, `mirror` or `wrap`.
    BorderMode,
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
    /// Two that differ, by name: it starts a chain.
    Two,
    /// One, and its argument is the name of an earlier layer, whose input and output it reads as well.
    OfLayer,
}

impl Inputs {
    /// Whether they are given by name, so that the layer starts a chain.
    pub fn are_named(self) -> bool {
        matches!(self, Inputs::Named | Inputs::Two)
    }
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
    /// Whether its parameters can be shared: its type has a `const fn parameter_shapes`.
    pub is_shareable: bool,
    /// Whether `inverse` can be taken of it.
    pub has_inverse: bool,
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
    is_shareable: false,
    has_inverse: false,
    is_view: false,
    is_random: false,
    example: "",
};

/// All kinds, family by family.
const FAMILIES: &[&[Kind]] = &[
    dense::KINDS,
    embedding::KINDS,
    convolution::KINDS,
    pooling::KINDS,
    noise::KINDS,
    nonlinearity::KINDS,
    axes::KINDS,
    merge::KINDS,
    inverse::KINDS,
    transformer::KINDS,
];

/// All kinds.
pub fn all() -> impl Iterator<Item = &'static Kind> {
    FAMILIES.iter().copied().flatten()
}

/// Pairs of neighbours that the runtime computes as one, `Then<first, second>`.
pub const FUSED: &[(&str, &str)] = &[("dense", "dropout"), ("conv2d", "max_pool2d")];

/// The row of a kind.
pub fn find(name: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.name == name)
}
