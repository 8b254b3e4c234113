//! Chains in braces: layers within a layer.

use super::*;
use crate::ast::InnerChain;
use crate::graph::Inner;
use crate::kinds::Value;

impl Resolver<'_> {
    /// The chains of a call, in the order of its kind's row.
    pub(super) fn chains(&mut self, kind: &Kind, call: &Call) -> Option<Vec<Vec<Inner>>> {
        let mut sound = true;
        for (place, InnerChain { name, .. }) in call.chains.iter().enumerate() {
            let message = if !kind.chains.iter().any(|chain| name == chain) {
                match kind.arguments.iter().find(|row| name == row.name) {
                    Some(row) => format!("`{}` of `{}` takes no layers in braces", row.name, kind.name),
                    None => {
                        let names =
                            kind.chains.iter().chain(kind.arguments.iter().map(|row| &row.name)).copied();
                        let suggestion = suggest(&name.to_string(), names);
                        format!("`{}` has no option `{name}`: {suggestion}", kind.name)
                    }
                }
            } else if call.chains[..place].iter().any(|other| other.name == *name) {
                format!("`{}` is given `{name}` twice; keep one of them", kind.name)
            } else {
                continue;
            };
            self.errors.push(name.span(), message);
            sound = false;
        }
        let chain = |name: &&str| call.chains.iter().find(|chain| chain.name == *name);
        // One that is given without braces is complained of elsewhere.
        let given = |name: &str| {
            let is = |argument: &Argument| argument.name.as_ref().is_some_and(|given| given == name);
            chain(&name).is_some() || call.arguments.iter().any(is)
        };
        let missing: Vec<&str> = kind.chains.iter().filter(|name| !given(name)).copied().collect();
        if sound && !missing.is_empty() {
            let message = format!(
                "`{}` needs {}, with layers in braces: `{}`",
                kind.name,
                list(&missing),
                kind.example
            );
            self.errors.push(call.kind.span(), message);
            sound = false;
        }
        let chains: Vec<_> =
            kind.chains.iter().filter_map(chain).map(|chain| self.inner_chain(chain)).collect();
        chains.into_iter().collect::<Option<_>>().filter(|_| sound)
    }

    fn inner_chain(&mut self, chain: &InnerChain) -> Option<Vec<Inner>> {
        let layers: Vec<Option<Inner>> = chain
            .layers
            .iter()
            .map(|layer| {
                let label = match layer {
                    Layer::Kind(call) => &call.label,
                    Layer::Own(own) => &own.label,
                };
                if let Some(label) = label {
                    let message = format!(
                        "layers in braces take no label: their parameters are those of `{}`",
                        chain.name
                    );
                    self.errors.push(label.span(), message);
                    return None;
                }
                match layer {
                    Layer::Kind(call) => self.inner_layer(call),
                    Layer::Own(own) => Some(Inner {
                        what: What::Own { path: own.path.clone(), value: own.value.clone() },
                        span: (own.path.span(), own.end),
                    }),
                }
            })
            .collect();
        layers.into_iter().collect()
    }

    fn inner_layer(&mut self, call: &Call) -> Option<Inner> {
        if call.kind == "input" {
            let message = "the layers in braces have their input already; leave `input` out";
            self.errors.push(call.kind.span(), message);
            return None;
        }
        let kind = self.kind(&call.kind)?;
        if kind.inputs != Inputs::One {
            let message =
                format!("`{}` reads other layers, and layers in braces are a single chain", kind.name);
            self.errors.push(call.kind.span(), message);
            return None;
        }
        let reads = |argument: &&Argument| {
            let row =
                kind.arguments.iter().find(|row| argument.name.as_ref().is_some_and(|name| name == row.name));
            argument.name.as_ref().is_some_and(|name| name == "share")
                || row.is_some_and(|row| row.value == Value::Name)
        };
        if let Some(argument) = call.arguments.iter().find(reads) {
            let option = argument.name.as_ref().map(Ident::to_string).unwrap_or_default();
            let message =
                format!("layers in braces see no other layer than the one before them; leave `{option}` out");
            self.errors.push(argument.value.span(), message);
            return None;
        }
        let chains = self.chains(kind, call);
        let value = self.construct(kind, &call.arguments, call, &mut vec![None], None, &[]);
        Some(Inner {
            what: What::Kind {
                kind,
                value: value?,
                elementwise: false,
                joins: false,
                by: arguments::way(kind, &call.arguments),
                of: None,
                chains: chains?,
            },
            span: (call.kind.span(), call.end),
        })
    }
}
