//! What can be written in a network's text.
//!
//! ```text
//! body    :=  (binding ";")*  outputs
//! binding :=  "let" name "=" chain
//! outputs :=  chain  |  "(" chain ("," chain)* ")"
//! chain   :=  source ("=>" layer)*
//! source  :=  "input" "(" lengths ")"  |  name  |  merge "(" name ("," name)* ("," option)* ")"
//! layer   :=  (label ":")? kind ("(" argument ("," argument)* ")")?
//!          |  (label ":")? path of a layer of one's own, with its fields
//!          |  "repeat" "(" number ")" "{" layer ("=>" layer)* "}"
//! argument:=  expression  |  option "=" expression  |  option "=" "{" layer ("=>" layer)* "}"
//! ```

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Attribute, Expr, Path, Visibility};

/// A whole invocation.
pub struct Network {
    /// What stands before the name: documentation and other attributes.
    pub attributes: Vec<Attribute>,
    /// `pub` or the like.
    pub visibility: Visibility,
    /// The struct's name; `None` in the expression form.
    pub name: Option<Ident>,
    /// What stands between the angle brackets.
    pub body: Body,
}

/// The text between the angle brackets.
pub struct Body {
    /// `let name = chain;`
    pub bindings: Vec<Binding>,
    /// The chains whose ends are the network's outputs.
    pub outputs: Vec<Chain>,
}

/// `let name = chain;`
pub struct Binding {
    /// The name of the chain's end.
    pub name: Ident,
    /// The chain.
    pub chain: Chain,
}

/// `source => layer => layer`
pub struct Chain {
    /// Where it starts.
    pub source: Source,
    /// What follows.
    pub layers: Vec<Layer>,
}

impl Chain {
    /// Its first word.
    pub fn start(&self) -> &Ident {
        match &self.source {
            Source::Name(name) => name,
            Source::Call(call) => &call.kind,
        }
    }
}

/// The start of a chain.
pub enum Source {
    /// A name given by `let`.
    Name(Ident),
    /// `input(...)` or a merge of names, perhaps with a label.
    Call(Call),
}

/// One layer of a chain.
#[derive(Clone)]
pub enum Layer {
    /// One of the library's kinds.
    Kind(Call),
    /// A layer of one's own.
    Own(Own),
}

/// `label: kind(arguments)`
#[derive(Clone)]
pub struct Call {
    /// The field's name, if one is given.
    pub label: Option<Ident>,
    /// The kind's name.
    pub kind: Ident,
    /// What stands in the parentheses, without the chains in braces.
    pub arguments: Vec<Argument>,
    /// The chains in braces.
    pub chains: Vec<InnerChain>,
    /// Whether there are parentheses.
    pub parentheses: bool,
    /// Where the call ends.
    pub end: Span,
    /// The call as written, without the label.
    pub text: String,
}

/// A positional argument or an option.
#[derive(Clone)]
pub struct Argument {
    /// The option's name, for `name = value`.
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
}

/// `option = { layer => layer }`
#[derive(Clone)]
pub struct InnerChain {
    /// The option's name.
    pub name: Ident,
    /// The layers.
    pub layers: Vec<Layer>,
}

/// `label: path::Layer { fields }`
#[derive(Clone)]
pub struct Own {
    /// The field's name, if one is given.
    pub label: Option<Ident>,
    /// The layer's type.
    pub path: Path,
    /// The layer as an expression.
    pub value: TokenStream,
    /// Where the expression ends.
    pub end: Span,
    /// The expression as written.
    pub text: String,
}
