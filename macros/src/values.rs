//! Arguments' values: from what is written to the Rust that stands for it.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprPath, Ident, Lit};

use crate::errors::{list, suggest};
use crate::kinds::{INITS, InitRow, NONLINEARITIES, Value};

/// The Rust for a value, or what is wrong with it.
pub fn lower(value: Value, expression: &Expr) -> syn::Result<TokenStream> {
    let span = expression.span();
    match value {
        Value::Size => size(expression),
        Value::Probability => probability(expression),
        Value::Flag => flag(expression),
        Value::Pair => pair(expression),
        Value::OptionalPair => {
            let pair = pair(expression)?;
            Ok(quote_spanned!(span=> ::core::option::Option::Some(#pair)))
        }
        Value::Pad => pad(expression),
        Value::Nonlinearity => nonlinearity(expression),
        Value::Init => init(expression, false),
        Value::OptionalInit => match word(expression) {
            Some(word) if word == "none" => Ok(quote_spanned!(span=> ::core::option::Option::None)),
            _ => {
                let init = init(expression, true)?;
                Ok(quote_spanned!(span=> ::core::option::Option::Some(#init)))
            }
        },
    }
}

/// A literal negative or fractional size is refused here, in words; all else is the compiler's.
pub fn size(expression: &Expr) -> syn::Result<TokenStream> {
    let literal = match expression {
        Expr::Unary(unary) => &*unary.expr,
        other => other,
    };
    let wrong = match literal {
        Expr::Lit(ExprLit { lit: Lit::Float(_) | Lit::Str(_) | Lit::Bool(_) | Lit::Char(_), .. }) => true,
        Expr::Lit(ExprLit { lit: Lit::Int(_), .. }) => matches!(expression, Expr::Unary(_)),
        Expr::Tuple(_) => true,
        _ => false,
    };
    if wrong {
        return Err(syn::Error::new(
            expression.span(),
            "expected a whole number of at least 1, or a `usize` constant",
        ));
    }
    Ok(quote!(#expression))
}

/// A number; whole ones may be written without a point.
fn number(expression: &Expr) -> TokenStream {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => {
            let number = syn::LitFloat::new(&format!("{}.0", number.base10_digits()), number.span());
            quote!(#number)
        }
        Expr::Unary(unary) if matches!(&*unary.expr, Expr::Lit(_)) => {
            let (op, inner) = (&unary.op, number(&unary.expr));
            quote!(#op #inner)
        }
        _ => quote!(#expression),
    }
}

fn probability(expression: &Expr) -> syn::Result<TokenStream> {
    let (sign, literal) = match expression {
        Expr::Unary(unary) => (-1.0, &*unary.expr),
        other => (1.0, other),
    };
    let value = match literal {
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_parse::<f64>().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse::<f64>().ok(),
        _ => None,
    };
    match value {
        Some(value) if !(0.0..1.0).contains(&(sign * value)) => Err(syn::Error::new(
            expression.span(),
            format!("a probability of {}: it must be at least 0 and below 1", sign * value),
        )),
        _ => Ok(number(expression)),
    }
}

fn flag(expression: &Expr) -> syn::Result<TokenStream> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Bool(_), .. }) | Expr::Path(_) | Expr::Unary(_) | Expr::Binary(_) => {
            Ok(quote!(#expression))
        }
        _ => Err(syn::Error::new(expression.span(), "expected `true` or `false`")),
    }
}

fn pair(expression: &Expr) -> syn::Result<TokenStream> {
    let span = expression.span();
    match expression {
        Expr::Tuple(tuple) if tuple.elems.len() == 2 => {
            let (rows, columns) = (size_or_zero(&tuple.elems[0])?, size_or_zero(&tuple.elems[1])?);
            Ok(quote_spanned!(span=> [#rows, #columns]))
        }
        Expr::Tuple(_) => Err(syn::Error::new(span, "expected a number, or a pair `(rows, columns)`")),
        _ => {
            let both = size_or_zero(expression)?;
            Ok(quote_spanned!(span=> [#both; 2]))
        }
    }
}

fn size_or_zero(expression: &Expr) -> syn::Result<TokenStream> {
    size(expression)
        .map_err(|error| syn::Error::new(error.span(), "expected a whole number, or a `usize` constant"))
}

fn pad(expression: &Expr) -> syn::Result<TokenStream> {
    let span = expression.span();
    let pad = quote!(::layercake::shape::Pad);
    match word(expression).as_ref().map(Ident::to_string).as_deref() {
        Some("valid") => Ok(quote_spanned!(span=> #pad::Valid)),
        Some("same") => Ok(quote_spanned!(span=> #pad::Same)),
        Some("full") => Ok(quote_spanned!(span=> #pad::Full)),
        Some(other) if is_lowercase(other) => Err(syn::Error::new(
            span,
            format!(
                "unknown padding `{other}`: it is `valid`, `same`, `full`, a number, or a pair `(rows, columns)`"
            ),
        )),
        _ => {
            let pair = pair(expression)?;
            Ok(quote_spanned!(span=> #pad::Explicit(#pair)))
        }
    }
}

/// A lone word.
fn word(expression: &Expr) -> Option<Ident> {
    match expression {
        Expr::Path(ExprPath { path, .. }) => path.get_ident().cloned(),
        _ => None,
    }
}

fn is_lowercase(word: &str) -> bool {
    !word.contains(char::is_uppercase)
}

/// A lowercase word with or without arguments: a name of the vocabulary.
fn named(expression: &Expr) -> Option<(Ident, Vec<&Expr>)> {
    match expression {
        Expr::Call(call) => word(&call.func).map(|name| (name, call.args.iter().collect())),
        _ => word(expression).map(|name| (name, Vec::new())),
    }
    .filter(|(name, _)| is_lowercase(&name.to_string()))
}

fn nonlinearity(expression: &Expr) -> syn::Result<TokenStream> {
    let span = expression.span();
    let Some((name, arguments)) = named(expression) else {
        return match expression {
            Expr::Lit(_) => Err(syn::Error::new(span, "expected a nonlinearity, such as `relu`")),
            _ => Ok(quote!(#expression)),
        };
    };
    let text = name.to_string();
    let Some((_, count)) = NONLINEARITIES.iter().find(|(name, _)| *name == text) else {
        let names = NONLINEARITIES.iter().map(|(name, _)| *name);
        return Err(syn::Error::new(
            name.span(),
            format!("unknown nonlinearity `{text}`: {}", suggest(&text, names)),
        ));
    };
    if arguments.len() != *count {
        let takes = match (text.as_str(), count) {
            ("leaky_relu", _) => "takes one argument, the leakiness: `leaky_relu(0.01)`",
            ("scaled_tanh", _) => {
                "takes two arguments, the scales of its argument and result: \
                                   `scaled_tanh(0.6667, 1.7159)`"
            }
            _ => "takes no arguments",
        };
        return Err(syn::Error::new(span, format!("`{text}` {takes}")));
    }
    let arguments = arguments.into_iter().map(number);
    Ok(quote_spanned!(span=> ::layercake::nonlinearities::#name(#(#arguments),*)))
}

/// Whether a value is known to be an elementwise nonlinearity (what a layer's default is counts as such).
pub fn is_elementwise(nonlinearity: Option<&Expr>) -> bool {
    nonlinearity.is_none_or(|expression| named(expression).is_some_and(|(name, _)| name != "softmax"))
}

fn init(expression: &Expr, or_none: bool) -> syn::Result<TokenStream> {
    let span = expression.span();
    let Some((name, arguments)) = named(expression) else {
        return match expression {
            Expr::Lit(_) | Expr::Unary(_) => {
                Err(syn::Error::new(span, "expected an init, such as `constant(0.1)` or `glorot_uniform`"))
            }
            _ => Ok(quote!(#expression)),
        };
    };
    let text = name.to_string();
    let Some(InitRow { variant, fields, .. }) = INITS.iter().find(|row| row.name == text) else {
        let names = INITS.iter().map(|row| row.name).chain(or_none.then_some("none"));
        let suggestion = suggest(&text, names);
        return Err(syn::Error::new(name.span(), format!("unknown init `{text}`: {suggestion}")));
    };
    let mut values: Vec<TokenStream> = fields.iter().map(|(_, default)| quote!(#default)).collect();
    for (position, argument) in arguments.iter().enumerate() {
        let (position, value) = match argument {
            Expr::Assign(assign) => {
                let field = word(&assign.left);
                let field = field.map(|field| field.to_string()).unwrap_or_default();
                let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
                let found = names.iter().position(|name| *name == field).ok_or_else(|| {
                    let message = format!("`{text}` has no option `{field}`: {}", suggest(&field, names));
                    syn::Error::new(assign.left.span(), message)
                })?;
                (found, &*assign.right)
            }
            argument => (position, *argument),
        };
        let Some(slot) = values.get_mut(position) else {
            let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
            let message = format!("`{text}` takes at most {} argument(s): {}", names.len(), list(&names));
            return Err(syn::Error::new(argument.span(), message));
        };
        *slot = match (fields[position].0, value) {
            ("gain", value) if word(value).is_some_and(|word| word == "relu") => {
                quote!(::core::f64::consts::SQRT_2)
            }
            ("range", value) => return Ok(range(span, value)),
            (_, value) => number(value),
        };
    }
    let init = quote!(::layercake::init::Init);
    let variant = Ident::new(variant, span);
    Ok(match (text.as_str(), &values[..]) {
        ("constant", [value]) => quote_spanned!(span=> #init::#variant(#value)),
        ("uniform", [high]) => quote_spanned!(span=> #init::#variant { low: -#high, high: #high }),
        _ => {
            let fields = fields.iter().map(|(name, _)| Ident::new(name, span));
            quote_spanned!(span=> #init::#variant { #(#fields: #values),* })
        }
    })
}

/// `uniform(range)` or `uniform((low, high))`.
fn range(span: Span, value: &Expr) -> TokenStream {
    let (low, high) = match value {
        Expr::Tuple(pair) if pair.elems.len() == 2 => (number(&pair.elems[0]), number(&pair.elems[1])),
        value => {
            let high = number(value);
            (quote!(-(#high)), high)
        }
    };
    quote_spanned!(span=> ::layercake::init::Init::Uniform { low: #low, high: #high })
}
