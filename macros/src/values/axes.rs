//! Values that say something of axes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprRange, Lit, RangeLimits, UnOp};

use super::{constant, error, size, whole, word};
use crate::graph::AxisLength;

/// The length of an input's axis: a size, or a range of them, `..=100`.
pub fn length_of_input(expression: &Expr) -> syn::Result<AxisLength> {
    let what = "an axis of `input`";
    if word(expression).is_some_and(|word| word == "None") {
        let message = "an axis of any length says which is the longest, as in `..=100`; the batch axis is of any size and \
                       not written";
        return Err(error(expression, message));
    }
    let Expr::Range(range) = expression else { return size(expression, what).map(AxisLength::Fixed) };
    let (RangeLimits::Closed(_), Some(longest)) = (&range.limits, &range.end) else {
        let message = "an axis of any length says which is the longest, as in `..=100`, or `5..=100` where those \
                       below 5 cannot be";
        return Err(error(expression, message));
    };
    let longest = size(longest, what)?;
    let shortest = range.start.as_ref().map_or(Ok(quote!(1)), |shortest| size(shortest, what))?;
    let span = expression.span();
    let lengths =
        quote_spanned!(span=> ::layercake::shape::Lengths { shortest: #shortest, longest: #longest });
    Ok(AxisLength::Any(lengths))
}

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

/// Whether this is a whole number written out, with or without a minus.
fn is_whole(expression: &Expr) -> bool {
    match expression {
        Expr::Unary(unary) => matches!(unary.op, UnOp::Neg(_)) && is_whole(&unary.expr),
        Expr::Lit(ExprLit { lit: Lit::Int(_), .. }) => true,
        _ => false,
    }
}

/// A whole number, perhaps negative.
pub fn index(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    signed(expression, what, "a whole number (negative ones count from the end)")
}

fn signed(expression: &Expr, what: &str, is: &str) -> syn::Result<TokenStream> {
    let is = format!("{is}, or an `isize` constant");
    match expression {
        Expr::Lit(_) | Expr::Unary(_) if is_whole(expression) => Ok(quote!(#expression)),
        Expr::Lit(_) | Expr::Tuple(_) | Expr::Array(_) | Expr::Range(_) => {
            Err(error(expression, format!("{what} must be {is}")))
        }
        _ => constant(expression, what, &is),
    }
}

/// An index, `from..to`, or `(from..to).step_by(step)`.
pub fn indices(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    let indices = quote!(::layercake::shape::Indices);
    let (range, step) = match expression {
        Expr::Range(range) => (range, quote!(1)),
        Expr::MethodCall(call) => {
            let receiver = match &*call.receiver {
                Expr::Paren(inside) => &*inside.expr,
                other => other,
            };
            let (Expr::Range(range), true, [step]) =
                (receiver, call.method == "step_by", &*call.args.iter().collect::<Vec<_>>())
            else {
                let message = format!("{what} must be an index, a range, or `(from..to).step_by(step)`");
                return Err(error(expression, message));
            };
            (range, signed(step, &format!("the step in {what}"), "a whole number")?)
        }
        _ => {
            let is = "an index, or a range such as `1..4` (negative ones count from the end)";
            let index = signed(expression, what, is)?;
            return Ok(quote_spanned!(span=> #indices::One(#index)));
        }
    };
    let (start, end) = ends(range, what)?;
    Ok(quote_spanned!(span=> #indices::Range { start: #start, end: #end, step: #step }))
}

/// The ends of a range, as options.
fn ends(range: &ExprRange, what: &str) -> syn::Result<(TokenStream, TokenStream)> {
    if matches!(range.limits, RangeLimits::Closed(_)) {
        let message = format!("{what} must be a range without its end, `from..to`");
        return Err(error(range, message));
    }
    let end = |end: &Option<Box<Expr>>| -> syn::Result<TokenStream> {
        match end {
            Some(end) => {
                let index = index(end, &format!("an end of {what}"))?;
                Ok(quote!(::core::option::Option::Some(#index)))
            }
            None => Ok(quote!(::core::option::Option::None)),
        }
    };
    Ok((end(&range.start)?, end(&range.end)?))
}

/// `2`, or for each axis a size or a pair (before, after): `[(1, 2), 0, 3]`.
pub fn widths(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    let widths = quote!(::layercake::shape::Widths);
    let is = "a whole number, a list with a number or a pair (before, after) for each axis";
    let elements = match expression {
        Expr::Array(list) => &list.elems,
        Expr::Tuple(list) => &list.elems,
        _ => {
            let width = whole(expression, what, is)?;
            return Ok(quote_spanned!(span=> #widths::All(#width)));
        }
    };
    let is = "a whole number, a pair (before, after)";
    let what = format!("an element of {what}");
    let sides = elements.iter().map(|element| match element {
        Expr::Tuple(pair) if pair.elems.len() == 2 => {
            let (before, after) = (whole(&pair.elems[0], &what, is)?, whole(&pair.elems[1], &what, is)?);
            Ok(quote!([#before, #after]))
        }
        _ => {
            let both = whole(element, &what, is)?;
            Ok(quote!([#both; 2]))
        }
    });
    let sides = sides.collect::<syn::Result<Vec<_>>>()?;
    Ok(quote_spanned!(span=> #widths::each(&[#(#sides),*])))
}

/// `28`, `[1]` or `-1`.
pub fn length(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    let length = quote!(::layercake::shape::Length);
    let is = "a whole number of at least 1, `[i]` for the length of the input's axis i, -1 for what is left";
    match expression {
        Expr::Array(array) if array.elems.len() == 1 => {
            let axis =
                whole(&array.elems[0], &format!("the axis in {what}"), "a whole number of at least 1")?;
            Ok(quote_spanned!(span=> #length::Input(#axis)))
        }
        Expr::Array(_) => Err(error(expression, format!("{what} must be {is}"))),
        Expr::Unary(_) if quote!(#expression).to_string().replace(' ', "") == "-1" => {
            Ok(quote_spanned!(span=> #length::Rest))
        }
        _ => {
            let size = whole(expression, what, is)?;
            Ok(quote_spanned!(span=> #length::Fixed(#size)))
        }
    }
}

/// `2` or `x`.
pub fn axis(expression: &Expr, what: &str) -> syn::Result<TokenStream> {
    let span = expression.span();
    let axis = quote!(::layercake::shape::Axis);
    if word(expression).is_some_and(|word| word == "x") {
        return Ok(quote_spanned!(span=> #axis::New));
    }
    let number = whole(expression, what, "the number of an axis of the input, `x` for a new one")?;
    Ok(quote_spanned!(span=> #axis::Input(#number)))
}
