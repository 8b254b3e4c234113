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
mod normalization;
mod pooling;
mod recurrent;
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
    /// For so many axes, such as rows and columns: a size for all alike, or a list of one for each.
    Sizes(usize),
    /// The same for an option whose default depends on other options.
    OptionalSizes(usize),
    /// `valid`, `same`, `full`, or sizes for so many axes.
    Pad(usize),
    /// A list of sizes, in brackets.
    SizeList,
    /// A number: a constant expression of type `f64`.
    Number,
    /// An index or an axis, counted from the end if negative: a constant expression of type `isize`.
    Index,
    /// An index, or a range of them, perhaps with `.step_by(...)`.
    Indices,
    /// A size for all axes, or a list in brackets, with a size or a pair (before, after) for each.
    Widths,
    /// The length of an axis: a size, `[i]` for that of the input's axis i, or -1.
    Length,
    /// The number of an axis, or `x` for a new one.
    Axis,
    /// One of a few words.
    Word(&'static Words),
    /// A nonlinearity's name, perhaps with arguments, or a constant.
    Nonlinearity,
    /// An init's name, perhaps with arguments, or a constant.
    Init,
    /// An init, or `none`.
    OptionalInit,
    /// A factor for rows and columns alike, or a pair: constant expressions of type `f64`.
    Factors,
    /// A size, or -1 for no limit.
    Limit,
    /// A name of the network: a further input.
    Name,
    /// An init, or a name of the network: a further input.
    InitOrName,
    /// Several values under a name of their own.
    Group(&'static Group),
    /// One of these words, an axis or several in parentheses; the batch axis is 0.
    Axes(&'static [&'static str]),
    /// A number for all inputs alike, or one for each in parentheses.
    Coefficients,
    /// `none`, or for each axis, the batch axis first, `none`, `lower`, `center` or `upper`.
    Cropping,
    /// What joins two elements: one of the words, or a path or closure.
    MergeFunction,
    /// A function of numbers: a path or closure.
    Function,
    /// The same for an option that some of its kind's uses go without.
    OptionalFunction,
    /// A type with a function of so many numbers in the language of a device.
    Code(usize),
    /// A normalization with or without options: a layer of its own, which takes the place of the biases.
    Norm,
}

/// The words that an argument can be: variants of an enum in `layercake::layers`.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// The enum.
    pub of: &'static str,
    /// The words with their variants.
    pub words: &'static [(&'static str, &'static str)],
}

impl Value {
    /// Whether it may be a further input.
    fn may_be_an_input(self) -> bool {
        matches!(self, Value::Name | Value::InitOrName)
    }
}

/// Several values of one argument: `gate(w_in = ..., nonlinearity = ...)`.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name in the text.
    pub name: &'static str,
    /// Its type in `layercake::layers`.
    pub layer: &'static str,
    /// Its arguments, all by name and none required.
    pub arguments: &'static [Argument],
}

/// One argument of a kind.
#[derive(Debug, PartialEq, Eq)]
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
    /// The constant of the type that holds what the text need not say.
    pub default: &'static str,
    /// The type of its parameters there, if it has any. The layer then has a `const fn parameter_shapes`, so that they
    /// can be shared.
    pub parameters: Option<&'static str>,
    /// How many inputs it has.
    pub inputs: Inputs,
    /// Its arguments. The first `positional` may stand without their names.
    pub arguments: &'static [Argument],
    /// How many arguments may stand without their names.
    pub positional: usize,
    /// The chains in braces that it is made of, all required: its type is over theirs, `with_chains` joins them to a
    /// layer without, and `step` is the rule for the input of the first. Each other's input is the output of the one
    /// before it.
    pub chains: &'static [&'static str],
    /// Where its positional arguments are instead its output's axes, any number of them: what each can be.
    pub axes: Option<Value>,
    /// Words of options that ask for a way of computing it that not every device has: the option, the word, and the type
    /// around the layer's own that has arithmetic where that way is.
    pub ways: &'static [(&'static str, &'static str, &'static str)],
    /// What its backward pass reads.
    pub reads: Reads,
    /// Whether its output is its input's memory with other axes.
    pub is_view: bool,
    /// Whether it draws random numbers in training.
    pub is_random: bool,
    /// Whether its inputs are numbers that it looks up.
    pub is_lookup: bool,
    /// Whether it can be the `norm` of another layer.
    pub is_norm: bool,
    /// Whether a device may lack what an option or a size of it asks for, which its arithmetic there knows.
    pub is_checked: bool,
    /// Whether it reads its own output of the step before: its nonlinearity is then never the network's last.
    pub is_recurrent: bool,
    /// How it is used, for messages.
    pub example: &'static str,
}

impl Kind {
    /// Whether it can have several inputs, so that its shape rule takes a list of them.
    pub fn takes_several(&self) -> bool {
        self.inputs != Inputs::One || self.arguments.iter().any(|argument| argument.value.may_be_an_input())
    }

    /// Whether it takes the option `norm`.
    pub fn has_norm(&self) -> bool {
        self.arguments.iter().any(|argument| argument.value == Value::Norm)
    }

    /// Whether `inverse` can be taken of it: there is one input, and a gradient with respect to it.
    pub fn has_inverse(&self) -> bool {
        !self.takes_several() && !self.is_lookup
    }
}

const fn required(name: &'static str, value: Value) -> Argument {
    Argument { name, value, required: true }
}

const fn optional(name: &'static str, value: Value) -> Argument {
    Argument { name, value, required: false }
}

/// The option of kinds with biases and a nonlinearity to have a normalization between their sums and these.
const NORM: Argument = optional("norm", Value::Norm);

/// The words for axes that share a parameter or a random number.
const SHARED: Value = Value::Axes(&["auto", "all", "spatial", "features"]);

/// What most rows share.
const BASE: Kind = Kind {
    name: "",
    layer: "",
    default: "DEFAULT",
    parameters: None,
    inputs: Inputs::One,
    arguments: &[],
    positional: 0,
    chains: &[],
    axes: None,
    ways: &[],
    reads: Reads { inputs: false, output: false },
    is_view: false,
    is_random: false,
    is_lookup: false,
    is_norm: false,
    is_checked: false,
    is_recurrent: false,
    example: "",
};

/// All kinds, family by family.
const FAMILIES: &[&[Kind]] = &[
    dense::KINDS,
    embedding::KINDS,
    convolution::KINDS,
    pooling::KINDS,
    recurrent::KINDS,
    noise::KINDS,
    nonlinearity::KINDS,
    normalization::KINDS,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The README's table has a row for every kind, with all its arguments.
    #[test]
    fn the_readme_has_every_kind() {
        let readme = include_str!("../../../README.md");
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let rows: Vec<Vec<&str>> = readme
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split(" | ").next())
            .map(|signature| signature.split(|c| !is_name(c)).collect())
            .collect();
        for kind in all() {
            let arguments: Vec<&str> = kind.arguments.iter().map(|argument| argument.name).collect();
            // Several kinds may stand before a signature that they share; an example takes the place of that of
            // `nonlinearity`.
            let is_there = rows.iter().any(|row| {
                row.contains(&kind.name)
                    && (kind.name == "nonlinearity"
                        || arguments.iter().all(|argument| row.contains(argument)))
            });
            assert!(
                is_there,
                "the README's table has no row for `{}` with {}",
                kind.name,
                arguments.join(", ")
            );
        }
    }
}
