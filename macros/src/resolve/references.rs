//! Layers that name an earlier layer: those that share its parameters, and its inverse.

use super::*;
use crate::kinds::Value;

/// The labels in a network's text.
pub fn labels(body: &Body) -> HashSet<String> {
    let chains = body.bindings.iter().map(|binding| &binding.chain).chain(&body.outputs);
    let of_chain = |chain: &Chain| {
        let source = match &chain.source {
            Source::Call(call) => call.label.clone(),
            Source::Name(_) => None,
        };
        let layers = chain.layers.iter().filter_map(|layer| match layer {
            Layer::Kind(call) => call.label.clone(),
            Layer::Own(own) => own.label.clone(),
        });
        layers.chain(source).map(|label| label.to_string()).collect::<Vec<_>>()
    };
    chains.flat_map(of_chain).collect()
}

impl Resolver<'_> {
    /// The layer whose parameters a call shares, if it says so, and its other arguments. `None` for the layer after
    /// an error.
    pub(super) fn share(&mut self, kind: &Kind, call: &Call) -> (Option<Option<usize>>, Vec<Argument>) {
        let is_share = |argument: &&Argument| argument.name.as_ref().is_some_and(|name| name == "share");
        let others = call.arguments.iter().filter(|argument| !is_share(argument)).cloned().collect();
        let mut shares = call.arguments.iter().filter(is_share);
        let Some(share) = shares.next() else { return (Some(None), others) };
        let span = share.value.span();
        if shares.next().is_some() {
            self.errors.push(span, format!("`{}` is given `share` twice; keep one of them", kind.name));
            return (None, others);
        }
        if kind.parameters.is_none() {
            let message = format!("`{}` has no parameters to share; leave `share` out", kind.name);
            self.errors.push(span, message);
            return (None, others);
        }
        if let Some(chain) = call.chains.first() {
            let message = format!(
                "`{}` shares the parameters of another layer, and so its layers in braces: leave out `{}`, or `share`",
                kind.name, chain.name
            );
            self.errors.push(chain.name.span(), message);
            return (None, others);
        }
        let initial = others.iter().find_map(|argument| {
            let name = argument.name.as_ref()?;
            let row = kind.arguments.iter().find(|row| name == row.name)?;
            self.begins(row.value, &argument.value).then_some(name)
        });
        if let Some(name) = initial {
            let message = format!(
                "`{}` shares the parameters of another layer, and so their initial values: leave out `{name}`, or \
                 `share`",
                kind.name
            );
            self.errors.push(name.span(), message);
            return (None, others);
        }
        let other = self.earlier(&share.value, &format!("`share` of `{}`", kind.name));
        let other = other.filter(|&other| {
            let is_one_kind = self.nodes[other].kind().is_some_and(|other| other.name == kind.name);
            if !is_one_kind {
                let (name, text) = (&self.nodes[other].name, &self.nodes[other].text);
                let message = format!(
                    "`{}` cannot share the parameters of `{name}`, which is `{text}`: both must be of one kind",
                    kind.name
                );
                self.errors.push(span, message);
            }
            is_one_kind
        });
        (other.map(Some), others)
    }

    /// Whether a value says how parameters begin: it is an init, or has one, other than `none`.
    fn begins(&self, value: Value, written: &Expr) -> bool {
        let word = values::word(written);
        match (value, written) {
            (Value::Init | Value::OptionalInit, _) => word.is_none_or(|word| word != "none"),
            (Value::InitOrName, _) => word.is_none_or(|word| !self.names.contains_key(&word.to_string())),
            (Value::Group(group), Expr::Call(call)) => call.args.iter().any(|argument| {
                let Expr::Assign(assign) = argument else { return false };
                let name = values::word(&assign.left);
                let row =
                    group.arguments.iter().find(|row| name.as_ref().is_some_and(|name| name == row.name));
                row.is_some_and(|row| self.begins(row.value, &assign.right))
            }),
            _ => false,
        }
    }

    /// A layer that is the inverse of an earlier one.
    pub(super) fn inverse(
        &mut self,
        kind: &'static Kind,
        call: &Call,
        input: Option<usize>,
    ) -> Option<usize> {
        let [Argument { name: None, value }] = &call.arguments[..] else {
            let message = format!("`{}` needs the name of one earlier layer: `{}`", kind.name, kind.example);
            self.errors.push(call.kind.span(), message);
            return None;
        };
        let of = self.earlier(value, &format!("the layer of `{}`", kind.name))?;
        let named = &self.nodes[of];
        let inner = match &named.what {
            What::Kind { kind, value, .. } if kind.has_inverse() => value.clone(),
            What::Own { value, .. } => value.clone(),
            _ => {
                let message = format!(
                    "`{}` is possible for layers with one input of real numbers, and `{}` is `{}`",
                    kind.name, named.name, named.text
                );
                self.errors.push(value.span(), message);
                return None;
            }
        };
        let shares = named.has_parameters().then(|| named.shares.unwrap_or(of));
        let inputs = vec![input?, named.inputs[0], of];
        let layer = Ident::new(kind.layer, call.kind.span());
        let name = self.field(call.label.as_ref(), kind.name, call.kind.span());
        Some(self.push(Node {
            name,
            what: What::Kind {
                kind,
                value: quote!(::layercake::layers::#layer(#inner)),
                elementwise: true,
                joins: false,
                by: None,
                of: Some(of),
                chains: Vec::new(),
            },
            inputs,
            shares,
            text: call.text.clone(),
            span: (call.kind.span(), call.end),
        }))
    }

    /// The earlier layer with this name. `what` says who names it.
    fn earlier(&mut self, value: &Expr, what: &str) -> Option<usize> {
        let Some(name) = values::word(value) else {
            let message = format!(
                "{what} must be the name of an earlier layer: its label, or its kind and number, such as `dense1`"
            );
            self.errors.add(syn::Error::new_spanned(value, message));
            return None;
        };
        if let Some(place) = self.nodes.iter().position(|node| node.name == name) {
            return Some(place);
        }
        let text = name.to_string();
        let message = if self.names.contains_key(&text) {
            format!(
                "{what} must be the name of a layer, and `{text}` is given by `let`: label the layer, as in `first: \
                 dense(800)`, and name the label"
            )
        } else if self.labels.contains(&text) {
            // A layer with a mistake has no node; that it is not found is no mistake of its own.
            if !self.errors.is_empty() {
                return None;
            }
            format!("`{text}` stands further on; {what} must be the name of an earlier layer")
        } else {
            let names: Vec<String> =
                self.nodes.iter().filter(|node| !node.is_input()).map(|node| node.name.to_string()).collect();
            match &names[..] {
                [] => format!("no layer stands before this one, and {what} must be the name of one"),
                _ => format!(
                    "no earlier layer is named `{text}`: {}",
                    suggest(&text, names.iter().map(String::as_str))
                ),
            }
        };
        self.errors.push(name.span(), message);
        None
    }
}
