//! Chains in braces: their types and values, which the runtime composes, and their shape rules.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::Expansion;
use crate::graph::{Inner, What};
use crate::kinds::Kind;

impl Expansion<'_> {
    /// The type of a chain: a `Link`, or a `Chain` of the first layer and the rest.
    pub(super) fn chain_type(&self, chain: &[Inner]) -> TokenStream {
        let [first, rest @ ..] = chain else { unreachable!("braces without layers are an error") };
        let layer = self.type_of(&first.what, first.span.0);
        if rest.is_empty() {
            return quote!(::layercake::layers::Link<#layer>);
        }
        let rest = self.chain_type(rest);
        quote!(::layercake::layers::Chain<#layer, #rest>)
    }

    /// A layer as a constant expression, with its chains.
    pub(super) fn value_of(&self, what: &What) -> TokenStream {
        match what {
            What::Kind { value, chains, .. } if !chains.is_empty() => {
                let chains = chains.iter().map(|chain| self.chain_value(chain));
                quote!(#value.with_chains(#(#chains),*))
            }
            What::Kind { value, .. } | What::Own { value, .. } => value.clone(),
            What::Input { .. } => unreachable!("an input has no layer"),
        }
    }

    fn chain_value(&self, chain: &[Inner]) -> TokenStream {
        let [first, rest @ ..] = chain else { unreachable!("braces without layers are an error") };
        let (layer, rule) = (self.value_of(&first.what), self.rule_at_run_time(first));
        let link = quote!(::layercake::layers::Link { layer: #layer, output_shape: #rule });
        if rest.is_empty() {
            return link;
        }
        let rest = self.chain_value(rest);
        quote!(::layercake::layers::Chain { first: #link, rest: #rest })
    }

    /// A layer's shape rule as a function of the layer and its input's shape.
    fn rule_at_run_time(&self, inner: &Inner) -> TokenStream {
        let Inner { what, span } = inner;
        if what.kind().is_none_or(|kind| !kind.takes_several()) {
            return self.function_of(what, span.0, "output_shape");
        }
        let (layer, input) = (local("layer"), local("input"));
        let rule = self.rule_of(what, *span, &quote!((*#layer)), &quote!(&[#input]));
        quote!(|#layer, #input| #rule)
    }

    /// The path of one of the functions of a layer's type.
    pub(super) fn function_of(&self, what: &What, start: Span, name: &str) -> TokenStream {
        let name = Ident::new(name, start);
        match what {
            // What it is over the compiler finds out by itself.
            What::Kind { kind, by: None, of: None, .. } => {
                let layer = Ident::new(kind.layer, start);
                quote_spanned!(start=> ::layercake::layers::#layer::#name)
            }
            _ => {
                let ty = self.type_of(what, start);
                quote_spanned!(start=> <#ty>::#name)
            }
        }
    }

    /// The call of a layer's shape rule, given the place of the layer and its inputs' shapes as it takes them. Its first
    /// token has the span of the layer's first, its last that of the last, so that the compiler underlines the layer as
    /// written.
    pub(super) fn rule_of(
        &self,
        what: &What,
        (start, end): (Span, Span),
        layer: &TokenStream,
        inputs: &TokenStream,
    ) -> TokenStream {
        let rule = self.function_of(what, start, "output_shape");
        let (names, chains) = match what {
            What::Kind { kind, chains, .. } => (kind.chains, &chains[..]),
            _ => (&[][..], &[][..]),
        };
        if chains.is_empty() {
            let arguments = quote_spanned!(end=> (&#layer, #inputs));
            return quote!(#rule #arguments);
        }
        let step = self.function_of(what, start, "step");
        let of_step = quote_spanned!(end=> (&#layer, #inputs));
        let mut input = quote!(#step #of_step);
        let (mut rules, mut outputs) = (Vec::new(), Vec::new());
        for (name, chain) in names.iter().zip(chains) {
            let (output, name) = (local(name), Ident::new(name, Span::call_site()));
            let mut place = quote!(#layer.#name);
            for (number, inner) in chain.iter().enumerate() {
                let is_last = number + 1 == chain.len();
                let layer = if is_last { quote!(#place.layer) } else { quote!(#place.first.layer) };
                let takes_several = inner.what.kind().is_some_and(Kind::takes_several);
                let input_of_rule = if takes_several { quote!(&[#input]) } else { input };
                let rule = self.rule_of(&inner.what, inner.span, &layer, &input_of_rule);
                rules.push(quote!(let #output = #rule;));
                input = quote!(#output);
                place = quote!(#place.rest);
            }
            outputs.push(output);
        }
        let arguments = quote_spanned!(end=> (&#layer, #inputs, [#(#outputs),*]));
        quote!({ #(#rules)* #rule #arguments })
    }
}

/// A local variable that no name of the network's text can mean.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
