//! The option `norm`, written out: a layer with a normalization between its sums and its nonlinearity becomes the
//! layer without biases and nonlinearity, the normalization, and the nonlinearity.

use proc_macro2::Ident;
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::{Expr, parse_quote};

use crate::ast::{Argument, Body, Call, Layer};
use crate::errors::{Errors, list, nearest};
use crate::kinds::{self, Kind};
use crate::parse::text_of;
use crate::values::word;

/// Writes out every `norm` of a body.
pub fn write_out(body: &mut Body, errors: &mut Errors) {
    let chains = body.bindings.iter_mut().map(|binding| &mut binding.chain).chain(&mut body.outputs);
    chains.for_each(|chain| write_out_chain(&mut chain.layers, errors));
}

fn write_out_chain(layers: &mut Vec<Layer>, errors: &mut Errors) {
    *layers = std::mem::take(layers).into_iter().flat_map(|layer| layers_of(layer, errors)).collect();
}

fn layers_of(layer: Layer, errors: &mut Errors) -> Vec<Layer> {
    let Layer::Kind(mut call) = layer else { return vec![layer] };
    call.chains.iter_mut().for_each(|chain| write_out_chain(&mut chain.layers, errors));
    let kind = kinds::find(&call.kind.to_string()).filter(|kind| has(kind, "norm"));
    let given = call.arguments.iter().position(|argument| is(argument, "norm"));
    let (Some(kind), Some(given)) = (kind, given) else { return vec![Layer::Kind(call)] };
    let value = call.arguments.remove(given).value;
    if word(&value).is_some_and(|word| word == "none") {
        return vec![Layer::Kind(call)];
    }
    let Some(norm) = errors.take(norm(&value, &call)) else { return vec![Layer::Kind(call)] };
    let nonlinearity = take_nonlinearity(kind, &mut call);
    leave_out_biases(&mut call, errors);
    let mut layers = vec![Layer::Kind(norm)];
    if word(&nonlinearity).is_none_or(|word| word != "linear" && word != "identity") {
        let written = Ident::new("nonlinearity", nonlinearity.span());
        let label = label(&call, "nonlinearity");
        let text = text_of(&quote!(nonlinearity(#nonlinearity)));
        let end = written.span();
        let arguments = vec![Argument { name: None, value: nonlinearity }];
        let chains = Vec::new();
        let call = Call { label, kind: written, arguments, chains, parentheses: true, end, text };
        layers.push(Layer::Kind(call));
    }
    layers.insert(0, Layer::Kind(call));
    layers
}

fn has(kind: &Kind, option: &str) -> bool {
    kind.arguments.iter().any(|argument| argument.name == option)
}

fn is(argument: &Argument, option: &str) -> bool {
    argument.name.as_ref().is_some_and(|name| name == option)
}

/// The label of a layer that `call` stands for beside its own.
fn label(call: &Call, kind: &str) -> Option<Ident> {
    call.label.as_ref().map(|label| format_ident!("{label}_{kind}"))
}

/// The normalization as a layer.
fn norm(value: &Expr, of: &Call) -> syn::Result<Call> {
    let (name, arguments) = match value {
        Expr::Call(call) => (word(&call.func), call.args.iter().cloned().map(argument).collect()),
        value => (word(value), Ok(Vec::new())),
    };
    let norms: Vec<&str> = kinds::all().filter(|kind| kind.is_norm).map(|kind| kind.name).collect();
    let text = name.as_ref().map(|name| name.to_string()).unwrap_or_default();
    let name = name.filter(|_| norms.contains(&text.as_str())).ok_or_else(|| {
        let is = match nearest(&text, norms.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it is one of {}, or `none`", list(&norms)),
        };
        syn::Error::new_spanned(value, format!("unknown `norm` of `{}`: {is}", of.kind))
    })?;
    Ok(Call {
        label: label(of, &name.to_string()),
        arguments: arguments?,
        chains: Vec::new(),
        parentheses: true,
        end: value.span(),
        text: text_of(&value.to_token_stream()),
        kind: name,
    })
}

/// `option = value`, or a positional argument.
fn argument(value: Expr) -> syn::Result<Argument> {
    match value {
        Expr::Assign(assign) => {
            let name = word(&assign.left);
            let message = "expected an option's name before this `=`";
            let name = name.ok_or_else(|| syn::Error::new_spanned(&assign.left, message))?;
            Ok(Argument { name: Some(name), value: *assign.right })
        }
        value => Ok(Argument { name: None, value }),
    }
}

/// The call's nonlinearity, or else what its kind has without one; the call is left with `linear`.
fn take_nonlinearity(kind: &Kind, call: &mut Call) -> Expr {
    let linear = || parse_quote!(linear);
    let place = kind.arguments[..kind.positional].iter().position(|row| row.name == "nonlinearity");
    let unnamed = call.arguments.iter().take_while(|argument| argument.name.is_none()).count();
    let given = call.arguments.iter().position(|argument| is(argument, "nonlinearity"));
    match given.or(place.filter(|&place| place < unnamed)) {
        Some(place) => std::mem::replace(&mut call.arguments[place].value, linear()),
        None => {
            let name = Some(Ident::new("nonlinearity", call.kind.span()));
            call.arguments.push(Argument { name, value: linear() });
            let layer = Ident::new(kind.layer, call.kind.span());
            parse_quote!(::layercake::layers::#layer::DEFAULT.nonlinearity)
        }
    }
}

/// The normalization has biases of its own, or goes without.
fn leave_out_biases(call: &mut Call, errors: &mut Errors) {
    match call.arguments.iter().find(|argument| is(argument, "b")) {
        Some(b) if word(&b.value).is_some_and(|word| word == "none") => {}
        Some(b) => {
            let message = format!(
                "`{}` with `norm` has no biases, as the normalization would take them away again; leave `b` out",
                call.kind
            );
            errors.add(syn::Error::new_spanned(&b.value, message));
        }
        None => {
            let name = Some(Ident::new("b", call.kind.span()));
            call.arguments.push(Argument { name, value: parse_quote!(none) });
        }
    }
}
