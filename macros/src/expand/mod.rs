//! From the planned graph to Rust: wiring only, the runtime computes.

mod chains;
mod constants;
mod memory;
mod passes;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::ast::Network;
use crate::case::snake_case;
use crate::fuse::{Stage, Stages};
use crate::graph::{Graph, What};
use crate::parameters;
use crate::plan::Plan;

/// All that the parts of the expansion look at.
struct Expansion<'a> {
    network: &'a Network,
    graph: &'a Graph,
    stages: &'a Stages,
    plan: &'a Plan,
    /// The struct's name.
    name: Ident,
    /// The constant that holds the layers.
    layers: Ident,
    /// The constant that holds the shapes; where an axis is of any length, those at the longest.
    shapes: Ident,
    /// The shapes of a pass: the constant, or where an axis is of any length a local variable.
    shapes_of_pass: Ident,
    /// The constant that holds the lengths of the axes of any length.
    lengths: Ident,
    /// The function from such a length to the shapes.
    shapes_at: Ident,
    /// The constant that holds the fixed batch.
    batch: Ident,
}

/// The Rust of a network.
pub fn expand(network: &Network, graph: &Graph, stages: &Stages, plan: &Plan) -> TokenStream {
    let name = network.name.clone().unwrap_or_else(|| Ident::new("Network", Span::call_site()));
    let upper = snake_case(&name.to_string()).to_uppercase();
    let shapes = format_ident!("{upper}_SHAPES", span = name.span());
    let expansion = Expansion {
        network,
        graph,
        stages,
        plan,
        layers: format_ident!("{upper}_LAYERS", span = name.span()),
        shapes_of_pass: if graph.has_any_length() {
            Ident::new("shapes", Span::call_site())
        } else {
            shapes.clone()
        },
        shapes,
        lengths: format_ident!("{upper}_LENGTHS", span = name.span()),
        shapes_at: format_ident!("shapes_at", span = Span::call_site()),
        batch: format_ident!("{upper}_BATCH", span = name.span()),
        name,
    };
    let structure = expansion.structure();
    let constants = expansion.constants();
    let memory = expansion.memory();
    let implementation = expansion.implementation();
    let items = quote! {
        #structure

        #[allow(clippy::all, clippy::pedantic, unused_qualifications, unused_mut, unused_variables)]
        const _: () = {
            #constants
            #memory
            #implementation
        };
    };
    match &network.name {
        Some(_) => items,
        None => quote!({
            #items
            Network::<f32>::new(0)
        }),
    }
}

impl Expansion<'_> {
    /// The stages with parameters of their own.
    fn stages_with_parameters(&self) -> impl Iterator<Item = &Stage> {
        self.stages.training.iter().filter(|stage| self.graph.nodes[stage.first].owns_parameters())
    }

    /// The stages with the parameters of another, and that other's node.
    fn sharing_stages(&self) -> impl Iterator<Item = (&Stage, usize)> {
        self.stages.training.iter().filter_map(|stage| Some((stage, self.graph.nodes[stage.first].shares?)))
    }

    /// The field of a node's parameters, if it may have any.
    fn parameters_of(&self, node: usize) -> Option<&Ident> {
        let shares = self.graph.nodes[node].shares.unwrap_or(node);
        self.graph.nodes[node].has_parameters().then(|| self.name_of(shares))
    }

    /// The type of a node's own parameters.
    fn parameters_type(&self, node: usize) -> TokenStream {
        let kind = self.graph.nodes[node].kind().filter(|kind| kind.chains.is_empty());
        match kind.and_then(|kind| kind.parameters) {
            Some(parameters) => {
                let parameters = Ident::new(parameters, Span::call_site());
                quote!(::layercake::layers::#parameters<T, D>)
            }
            None => {
                let layer = self.layer_type(node);
                let span = self.graph.nodes[node].span.0;
                quote_spanned!(span=> <#layer as ::layercake::layer::Layer>::Parameters<T, D>)
            }
        }
    }

    /// A node's name: that of its field, local variable and shape.
    fn name_of(&self, node: usize) -> &Ident {
        &self.graph.nodes[node].name
    }

    /// The type of a node's layer.
    fn layer_type(&self, node: usize) -> TokenStream {
        let node = &self.graph.nodes[node];
        self.type_of(&node.what, node.span.0)
    }

    /// The type of what is a layer or part of one.
    fn type_of(&self, what: &What, span: Span) -> TokenStream {
        match what {
            What::Kind { kind, by, of, chains, .. } => {
                let layer = Ident::new(kind.layer, span);
                let of: Vec<TokenStream> = of
                    .map(|of| self.layer_type(of))
                    .into_iter()
                    .chain(chains.iter().map(|chain| self.chain_type(chain)))
                    .collect();
                let of = (!of.is_empty()).then(|| quote!(<#(#of),*>));
                let layer = quote_spanned!(span=> ::layercake::layers::#layer #of);
                match by.map(|by| Ident::new(by, span)) {
                    Some(by) => quote_spanned!(span=> ::layercake::layers::#by<#layer>),
                    None => layer,
                }
            }
            What::Own { path, .. } => quote!(#path),
            What::Input { .. } => unreachable!("an input has no layer"),
        }
    }

    /// The type that computes a stage.
    fn stage_type(&self, stage: &Stage) -> TokenStream {
        let first = self.layer_type(stage.first);
        match stage.second {
            Some(second) => {
                let second = self.layer_type(second);
                quote!(::layercake::layer::Then<#first, #second>)
            }
            None => first,
        }
    }

    /// The number of a stage's inputs.
    fn arity(&self, stage: &Stage) -> Literal {
        Literal::usize_unsuffixed(self.graph.nodes[stage.first].inputs.len())
    }

    /// `where Type: Compute<T, D, N>` for each kind of stage, once. Its place is the network's name, where errors
    /// show it.
    fn bounds(&self) -> TokenStream {
        let mut bounds: Vec<(String, TokenStream)> = Vec::new();
        let computes = self.stages.training.iter().map(|stage| {
            let (ty, arity) = (self.stage_type(stage), self.arity(stage));
            quote_spanned!(self.name.span()=> #ty: ::layercake::generated::Computes<T, D, #arity>)
        });
        let normalized = self.stages.inference.iter().filter(|stage| stage.norm.is_some()).map(|stage| {
            let ty = self.stage_type(stage);
            quote_spanned!(self.name.span()=> #ty: ::layercake::layers::ComputeNormalized<T, D>)
        });
        for bound in computes.chain(normalized) {
            let text = bound.to_string();
            if bounds.iter().all(|(other, _)| *other != text) {
                bounds.push((text, bound));
            }
        }
        let bounds = bounds.into_iter().map(|(_, bound)| bound);
        quote_spanned! {self.name.span()=>
            where
                ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<T, D, 1, Memory = ()>,
                #(#bounds,)*
        }
    }

    /// The struct of parameters.
    fn structure(&self) -> TokenStream {
        let Network { attributes, visibility, .. } = self.network;
        let name = &self.name;
        let fields = self.stages_with_parameters().map(|stage| {
            let node = &self.graph.nodes[stage.first];
            let (field, documentation) = (&node.name, format!(" The parameters of `{}`.", node.text));
            let ty = self.parameters_type(stage.first);
            quote! {
                #[doc = #documentation]
                pub #field: #ty
            }
        });
        let chain = self.graph.nodes.iter().map(|node| format!("{}: {}", node.name, node.text));
        let documentation = format!("\n```text\n{}\n```", chain.collect::<Vec<_>>().join("\n"));
        quote! {
            #(#attributes)*
            #[doc = #documentation]
            #[derive(Clone, Debug)]
            #visibility struct #name<T: ::layercake::Real = f32, D: ::layercake::Device = ::layercake::Cpu> {
                #(#fields,)*
                on_device: D,
                of_type: ::core::marker::PhantomData<T>,
            }
        }
    }

    /// The implementations, around the passes.
    fn implementation(&self) -> TokenStream {
        let name = &self.name;
        let fields: Vec<&Ident> =
            self.stages_with_parameters().map(|stage| self.name_of(stage.first)).collect();
        let parameters = parameters::implementation(name, &[], &fields);
        let bounds = self.bounds();
        let (types, associated, passes) = (self.input_and_output_types(), self.associated(), self.passes());
        let backward = self.backward();
        // What a layer of the user's lacks is shown at that layer, or at the network's name.
        let mut own = self.graph.nodes.iter().filter(|node| matches!(node.what, What::Own { .. }));
        let blamed = match (own.next(), own.next()) {
            (Some(only), None) => only.span.0,
            _ => name.span(),
        };
        let seed = Ident::new("seed", Span::call_site());
        let on = quote_spanned!(blamed=> <Self as ::layercake::Network>::on(&::core::default::Default::default(), #seed));
        // Only who asks for a network on the processor is told that it has none there.
        let not_everywhere =
            self.graph.nodes.iter().any(|node| matches!(node.what, What::Kind { by: Some(_), .. }));
        let if_there = not_everywhere
            .then(|| quote!(where Self: ::layercake::Network<Real = T, Device = ::layercake::Cpu>));
        let network = quote_spanned! {name.span()=>
            impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Network for #name<T, D>
            #bounds
            {
                type Real = T;
                type Device = D;
                #types
                #associated
                #passes
            }
        };
        quote! {
            #parameters

            impl<T: ::layercake::Real> #name<T, ::layercake::Cpu> {
                /// A network on the processor with initial values drawn from `seed`.
                pub fn new(#seed: u64) -> Self #if_there {
                    #on
                }
            }

            impl<T: ::layercake::Real, D: ::layercake::Device> #name<T, D> {
                /// This network on another device, with the same values.
                ///
                /// # Errors
                /// If one of the devices fails, or has failed in what it was asked for before; not on the processor.
                pub fn to<E: ::layercake::generated::Hosts<Self>>(
                    &self,
                    device: &E,
                ) -> ::core::result::Result<#name<T, E>, ::layercake::DeviceError> {
                    device.host(self)
                }
            }

            impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::generated::Movable for #name<T, D> {
                type On<E: ::layercake::Device> = #name<T, E>;
            }

            impl<T: ::layercake::Real, D: ::layercake::Device> #name<T, D>
            #bounds
            {
                #backward
            }

            #network
        }
    }

    /// Construction, and constants of the network.
    fn associated(&self) -> TokenStream {
        let (layers, shapes, batch) = (&self.layers, &self.shapes, &self.batch);
        let lengths = &self.lengths;
        let lengths = self.graph.has_any_length().then(|| {
            quote!(const LENGTHS: ::core::option::Option<::layercake::shape::Lengths> = ::core::option::Option::Some(#lengths);)
        });
        let infos = self.graph.nodes.iter().map(|node| {
            let (field, name, text) = (&node.name, node.name.to_string(), &node.text);
            let inputs = node.inputs.iter().map(|&input| Literal::usize_unsuffixed(input));
            let kind = match &node.what {
                What::Input { .. } => "input".to_owned(),
                What::Kind { kind, .. } => kind.name.to_owned(),
                What::Own { path, .. } => {
                    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
                }
            };
            quote! {
                ::layercake::LayerInfo {
                    name: #name, kind: #kind, text: #text, shape: #shapes.#field, inputs: &[#(#inputs),*],
                }
            }
        });
        let built = self.stages_with_parameters().map(|stage| {
            let field = self.name_of(stage.first);
            let (name, inputs) = (field.to_string(), self.input_shapes(stage.first));
            quote! {
                #field: ::layercake::layer::Layer::parameters::<T, D>(
                    &#layers.#field, &[#(#inputs),*], builder.layer(#name),
                )
            }
        });
        let checks = self.stages.training.iter().filter(|stage| {
            let kind = self.graph.nodes[stage.first].kind();
            kind.is_none_or(|kind| kind.is_checked)
        });
        let checks = checks.map(|stage| {
            let (name, inputs) = (self.name_of(stage.first).to_string(), self.input_shapes(stage.first));
            let (arity, layer) = (self.arity(stage), self.layer(stage));
            quote!(::layercake::generated::check::<T, D, #arity>(device, #name, &#layer, &[#(#inputs),*]);)
        });
        let counts = (0..self.graph.nodes.len()).map(|place| {
            let (field, inputs) = (self.name_of(place), self.input_shapes(place));
            if self.graph.nodes[place].is_input() {
                quote!(0)
            } else {
                quote!(::layercake::layer::Layer::multiply_adds(&#layers.#field, &[#(#inputs),*], #shapes.#field))
            }
        });
        quote! {
            const LAYERS: &'static [::layercake::LayerInfo] = &[#(#infos),*];
            const BATCH: ::core::option::Option<usize> = #batch;
            #lengths

            fn on(device: &D, seed: u64) -> Self {
                #(#checks)*
                let mut builder = ::layercake::parameters::Builder::new(device, seed);
                Self {
                    #(#built,)*
                    on_device: device.clone(),
                    of_type: ::core::marker::PhantomData,
                }
            }

            fn device(&self) -> &D {
                &self.on_device
            }

            fn multiply_adds() -> ::std::vec::Vec<usize> {
                ::std::vec![#(#counts),*]
            }
        }
    }

    /// The shapes of a node's inputs, as expressions.
    fn input_shapes(&self, node: usize) -> impl Iterator<Item = TokenStream> {
        let shapes = &self.shapes;
        self.graph.nodes[node].inputs.iter().map(move |&input| {
            let name = self.name_of(input);
            quote!(#shapes.#name)
        })
    }
}
