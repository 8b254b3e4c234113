//! The constants of a network: its layers and its shapes. In evaluating them the compiler checks every shape.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::Expansion;
use crate::graph::What;
use crate::kinds::Kind;

impl Expansion<'_> {
    /// A struct of layers and one of shapes, a constant of each, and one of the fixed batch.
    pub(super) fn constants(&self) -> TokenStream {
        let (layers, shapes) = (&self.layers, &self.shapes);
        let layers_type = format_ident!("{}Layers", self.name);
        let shapes_type = format_ident!("{}Shapes", self.name);
        let names: Vec<_> = self.graph.nodes.iter().map(|node| &node.name).collect();
        let mut fields = Vec::new();
        let mut values = Vec::new();
        let mut batches = Vec::new();
        let mut rules = Vec::new();
        for (place, node) in self.graph.nodes.iter().enumerate() {
            let name = &node.name;
            let rule = match &node.what {
                What::Input { axes, integers, batch } => {
                    let (start, end) = node.span;
                    let dtype = if *integers { quote!(Int32) } else { quote!(Real) };
                    batches.push(quote_spanned!(start=> #batch));
                    let function = quote_spanned!(start=> ::layercake::shape::input);
                    let arguments = quote_spanned!(end=> (&[#(#axes),*], ::layercake::shape::Dtype::#dtype));
                    quote!(#function #arguments)
                }
                what @ (What::Kind { .. } | What::Own { .. }) => {
                    let (ty, value) = (self.layer_type(place), self.value_of(what));
                    fields.push(quote!(#name: #ty));
                    values.push(quote!(#name: #value));
                    self.rule(place)
                }
            };
            rules.push(quote!(let #name = #rule;));
            rules.extend(self.share_rule(place));
        }
        let outputs = self.graph.outputs.iter().map(|&output| {
            let (start, end) = self.graph.nodes[output].span;
            let name = self.name_of(output);
            let function = quote_spanned!(start=> ::layercake::shape::output);
            let arguments = quote_spanned!(end=> (#name));
            quote!(#function #arguments)
        });
        // The batches are checked where the inputs are written: the rule points at the first.
        let inputs = self.graph.nodes.iter().filter(|node| node.is_input());
        let name = &self.batch;
        let batch = inputs.map(|node| node.span).next().map(|(start, end)| {
            let function = quote_spanned!(start=> ::layercake::shape::batch);
            let arguments = quote_spanned!(end=> (&[#(#batches),*]));
            quote!(const #name: ::core::option::Option<usize> = #function #arguments;)
        });
        quote! {
            struct #layers_type {
                #(#fields,)*
            }

            const #layers: #layers_type = #layers_type {
                #(#values,)*
            };

            struct #shapes_type {
                #(#names: ::layercake::Shape,)*
            }

            const #shapes: #shapes_type = {
                #(#rules)*
                #(#outputs;)*
                #shapes_type { #(#names,)* }
            };

            #batch
        }
    }

    /// The call of a node's shape rule.
    fn rule(&self, place: usize) -> TokenStream {
        let node = &self.graph.nodes[place];
        let (layers, name) = (&self.layers, &node.name);
        let inputs = self.inputs_of_rule(place);
        self.rule_of(&node.what, node.span, &quote!(#layers.#name), &inputs)
    }

    /// The shapes of a layer's inputs, as its rules take them: a list, where there can be several.
    fn inputs_of_rule(&self, place: usize) -> TokenStream {
        let node = &self.graph.nodes[place];
        let inputs = node.inputs.iter().map(|&input| self.name_of(input));
        if node.kind().is_some_and(Kind::takes_several) {
            quote!(&[#(#inputs),*])
        } else {
            quote!(#(#inputs),*)
        }
    }

    /// The call of the rule that parameters of two layers must agree, for one that shares those of another.
    fn share_rule(&self, place: usize) -> Option<TokenStream> {
        let node = &self.graph.nodes[place];
        let kind = node.kind().filter(|kind| kind.parameters.is_some())?;
        let owner = node.shares?;
        let (start, end) = node.span;
        let shapes = |node: usize| {
            let (layers, name, ty) = (&self.layers, self.name_of(node), self.layer_type(node));
            let inputs = self.inputs_of_rule(node);
            quote!(#ty::parameter_shapes(&#layers.#name, #inputs))
        };
        let (own, others) = (shapes(place), shapes(owner));
        let (kind, owner) = (kind.name, self.name_of(owner).to_string());
        let rule = quote_spanned!(start=> ::layercake::shape::share);
        let arguments = quote_spanned!(end=> (#kind, #own, #owner, #others));
        Some(quote!(#rule #arguments;))
    }
}
