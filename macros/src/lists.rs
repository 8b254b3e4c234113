//! Values with one part for each axis or input: axes, croppings, coefficients.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use crate::case::is_lowercase;
use crate::errors::{list, nearest};
use crate::values::{error, number, whole, without_quotes, word};

/// What stands in the parentheses or brackets of a list; `None` for any other expression.
fn items(expression: &Expr) -> Option<Vec<&Expr>> {
    match expression {
        Expr::Tuple(tuple) => Some(tuple.elems.iter().collect()),
        Expr::Array(array) => Some(array.elems.iter().collect()),
        Expr::Paren(paren) => Some(vec![&paren.expr]),
        _ => None,
    }
}

/// One of `words`, an axis, or several: a `layercake::shape::Axes`.
pub fn axes(words: &[&str], expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    let axes = quote!(::layercake::shape::Axes);
    if let Some(found) = word(expression).filter(|word| is_lowercase(&word.to_string())) {
        let text = found.to_string();
        let Some(known) = words.iter().find(|word| **word == text) else {
            let is = match nearest(&text, words.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("it can be {}, an axis such as `1`, or several: `(0, 2)`", list(words)),
            };
            return Err(error(expression, format!("{what} cannot be `{text}`: {is}")));
        };
        let variant = Ident::new(&capitalized(known), span);
        return Ok(quote_spanned!(span=> #axes::#variant));
    }
    let words: String = words.iter().map(|word| format!("`{word}`, ")).collect();
    let is = format!("{words}an axis (the batch axis is 0), several in parentheses");
    let numbers = match items(expression) {
        Some(items) => {
            items.into_iter().map(|axis| whole(axis, what, &is)).collect::<syn::Result<Vec<_>>>()?
        }
        None => vec![whole(expression, what, &is)?],
    };
    Ok(quote_spanned!(span=> #axes::These(&[#(#numbers),*])))
}

/// `none`, or a mode for each axis: a list of `layercake::shape::Crop`.
pub fn cropping(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    const MODES: [&str; 4] = ["none", "lower", "center", "upper"];
    let span = expression.span();
    if word(expression).is_some_and(|word| word == "none") {
        return Ok(quote_spanned!(span=> &[]));
    }
    without_quotes(expression, what, &["none"])?;
    let Some(items) = items(expression) else {
        let message = format!(
            "{what} must be `none`, or give each axis a mode, the batch axis first: `(none, none, center, center)`"
        );
        return Err(error(expression, message));
    };
    let modes = items.into_iter().map(|item| {
        without_quotes(item, what, &MODES)?;
        let text = word(item).map(|word| word.to_string()).unwrap_or_default();
        if MODES.contains(&text.as_str()) {
            let variant = Ident::new(&capitalized(&text), item.span());
            return Ok(quote!(::layercake::shape::Crop::#variant));
        }
        let is = match nearest(&text, MODES) {
            Some(meant) if !text.is_empty() => format!("did you mean `{meant}`?"),
            _ => format!("there are {}", list(&MODES)),
        };
        Err(error(item, format!("unknown cropping in {what}: {is}")))
    });
    let modes = modes.collect::<syn::Result<Vec<_>>>()?;
    Ok(quote_spanned!(span=> &[#(#modes),*]))
}

/// A number for all or one for each: a list of `f64`.
pub fn coefficients(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    let numbers = match items(expression) {
        Some(items) => items.into_iter().map(|item| number(item, what)).collect::<syn::Result<Vec<_>>>()?,
        None => vec![number(expression, what)?],
    };
    Ok(quote_spanned!(span=> &[#(#numbers),*]))
}

/// `lower` as the variant `Lower`.
fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}
