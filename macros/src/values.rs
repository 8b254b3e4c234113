//! Arguments' values: from what is written to the Rust that stands for it.

mod axes;

pub use axes::length_of_input;

use std::fmt::Display;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprPath, ExprUnary, Ident, Lit, UnOp};

use crate::case::is_lowercase;
use crate::errors::{list, nearest, suggest};
use crate::kinds::{Group, Value, Words};
use crate::words::{INITS, InitRow, NONLINEARITIES};
use crate::{functions, lists};

/// The Rust for a value, or what is wrong with it. `what` says whose it is: "`stride` of `conv2d`".
pub fn lower(value: Value, expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    match value {
        Value::Number => number(expression, what),
        Value::Axes(words) => lists::axes(words, expression, what),
        Value::Coefficients => lists::coefficients(expression, what),
        Value::Cropping => lists::cropping(expression, what),
        Value::MergeFunction => functions::merge_function(expression, what),
        Value::Function => functions::function(expression, what),
        Value::OptionalFunction => {
            let function = functions::function(expression, what)?;
            Ok(quote_spanned!(span=> ::core::option::Option::Some(#function)))
        }
        Value::Code(numbers) => functions::code(numbers, expression, what),
        // Written out before; a second one, or one of a merge, is not.
        Value::Norm => Err(error(expression, format!("{what} cannot stand here"))),
        Value::Size => size(expression, what),
        Value::Probability => probability(expression, what),
        Value::Flag => flag(expression, what),
        Value::Sizes(axes) => sizes(axes, expression, what),
        Value::OptionalSizes(axes) => {
            let sizes = sizes(axes, expression, what)?;
            Ok(quote_spanned!(span=> ::core::option::Option::Some(#sizes)))
        }
        Value::SizeList => axes::size_list(expression, what),
        Value::Index => axes::index(expression, what),
        Value::Indices => axes::indices(expression, what),
        Value::Widths => axes::widths(expression, what),
        Value::Length => axes::length(expression, what),
        Value::Axis => axes::axis(expression, what),
        Value::Word(words) => one_of(expression, what, words),
        Value::Pad(axes) => pad(axes, expression, what),
        Value::Factors => factors(expression, what),
        Value::Nonlinearity => nonlinearity(expression, what),
        Value::Init => match word(expression) {
            Some(word) if is_none(&word) => Err(error(
                expression,
                format!("{what} cannot be left out; give an init, such as `glorot_uniform`"),
            )),
            _ => init(expression, what, false),
        },
        Value::OptionalInit => match word(expression) {
            Some(word) if word == "none" => Ok(quote_spanned!(span=> ::core::option::Option::None)),
            Some(word) if is_none(&word) => {
                Err(error(expression, format!("{what} is left out by `none`, in lowercase")))
            }
            _ => {
                let init = init(expression, what, true)?;
                Ok(quote_spanned!(span=> ::core::option::Option::Some(#init)))
            }
        },
        Value::Limit => limit(expression, what),
        Value::Name => Err(error(
            expression,
            format!("{what} must be a name: give the chain a name with `let`, and write the name here"),
        )),
        Value::InitOrName => {
            let init = lower(Value::Init, expression, what)?;
            Ok(quote_spanned!(span=> ::layercake::init::InitOrInput::Init(#init)))
        }
        Value::Group(row) => group(row, expression, what),
    }
}

/// The Rust for a further input, given its place among the layer's inputs.
pub fn lower_input(value: Value, place: usize, span: Span) -> TokenStream {
    match value {
        Value::InitOrName => quote_spanned!(span=> ::layercake::init::InitOrInput::Input(#place)),
        _ => quote_spanned!(span=> ::core::option::Option::Some(#place)),
    }
}

/// An error that underlines the whole of what is wrong.
pub fn error(wrong: impl ToTokens, message: impl Display) -> syn::Error {
    syn::Error::new_spanned(wrong, message)
}

fn is_none(word: &Ident) -> bool {
    word == "none" || word == "None"
}

/// What cannot be a whole number is refused here, in words; all else is the compiler's.
pub fn size(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    whole(expression, what, "a whole number of at least 1")
}

pub fn whole(expression: &Expr, what: &str, is: &str) -> syn::Result<TokenStream> {
    let literal = match expression {
        Expr::Unary(unary) => &*unary.expr,
        other => other,
    };
    let wrong = match literal {
        Expr::Lit(ExprLit { lit: Lit::Int(_), .. }) => matches!(expression, Expr::Unary(_)),
        Expr::Lit(_) | Expr::Tuple(_) | Expr::Array(_) => true,
        _ => false,
    };
    if wrong {
        return Err(error(expression, format!("{what} must be {is}, or a `usize` constant")));
    }
    constant(expression, what, &format!("{is}, or a `usize` constant"))
}

/// Refuses a lone word in lowercase: a variable, or a word of the vocabulary in a wrong place.
fn constant(expression: &Expr, what: &str, is: &str) -> syn::Result<TokenStream> {
    match word(expression) {
        Some(word) if word == "None" => {
            Err(error(expression, format!("{what} must be {is}; without the option it has its default")))
        }
        Some(word) if is_lowercase(&word.to_string()) => Err(error(
            expression,
            format!(
                "{what} must be {is}, and `{word}` is neither (a variable's value comes too late: networks are \
                     made while the program compiles)"
            ),
        )),
        _ => Ok(quote!(#expression)),
    }
}

/// A number; whole ones may be written without a point.
pub fn number(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => {
            let number = syn::LitFloat::new(&format!("{}.0", number.base10_digits()), number.span());
            Ok(quote!(#number))
        }
        Expr::Unary(unary) if matches!(&*unary.expr, Expr::Lit(_)) => {
            let (op, inner) = (&unary.op, number(&unary.expr, what)?);
            Ok(quote!(#op #inner))
        }
        Expr::Lit(ExprLit { lit: Lit::Float(_) | Lit::Int(_), .. }) => Ok(quote!(#expression)),
        Expr::Lit(_) | Expr::Tuple(_) => {
            Err(error(expression, format!("{what} must be a number, or an `f64` constant")))
        }
        _ => constant(expression, what, "a number, or an `f64` constant"),
    }
}

/// A size, or -1 for none.
fn limit(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let is_minus_one = |unary: &ExprUnary| {
        matches!(&*unary.expr, Expr::Lit(ExprLit { lit: Lit::Int(one), .. }) if one.base10_digits() == "1")
            && matches!(unary.op, UnOp::Neg(_))
    };
    if matches!(expression, Expr::Unary(unary) if is_minus_one(unary)) {
        return Ok(quote!(::core::option::Option::None));
    }
    let limit = whole(expression, what, "a whole number of at least 1, -1 for no limit")?;
    Ok(quote_spanned!(expression.span()=> ::core::option::Option::Some(#limit)))
}

fn probability(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
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
        Some(value) if !(0.0..1.0).contains(&(sign * value)) => {
            let message = format!("{what} must be at least 0 and below 1, and this is {}", sign * value);
            Err(error(expression, message))
        }
        _ => number(expression, what),
    }
}

fn flag(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Bool(_), .. }) | Expr::Unary(_) | Expr::Binary(_) => {
            Ok(quote!(#expression))
        }
        Expr::Path(_) => constant(expression, what, "`true`, `false`, or a `bool` constant"),
        _ => Err(error(expression, format!("{what} must be `true` or `false`"))),
    }
}

/// How one size for each of so many axes is called.
fn list_of_sizes(axes: usize) -> &'static str {
    match axes {
        2 => ", a pair `(rows, columns)`",
        3 => ", a triple `(depth, rows, columns)`",
        _ => "",
    }
}

fn sizes(axes: usize, expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    let is = format!("a whole number{}", list_of_sizes(axes));
    match expression {
        Expr::Tuple(tuple) if tuple.elems.len() == axes => {
            let sizes = tuple.elems.iter().map(|size| whole(size, what, &is));
            let sizes = sizes.collect::<syn::Result<Vec<_>>>()?;
            Ok(quote_spanned!(span=> [#(#sizes),*]))
        }
        _ => {
            let (all, axes) = (whole(expression, what, &is)?, Literal::usize_unsuffixed(axes));
            Ok(quote_spanned!(span=> [#all; #axes]))
        }
    }
}

fn factors(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    match expression {
        Expr::Tuple(tuple) if tuple.elems.len() == 2 => {
            let (rows, columns) = (number(&tuple.elems[0], what)?, number(&tuple.elems[1], what)?);
            Ok(quote_spanned!(span=> [#rows, #columns]))
        }
        Expr::Tuple(_) => {
            Err(error(expression, format!("{what} must be a number, or a pair `(rows, columns)`")))
        }
        _ => {
            let both = number(expression, what)?;
            Ok(quote_spanned!(span=> [#both; 2]))
        }
    }
}

fn pad(axes: usize, expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    const MODES: [&str; 3] = ["valid", "same", "full"];
    let span = expression.span();
    let pad = quote!(::layercake::shape::Pad);
    without_quotes(expression, what, &MODES)?;
    match word(expression).as_ref().map(Ident::to_string).as_deref() {
        Some("valid") => Ok(quote_spanned!(span=> #pad::Valid)),
        Some("same") => Ok(quote_spanned!(span=> #pad::Same)),
        Some("full") => Ok(quote_spanned!(span=> #pad::Full)),
        Some(other) if is_lowercase(other) => {
            let meant = nearest(other, MODES);
            let suggestion = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("it is `valid`, `same`, `full`{}, or a whole number", list_of_sizes(axes)),
            };
            Err(error(expression, format!("{what} cannot be `{other}`: {suggestion}")))
        }
        _ => {
            let sizes = sizes(axes, expression, what)?;
            Ok(quote_spanned!(span=> #pad::Explicit(#sizes)))
        }
    }
}

/// Refuses a word as Lasagne has it, in quotes.
pub fn without_quotes(expression: &Expr, what: &str, words: &[&str]) -> syn::Result<()> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if words.contains(&text.value().as_str()) => {
            Err(error(expression, format!("{what} is written without quotes: `{}`", text.value())))
        }
        _ => Ok(()),
    }
}

/// One of a few words, or a constant of their enum.
fn one_of(expression: &Expr, what: &str, words: &Words) -> syn::Result<TokenStream> {
    let span = expression.span();
    let names: Vec<&str> = words.words.iter().map(|(name, _)| *name).collect();
    without_quotes(expression, what, &names)?;
    let Some(word) = word(expression).filter(|word| is_lowercase(&word.to_string())) else {
        return match expression {
            Expr::Path(_) => Ok(quote!(#expression)),
            _ => Err(error(expression, format!("{what} must be one of {}", list(&names)))),
        };
    };
    let Some((_, variant)) = words.words.iter().find(|(name, _)| word == name) else {
        return Err(error(
            expression,
            format!("{what} cannot be `{word}`: {}", suggest(&word.to_string(), names)),
        ));
    };
    let (of, variant) = (Ident::new(words.of, span), Ident::new(variant, span));
    Ok(quote_spanned!(span=> ::layercake::layers::#of::#variant))
}

/// A lone word.
pub fn word(expression: &Expr) -> Option<Ident> {
    match expression {
        Expr::Path(ExprPath { path, .. }) => path.get_ident().cloned(),
        _ => None,
    }
}

/// A lowercase word with or without arguments: a name of the vocabulary.
fn named(expression: &Expr) -> Option<(Ident, Vec<&Expr>)> {
    match expression {
        Expr::Call(call) => word(&call.func).map(|name| (name, call.args.iter().collect())),
        _ => word(expression).map(|name| (name, Vec::new())),
    }
    .filter(|(name, _)| is_lowercase(&name.to_string()))
}

fn nonlinearity(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    if word(expression).is_some_and(|word| is_none(&word)) {
        return Err(error(expression, format!("{what} cannot be left out; `linear` changes nothing")));
    }
    let Some((name, arguments)) = named(expression) else {
        return match expression {
            Expr::Lit(_) | Expr::Tuple(_) => {
                Err(error(expression, format!("{what} must be one of the nonlinearities, such as `relu`")))
            }
            _ => Ok(quote!(#expression)),
        };
    };
    let text = name.to_string();
    let Some((_, count)) = NONLINEARITIES.iter().find(|(name, _)| *name == text) else {
        let names = NONLINEARITIES.iter().map(|(name, _)| *name);
        return Err(error(&name, format!("unknown nonlinearity `{text}`: {}", suggest(&text, names))));
    };
    if arguments.len() != *count {
        let takes = match (text.as_str(), count) {
            ("leaky_relu", _) => "takes one argument, the leakiness: `leaky_relu(0.01)`",
            ("scaled_tanh", _) => {
                "takes two arguments, the scales of its argument and result: \
                                   `scaled_tanh(0.6667, 1.7159)`"
            }
            ("scaled_elu", _) => {
                "takes two arguments, the scales of all and of negative results: `scaled_elu(1.05, 1.67)`"
            }
            _ => "takes no arguments",
        };
        return Err(error(expression, format!("`{text}` {takes}")));
    }
    let what = format!("an argument of `{text}`");
    let arguments =
        arguments.into_iter().map(|argument| number(argument, &what)).collect::<syn::Result<Vec<_>>>()?;
    Ok(quote_spanned!(span=> ::layercake::nonlinearities::#name(#(#arguments),*)))
}

/// Whether a value is known to be an elementwise nonlinearity (what a layer's default is counts as such).
pub fn is_elementwise(nonlinearity: Option<&Expr>) -> bool {
    nonlinearity.is_none_or(|expression| named(expression).is_some_and(|(name, _)| name != "softmax"))
}

/// Whether a value is known to be no nonlinearity.
pub fn is_linear(nonlinearity: Option<&Expr>) -> bool {
    nonlinearity.and_then(named).is_some_and(|(name, _)| name == "linear" || name == "identity")
}

fn init(expression: &Expr, what: &str, or_none: bool) -> syn::Result<TokenStream> {
    let span = expression.span();
    let Some((name, arguments)) = named(expression) else {
        return match expression {
            Expr::Lit(_) | Expr::Unary(_) | Expr::Tuple(_) => {
                let or_none = if or_none { ", or `none`" } else { "" };
                let is = "one of the inits, such as `constant(0.1)` or `glorot_uniform`";
                Err(error(expression, format!("{what} must be {is}{or_none}")))
            }
            _ => Ok(quote!(#expression)),
        };
    };
    let text = name.to_string();
    let Some(InitRow { variant, fields, .. }) = INITS.iter().find(|row| row.name == text) else {
        let names = INITS.iter().map(|row| row.name).chain(or_none.then_some("none"));
        let suggestion = suggest(&text, names);
        return Err(error(&name, format!("unknown init `{text}`: {suggestion}")));
    };
    let mut values: Vec<TokenStream> = fields.iter().map(|(_, default)| quote!(#default)).collect();
    let (mut ends, mut given) = (None, Vec::new());
    for (position, argument) in arguments.iter().enumerate() {
        let (position, value) = match argument {
            Expr::Assign(assign) => {
                let field = word(&assign.left);
                let field = field.map(|field| field.to_string()).unwrap_or_default();
                let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
                let found = names.iter().position(|name| *name == field).ok_or_else(|| {
                    let message = format!("`{text}` has no option `{field}`: {}", suggest(&field, names));
                    error(&assign.left, message)
                })?;
                (found, &*assign.right)
            }
            argument => (position, *argument),
        };
        let Some(slot) = values.get_mut(position) else {
            let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
            return Err(error(argument, format!("`{text}` takes only {}", list(&names))));
        };
        let field = fields[position].0;
        if given.contains(&field) {
            return Err(error(argument, format!("`{text}` is given `{field}` twice; keep one of them")));
        }
        given.push(field);
        let what = format!("`{field}` of `{text}`");
        *slot = match (field, word(value)) {
            ("gain", Some(word)) if word == "relu" => quote!(::core::f64::consts::SQRT_2),
            ("gain", Some(word)) if is_lowercase(&word.to_string()) => {
                let message = format!("unknown gain `{word}`: it is a number, an `f64` constant, or `relu`");
                return Err(error(value, message));
            }
            ("range", _) => {
                ends = Some(range(span, value, &what)?);
                continue;
            }
            _ => number(value, &what)?,
        };
    }
    let by_std = given.contains(&"std") && !given.contains(&"range");
    if text == "uniform" && !(by_std || given.is_empty() || given == ["range"]) {
        let message = "`uniform` is given by its `range` alone, or by `std` and, where it is not 0, `mean`";
        return Err(error(expression, message));
    }
    let init = quote!(::layercake::init::Init);
    let variant = Ident::new(variant, span);
    Ok(match (text.as_str(), &values[..]) {
        ("constant", [value]) => quote_spanned!(span=> #init::#variant(#value)),
        ("uniform", [_, std, mean]) if by_std => quote_spanned!(span=> #init::uniform_of_std(#std, #mean)),
        ("uniform", [high, ..]) => {
            ends.unwrap_or_else(|| quote_spanned!(span=> #init::#variant { low: -#high, high: #high }))
        }
        _ => {
            let fields = fields.iter().map(|(name, _)| Ident::new(name, span));
            quote_spanned!(span=> #init::#variant { #(#fields: #values),* })
        }
    })
}

/// `gate(w_in = ..., nonlinearity = ...)`, or a constant.
fn group(group: &Group, expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let (span, name) = (expression.span(), group.name);
    let arguments = match (named(expression), expression) {
        (Some((word, arguments)), _) if word == name => arguments,
        (None, Expr::Path(_) | Expr::Call(_) | Expr::Struct(_)) => return Ok(quote!(#expression)),
        _ => return Err(error(expression, format!("{what} must be `{name}(...)`, or a constant"))),
    };
    let names: Vec<&str> = group.arguments.iter().map(|row| row.name).collect();
    let mut given: Vec<(Ident, TokenStream)> = Vec::new();
    for argument in arguments {
        let Expr::Assign(assign) = argument else {
            let message = format!("`{name}` takes its arguments by name: {}", list(&names));
            return Err(error(argument, message));
        };
        let field = word(&assign.left).map(|field| field.to_string()).unwrap_or_default();
        let Some(row) = group.arguments.iter().find(|row| row.name == field) else {
            let message = format!("`{name}` has no option `{field}`: {}", suggest(&field, names));
            return Err(error(&assign.left, message));
        };
        if given.iter().any(|(other, _)| other == row.name) {
            let message = format!("`{name}` is given `{field}` twice; keep one of them");
            return Err(error(&assign.left, message));
        }
        let value = lower(row.value, &assign.right, &format!("`{field}` of `{name}`"))?;
        given.push((Ident::new(row.name, span), value));
    }
    let layer = Ident::new(group.layer, span);
    let layer = quote_spanned!(span=> ::layercake::layers::#layer);
    let fields = given.iter().map(|(name, value)| quote!(#name: #value));
    let rest = (given.len() < group.arguments.len()).then(|| quote!(..#layer::DEFAULT));
    Ok(quote_spanned!(span=> #layer { #(#fields,)* #rest }))
}

/// `uniform(range)` or `uniform((low, high))`.
fn range(span: Span, value: &Expr, what: &str) -> syn::Result<TokenStream> {
    let (low, high) = match value {
        Expr::Tuple(pair) if pair.elems.len() == 2 => {
            (number(&pair.elems[0], what)?, number(&pair.elems[1], what)?)
        }
        value => {
            let high = number(value, what)?;
            (quote!(-(#high)), high)
        }
    };
    Ok(quote_spanned!(span=> ::layercake::init::Init::Uniform { low: #low, high: #high }))
}
