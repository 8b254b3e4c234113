//! Values that are functions: of the library by their names, or of the user's by a path or closure.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use crate::errors::{list, nearest};
use crate::values::{error, word};

/// The functions that merges know, and their variants of `layercake::layers::MergeFunction`.
const MERGE_FUNCTIONS: [(&str, &str); 4] =
    [("add", "Add"), ("mul", "Mul"), ("maximum", "Maximum"), ("minimum", "Minimum")];

/// A path to a function, or a closure.
pub fn function(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    match expression {
        Expr::Path(_) | Expr::Closure(_) => Ok(quote!(#expression)),
        _ => {
            let message = format!("{what} must be a function: a path such as `my::square`, or `|x| x * x`");
            Err(error(expression, message))
        }
    }
}

/// The texts of a type that has a function of so many numbers in CUDA C.
pub fn code(numbers: usize, expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let Expr::Path(path) = expression else {
        let message = format!("{what} must be a type that implements `layercake::layers::ExpressionCode`");
        return Err(error(expression, message));
    };
    let span = expression.span();
    let texts = quote_spanned!(span=> ::layercake::layers::ExpressionText::<#numbers>::of::<#path>());
    Ok(quote!(::core::option::Option::Some(#texts)))
}

/// The name of a merge function, or a function of two numbers.
pub fn merge_function(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    let path = quote!(::layercake::layers::MergeFunction);
    if let Some(found) = word(expression) {
        let text = found.to_string();
        if let Some((_, variant)) = MERGE_FUNCTIONS.iter().find(|(name, _)| *name == text) {
            let variant = syn::Ident::new(variant, span);
            return Ok(quote_spanned!(span=> #path::#variant));
        }
        let names = MERGE_FUNCTIONS.map(|(name, _)| name);
        if let Some(meant) = nearest(&text, names) {
            let message = format!("unknown merge function `{text}`: did you mean `{meant}`?");
            return Err(error(expression, message));
        }
    }
    match expression {
        Expr::Path(_) | Expr::Closure(_) => Ok(quote_spanned!(span=> #path::Own(#expression))),
        _ => {
            let names = list(&MERGE_FUNCTIONS.map(|(name, _)| name));
            let message = format!("{what} must be one of {names}, or a function of two numbers");
            Err(error(expression, message))
        }
    }
}
