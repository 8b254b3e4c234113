//! The memory of a network: what an inference and a training step keep between calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::Expansion;
use crate::graph::What;
use crate::plan::{Place, Values};

impl Expansion<'_> {
    /// The structs of buffers.
    pub(super) fn memory(&self) -> TokenStream {
        let inference = self.inference_type();
        let training = self.training_type();
        let inputs: Vec<&Ident> = self.inputs().map(|input| self.name_of(input)).collect();
        let copies: Vec<Ident> = inputs.iter().map(|input| copy_of_input(input)).collect();
        let slots = |values: &Values| -> Vec<TokenStream> {
            let slot = |(i, nodes): (usize, &Vec<usize>)| {
                let (slot, documentation) = (slot(i), self.held(nodes));
                quote!(#[doc = #documentation] #slot: D::Buffer<T>)
            };
            values.slots.iter().enumerate().map(slot).collect()
        };
        let inference_slots = slots(&self.plan.inference);
        let training_slots = slots(&self.plan.training);
        let extra_slots = self.plan.extra_slots.iter().enumerate().map(|(i, nodes)| {
            let (slot, documentation) = (extra_slot(i), self.held(nodes));
            quote!(#[doc = #documentation] #slot: D::Buffer<T>)
        });
        let gradients: Vec<Ident> =
            self.real_inputs().map(|input| gradient_of_input(self.name_of(input))).collect();
        let memories: Vec<TokenStream> = self
            .stages
            .training
            .iter()
            .map(|stage| {
                let (name, ty, arity) =
                    (memory_of(self.name_of(stage.first)), self.stage_type(stage), self.arity(stage));
                quote!(#name: <#ty as ::layercake::layer::Compute<T, D, #arity>>::Memory)
            })
            .collect();
        let shared: Vec<Ident> =
            self.sharing_stages().map(|(stage, _)| shared_gradients(self.name_of(stage.first))).collect();
        let shared_types = self.sharing_stages().map(|(_, owner)| self.parameters_type(owner));
        let names: Vec<Ident> =
            self.stages.training.iter().map(|stage| memory_of(self.name_of(stage.first))).collect();
        let slot_names = |count: usize| (0..count).map(slot);
        let (inference_names, training_names) =
            (slot_names(self.plan.inference.slots.len()), slot_names(self.plan.training.slots.len()));
        let extra_names = (0..self.plan.extra_slots.len()).map(extra_slot);
        let bounds = self.bounds();
        let lengths = &self.lengths;
        let (length, longest) = match self.graph.has_any_length() {
            true => (Some(quote!(length: usize,)), Some(quote!(length: #lengths.longest,))),
            false => (None, None),
        };
        quote! {
            pub struct #inference<T: ::layercake::Real, D: ::layercake::Device> {
                #(#copies: D::Buffer<T>,)*
                #(#inference_slots,)*
                passes: D::Passes,
            }

            impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default for #inference<T, D> {
                fn default() -> Self {
                    Self {
                        #(#copies: ::core::default::Default::default(),)*
                        #(#inference_names: ::core::default::Default::default(),)*
                        passes: ::core::default::Default::default(),
                    }
                }
            }

            pub struct #training<T: ::layercake::Real, D: ::layercake::Device>
            #bounds
            {
                batch: usize,
                #length
                #(#copies: D::Buffer<T>,)*
                #(#training_slots,)*
                #(#extra_slots,)*
                #(#gradients: D::Buffer<T>,)*
                #(#memories,)*
                #(#shared: ::core::option::Option<#shared_types>,)*
                nothing: D::Buffer<T>,
            }

            impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default for #training<T, D>
            #bounds
            {
                fn default() -> Self {
                    Self {
                        batch: 0,
                        #longest
                        #(#copies: ::core::default::Default::default(),)*
                        #(#training_names: ::core::default::Default::default(),)*
                        #(#extra_names: ::core::default::Default::default(),)*
                        #(#gradients: ::core::default::Default::default(),)*
                        #(#names: ::core::default::Default::default(),)*
                        #(#shared: ::core::option::Option::None,)*
                        nothing: ::core::default::Default::default(),
                    }
                }
            }
        }
    }

    /// `Holds ...`, for a slot's documentation.
    fn held(&self, nodes: &[usize]) -> String {
        let names: Vec<String> = nodes.iter().map(|&node| format!("`{}`", self.name_of(node))).collect();
        format!(" Holds, one after the other: {}.", names.join(", "))
    }

    /// The largest length of an item among those that a slot holds.
    pub(super) fn slot_len(&self, nodes: &[usize]) -> TokenStream {
        let shapes = &self.shapes_of_pass;
        let names = nodes.iter().map(|&node| self.name_of(node));
        quote!(::layercake::generated::largest(&[#(#shapes.#names),*]))
    }

    /// The inputs, by node.
    pub(super) fn inputs(&self) -> impl Iterator<Item = usize> {
        (0..self.graph.nodes.len()).filter(|&node| matches!(self.graph.nodes[node].what, What::Input { .. }))
    }

    /// Those of real numbers, with respect to which there are gradients.
    pub(super) fn real_inputs(&self) -> impl Iterator<Item = usize> {
        self.inputs().filter(|&input| !self.graph.nodes[input].is_input_of_integers())
    }

    pub(super) fn inference_type(&self) -> Ident {
        format_ident!("{}InferenceBuffers", self.name)
    }

    pub(super) fn training_type(&self) -> Ident {
        format_ident!("{}TrainingBuffers", self.name)
    }

    /// The buffer of a place that holds values, as an expression of type `&mut Buffer`.
    pub(super) fn values(&self, place: Place) -> TokenStream {
        match place {
            Place::Input(node) => {
                let name = copy_of_input(self.name_of(node));
                quote!(buffers.#name)
            }
            Place::Head(head) => {
                let scores = scores(head);
                quote!(*#scores)
            }
            Place::Slot(number) => {
                let slot = slot(number);
                quote!(buffers.#slot)
            }
            Place::Extra(number) => {
                let slot = extra_slot(number);
                quote!(buffers.#slot)
            }
        }
    }

    /// The same for a place that holds gradients.
    pub(super) fn gradients(&self, place: Place) -> TokenStream {
        match place {
            Place::Input(node) => {
                let name = gradient_of_input(self.name_of(node));
                quote!(buffers.#name)
            }
            Place::Head(head) => {
                let gradient = gradient_of_head(head);
                quote!(*#gradient)
            }
            other => self.values(other),
        }
    }
}

/// The field of a slot.
pub(super) fn slot(number: usize) -> Ident {
    format_ident!("slot{}", number + 1, span = Span::call_site())
}

/// The field of a slot needed for input gradients alone.
pub(super) fn extra_slot(number: usize) -> Ident {
    format_ident!("input_slot{}", number + 1, span = Span::call_site())
}

/// The field and the local variable of an input.
pub(super) fn copy_of_input(input: &Ident) -> Ident {
    format_ident!("values_of_{input}", span = Span::call_site())
}

/// The field for the gradient with respect to an input.
pub(super) fn gradient_of_input(input: &Ident) -> Ident {
    format_ident!("gradient_of_{input}", span = Span::call_site())
}

/// The field of what a layer keeps.
pub(super) fn memory_of(layer: &Ident) -> Ident {
    format_ident!("memory_of_{layer}", span = Span::call_site())
}

/// The field for the gradients that a layer adds to those of parameters that it shares.
pub(super) fn shared_gradients(layer: &Ident) -> Ident {
    format_ident!("gradients_of_{layer}", span = Span::call_site())
}

/// The local variable of an output's scores.
pub(super) fn scores(head: usize) -> Ident {
    format_ident!("scores{}", head + 1, span = Span::call_site())
}

/// The local variable of the gradient with respect to an output's scores.
pub(super) fn gradient_of_head(head: usize) -> Ident {
    format_ident!("gradient{}", head + 1, span = Span::call_site())
}
