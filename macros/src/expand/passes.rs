//! The forward and backward passes, stage by stage.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::Index;

use super::Expansion;
use super::memory::{
    copy_of_input, extra_slot, gradient_of_head, gradient_of_input, memory_of, scores, shared_gradients, slot,
};
use crate::fuse::Stage;
use crate::graph::What;
use crate::plan::{Needed, Place, Values};

impl Expansion<'_> {
    /// The types of inputs and outputs: a single one as it is, several as a tuple.
    pub(super) fn input_and_output_types(&self) -> TokenStream {
        let shapes = &self.shapes;
        let rank = |name: &Ident| quote!(::layercake::generated::Dim<[::layercake::generated::Ix; #shapes.#name.rank() + 1]>);
        let inputs: Vec<(bool, TokenStream)> = self
            .inputs()
            .map(|input| (self.graph.nodes[input].is_input_of_integers(), rank(self.name_of(input))))
            .collect();
        let element = |integers: bool| if integers { quote!(i32) } else { quote!(T) };
        let views = tuple(inputs.iter().map(|(integers, rank)| {
            let element = element(*integers);
            quote!(::layercake::generated::ArrayView<'a, #element, #rank>)
        }));
        let owned = tuple(inputs.iter().map(|(integers, rank)| {
            let element = element(*integers);
            quote!(::layercake::generated::Array<#element, #rank>)
        }));
        let gradients = tuple(inputs.iter().map(|(integers, rank)| {
            if *integers { quote!(()) } else { quote!(::layercake::generated::Array<T, #rank>) }
        }));
        let ranks: Vec<TokenStream> =
            self.stages.heads.iter().map(|head| rank(self.name_of(head.output))).collect();
        let outputs = tuple(ranks.iter().map(|rank| quote!(::layercake::generated::Array<T, #rank>)));
        let heads = tuple(ranks.iter().map(|rank| quote!(::layercake::Head<T, D, #rank>)));
        let (inference, training) = (self.inference_type(), self.training_type());
        quote! {
            type Inputs<'a> = #views;
            type OwnedInputs = #owned;
            type Outputs = #outputs;
            type Heads = #heads;
            type InputGradients = #gradients;
            type InferenceBuffers = #inference<T, D>;
            type TrainingBuffers = #training<T, D>;
        }
    }

    /// The methods that compute.
    pub(super) fn passes(&self) -> TokenStream {
        let (layers, shapes, of_pass) = (&self.layers, &self.shapes, &self.shapes_of_pass);
        let heads = tuple(self.stages.heads.iter().map(|head| {
            let name = self.name_of(head.output);
            let nonlinearity = if head.has_nonlinearity {
                quote!(#layers.#name.nonlinearity)
            } else {
                quote!(::layercake::nonlinearities::linear())
            };
            quote!(::layercake::generated::head(&self.on_device, #shapes.#name, #nonlinearity))
        }));
        let inference = self.forward(&self.plan.inference, false);
        let training_pass = self.forward(&self.plan.training, true);
        let gradients = tuple(self.inputs().map(|input| {
            if self.graph.nodes[input].is_input_of_integers() {
                return quote!(());
            }
            let (name, gradient) = (self.name_of(input), gradient_of_input(self.name_of(input)));
            quote!(::layercake::generated::array(&self.on_device, &buffers.#gradient, #of_pass.#name, buffers.batch))
        }));
        let shapes_kept = self.shapes_kept();
        quote! {
            fn heads(&self) -> Self::Heads {
                #heads
            }

            fn forward_with<'a>(
                &self,
                inference: &mut ::layercake::Inference<Self>,
                inputs: impl ::layercake::IntoInputs<Self::Inputs<'a>>,
            ) -> ::core::result::Result<(), ::layercake::InputError> {
                let ::layercake::Inference { outputs, buffers } = inference;
                let random = ::layercake::random::Random::new(0);
                #inference
            }

            fn forward_training<'a>(
                &mut self,
                training: &mut ::layercake::Training<Self>,
                inputs: impl ::layercake::IntoInputs<Self::Inputs<'a>>,
            ) -> ::core::result::Result<(), ::layercake::InputError> {
                let ::layercake::Training { outputs, buffers, random, .. } = training;
                *random = random.next_step();
                let random = *random;
                #training_pass
            }

            fn backward(&self, training: &mut ::layercake::Training<Self>) {
                self.backward_pass(training, false);
            }

            fn backward_to_inputs(&self, training: &mut ::layercake::Training<Self>) -> Self::InputGradients {
                self.backward_pass(training, true);
                let buffers = &training.buffers;
                #shapes_kept
                #gradients
            }

        }
    }

    fn forward(&self, values: &Values, training: bool) -> TokenStream {
        let names: Vec<&Ident> = self.inputs().map(|input| self.name_of(input)).collect();
        let locals: Vec<Ident> = names.iter().map(|name| copy_of_input(name)).collect();
        let pattern = tuple(locals.iter().map(|local| quote!(#local)));
        let checked = self.inputs().map(|input| self.checked_input(input));
        let begin = self.each_head(|head, output| {
            let shape = self.graph.has_any_length().then(|| {
                let (shapes, name) = (&self.shapes_of_pass, self.name_of(self.stages.heads[head].output));
                quote!(#output.set_shape(#shapes.#name);)
            });
            quote! {
                #shape
                #output.begin(batch);
            }
        });
        let scores = self.each_head(|head, output| {
            let scores = scores(head);
            quote!(let #scores = #output.scores_buffer();)
        });
        let finish = self.each_head(|_, output| quote!(#output.finish();));
        let reserve = values.slots.iter().enumerate().map(|(i, nodes)| {
            let (slot, len) = (slot(i), self.slot_len(nodes));
            quote!(pass.device.reserve(&mut buffers.#slot, batch * #len);)
        });
        let load = self.inputs().map(|input| {
            let name = copy_of_input(self.name_of(input));
            // What the backward pass reads is copied; else the user's array is read where it is.
            let method = if self.graph.nodes[input].is_input_of_integers() {
                quote!(keep_numbers)
            } else if training && self.plan.kept[input] {
                quote!(keep)
            } else {
                quote!(borrow)
            };
            quote!(let #name = pass.device.#method(&#name, &mut buffers.#name);)
        });
        let stages = if training { &self.stages.training } else { &self.stages.inference };
        let steps = stages.iter().map(|stage| self.forward_stage(stage, values, training));
        let steps = quote! {
            #(#scores)*
            #(#steps)*
            #(#finish)*
        };
        let steps = if training { steps } else { self.repeated(&steps) };
        let batch = training.then(|| quote!(buffers.batch = batch;));
        let shapes = self.shapes_found(training);
        quote! {
            let #pattern = ::layercake::IntoInputs::into_inputs(inputs);
            #shapes
            let mut inputs = ::layercake::generated::Inputs::new(Self::BATCH);
            #(let #locals = #checked?;)*
            let batch = inputs.batch();
            #batch
            let pass = ::layercake::layer::Pass { device: &self.on_device, random };
            #(#begin)*
            #(#reserve)*
            #(let #locals = ::layercake::generated::values(&#locals);)*
            #(#load)*
            #steps
            ::layercake::generated::finished(&self.on_device)
        }
    }

    /// What an inference asks for each time, where a device may have recorded it.
    fn repeated(&self, steps: &TokenStream) -> TokenStream {
        let outputs = self.each_head(|head, output| {
            let (shapes, name) = (&self.shapes_of_pass, self.name_of(self.stages.heads[head].output));
            quote!(::layercake::generated::signal::<T, D>(#shapes.#name, &*#output.scores_buffer(), batch).values)
        });
        let length = if self.graph.has_any_length() { quote!(length.get()) } else { quote!(0) };
        quote! {
            pass.device.begin_pass::<T>(&mut buffers.passes, self, &[#(#outputs),*], [batch, #length]);
            pass.device.repeat_pass(&mut buffers.passes, || {
                #steps
            });
        }
    }

    /// Where axes are of any length, the shapes at the length that the inputs have.
    fn shapes_found(&self, training: bool) -> Option<TokenStream> {
        let (shapes, shapes_at, lengths) = (&self.shapes_of_pass, &self.shapes_at, &self.lengths);
        let reads = self.inputs().flat_map(|input| {
            let node = &self.graph.nodes[input];
            let (text, local) = (node.name.to_string(), copy_of_input(&node.name));
            let axes = node.axes_of_any_length();
            axes.map(move |(axis, _)| {
                let axis = Literal::usize_unsuffixed(axis);
                quote!(length.read(#text, #axis, #local.shape())?;)
            })
        });
        let keep = training.then(|| quote!(buffers.length = length.get();));
        self.graph.has_any_length().then(|| {
            quote! {
                let mut length = ::layercake::generated::Length::new(#lengths);
                #(#reads)*
                #keep
                let #shapes = #shapes_at(length.get());
            }
        })
    }

    /// The same at the length of the latest forward pass.
    fn shapes_kept(&self) -> Option<TokenStream> {
        let (shapes, shapes_at) = (&self.shapes_of_pass, &self.shapes_at);
        self.graph.has_any_length().then(|| quote!(let #shapes = #shapes_at(buffers.length);))
    }

    /// The check of one input's array.
    fn checked_input(&self, input: usize) -> TokenStream {
        let (layers, shapes) = (&self.layers, &self.shapes_of_pass);
        let (name, local) = (self.name_of(input), copy_of_input(self.name_of(input)));
        let text = name.to_string();
        if !self.graph.nodes[input].is_input_of_integers() {
            return quote!(inputs.check(#text, #shapes.#name, #local));
        }
        let sizes = self.graph.may_look_up(input).into_iter().map(|layer| {
            let layer = self.name_of(layer);
            let text = layer.to_string();
            quote!((#text, ::layercake::layer::Layer::input_size(&#layers.#layer)))
        });
        quote!(inputs.check_numbers(#text, #shapes.#name, &[#(#sizes),*], #local))
    }

    fn forward_stage(&self, stage: &Stage, values: &Values, training: bool) -> TokenStream {
        let shapes = &self.shapes_of_pass;
        let (layer, pass) = (self.layer(stage), self.pass(stage));
        let inputs = self.graph.nodes[stage.first].inputs.iter().map(|&input| {
            let name = self.name_of(input);
            match values.places[input] {
                Place::Input(node) => {
                    let values = copy_of_input(self.name_of(node));
                    quote!(::layercake::generated::input::<T, D>(#shapes.#name, #values))
                }
                place => {
                    let buffer = self.values(place);
                    quote!(::layercake::generated::signal::<T, D>(#shapes.#name, &#buffer, batch))
                }
            }
        });
        let output = {
            let (name, buffer) = (self.name_of(stage.last()), self.values(values.places[stage.last()]));
            quote!(::layercake::generated::signal_mut::<T, D>(#shapes.#name, &mut #buffer, batch))
        };
        if training {
            let (parameters, memory) =
                (self.parameters(stage, quote!(&mut)), memory_of(self.name_of(stage.first)));
            quote! {
                ::layercake::layer::Compute::forward_training(
                    &#layer, &#pass, #parameters, [#(#inputs),*], #output, &mut buffers.#memory,
                );
            }
        } else if let Some(norm) = stage.norm {
            let (layers, parameters) = (&self.layers, self.parameters(stage, quote!(&)));
            let (name, norm_parameters) = (self.name_of(norm.layer), self.parameters_of(norm.layer));
            let nonlinearity = match norm.nonlinearity {
                Some(node) => {
                    let node = self.name_of(node);
                    quote!(#layers.#node.nonlinearity)
                }
                None => quote!(::layercake::nonlinearities::linear()),
            };
            quote! {
                ::layercake::layers::ComputeNormalized::forward_normalized(
                    &#layer,
                    &#pass,
                    #parameters,
                    &::layercake::layers::Norm {
                        layer: #layers.#name,
                        parameters: &self.#norm_parameters,
                        nonlinearity: #nonlinearity,
                    },
                    #(#inputs)*,
                    #output,
                );
            }
        } else {
            let parameters = self.parameters(stage, quote!(&));
            quote! {
                ::layercake::layer::Compute::forward(&#layer, &#pass, #parameters, [#(#inputs),*], #output);
            }
        }
    }

    /// The backward pass, as a method of the network's own.
    pub(super) fn backward(&self) -> TokenStream {
        let begin = self.each_head(|head, output| {
            let (scores, gradient) = (scores(head), gradient_of_head(head));
            quote! {
                #output.begin_backward();
                let (#scores, #gradient) = #output.backward_buffers();
            }
        });
        let reserve_gradients = self.real_inputs().map(|input| {
            let (gradient, len) = (gradient_of_input(self.name_of(input)), self.slot_len(&[input]));
            quote!(pass.device.reserve(&mut buffers.#gradient, batch * #len);)
        });
        let reserve_slots = self.plan.extra_slots.iter().enumerate().map(|(i, nodes)| {
            let (slot, len) = (extra_slot(i), self.slot_len(nodes));
            quote!(pass.device.reserve(&mut buffers.#slot, batch * #len);)
        });
        let steps =
            self.stages.training.iter().enumerate().rev().map(|(i, stage)| self.backward_stage(i, stage));
        let shapes_kept = self.shapes_kept();
        quote! {
            fn backward_pass(&self, training: &mut ::layercake::Training<Self>, to_inputs: bool) {
                let ::layercake::Training { gradients, outputs, buffers, random } = training;
                let batch = buffers.batch;
                #shapes_kept
                let pass = ::layercake::layer::Pass { device: &self.on_device, random: *random };
                if to_inputs {
                    #(#reserve_gradients)*
                    #(#reserve_slots)*
                }
                #(#begin)*
                #(#steps)*
            }
        }
    }

    fn backward_stage(&self, number: usize, stage: &Stage) -> TokenStream {
        let shapes = &self.shapes_of_pass;
        let node = &self.graph.nodes[stage.first];
        let (layer, pass) = (self.layer(stage), self.pass(stage));
        let reads = stage.reads(self.graph);
        let signal = |node: usize, read: bool| {
            let name = self.name_of(node);
            if read {
                let buffer = self.values(self.plan.training.places[node]);
                quote!(::layercake::generated::signal::<T, D>(#shapes.#name, &#buffer, batch))
            } else {
                quote!(::layercake::generated::signal::<T, D>(#shapes.#name, &buffers.nothing, 0))
            }
        };
        let inputs = node.inputs.iter().map(|&input| signal(input, reads.inputs));
        let output = signal(stage.last(), reads.output);
        let output_gradient = {
            let (name, buffer) =
                (self.name_of(stage.last()), self.gradients(self.plan.gradients[stage.last()]));
            quote!(::layercake::generated::signal_mut::<T, D>(#shapes.#name, &mut #buffer, batch))
        };
        let contributions = &self.plan.input_gradients[number];
        let input_gradients = contributions.iter().map(|gradient| {
            let Some(gradient) = gradient else { return quote!(::core::option::Option::None) };
            let (name, buffer) = (self.name_of(gradient.node), self.gradients(gradient.to));
            let signal =
                quote!(::layercake::generated::signal_mut::<T, D>(#shapes.#name, &mut #buffer, batch));
            match self.plan.needed[gradient.node] {
                Needed::Always => quote!(::core::option::Option::Some(#signal)),
                _ => quote!(to_inputs.then(|| #signal)),
            }
        });
        let sums = contributions.iter().flatten().filter(|gradient| gradient.add).map(|gradient| {
            let name = self.name_of(gradient.node);
            let (term, sum) =
                (self.gradients(gradient.to), self.gradients(self.plan.gradients[gradient.node]));
            let add = quote! {
                ::layercake::generated::add(pass.device, #shapes.#name, batch, &#term, &mut #sum);
            };
            match self.plan.needed[gradient.node] {
                Needed::Always => add,
                _ => quote!(if to_inputs { #add }),
            }
        });
        let (parameters, own_gradients) = match self.parameters_of(stage.first) {
            Some(owner) if node.shares.is_some() => {
                let own = shared_gradients(&node.name);
                (quote!(&self.#owner), quote!(buffers.#own.get_or_insert_with(|| gradients.#owner.clone())))
            }
            Some(owner) => (quote!(&self.#owner), quote!(&mut gradients.#owner)),
            None => (quote!(&()), quote!(&mut ())),
        };
        // Those that share the parameters stand further on, so their gradients are there.
        let shared = self.sharing_stages().filter(|&(_, owner)| owner == stage.first).map(|(other, _)| {
            let (own, gradients) = (&node.name, shared_gradients(self.name_of(other.first)));
            quote!(::layercake::generated::add_gradients(pass.device, &mut gradients.#own, &mut buffers.#gradients);)
        });
        let memory = memory_of(&node.name);
        let step = quote! {
            ::layercake::layer::Compute::backward(
                &#layer,
                &#pass,
                #parameters,
                #own_gradients,
                &mut buffers.#memory,
                ::layercake::layer::Backward {
                    inputs: [#(#inputs),*],
                    output: #output,
                    output_gradient: #output_gradient,
                    input_gradients: [#(#input_gradients),*],
                },
            );
            #(#sums)*
            #(#shared)*
        };
        match self.plan.needed[stage.last()] {
            Needed::Always => step,
            Needed::ForInputs => quote!(if to_inputs { #step }),
            Needed::Never => quote!(),
        }
    }

    /// The layer that a stage calls.
    pub(super) fn layer(&self, stage: &Stage) -> TokenStream {
        let (layers, first) = (&self.layers, self.name_of(stage.first));
        match stage.second {
            Some(second) => {
                let second = self.name_of(second);
                quote!(::layercake::layer::Then(#layers.#first, #layers.#second))
            }
            None if stage.without_nonlinearity => {
                let ty = self.layer_type(stage.first);
                quote!(#ty { nonlinearity: ::layercake::nonlinearities::linear(), ..#layers.#first })
            }
            None => quote!(#layers.#first),
        }
    }

    /// The pass that a stage sees: with random numbers of its own, if it draws any.
    fn pass(&self, stage: &Stage) -> TokenStream {
        let random = |node: usize| {
            // The inverse of a layer sees that layer's numbers.
            let drawing = match self.graph.nodes[node].what {
                What::Kind { of: Some(of), .. } => of,
                _ => node,
            };
            let draws = match &self.graph.nodes[drawing].what {
                What::Kind { kind, .. } => kind.is_random,
                What::Own { .. } => true,
                What::Input { .. } => false,
            };
            draws.then_some(drawing)
        };
        match [Some(stage.first), stage.second].into_iter().flatten().find_map(random) {
            Some(node) => {
                let number = Literal::usize_unsuffixed(node);
                quote!(pass.layer(#number))
            }
            None => quote!(pass),
        }
    }

    /// The parameters of a stage, by the reference that the pass takes: `&` or `&mut`.
    fn parameters(&self, stage: &Stage, reference: TokenStream) -> TokenStream {
        match self.parameters_of(stage.first) {
            Some(owner) => quote!(#reference self.#owner),
            None => quote!(#reference ()),
        }
    }

    /// Code for each head, given its number and the expression of its place in `outputs`.
    fn each_head(&self, code: impl Fn(usize, TokenStream) -> TokenStream) -> Vec<TokenStream> {
        let count = self.stages.heads.len();
        (0..count)
            .map(|head| {
                let index = Index::from(head);
                code(head, if count == 1 { quote!(outputs) } else { quote!(outputs.#index) })
            })
            .collect()
    }
}

/// One as it is, several in parentheses.
fn tuple(items: impl Iterator<Item = TokenStream>) -> TokenStream {
    let items: Vec<TokenStream> = items.collect();
    match &items[..] {
        [item] => item.clone(),
        items => quote!((#(#items,)*)),
    }
}
