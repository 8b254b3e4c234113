//! A layer's arguments: checked against its row of the table, and written as a constant.

use super::*;
use crate::kinds::Value;

impl Resolver<'_> {
    /// The layer as a constant expression, from its arguments. Names among these become further inputs.
    pub(super) fn construct(
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
                let share = kind.parameters.map(|_| "share");
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
                            _ if kind.chains.iter().any(|chain| name == chain) => {
                                format!(
                                    "`{name}` of `{}` takes layers in braces: `{}`",
                                    kind.name, kind.example
                                )
                            }
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
            let value = quote_spanned!(span=> #layer { #(#fields,)* ..#layer::#default });
            match way(kind, arguments).map(|by| Ident::new(by, span)) {
                Some(by) => quote_spanned!(span=> ::layercake::layers::#by(#value)),
                None => value,
            }
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

/// The type around a layer's own, if its arguments ask for a way of computing it that not every device has.
pub(super) fn way(kind: &Kind, arguments: &[Argument]) -> Option<&'static str> {
    let asks = |option: &str, word: &str| {
        let mut named =
            arguments.iter().filter(|argument| argument.name.as_ref().is_some_and(|name| name == option));
        named.any(|argument| values::word(&argument.value).is_some_and(|found| found == word))
    };
    kind.ways.iter().find(|(option, word, _)| asks(option, word)).map(|(.., by)| *by)
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
