//! The constants of a network: its layers and its shapes. In evaluating them the compiler checks every shape.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::Expansion;
use crate::graph::{AxisLength, What};
use crate::kinds::Kind;

impl Expansion<'_> {
    /// A struct of layers and one of shapes, a constant of each, and one of the fixed batch.
    pub(super) fn constants(&self) -> TokenStream {
        let layers = &self.layers;
        let layers_type = format_ident!("{}Layers", self.name);
        let shapes_type = format_ident!("{}Shapes", self.name);
        let names: Vec<_> = self.graph.nodes.iter().map(|node| &node.name).collect();
        let mut fields = Vec::new();
        let mut values = Vec::new();
        let mut batches = Vec::new();
        let mut rules = Vec::new();
        let length = any_length();
        for (place, node) in self.graph.nodes.iter().enumerate() {
            let name = &node.name;
            let rule = match &node.what {
                What::Input { axes, integers, batch } => {
                    let (start, end) = node.span;
                    let axes = axes.iter().map(|axis| match axis {
                        AxisLength::Fixed(length) => length.clone(),
                        AxisLength::Any(_) => quote!(#length),
                    });
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
        let shapes = quote! {
            #(#rules)*
            #(#outputs;)*
            #shapes_type { #(#names,)* }
        };
        let shapes = match self.graph.has_any_length() {
            true => self.shapes_at_every_length(&shapes_type, &shapes),
            false => {
                let name = &self.shapes;
                quote!(const #name: #shapes_type = { #shapes };)
            }
        };
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

            #shapes

            #batch
        }
    }

    /// The shapes as a function of the length of the axes that may have any, which serves the run time, and the
    /// constant of those at the longest, in evaluating which the compiler checks every length.
    fn shapes_at_every_length(&self, shapes_type: &Ident, shapes: &TokenStream) -> TokenStream {
        let length = any_length();
        let (constant, lengths, shapes_at) = (&self.shapes, &self.lengths, &self.shapes_at);
        let mut inputs = self.graph.nodes.iter().filter(|node| node.axes_of_any_length().next().is_some());
        let all: Vec<&TokenStream> =
            inputs.clone().flat_map(|node| node.axes_of_any_length()).map(|(_, lengths)| lengths).collect();
        let (start, end) = inputs.next().map_or((Span::call_site(), Span::call_site()), |input| input.span);
        let rule = quote_spanned!(start=> ::layercake::shape::lengths);
        let arguments = quote_spanned!(end=> (&[#(#all),*]));
        // What is wrong at some length is shown at the input as well.
        let function = Ident::new(&shapes_at.to_string(), shapes_at.span().located_at(start));
        let at = |length: TokenStream| {
            let length = quote_spanned!(end=> (#length));
            quote!(#function #length)
        };
        // Named so that the compiler says of which length it speaks: the longest is the one in the text.
        let at_the_shortest = Ident::new("at_the_shortest_length", function.span());
        let no_arguments = quote_spanned!(end=> ());
        let (shortest, longest) = (at(quote!(#lengths.shortest)), at(quote!(#lengths.longest)));
        let between = at(quote!(length));
        let parameters = self.graph.nodes.iter().enumerate().filter_map(|(place, node)| {
            let shapes = |shapes: TokenStream| self.parameter_shapes(place, &shapes);
            let owns = node.owns_parameters() && node.kind().is_none_or(|kind| kind.chains.is_empty());
            owns.then(|| {
                let (start, end) = node.span;
                // What grows with the length differs at the ends.
                let (short, long) = (shapes(quote!(shortest.)), shapes(quote!(longest.)));
                let rule = quote_spanned!(start=> ::layercake::shape::same_at_every_length);
                let name = node.kind().map_or_else(|| node.name.to_string(), |kind| kind.name.to_owned());
                let arguments = quote_spanned!(end=> (#name, #lengths, #short, #long));
                quote!(#rule #arguments;)
            })
        });
        quote! {
            const #lengths: ::layercake::shape::Lengths = #rule #arguments;

            const fn #shapes_at(#length: usize) -> #shapes_type {
                #shapes
            }

            const fn #at_the_shortest #no_arguments -> #shapes_type {
                #shortest
            }

            #[allow(long_running_const_eval)]
            const #constant: #shapes_type = {
                let longest = #longest;
                let shortest = #at_the_shortest #no_arguments;
                #(#parameters)*
                let mut length = #lengths.shortest + 1;
                while length < #lengths.longest {
                    #between;
                    length += 1;
                }
                longest
            };
        }
    }

    /// The shapes of a layer's own parameters, given what the shapes of its inputs are fields of.
    fn parameter_shapes(&self, place: usize, shapes: &TokenStream) -> TokenStream {
        let node = &self.graph.nodes[place];
        let (layers, name) = (&self.layers, &node.name);
        let inputs = self.inputs_of_rule(place, shapes);
        let rule = self.function_of(&node.what, node.span.0, "parameter_shapes");
        quote!(#rule(&#layers.#name, #inputs))
    }

    /// The call of a node's shape rule.
    fn rule(&self, place: usize) -> TokenStream {
        let node = &self.graph.nodes[place];
        let (layers, name) = (&self.layers, &node.name);
        let inputs = self.inputs_of_rule(place, &TokenStream::new());
        self.rule_of(&node.what, node.span, &quote!(#layers.#name), &inputs)
    }

    /// The shapes of a layer's inputs, as its rules take them: a list, where there can be several. They are variables,
    /// or fields of what `shapes` says.
    fn inputs_of_rule(&self, place: usize, shapes: &TokenStream) -> TokenStream {
        let node = &self.graph.nodes[place];
        let inputs: Vec<TokenStream> = node
            .inputs
            .iter()
            .map(|&input| {
                let name = self.name_of(input);
                quote!(#shapes #name)
            })
            .collect();
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
        let shapes = |node: usize| self.parameter_shapes(node, &TokenStream::new());
        let (own, others) = (shapes(place), shapes(owner));
        let (kind, owner) = (kind.name, self.name_of(owner).to_string());
        let rule = quote_spanned!(start=> ::layercake::shape::share);
        let arguments = quote_spanned!(end=> (#kind, #own, #owner, #others));
        Some(quote!(#rule #arguments;))
    }
}

/// The length of axes of any length: a variable that no name of the network's text can mean.
fn any_length() -> Ident {
    Ident::new("length", Span::mixed_site())
}
