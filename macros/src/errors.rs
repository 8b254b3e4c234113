//! Errors in a network's text: collected, so that one compilation shows all of them, with the nearest spelling.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};

/// The errors found so far.
#[derive(Default)]
pub struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds an error at `span`.
    pub fn push(&mut self, span: Span, message: impl Display) {
        self.add(syn::Error::new(span, message));
    }

    /// Adds an error.
    pub fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// The result's value, or the error added.
    pub fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The errors as code that makes the compiler show them, or else what was generated.
    pub fn or(self, generated: Option<TokenStream>) -> TokenStream {
        match self.0 {
            Some(errors) => errors.to_compile_error(),
            None => generated.unwrap_or_default(),
        }
    }
}

/// The nearest of `names`, if it is near enough to have been meant. Capitals count as other letters only between names
/// that are equally near without them: Lasagne's `W` is `w`, and not `b`.
pub fn nearest<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lowercase = found.to_lowercase();
    let distances = |name| (strsim::osa_distance(&lowercase, name), strsim::osa_distance(found, name), name);
    let (distance, _, name) = names.into_iter().map(distances).min()?;
    // A word of which no letter is right was not meant.
    (distance <= 1 + found.len() / 4 && distance < found.chars().count()).then_some(name)
}

/// The words of a message that offers the nearest of `names`, or else lists them.
pub fn suggest<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match nearest(found, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if names.len() == 1 => format!("there is {}", list(&names)),
        None => format!("there are {}", list(&names)),
    }
}

/// `a`, `b` and `c`, each in backquotes.
pub fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_offered_and_else_all_are_listed() {
        let names = ["dense", "dropout", "add"];
        assert_eq!(suggest("desne", names), "did you mean `dense`?");
        assert_eq!(suggest("transformer", names), "there are `dense`, `dropout` and `add`");
        assert_eq!(suggest("hidden", ["x"]), "there is `x`");
        assert_eq!(suggest("c", ["a", "b"]), "there are `a` and `b`");
    }

    #[test]
    fn capitals_do_not_hide_a_name() {
        assert_eq!(suggest("W", ["b", "w"]), "did you mean `w`?");
        assert_eq!(suggest("Conv2D", ["conv1d", "conv2d"]), "did you mean `conv2d`?");
    }
}
