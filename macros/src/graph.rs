//! A network as a graph: nodes in the order of computation, each after those that it reads.

use proc_macro2::{Ident, Span, TokenStream};
use syn::Path;

use crate::kinds::{Kind, Reads};

/// A network's nodes in the order of computation, and which of them are outputs.
pub struct Graph {
    /// Inputs and layers.
    pub nodes: Vec<Node>,
    /// The outputs, by their place in `nodes`.
    pub outputs: Vec<usize>,
}

/// One input or layer.
pub struct Node {
    /// The name of its field.
    pub name: Ident,
    /// What it is.
    pub what: What,
    /// The nodes that it reads.
    pub inputs: Vec<usize>,
    /// The node whose parameters it has in place of its own.
    pub shares: Option<usize>,
    /// As written.
    pub text: String,
    /// Where it starts and ends in the source.
    pub span: (Span, Span),
}

/// What a node is.
#[derive(Clone)]
pub enum What {
    /// An input.
    Input {
        /// The lengths of its axes.
        axes: Vec<AxisLength>,
        /// Whether it is of class or word numbers, `dtype = i32`.
        integers: bool,
        /// The fixed batch: an `Option<usize>`.
        batch: TokenStream,
    },
    /// One of the library's layers.
    Kind {
        /// Its row of the table.
        kind: &'static Kind,
        /// The layer as a constant expression.
        value: TokenStream,
        /// Whether its nonlinearity, if it has one, is known to work element by element.
        elementwise: bool,
        /// Whether an inference can compute a layer and the batch normalization after it as one. Of the layer: that it
        /// has no nonlinearity, and its channels stand first. Of the normalization: that it is over all axes but these.
        joins: bool,
        /// The type around the layer's own, for a way of computing it that not every device has.
        by: Option<&'static str>,
        /// The layer that it is the inverse of.
        of: Option<usize>,
        /// The chains in braces that it is made of.
        chains: Vec<Vec<Inner>>,
    },
    /// A layer of the user's.
    Own {
        /// Its type.
        path: Path,
        /// The layer as a constant expression.
        value: TokenStream,
    },
}

/// One layer of a chain in braces: no node, but part of one.
#[derive(Clone)]
pub struct Inner {
    /// What it is.
    pub what: What,
    /// Where it starts and ends in the source.
    pub span: (Span, Span),
}

/// The length of an input's axis.
#[derive(Clone)]
pub enum AxisLength {
    /// Always this: a `usize`.
    Fixed(TokenStream),
    /// Any of these: a `Lengths`.
    Any(TokenStream),
}

impl What {
    /// The chains in braces that it is made of.
    pub fn chains(&self) -> &[Vec<Inner>] {
        match self {
            What::Kind { chains, .. } => chains,
            _ => &[],
        }
    }

    /// The row of the table, for the library's layers.
    pub fn kind(&self) -> Option<&'static Kind> {
        match self {
            What::Kind { kind, .. } => Some(kind),
            _ => None,
        }
    }
}

impl Node {
    /// The row of the table, for the library's layers.
    pub fn kind(&self) -> Option<&'static Kind> {
        self.what.kind()
    }

    /// Whether it is an input.
    pub fn is_input(&self) -> bool {
        matches!(self.what, What::Input { .. })
    }

    /// The axes of an input that may be of any length: the number of each, the batch axis being 0, and its lengths.
    pub fn axes_of_any_length(&self) -> impl Iterator<Item = (usize, &TokenStream)> {
        let axes = match &self.what {
            What::Input { axes, .. } => &axes[..],
            _ => &[],
        };
        axes.iter().enumerate().filter_map(|(place, length)| match length {
            AxisLength::Fixed(_) => None,
            AxisLength::Any(lengths) => Some((place + 1, lengths)),
        })
    }

    /// Whether it is an input of class or word numbers.
    pub fn is_input_of_integers(&self) -> bool {
        matches!(self.what, What::Input { integers: true, .. })
    }

    /// Whether it may have parameters (what a layer of the user's has is not known here).
    pub fn has_parameters(&self) -> bool {
        match &self.what {
            What::Input { .. } => false,
            What::Kind { kind, .. } => kind.parameters.is_some() || self.shares.is_some(),
            What::Own { .. } => true,
        }
    }

    /// Whether it may have parameters that are not those of another layer.
    pub fn owns_parameters(&self) -> bool {
        self.has_parameters() && self.shares.is_none()
    }

    /// Whether its output is its input's memory with other axes.
    pub fn is_view(&self) -> bool {
        self.kind().is_some_and(|kind| kind.is_view)
    }

    /// What its backward pass reads (a layer of the user's may read all).
    pub fn reads(&self) -> Reads {
        self.kind().map_or(Reads { inputs: true, output: true }, |kind| kind.reads)
    }

    /// Whether it ends with a nonlinearity of its own that can be left to another.
    pub fn has_nonlinearity(&self) -> bool {
        let has = |kind: &Kind| kind.arguments.iter().any(|argument| argument.name == "nonlinearity");
        let is_plain = matches!(self.what, What::Kind { by: None, .. });
        is_plain && self.kind().is_some_and(|kind| has(kind) && !kind.is_recurrent)
    }
}

impl Graph {
    /// Whether an input has an axis of any length.
    pub fn has_any_length(&self) -> bool {
        self.nodes.iter().any(|node| node.axes_of_any_length().next().is_some())
    }

    /// The nodes that read node `node`, once for each time that they do.
    pub fn readers(&self, node: usize) -> impl Iterator<Item = usize> {
        let reads = move |(reader, other): (usize, &Node)| {
            std::iter::repeat_n(reader, other.inputs.iter().filter(|&&input| input == node).count())
        };
        self.nodes.iter().enumerate().flat_map(reads)
    }

    /// The layers that may look up the numbers of the input `input`. Layers without parameters may hand them on.
    pub fn may_look_up(&self, input: usize) -> Vec<usize> {
        let mut holds = vec![false; self.nodes.len()];
        holds[input] = true;
        let mut layers = Vec::new();
        for (place, node) in self.nodes.iter().enumerate() {
            if node.inputs.iter().any(|&input| holds[input]) {
                layers.push(place);
                holds[place] = !node.has_parameters();
            }
        }
        layers
    }
}
