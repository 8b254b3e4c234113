//! Names resolved: from the ast to a graph.

mod arguments;
mod chains;
mod references;

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprArray, ExprTuple};

use crate::ast::{Argument, Body, Call, Chain, Layer, Own, Source};
use crate::case::snake_case;
use crate::errors::{Errors, list, nearest, suggest};
use crate::graph::{Graph, Inner, Node, What};
use crate::kinds::{self, Inputs, Kind};
use crate::values;
use crate::words::{NONLINEARITIES, OTHER_NAMES};

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
            // The layers that would follow may be those with the mistakes.
            if !errors.is_empty() {
                continue;
            }
            let message = "this output is an input: nothing is computed; join layers to it with `=>`";
            errors.push(start.span(), message);
        } else if outputs[..place].contains(&output) {
            errors.push(start.span(), format!("`{start}` is an output twice; name it once"));
        }
    }
    if let Some(&seventh) = outputs.get(MOST_ARRAYS) {
        let message = format!(
            "a network has at most {MOST_ARRAYS} outputs, and this one {}; `concat` some of them, or make two networks",
            outputs.len()
        );
        errors.push(nodes[seventh].span.0, message);
    }
    let inputs: Vec<&Node> = nodes.iter().filter(|node| node.is_input()).collect();
    if let Some(seventh) = inputs.get(MOST_ARRAYS) {
        let message = format!(
            "a network has at most {MOST_ARRAYS} inputs, and this one {}; let one input hold several, and take them \
             apart with `slice`",
            inputs.len()
        );
        errors.push(seventh.span.0, message);
    }
    Some(Graph { nodes, outputs })
}

/// The most inputs, and the most outputs: tuples of so many arrays implement `layercake::Arrays`.
const MOST_ARRAYS: usize = 6;

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
            // What was meant is not unused; if that is not known, it may be any of them.
            match nearest(&text, names()) {
                Some(meant) => self.used.extend([meant.to_owned()]),
                None => self.used.extend(names().map(str::to_owned)),
            }
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
        for (place, argument) in call.arguments.iter().enumerate() {
            let Some(name) = &argument.name else {
                match self.errors.take(values::length_of_input(&argument.value)) {
                    Some(axis) => axes.push(axis),
                    None => sound = false,
                }
                continue;
            };
            let value = &argument.value;
            let word = value.to_token_stream().to_string();
            if call.arguments[..place].iter().any(|other| other.name.as_ref() == Some(name)) {
                self.errors.push(name.span(), format!("`input` is given `{name}` twice; keep one of them"));
                sound = false;
            } else if name == "batch" {
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
                (None, Expr::Array(ExprArray { elems, .. }) | Expr::Tuple(ExprTuple { elems, .. })) => {
                    let message = format!("`{0}` joins names without brackets: `{0}(a, b)`", kind.name);
                    self.errors.add(syn::Error::new_spanned(&argument.value, message));
                    let names = elems.iter().filter_map(values::word);
                    inputs.extend(names.map(|name| self.name(&name, binding, all)).collect::<Vec<_>>());
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
        let chains = self.chains(kind, call);
        let value = self.construct(kind, &options, call, &mut inputs, binding, all)?;
        let inputs: Vec<usize> = inputs.into_iter().collect::<Option<_>>()?;
        Some(self.kind_node(kind, value, call, inputs, None, chains?))
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
        let chains = match shares {
            Some(Some(other)) => Some(self.nodes[other].what.chains().to_vec()),
            Some(None) => self.chains(kind, call),
            None => None,
        };
        let value = self.construct(kind, &arguments, call, &mut inputs, binding, all)?;
        let inputs = inputs.into_iter().collect::<Option<_>>()?;
        Some(self.kind_node(kind, value, call, inputs, shares?, chains?))
    }

    fn kind_node(
        &mut self,
        kind: &'static Kind,
        value: TokenStream,
        call: &Call,
        inputs: Vec<usize>,
        shares: Option<usize>,
        chains: Vec<Vec<Inner>>,
    ) -> usize {
        let place = kind.arguments.iter().position(|argument| argument.name == "nonlinearity");
        let nonlinearity = call.arguments.iter().enumerate().find_map(|(i, argument)| match &argument.name {
            Some(name) => (name == "nonlinearity").then_some(&argument.value),
            None => (Some(i) == place).then_some(&argument.value),
        });
        let elementwise = values::is_elementwise(nonlinearity);
        let given = |option: &str| {
            call.arguments.iter().any(|argument| argument.name.as_ref().is_some_and(|name| name == option))
        };
        let by = arguments::way(kind, &call.arguments);
        let joins = match kind.name {
            "batch_norm" => !given("axes"),
            _ => {
                by.is_none()
                    && kind.has_norm()
                    && values::is_linear(nonlinearity)
                    && !given("num_leading_axes")
            }
        };
        let name = self.field(call.label.as_ref(), kind.name, call.kind.span());
        self.push(Node {
            name,
            what: What::Kind { kind, value, elementwise, joins, by, of: None, chains },
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
        } else if !self.fields.insert(name.unraw().to_string()) {
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
            let message = match other {
                Some((_, kind)) => format!("unknown layer `{text}`: did you mean `{kind}`?"),
                None if NONLINEARITIES.iter().any(|(nonlinearity, _)| *nonlinearity == text) => format!(
                    "`{text}` is a nonlinearity: write it into the layer before, as in `dense(800, {text})`, or as a \
                     layer by itself, `nonlinearity({text})`"
                ),
                None => {
                    let names = kinds::all().map(|kind| kind.name).chain(["input"]);
                    format!("unknown layer `{text}`: {}", suggest(&text, names))
                }
            };
            self.errors.push(name.span(), message);
        }
        found
    }
}
