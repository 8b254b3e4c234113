//! From tokens to the ast. After an error it goes on at the next arrow or semicolon, to find the others.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Lit, Path, Token, braced, parenthesized, token};

use crate::ast::{Argument, Binding, Body, Call, Chain, Layer, Network, Own, Source};
use crate::errors::Errors;

/// Parses an invocation. `None` if there is nothing to go on with.
pub fn network(tokens: TokenStream, errors: &mut Errors) -> Option<Network> {
    let parser = |input: ParseStream| parse_network(input, errors);
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

fn parse_network(input: ParseStream, errors: &mut Errors) -> syn::Result<Network> {
    if input.is_empty() {
        return Err(syn::Error::new(Span::call_site(), format!("a network without text; {FORMS}")));
    }
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility = input.parse()?;
    let name = if input.peek(Token![struct]) {
        input.parse::<Token![struct]>()?;
        Some(input.parse::<Ident>().map_err(|error| {
            syn::Error::new(error.span(), "the network needs a name here: `struct Name < ... >`")
        })?)
    } else {
        None
    };
    if !input.peek(Token![<]) {
        return Err(syn::Error::new(
            input.span(),
            format!("expected `<` before the network's text; {FORMS}"),
        ));
    }
    input.parse::<Token![<]>()?;
    let body = body(input, errors)?;
    if !input.peek(Token![>]) {
        return Err(after_outputs(input));
    }
    input.parse::<Token![>]>()?;
    if !input.is_empty() {
        return Err(input.error("nothing may follow the closing `>` of a network"));
    }
    Ok(Network { attributes, visibility, name, body })
}

/// What to say of a token after the outputs that is not the end.
fn after_outputs(input: ParseStream) -> syn::Error {
    if input.is_empty() {
        syn::Error::new(Span::call_site(), "the network's text ends without its closing `>`")
    } else if input.peek(Token![=>]) {
        input.error(
            "a layer after the outputs; the outputs end the network: put the layer into one of their chains",
        )
    } else if input.peek(Token![;]) {
        input.error(
            "after the last `;` the network's outputs are expected: end with a chain or a name, without `let`",
        )
    } else if input.peek(Ident::peek_any) || input.peek(token::Paren) {
        input.error("expected `=>` between two layers, or `>` at the end of the network")
    } else if input.peek(Token![,]) {
        input.error("several outputs stand in parentheses: `(first, second)`; layers are joined by `=>`")
    } else {
        input.error("expected `=>` and another layer, or `>` at the end of the network")
    }
}

fn body(input: ParseStream, errors: &mut Errors) -> syn::Result<Body> {
    let mut bindings = Vec::new();
    while input.peek(Token![let]) {
        input.parse::<Token![let]>()?;
        let name: Ident = input.parse()?;
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
        let span = if input.is_empty() { Span::call_site() } else { input.span() };
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
    let source = source(input)?;
    let mut chain = Chain { source, layers: Vec::new() };
    layers(input, errors, &mut chain.layers)?;
    Ok(chain)
}

/// `("=>" layer)*`
fn layers(input: ParseStream, errors: &mut Errors, layers: &mut Vec<Layer>) -> syn::Result<()> {
    while input.peek(Token![=>]) {
        input.parse::<Token![=>]>()?;
        layer_or_repeat(input, errors, layers)?;
    }
    Ok(())
}

fn layer_or_repeat(input: ParseStream, errors: &mut Errors, layers: &mut Vec<Layer>) -> syn::Result<()> {
    let result = if input.peek(Ident::peek_any) && input.fork().parse::<Ident>().is_ok_and(|i| i == "repeat")
    {
        repeat(input, errors).map(|repeated| layers.extend(repeated))
    } else {
        layer(input).map(|layer| layers.push(layer))
    };
    if let Err(error) = result {
        errors.add(error);
        while !(input.is_empty() || input.peek(Token![=>]) || input.peek(Token![;]) || input.peek(Token![>]))
        {
            input.parse::<TokenTree>()?;
        }
    }
    Ok(())
}

/// `repeat(3) { layer => layer }`: the layers written out, labels numbered.
fn repeat(input: ParseStream, errors: &mut Errors) -> syn::Result<Vec<Layer>> {
    input.parse::<Ident>()?;
    let count;
    let parentheses = parenthesized!(count in input);
    let count: Expr = if count.is_empty() {
        return Err(syn::Error::new(parentheses.span.join(), "how often? write `repeat(3) { ... }`"));
    } else {
        count.parse()?
    };
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
        return Err(input
            .error("expected the layers to repeat in braces: `repeat(3) { dense(800) => dropout(0.5) }`"));
    }
    let inside;
    let braces = braced!(inside in input);
    if inside.is_empty() {
        return Err(syn::Error::new(braces.span.join(), "no layers to repeat in these braces"));
    }
    let mut once = Vec::new();
    layer_or_repeat(&inside, errors, &mut once)?;
    layers(&inside, errors, &mut once)?;
    if !inside.is_empty() {
        return Err(inside.error("expected `=>` between two layers, or `}`"));
    }
    let numbered = |label: &Option<Ident>, number: usize| {
        label.as_ref().map(|label| Ident::new(&format!("{label}{number}"), label.span()))
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

fn source(input: ParseStream) -> syn::Result<Source> {
    if !input.peek(Ident::peek_any) {
        return Err(input
            .error("expected the start of a chain: `input(...)`, a name, or a merge such as `add(a, b)`"));
    }
    match layer(input)? {
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

fn layer(input: ParseStream) -> syn::Result<Layer> {
    let label = if input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let label: Ident = input.parse()?;
        input.parse::<Token![:]>()?;
        Some(label)
    } else {
        None
    };
    if !(input.peek(Ident::peek_any) || input.peek(Token![::])) {
        return Err(input.error("expected a layer, such as `dense(800)`"));
    }
    let path: Path =
        input.parse().map_err(|error| syn::Error::new(error.span(), "expected a layer's name"))?;
    match path.get_ident() {
        Some(kind) if !starts_uppercase(kind) => call(input, label, kind.clone()).map(Layer::Kind),
        _ => own(input, label, path).map(Layer::Own),
    }
}

fn starts_uppercase(ident: &Ident) -> bool {
    ident.to_string().starts_with(char::is_uppercase)
}

/// The rest of `kind(arguments)`.
fn call(input: ParseStream, label: Option<Ident>, kind: Ident) -> syn::Result<Call> {
    if !input.peek(token::Paren) {
        if input.peek(token::Brace) || input.peek(token::Bracket) {
            return Err(input.error(format!("`{kind}` takes its arguments in parentheses: `{kind}(...)`")));
        }
        let (end, text) = (kind.span(), kind.to_string());
        return Ok(Call { label, kind, arguments: Vec::new(), parentheses: false, end, text });
    }
    let inside;
    let parentheses = parenthesized!(inside in input);
    let text = format!("{kind}({})", text_of(&inside.fork().parse::<TokenStream>()?));
    let mut arguments = Vec::new();
    while !inside.is_empty() {
        arguments.push(argument(&inside)?);
        if inside.is_empty() {
            break;
        }
        if !inside.peek(Token![,]) {
            return Err(inside.error(format!("expected `,` between two arguments of `{kind}`")));
        }
        inside.parse::<Token![,]>()?;
    }
    Ok(Call { label, kind, arguments, parentheses: true, end: parentheses.span.close(), text })
}

fn argument(input: ParseStream) -> syn::Result<Argument> {
    let name = if input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        Some(name)
    } else {
        None
    };
    if input.is_empty() || input.peek(Token![,]) {
        return Err(match name {
            Some(name) => input.error(format!("expected a value: `{name} = ...`")),
            None => input.error("expected an argument before this comma"),
        });
    }
    Ok(Argument { name, value: input.parse()? })
}

/// The rest of a layer of one's own: fields in braces, arguments in parentheses, or nothing.
fn own(input: ParseStream, label: Option<Ident>, mut path: Path) -> syn::Result<Own> {
    let mut value = path.to_token_stream();
    let mut end = path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
    if input.peek(token::Brace) || input.peek(token::Paren) {
        let group: proc_macro2::Group = input.parse()?;
        end = group.span_close();
        if group.delimiter() == Delimiter::Parenthesis
            && path.segments.last().is_some_and(|segment| !starts_uppercase(&segment.ident))
        {
            // `Type::constructor(...)`: the type is the path before the constructor.
            path.segments.pop();
            path.segments.pop_punct();
        }
        value = quote!(#value #group);
    }
    let text = text_of(&value);
    Ok(Own { label, path, value, end, text })
}

/// Tokens as a person would write them, on one line.
fn text_of(tokens: &TokenStream) -> String {
    tokens.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
