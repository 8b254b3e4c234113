//! Values that say something of each axis.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::Expr;
use syn::spanned::Spanned;

use super::{constant, error, whole};

/// `[4, 2, 1]`, or a constant of type `&'static [usize]`.
pub fn size_list(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    let is = "a list of whole numbers such as `[4, 2, 1]`";
    match expression {
        Expr::Array(array) => {
            let sizes = array.elems.iter().map(|size| whole(size, what, "a list of whole numbers"));
            let sizes = sizes.collect::<syn::Result<Vec<_>>>()?;
            Ok(quote_spanned!(span=> &[#(#sizes),*]))
        }
        Expr::Path(_) => constant(expression, what, &format!("{is}, or a `&[usize]` constant")),
        _ => Err(error(expression, format!("{what} must be {is}"))),
    }
}
