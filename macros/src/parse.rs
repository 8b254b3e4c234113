//! From tokens to the ast. After an error it goes on at the next arrow or semicolon, to find the others.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseBuffer, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Generics, Ident, Lit, Path, Token, braced, parenthesized, token};

use crate::ast::{Argument, Binding, Body, Call, Chain, InnerChain, Layer, Network, Own, Source};
use crate::case::{snake_case, starts_uppercase};
use crate::errors::Errors;

/// Parses an invocation. `None` if there is nothing to go on with.
pub fn network(tokens: TokenStream, errors: &mut Errors) -> Option<Network> {
    let end = tokens.clone().into_iter().last().map_or_else(Span::call_site, |last| last.span());
    let parser = |input: ParseStream| parse_network(input, end, errors);
    match parser.parse2(tokens) {
        Ok(network) => Some(network),
        Err(error) => {
            errors.add(error);
            None
        }
    }
}

const FORMS: &str = "write `network! { pub struct Name < input(...) => ... > }`, or as an expression \
                     `network!(< input(...) => ... >)`";

/// `end` is where the last token stands: what is missing at the end is shown there.
fn parse_network(input: ParseStream, end: Span, errors: &mut Errors) -> syn::Result<Network> {
    if input.is_empty() {
        return Err(syn::Error::new(Span::call_site(), format!("a network without text; {FORMS}")));
    }
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility = input.parse()?;
    let name = if input.peek(Token![struct]) {
        input.parse::<Token![struct]>()?;
        let name = input.parse::<Ident>().map_err(|error| {
            syn::Error::new(error.span(), "the network needs a name here: `struct Name < ... >`")
        })?;
        if name == "T" || name == "D" || name == "E" {
            let message =
                format!("`{name}` is a type parameter of what a network becomes; give it a longer name");
            return Err(syn::Error::new(name.span(), message));
        }
        Some(name)
    } else {
        None
    };
    opening(input, name.as_ref())?;
    let body = body(input, end, errors)?;
    if !input.peek(Token![>]) {
        return Err(after_outputs(input, end));
    }
    input.parse::<Token![>]>()?;
    if !input.is_empty() {
        return Err(input.error("nothing may follow the closing `>` of a network"));
    }
    Ok(Network { attributes, visibility, name, body })
}

/// The `<` before the network's text.
fn opening(input: ParseStream, name: Option<&Ident>) -> syn::Result<()> {
    let message = match name {
        Some(name) if has_generics(input) => format!(
            "a network takes no generic parameters; its element type and device are added to it: write \
             `struct {name} < input(...) => ... >`, and use it as `{name}::<f32>`"
        ),
        _ if input.peek(Token![<]) => return input.parse::<Token![<]>().map(|_| ()),
        Some(name) => format!(
            "expected `<` after the network's name, and `>` at its end: `struct {name} < input(...) => ... >`"
        ),
        None if input.peek(Ident) && input.peek2(Token![<]) => {
            let name: Ident = input.fork().parse()?;
            format!("expected `struct` before the network's name: `struct {name} < input(...) => ... >`")
        }
        None => format!("expected `<` before the network's text; {FORMS}"),
    };
    Err(syn::Error::new(input.span(), message))
}

/// Whether `<T, ...>` stands before the network's text.
fn has_generics(input: ParseStream) -> bool {
    let ahead = input.fork();
    ahead.parse::<Generics>().is_ok_and(|generics| !generics.params.is_empty()) && ahead.peek(Token![<])
}

/// What to say of a token after the outputs that is not the end.
fn after_outputs(input: ParseStream, end: Span) -> syn::Error {
    if input.is_empty() {
        syn::Error::new(end, "the network's text ends here without its closing `>`")
    } else if input.peek(Token![=>]) {
        input.error(
            "a layer after the outputs; the outputs end the network: put the layer into one of their chains",
        )
    } else if input.peek(Token![;]) && input.peek2(Token![>]) {
        input.error("no `;` follows the network's outputs; remove it")
    } else if input.peek(Token![;]) {
        input.error(
            "only `let name = ...` ends with `;`; name this chain with `let`, or end the network with it",
        )
    } else if input.peek(Ident::peek_any) || input.peek(token::Paren) {
        input.error("expected `=>` between two layers, or `>` at the end of the network")
    } else if input.peek(Token![,]) {
        input.error("several outputs stand in parentheses: `(first, second)`; layers are joined by `=>`")
    } else {
        input.error("expected `=>` and another layer, or `>` at the end of the network")
    }
}

fn body(input: ParseStream, end: Span, errors: &mut Errors) -> syn::Result<Body> {
    let mut bindings = Vec::new();
    while input.peek(Token![let]) {
        input.parse::<Token![let]>()?;
        let name = lowercase(input)?;
        input.parse::<Token![=]>().map_err(|error| {
            syn::Error::new(
                error.span(),
                format!("expected `=` and a chain: `let {name} = input(...) => ...;`"),
            )
        })?;
        let chain = chain(input, errors)?;
        if !input.peek(Token![;]) {
            return Err(
                input.error(format!("expected `=>` and another layer, or `;` after `let {name} = ...`"))
            );
        }
        input.parse::<Token![;]>()?;
        bindings.push(Binding { name, chain });
    }
    let mut outputs = Vec::new();
    if input.peek(Token![>]) || input.is_empty() {
        let what = if bindings.is_empty() {
            "a network without layers; start with `input(...)` and join layers to it with `=>`"
        } else {
            "the network has no output; end with a chain or a name, without `let`"
        };
        let span = if input.is_empty() { end } else { input.span() };
        return Err(syn::Error::new(span, what));
    } else if input.peek(token::Paren) {
        let inside;
        parenthesized!(inside in input);
        while !inside.is_empty() {
            outputs.push(chain(&inside, errors)?);
            if inside.is_empty() {
                break;
            }
            inside.parse::<Token![,]>().map_err(|error| {
                syn::Error::new(error.span(), "expected `=>` and another layer, or `,` and another output")
            })?;
        }
        if outputs.is_empty() {
            return Err(input.error("the network has no output: the parentheses are empty"));
        }
    } else {
        outputs.push(chain(input, errors)?);
    }
    Ok(Body { bindings, outputs })
}

fn chain(input: ParseStream, errors: &mut Errors) -> syn::Result<Chain> {
    let source = source(input, errors)?;
    let mut chain = Chain { source, layers: Vec::new() };
    layers(input, errors, &mut chain.layers)?;
    Ok(chain)
}

/// `("=>" layer)*`
fn layers(input: ParseStream, errors: &mut Errors, layers: &mut Vec<Layer>) -> syn::Result<()> {
    loop {
        if input.peek(Token![->]) {
            errors.add(input.error("layers are joined by `=>`, not by `->`"));
            input.parse::<Token![->]>()?;
        } else if input.peek(Token![=>]) {
            input.parse::<Token![=>]>()?;
        } else {
            return Ok(());
        }
        layer_or_repeat(input, errors, layers)?;
    }
}

fn layer_or_repeat(input: ParseStream, errors: &mut Errors, layers: &mut Vec<Layer>) -> syn::Result<()> {
    let result = if is_repeat(input) {
        repeat(input, errors).map(|repeated| layers.extend(repeated))
    } else {
        layer(input, errors).map(|layer| layers.push(layer))
    };
    if let Err(error) = result {
        errors.add(error);
        while !(input.is_empty()
            || input.peek(Token![=>])
            || input.peek(Token![->])
            || input.peek(Token![,])
            || input.peek(Token![;])
            || input.peek(Token![>]))
        {
            input.parse::<TokenTree>()?;
        }
    }
    Ok(())
}

fn is_repeat(input: ParseStream) -> bool {
    input.peek(Ident) && input.fork().parse::<Ident>().is_ok_and(|word| word == "repeat")
}

/// Parses what stands between delimiters to its end; after an error the rest is left out, so that it is not
/// complained of as well.
fn inside<T>(content: &ParseBuffer, parse: impl FnOnce(ParseStream) -> syn::Result<T>) -> syn::Result<T> {
    let result = parse(content);
    if result.is_err() {
        content.parse::<TokenStream>()?;
    }
    result
}

const REPEAT: &str = "the layers to repeat stand in braces: `repeat(3) { dense(800) => dropout(0.5) }`";

/// `repeat(3) { layer => layer }`: the layers written out, labels numbered.
fn repeat(input: ParseStream, errors: &mut Errors) -> syn::Result<Vec<Layer>> {
    let word: Ident = input.parse()?;
    if !input.peek(token::Paren) {
        return Err(syn::Error::new(word.span(), "how often? write `repeat(3) { ... }`"));
    }
    let content;
    let parentheses = parenthesized!(content in input);
    let count: Expr = inside(&content, |content| {
        if content.is_empty() {
            return Err(syn::Error::new(parentheses.span.join(), "how often? write `repeat(3) { ... }`"));
        }
        let count = content.parse()?;
        if content.is_empty() { Ok(count) } else { Err(content.error(REPEAT)) }
    })?;
    let times = match &count {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse::<usize>()?,
        _ => {
            return Err(syn::Error::new(
                count.span(),
                "`repeat` needs a number written out, such as `repeat(3)`: the layers are written out before \
                 constants are known",
            ));
        }
    };
    if times == 0 {
        return Err(syn::Error::new(
            count.span(),
            "`repeat(0)` leaves nothing; leave it out, or repeat at least once",
        ));
    }
    if !input.peek(token::Brace) {
        return Err(input.error(REPEAT));
    }
    let once = in_braces(input, errors, "no layers to repeat in these braces")?;
    let numbered = |label: &Option<Ident>, number: usize| {
        label.as_ref().map(|label| format_ident!("{label}{number}", span = label.span()))
    };
    Ok((1..=times)
        .flat_map(|number| {
            once.iter().map(move |layer| match layer {
                Layer::Kind(call) => {
                    Layer::Kind(Call { label: numbered(&call.label, number), ..call.clone() })
                }
                Layer::Own(own) => Layer::Own(Own { label: numbered(&own.label, number), ..own.clone() }),
            })
        })
        .collect())
}

fn source(input: ParseStream, errors: &mut Errors) -> syn::Result<Source> {
    if !input.peek(Ident::peek_any) {
        return Err(input
            .error("expected the start of a chain: `input(...)`, a name, or a merge such as `add(a, b)`"));
    }
    if is_repeat(input) {
        return Err(input.error("`repeat` needs an input: start the chain with `input(...)` or a name"));
    }
    match layer(input, errors)? {
        Layer::Kind(call) if call.label.is_none() && !call.parentheses && call.kind != "input" => {
            Ok(Source::Name(call.kind))
        }
        Layer::Kind(call) => Ok(Source::Call(call)),
        Layer::Own(own) => Err(syn::Error::new(
            own.path.span(),
            format!("`{}` needs an input: start the chain with `input(...)` or a name", own.text),
        )),
    }
}

fn layer(input: ParseStream, errors: &mut Errors) -> syn::Result<Layer> {
    let label = if input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let label = lowercase(input)?;
        input.parse::<Token![:]>()?;
        if is_repeat(input) {
            return Err(syn::Error::new(
                label.span(),
                "`repeat` takes no label; label the layers in its braces",
            ));
        }
        Some(label)
    } else {
        None
    };
    if !(input.peek(Ident::peek_any) || input.peek(Token![::])) {
        return Err(input.error("expected a layer here, such as `dense(800)`"));
    }
    let path: Path =
        input.parse().map_err(|error| syn::Error::new(error.span(), "expected a layer's name"))?;
    match path.get_ident() {
        Some(kind) if !starts_uppercase(&kind.to_string()) => {
            call(input, label, kind.clone(), errors).map(Layer::Kind)
        }
        _ => own(input, label, path).map(Layer::Own),
    }
}

/// A name given by the author: a field is named so.
fn lowercase(input: ParseStream) -> syn::Result<Ident> {
    let name = input.call(Ident::parse_any)?;
    if starts_uppercase(&name.to_string()) {
        let message =
            format!("a name in capitals is that of a type; write `{}`", snake_case(&name.to_string()));
        return Err(syn::Error::new(name.span(), message));
    }
    if syn::parse2::<Ident>(name.to_token_stream()).is_err() {
        let message = format!("`{name}` is a word of Rust's own and cannot be a name; choose another");
        return Err(syn::Error::new(name.span(), message));
    }
    Ok(name)
}

/// The rest of `kind(arguments)`.
fn call(input: ParseStream, label: Option<Ident>, kind: Ident, errors: &mut Errors) -> syn::Result<Call> {
    if !input.peek(token::Paren) {
        if input.peek(token::Brace) || input.peek(token::Bracket) {
            return Err(input.error(format!("`{kind}` takes its arguments in parentheses: `{kind}(...)`")));
        }
        let (end, text) = (kind.span(), kind.to_string());
        let (arguments, chains) = (Vec::new(), Vec::new());
        return Ok(Call { label, kind, arguments, chains, parentheses: false, end, text });
    }
    let content;
    let parentheses = parenthesized!(content in input);
    let text = format!("{kind}({})", text_of(&content.fork().parse::<TokenStream>()?));
    let (arguments, chains) = inside(&content, |content| {
        let (mut arguments, mut chains) = (Vec::new(), Vec::new());
        while !content.is_empty() {
            if content.peek(Ident) && content.peek2(Token![=]) && content.peek3(token::Brace) {
                chains.push(inner_chain(content, errors)?);
            } else {
                arguments.push(argument(content)?);
            }
            if content.is_empty() {
                break;
            }
            if !content.peek(Token![,]) {
                return Err(content.error(format!("expected `,` between two arguments of `{kind}`")));
            }
            content.parse::<Token![,]>()?;
        }
        Ok((arguments, chains))
    })?;
    Ok(Call { label, kind, arguments, chains, parentheses: true, end: parentheses.span.close(), text })
}

/// `option = { layer => layer }`
fn inner_chain(input: ParseStream, errors: &mut Errors) -> syn::Result<InnerChain> {
    let name: Ident = input.parse()?;
    input.parse::<Token![=]>()?;
    let found = in_braces(input, errors, &format!("no layers in the braces of `{name}`"));
    let layers = errors.take(found).unwrap_or_default();
    Ok(InnerChain { name, layers })
}

/// `{ layer => layer }`; `empty` is what to say of braces without layers.
fn in_braces(input: ParseStream, errors: &mut Errors, empty: &str) -> syn::Result<Vec<Layer>> {
    let content;
    let braces = braced!(content in input);
    inside(&content, |content| {
        if content.is_empty() {
            return Err(syn::Error::new(braces.span.join(), empty));
        }
        let mut found = Vec::new();
        layer_or_repeat(content, errors, &mut found)?;
        layers(content, errors, &mut found)?;
        if content.is_empty() {
            Ok(found)
        } else {
            Err(content.error("expected `=>` between two layers, or `}`"))
        }
    })
}

fn argument(input: ParseStream) -> syn::Result<Argument> {
    let name = if input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
        let name: Ident = input.parse()?;
        input.parse::<Token![=]>()?;
        Some(name)
    } else {
        None
    };
    if input.is_empty() || input.peek(Token![,]) {
        return Err(match name {
            Some(name) => {
                syn::Error::new(name.span(), format!("`{name}` has no value: write `{name} = ...`"))
            }
            None => input.error("expected an argument before this comma"),
        });
    }
    Ok(Argument { name, value: input.parse()? })
}

/// The rest of a layer of one's own: fields in braces, arguments in parentheses, or nothing.
fn own(input: ParseStream, label: Option<Ident>, mut path: Path) -> syn::Result<Own> {
    // The generated code is generic, and there these names mean something else.
    if let Some(name) = path.get_ident().filter(|name| *name == "T" || *name == "D") {
        let message = format!("`{name}` is a type parameter of what a network becomes; write `self::{name}`");
        return Err(syn::Error::new(name.span(), message));
    }
    let mut value = path.to_token_stream();
    let mut end = path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
    let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    // `Type::constructor(...)`, `Type::CONSTANT`: the type is the path before the last word.
    let mut of_type = last == last.to_uppercase()
        && path
            .segments
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|segment| starts_uppercase(&segment.ident.to_string()));
    if input.peek(token::Brace) || input.peek(token::Paren) {
        let group: proc_macro2::Group = input.parse()?;
        end = group.span_close();
        of_type = group.delimiter() == Delimiter::Parenthesis && !starts_uppercase(&last);
        value = quote!(#value #group);
    }
    if of_type {
        path.segments.pop();
        path.segments.pop_punct();
    }
    let text = text_of(&value);
    Ok(Own { label, path, value, end, text })
}

/// Tokens as a person would write them, on one line.
pub fn text_of(tokens: &TokenStream) -> String {
    let text = tokens.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace(" :: ", "::").replace(" : ", ": ").replace(" ,", ",")
}
