//! Names resolved: from the ast to a list of nodes, each after those that it reads.

mod references;

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Path};

use crate::ast::{Argument, Body, Call, Chain, Layer, Own, Source};
use crate::case::snake_case;
use crate::errors::{Errors, list, nearest, suggest};
use crate::kinds::{self, FUSED, Inputs, Kind, Reads, Value};
use crate::values;
use crate::words::OTHER_NAMES;

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
pub enum What {
    /// An input.
    Input {
        /// The lengths of its axes.
        axes: Vec<TokenStream>,
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
        /// The layer that it is the inverse of.
        of: Option<usize>,
    },
    /// A layer of the user's.
    Own {
        /// Its type.
        path: Path,
        /// The layer as a constant expression.
        value: TokenStream,
    },
}

impl Node {
    /// The row of the table, for the library's layers.
    pub fn kind(&self) -> Option<&'static Kind> {
        match self.what {
            What::Kind { kind, .. } => Some(kind),
            _ => None,
        }
    }

    /// Whether it is an input.
    pub fn is_input(&self) -> bool {
        matches!(self.what, What::Input { .. })
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

    /// Whether it ends with a nonlinearity of its own.
    pub fn has_nonlinearity(&self) -> bool {
        let has = |kind: &Kind| kind.arguments.iter().any(|argument| argument.name == "nonlinearity");
        self.kind().is_some_and(|kind| has(kind) && !kind.is_recurrent)
    }
}

impl Graph {
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

/// Resolves a body. `None` if there is nothing sound to go on with; the errors then say why.
pub fn resolve(body: &Body, errors: &mut Errors) -> Option<Graph> {
    let mut resolver = Resolver {
        errors,
        names: HashMap::new(),
        used: HashSet::new(),
        fields: HashSet::new(),
        labels: references::labels(body),
        counts: HashMap::new(),
        nodes: Vec::new(),
    };
    let all: Vec<&Ident> = body.bindings.iter().map(|binding| &binding.name).collect();
    for binding in &body.bindings {
        let end = resolver.chain(&binding.chain, Some(&binding.name), &all);
        if resolver.names.contains_key(&binding.name.to_string()) {
            let name = &binding.name;
            resolver
                .errors
                .push(name.span(), format!("the name `{name}` is given twice; each `let` needs its own"));
        }
        resolver.names.insert(binding.name.to_string(), end);
    }
    let outputs: Vec<Option<usize>> =
        body.outputs.iter().map(|chain| resolver.chain(chain, None, &all)).collect();
    for name in all {
        if !resolver.used.contains(&name.to_string()) {
            let message =
                format!("`{name}` is not used; read it in a chain, make it an output, or remove it");
            resolver.errors.push(name.span(), message);
        }
    }
    let nodes = resolver.nodes;
    let outputs: Vec<usize> = outputs.into_iter().collect::<Option<_>>()?;
    for (place, &output) in outputs.iter().enumerate() {
        let start = body.outputs[place].start();
        if nodes[output].is_input() {
            let message = "this output is an input: nothing is computed; join layers to it with `=>`";
            errors.push(start.span(), message);
        } else if outputs[..place].contains(&output) {
            errors.push(start.span(), format!("`{start}` is an output twice; name it once"));
        }
    }
    if outputs.len() > 6 {
        let count = outputs.len();
        errors
            .push(nodes[outputs[6]].span.0, format!("a network has at most 6 outputs, and this one {count}"));
    }
    Some(Graph { nodes, outputs })
}

/// Fields of every network.
const RESERVED: [&str; 2] = ["on_device", "of_type"];

struct Resolver<'a> {
    errors: &'a mut Errors,
    /// The node for which each name stands; `None` after an error in its chain.
    names: HashMap<String, Option<usize>>,
    used: HashSet<String>,
    fields: HashSet<String>,
    /// All labels in the text.
    labels: HashSet<String>,
    counts: HashMap<String, usize>,
    nodes: Vec<Node>,
}

impl Resolver<'_> {
    /// The node at a chain's end. An error leaves no node, but the rest of the chain is checked all the same.
    fn chain(&mut self, chain: &Chain, binding: Option<&Ident>, all: &[&Ident]) -> Option<usize> {
        let mut end = match &chain.source {
            Source::Name(name) => self.name(name, binding, all),
            // A name given to an input alone is also its field's.
            Source::Call(call) if call.kind == "input" => {
                self.input(call, binding.filter(|_| chain.layers.is_empty()))
            }
            Source::Call(call) => self.merge(call, binding, all),
        };
        for layer in &chain.layers {
            end = match layer {
                Layer::Kind(call) => self.layer(call, end, binding, all),
                Layer::Own(own) => end.map(|end| self.own(own, end)),
            };
        }
        end
    }

    fn name(&mut self, name: &Ident, binding: Option<&Ident>, all: &[&Ident]) -> Option<usize> {
        let text = name.to_string();
        self.used.insert(text.clone());
        if let Some(&node) = self.names.get(&text) {
            return node;
        }
        if binding.is_some_and(|binding| *binding == text) {
            let message = format!("`{name}` is computed from itself; a network has no cycles");
            self.errors.push(name.span(), message);
        } else if all.iter().any(|other| **other == text) {
            let message = format!(
                "`{name}` is used before its `let`; move `let {name} = ...` up (a network has no cycles)"
            );
            self.errors.push(name.span(), message);
        } else if kinds::find(&text).is_some() {
            let message = format!("`{name}` needs an input: start the chain with `input(...)` or a name");
            self.errors.push(name.span(), message);
        } else {
            let names: Vec<String> = all.iter().map(|name| name.to_string()).collect();
            let names = || names.iter().map(String::as_str);
            let suggestion = match all {
                [] => "a chain starts with `input(...)`, or with a name given before by `let`".to_owned(),
                _ => suggest(&text, names()),
            };
            // What was meant is not unused.
            self.used.extend(nearest(&text, names()).map(str::to_owned));
            self.errors.push(name.span(), format!("no `let` gives the name `{name}`: {suggestion}"));
        }
        None
    }

    /// Counts the names among arguments as used, where an error keeps the arguments from being looked at.
    fn mention(&mut self, call: &Call) {
        let names = call.arguments.iter().filter_map(|argument| values::word(&argument.value));
        self.used.extend(names.chain([call.kind.clone()]).map(|name| name.to_string()));
    }

    fn input(&mut self, call: &Call, binding: Option<&Ident>) -> Option<usize> {
        let (mut axes, mut sound) = (Vec::new(), true);
        let mut integers = false;
        let mut batch = quote!(::core::option::Option::None);
        for argument in &call.arguments {
            let Some(name) = &argument.name else {
                match self.errors.take(values::size(&argument.value, "an axis of `input`")) {
                    Some(axis) => axes.push(axis),
                    None => sound = false,
                }
                continue;
            };
            let value = &argument.value;
            let word = value.to_token_stream().to_string();
            if name == "batch" {
                let size = self.errors.take(values::size(value, "`batch` of `input`"));
                sound &= size.is_some();
                batch = quote_spanned!(value.span()=> ::core::option::Option::Some(#size));
            } else if name == "dtype" && word == "i32" {
                integers = true;
            } else if name == "dtype" {
                let message = format!(
                    "dtype = {word} is not possible: class and word numbers are `i32`; real numbers have the \
                     network's own type, and no dtype"
                );
                self.errors.add(syn::Error::new_spanned(value, message));
                sound = false;
            } else {
                let suggestion = suggest(&name.to_string(), ["dtype", "batch"]);
                self.errors.push(name.span(), format!("`input` has no option `{name}`: {suggestion}"));
                sound = false;
            }
        }
        if sound && axes.is_empty() {
            let message = "`input` needs the lengths of its axes without the batch axis: `input(1, 28, 28)`";
            self.errors.push(call.end, message);
            sound = false;
        }
        sound.then(|| {
            let label = call.label.as_ref().or(binding);
            let name = self.field(label, "input", call.kind.span());
            self.push(Node {
                name,
                what: What::Input { axes, integers, batch },
                inputs: Vec::new(),
                shares: None,
                text: call.text.clone(),
                span: (call.kind.span(), call.end),
            })
        })
    }

    fn merge(&mut self, call: &Call, binding: Option<&Ident>, all: &[&Ident]) -> Option<usize> {
        let Some(kind) = self.kind(&call.kind) else {
            self.mention(call);
            return None;
        };
        if !kind.inputs.are_named() {
            let name = kind.name;
            let message = format!("`{name}` needs an input: start the chain with `input(...)` or a name");
            self.errors.push(call.kind.span(), message);
            return None;
        }
        let mut inputs = Vec::new();
        let mut options = Vec::new();
        for argument in &call.arguments {
            match (&argument.name, &argument.value) {
                (Some(_), _) => options.push(argument.clone()),
                (None, Expr::Path(path)) if path.path.get_ident().is_some() => {
                    let name = path.path.get_ident()?;
                    inputs.push(self.name(name, binding, all));
                }
                (None, other) => {
                    let message = format!(
                        "`{}` joins names: give this chain a name with `let`, and write the name here",
                        kind.name
                    );
                    self.errors.add(syn::Error::new_spanned(other, message));
                    inputs.push(None);
                }
            }
        }
        if inputs.len() < 2 || kind.inputs == Inputs::Two && inputs.len() > 2 {
            let message = format!(
                "`{}` joins two{} names, and here {}: `{}`",
                kind.name,
                if kind.inputs == Inputs::Two { "" } else { " or more" },
                match inputs.len() {
                    0 => "is none".to_owned(),
                    1 => "is one".to_owned(),
                    count => format!("are {count}"),
                },
                kind.example
            );
            self.errors.push(call.kind.span(), message);
            return None;
        }
        let value = self.construct(kind, &options, call, &mut inputs, binding, all)?;
        let inputs: Vec<usize> = inputs.into_iter().collect::<Option<_>>()?;
        Some(self.kind_node(kind, value, call, inputs, None))
    }

    fn layer(
        &mut self,
        call: &Call,
        input: Option<usize>,
        binding: Option<&Ident>,
        all: &[&Ident],
    ) -> Option<usize> {
        if call.kind == "input" {
            let message = "`input` starts a chain; it cannot follow `=>`. Join chains with a merge: \
                           `let a = ...; let b = ...; concat(a, b)`";
            self.errors.push(call.kind.span(), message);
            return None;
        }
        if kinds::find(&call.kind.to_string()).is_none() && all.contains(&&call.kind) {
            let message = format!(
                "`{}` is a name and no layer: a name starts a chain, and two are joined by a merge such as \
                 `add(a, b)`",
                call.kind
            );
            self.errors.push(call.kind.span(), message);
            self.mention(call);
            return None;
        }
        let Some(kind) = self.kind(&call.kind) else {
            self.mention(call);
            return None;
        };
        if kind.inputs.are_named() {
            self.mention(call);
            let message = format!(
                "`{}` joins several names and so starts a chain: `let a = ...; let b = ...; {} => ...`",
                kind.name, kind.example
            );
            self.errors.push(call.kind.span(), message);
            return None;
        }
        if kind.inputs == Inputs::OfLayer {
            return self.inverse(kind, call, input);
        }
        let (shares, arguments) = self.share(kind, call);
        let mut inputs = vec![input];
        let value = self.construct(kind, &arguments, call, &mut inputs, binding, all)?;
        let inputs = inputs.into_iter().collect::<Option<_>>()?;
        Some(self.kind_node(kind, value, call, inputs, shares?))
    }

    fn kind_node(
        &mut self,
        kind: &'static Kind,
        value: TokenStream,
        call: &Call,
        inputs: Vec<usize>,
        shares: Option<usize>,
    ) -> usize {
        let place = kind.arguments.iter().position(|argument| argument.name == "nonlinearity");
        let nonlinearity = call.arguments.iter().enumerate().find_map(|(i, argument)| match &argument.name {
            Some(name) => (name == "nonlinearity").then_some(&argument.value),
            None => (Some(i) == place).then_some(&argument.value),
        });
        let elementwise = values::is_elementwise(nonlinearity);
        let name = self.field(call.label.as_ref(), kind.name, call.kind.span());
        self.push(Node {
            name,
            what: What::Kind { kind, value, elementwise, of: None },
            inputs,
            shares: shares.map(|other| self.nodes[other].shares.unwrap_or(other)),
            text: call.text.clone(),
            span: (call.kind.span(), call.end),
        })
    }

    fn own(&mut self, own: &Own, input: usize) -> usize {
        let name = own.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let name = self.field(own.label.as_ref(), &snake_case(&name), own.path.span());
        self.push(Node {
            name,
            what: What::Own { path: own.path.clone(), value: own.value.clone() },
            inputs: vec![input],
            shares: None,
            text: own.text.clone(),
            span: (
                own.path.segments.first().map_or_else(Span::call_site, |first| first.ident.span()),
                own.end,
            ),
        })
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// A field's name: the label, or the kind and its number.
    fn field(&mut self, label: Option<&Ident>, kind: &str, span: Span) -> Ident {
        let name = match label {
            Some(label) => label.clone(),
            None => {
                let count = self.counts.entry(kind.to_owned()).or_default();
                *count += 1;
                format_ident!("{kind}{count}", span = span)
            }
        };
        if RESERVED.contains(&name.to_string().as_str()) {
            let message = format!("every network has a field `{name}`; choose another name");
            self.errors.push(name.span(), message);
        } else if !self.fields.insert(name.to_string()) {
            let message = format!(
                "two layers are named `{name}`, by a label or by their kind and number; each needs a name of \
                 its own"
            );
            self.errors.push(name.span(), message);
        }
        name
    }

    fn kind(&mut self, name: &Ident) -> Option<&'static Kind> {
        let text = name.to_string();
        let found = kinds::find(&text);
        if found.is_none() {
            let other = OTHER_NAMES.iter().find(|(other, _)| *other == text);
            let suggestion = match other {
                Some((_, kind)) => format!("did you mean `{kind}`?"),
                None => suggest(&text, kinds::all().map(|kind| kind.name).chain(["input"])),
            };
            self.errors.push(name.span(), format!("unknown layer `{text}`: {suggestion}"));
        }
        found
    }

    /// The layer as a constant expression, from its arguments. Names among these become further inputs.
    fn construct(
        &mut self,
        kind: &'static Kind,
        arguments: &[Argument],
        call: &Call,
        inputs: &mut Vec<Option<usize>>,
        binding: Option<&Ident>,
        all: &[&Ident],
    ) -> Option<TokenStream> {
        let span = call.kind.span();
        let layer = Ident::new(kind.layer, span);
        let layer = quote_spanned!(span=> ::layercake::layers::#layer);
        if let Some(axis) = kind.axes {
            return self.construct_axes(kind, axis, arguments, call, &layer);
        }
        let mut sound = true;
        let mut given: Vec<(&str, TokenStream)> = Vec::new();
        for (place, argument) in arguments.iter().enumerate() {
            let names = || {
                let share = kind.is_shareable.then_some("share");
                kind.arguments.iter().map(|argument| argument.name).chain(share)
            };
            let row = match &argument.name {
                None if place < kind.positional => &kind.arguments[place],
                None => {
                    let message = self.surplus(kind);
                    self.errors.add(syn::Error::new_spanned(&argument.value, message));
                    sound = false;
                    continue;
                }
                Some(name) => match kind.arguments.iter().find(|row| *name == row.name) {
                    Some(row) => row,
                    None => {
                        let message = match kind.arguments {
                            [] => format!("`{}` has no options: `{}`", kind.name, kind.example),
                            _ => {
                                let suggestion = suggest(&name.to_string(), names());
                                format!("`{}` has no option `{name}`: {suggestion}", kind.name)
                            }
                        };
                        self.errors.push(name.span(), message);
                        sound = false;
                        continue;
                    }
                },
            };
            if given.iter().any(|(name, _)| *name == row.name) {
                let message = format!("`{}` is given `{}` twice; keep one of them", kind.name, row.name);
                let at = argument.name.as_ref().map_or_else(|| argument.value.span(), Ident::span);
                self.errors.push(at, message);
                sound = false;
                continue;
            }
            if let Some(name) = named_input(row.value, &argument.value, all) {
                given.push((row.name, values::lower_input(row.value, inputs.len(), name.span())));
                inputs.push(self.name(&name, binding, all));
                continue;
            }
            let what = format!("`{}` of `{}`", row.name, kind.name);
            match self.errors.take(values::lower(row.value, &argument.value, &what)) {
                Some(value) => given.push((row.name, value)),
                None => {
                    // It was given, if wrongly: it is not missing.
                    given.push((row.name, TokenStream::new()));
                    sound = false;
                }
            }
        }
        let missing: Vec<&str> = kind
            .arguments
            .iter()
            .filter(|row| row.required && given.iter().all(|(name, _)| *name != row.name))
            .map(|row| row.name)
            .collect();
        if !missing.is_empty() {
            let message = format!("`{}` needs {}: `{}`", kind.name, list(&missing), kind.example);
            self.errors.push(span, message);
            sound = false;
        }
        sound.then(|| {
            let default = Ident::new(kind.default, span);
            if given.is_empty() {
                return quote!(#layer::#default);
            }
            let fields = given.iter().map(|(name, value)| {
                let name = Ident::new(name, span);
                quote!(#name: #value)
            });
            quote_spanned!(span=> #layer { #(#fields,)* ..#layer::#default })
        })
    }

    fn construct_axes(
        &mut self,
        kind: &'static Kind,
        axis: Value,
        arguments: &[Argument],
        call: &Call,
        layer: &TokenStream,
    ) -> Option<TokenStream> {
        if let Some(name) = arguments.iter().find_map(|argument| argument.name.as_ref()) {
            self.errors.push(name.span(), format!("`{}` has no options: `{}`", kind.name, kind.example));
            return None;
        }
        if arguments.is_empty() {
            let message = format!("`{}` needs the axes of its output: `{}`", kind.name, kind.example);
            self.errors.push(call.kind.span(), message);
            return None;
        }
        let what = format!("an axis of `{}`", kind.name);
        let axes: Vec<Option<TokenStream>> = arguments
            .iter()
            .map(|argument| self.errors.take(values::lower(axis, &argument.value, &what)))
            .collect();
        let axes: Vec<TokenStream> = axes.into_iter().collect::<Option<_>>()?;
        let (start, end) = (call.kind.span(), call.end);
        let constructor = quote_spanned!(start=> #layer::new);
        let arguments = quote_spanned!(end=> (&[#(#axes),*]));
        Some(quote!(#constructor #arguments))
    }

    /// What to say of one positional argument too many.
    fn surplus(&self, kind: &Kind) -> String {
        let positional: Vec<&str> =
            kind.arguments[..kind.positional].iter().map(|argument| argument.name).collect();
        let options: Vec<&str> =
            kind.arguments[kind.positional..].iter().map(|argument| argument.name).collect();
        let takes = match (positional.len(), options.len()) {
            (0, _) => "no argument without its name".to_owned(),
            (_, 0) => format!("only {}", list(&positional)),
            (1, _) => format!("only {} without its name", list(&positional)),
            _ => format!("only {} without their names", list(&positional)),
        };
        let then = match options[..] {
            [] => String::new(),
            [first, ..] => format!("; by name, as in `{first} = ...`, also {}", list(&options)),
        };
        format!("`{}` takes {takes}{then}", kind.name)
    }
}

/// The name of a further input, if the value is one. A name that could also be an init is a name only where a `let`
/// gives it.
fn named_input(value: Value, expression: &Expr, all: &[&Ident]) -> Option<Ident> {
    let word = values::word(expression)?;
    match value {
        Value::Name => Some(word),
        Value::InitOrName if all.contains(&&word) => Some(word),
        _ => None,
    }
}

/// Whether the runtime computes these two neighbours as one.
pub fn can_fuse(first: &Node, second: &Node) -> bool {
    match (&first.what, &second.what) {
        (What::Kind { kind: first, elementwise, .. }, What::Kind { kind: second, .. }) => {
            *elementwise && FUSED.contains(&(first.name, second.name))
        }
        _ => false,
    }
}
