/**
```text
input1: input(5, dtype = i32)
embedding1: embedding(100, 8)
flatten1: flatten
first: dense(40, tanh)
dense1: dense(40, share = first)
inverse1: inverse(first)
```*/
#[derive(Clone, Debug)]
struct Words<T: ::layercake::Real = f32, D: ::layercake::Device = ::layercake::Cpu> {
    /// The parameters of `embedding(100, 8)`.
    pub embedding1: ::layercake::layers::EmbeddingParameters<T, D>,
    /// The parameters of `dense(40, tanh)`.
    pub first: ::layercake::layers::DenseParameters<T, D>,
    on_device: D,
    of_type: ::core::marker::PhantomData<T>,
}
#[allow(
    clippy::all,
    clippy::pedantic,
    unused_qualifications,
    unused_mut,
    unused_variables
)]
const _: () = {
    struct WordsLayers {
        embedding1: ::layercake::layers::Embedding,
        flatten1: ::layercake::layers::Flatten,
        first: ::layercake::layers::Dense,
        dense1: ::layercake::layers::Dense,
        inverse1: ::layercake::layers::Inverse<::layercake::layers::Dense>,
    }
    const WORDS_LAYERS: WordsLayers = WordsLayers {
        embedding1: ::layercake::layers::Embedding {
            input_size: 100,
            output_size: 8,
            ..::layercake::layers::Embedding::DEFAULT
        },
        flatten1: ::layercake::layers::Flatten::DEFAULT,
        first: ::layercake::layers::Dense {
            num_units: 40,
            nonlinearity: ::layercake::nonlinearities::tanh(),
            ..::layercake::layers::Dense::DEFAULT
        },
        dense1: ::layercake::layers::Dense {
            num_units: 40,
            ..::layercake::layers::Dense::DEFAULT
        },
        inverse1: ::layercake::layers::Inverse(::layercake::layers::Dense {
            num_units: 40,
            nonlinearity: ::layercake::nonlinearities::tanh(),
            ..::layercake::layers::Dense::DEFAULT
        }),
    };
    struct WordsShapes {
        input1: ::layercake::Shape,
        embedding1: ::layercake::Shape,
        flatten1: ::layercake::Shape,
        first: ::layercake::Shape,
        dense1: ::layercake::Shape,
        inverse1: ::layercake::Shape,
    }
    const WORDS_SHAPES: WordsShapes = {
        let input1 = ::layercake::shape::input(&[5], ::layercake::shape::Dtype::Int32);
        let embedding1 = ::layercake::layers::Embedding::output_shape(
            &WORDS_LAYERS.embedding1,
            input1,
        );
        let flatten1 = ::layercake::layers::Flatten::output_shape(
            &WORDS_LAYERS.flatten1,
            embedding1,
        );
        let first = ::layercake::layers::Dense::output_shape(
            &WORDS_LAYERS.first,
            flatten1,
        );
        let dense1 = ::layercake::layers::Dense::output_shape(
            &WORDS_LAYERS.dense1,
            first,
        );
        ::layercake::shape::share(
            "dense",
            ::layercake::layers::Dense::parameter_shapes(&WORDS_LAYERS.dense1, first),
            "first",
            ::layercake::layers::Dense::parameter_shapes(&WORDS_LAYERS.first, flatten1),
        );
        let inverse1 = <::layercake::layers::Inverse<
            ::layercake::layers::Dense,
        >>::output_shape(&WORDS_LAYERS.inverse1, &[dense1, flatten1, first]);
        ::layercake::shape::output(inverse1);
        WordsShapes {
            input1,
            embedding1,
            flatten1,
            first,
            dense1,
            inverse1,
        }
    };
    const WORDS_BATCH: ::core::option::Option<usize> = ::layercake::shape::batch(
        &[::core::option::Option::None],
    );
    pub struct WordsInferenceBuffers<T: ::layercake::Real, D: ::layercake::Device> {
        values_of_input1: D::Buffer<T>,
        /// Holds, one after the other: `embedding1`.
        slot1: D::Buffer<T>,
        /// Holds, one after the other: `first`.
        slot2: D::Buffer<T>,
        /// Holds, one after the other: `dense1`.
        slot3: D::Buffer<T>,
        passes: D::Passes,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for WordsInferenceBuffers<T, D> {
        fn default() -> Self {
            Self {
                values_of_input1: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                slot2: ::core::default::Default::default(),
                slot3: ::core::default::Default::default(),
                passes: ::core::default::Default::default(),
            }
        }
    }
    pub struct WordsTrainingBuffers<T: ::layercake::Real, D: ::layercake::Device>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::Embedding: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Inverse<
            ::layercake::layers::Dense,
        >: ::layercake::generated::Computes<T, D, 3>,
    {
        batch: usize,
        values_of_input1: D::Buffer<T>,
        /// Holds, one after the other: `embedding1`.
        slot1: D::Buffer<T>,
        /// Holds, one after the other: `first`.
        slot2: D::Buffer<T>,
        /// Holds, one after the other: `dense1`, `embedding1`.
        slot3: D::Buffer<T>,
        /// Holds, one after the other: `dense1`.
        slot4: D::Buffer<T>,
        /// Holds, one after the other: `embedding1`.
        slot5: D::Buffer<T>,
        /// Holds, one after the other: `first`.
        slot6: D::Buffer<T>,
        /// Holds, one after the other: `first`.
        slot7: D::Buffer<T>,
        memory_of_embedding1: <::layercake::layers::Embedding as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        memory_of_first: <::layercake::layers::Dense as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        memory_of_dense1: <::layercake::layers::Dense as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        memory_of_inverse1: <::layercake::layers::Inverse<
            ::layercake::layers::Dense,
        > as ::layercake::layer::Compute<T, D, 3>>::Memory,
        gradients_of_dense1: ::core::option::Option<
            ::layercake::layers::DenseParameters<T, D>,
        >,
        gradients_of_inverse1: ::core::option::Option<
            ::layercake::layers::DenseParameters<T, D>,
        >,
        nothing: D::Buffer<T>,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for WordsTrainingBuffers<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::Embedding: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Inverse<
            ::layercake::layers::Dense,
        >: ::layercake::generated::Computes<T, D, 3>,
    {
        fn default() -> Self {
            Self {
                batch: 0,
                values_of_input1: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                slot2: ::core::default::Default::default(),
                slot3: ::core::default::Default::default(),
                slot4: ::core::default::Default::default(),
                slot5: ::core::default::Default::default(),
                slot6: ::core::default::Default::default(),
                slot7: ::core::default::Default::default(),
                memory_of_embedding1: ::core::default::Default::default(),
                memory_of_first: ::core::default::Default::default(),
                memory_of_dense1: ::core::default::Default::default(),
                memory_of_inverse1: ::core::default::Default::default(),
                gradients_of_dense1: ::core::option::Option::None,
                gradients_of_inverse1: ::core::option::Option::None,
                nothing: ::core::default::Default::default(),
            }
        }
    }
    #[automatically_derived]
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Parameters<T, D>
    for Words<T, D> {
        fn visit<'a>(
            &'a self,
            visitor: &mut dyn FnMut(&'a ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit(&self.embedding1, visitor);
            ::layercake::Parameters::visit(&self.first, visitor);
        }
        fn visit_mut<'a>(
            &'a mut self,
            visitor: &mut dyn FnMut(&'a mut ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit_mut(&mut self.embedding1, visitor);
            ::layercake::Parameters::visit_mut(&mut self.first, visitor);
        }
        fn visit_pairs(
            &mut self,
            other: &mut Self,
            visitor: &mut ::layercake::parameters::PairVisitor<'_, T, D>,
        ) {
            ::layercake::Parameters::visit_pairs(
                &mut self.embedding1,
                &mut other.embedding1,
                visitor,
            );
            ::layercake::Parameters::visit_pairs(
                &mut self.first,
                &mut other.first,
                visitor,
            );
        }
    }
    impl<T: ::layercake::Real> Words<T, ::layercake::Cpu> {
        /// A network on the processor with initial values drawn from `seed`.
        pub fn new(seed: u64) -> Self {
            <Self as ::layercake::Network>::on(
                &::core::default::Default::default(),
                seed,
            )
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Words<T, D> {
        /// This network on another device, with the same values.
        ///
        /// # Errors
        /// If one of the devices fails, or has failed in what it was asked for before; not on the processor.
        pub fn to<E: ::layercake::generated::Hosts<Self>>(
            &self,
            device: &E,
        ) -> ::core::result::Result<Words<T, E>, ::layercake::DeviceError> {
            device.host(self)
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::generated::Movable
    for Words<T, D> {
        type On<E: ::layercake::Device> = Words<T, E>;
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Words<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::Embedding: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Inverse<
            ::layercake::layers::Dense,
        >: ::layercake::generated::Computes<T, D, 3>,
    {
        fn backward_pass(
            &self,
            training: &mut ::layercake::Training<Self>,
            to_inputs: bool,
        ) {
            let ::layercake::Training { gradients, outputs, buffers, random } = training;
            let batch = buffers.batch;
            let pass = ::layercake::layer::Pass {
                device: &self.on_device,
                random: *random,
            };
            if to_inputs {}
            outputs.begin_backward();
            let (scores1, gradient1) = outputs.backward_buffers();
            ::layercake::layer::Compute::backward(
                &WORDS_LAYERS.inverse1,
                &pass,
                &self.first,
                buffers
                    .gradients_of_inverse1
                    .get_or_insert_with(|| gradients.first.clone()),
                &mut buffers.memory_of_inverse1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(WORDS_SHAPES.dense1, &buffers.slot3, batch),
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(WORDS_SHAPES.flatten1, &buffers.slot1, batch),
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(WORDS_SHAPES.first, &buffers.slot2, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(WORDS_SHAPES.inverse1, &buffers.nothing, 0),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(WORDS_SHAPES.inverse1, &mut *gradient1, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(WORDS_SHAPES.dense1, &mut buffers.slot4, batch),
                        ),
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(WORDS_SHAPES.flatten1, &mut buffers.slot5, batch),
                        ),
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(WORDS_SHAPES.first, &mut buffers.slot6, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &WORDS_LAYERS.dense1,
                &pass,
                &self.first,
                buffers
                    .gradients_of_dense1
                    .get_or_insert_with(|| gradients.first.clone()),
                &mut buffers.memory_of_dense1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(WORDS_SHAPES.first, &buffers.slot2, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(WORDS_SHAPES.dense1, &buffers.slot3, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(WORDS_SHAPES.dense1, &mut buffers.slot4, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(WORDS_SHAPES.first, &mut buffers.slot7, batch),
                        ),
                    ],
                },
            );
            ::layercake::generated::add(
                pass.device,
                WORDS_SHAPES.first,
                batch,
                &buffers.slot7,
                &mut buffers.slot6,
            );
            ::layercake::layer::Compute::backward(
                &WORDS_LAYERS.first,
                &pass,
                &self.first,
                &mut gradients.first,
                &mut buffers.memory_of_first,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(WORDS_SHAPES.flatten1, &buffers.slot1, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(WORDS_SHAPES.first, &buffers.slot2, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(WORDS_SHAPES.first, &mut buffers.slot6, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(WORDS_SHAPES.flatten1, &mut buffers.slot3, batch),
                        ),
                    ],
                },
            );
            ::layercake::generated::add(
                pass.device,
                WORDS_SHAPES.flatten1,
                batch,
                &buffers.slot3,
                &mut buffers.slot5,
            );
            ::layercake::generated::add_gradients(
                pass.device,
                &mut gradients.first,
                &mut buffers.gradients_of_dense1,
            );
            ::layercake::generated::add_gradients(
                pass.device,
                &mut gradients.first,
                &mut buffers.gradients_of_inverse1,
            );
            ::layercake::layer::Compute::backward(
                &WORDS_LAYERS.embedding1,
                &pass,
                &self.embedding1,
                &mut gradients.embedding1,
                &mut buffers.memory_of_embedding1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(WORDS_SHAPES.input1, &buffers.values_of_input1, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(WORDS_SHAPES.embedding1, &buffers.nothing, 0),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(WORDS_SHAPES.embedding1, &mut buffers.slot5, batch),
                    input_gradients: [::core::option::Option::None],
                },
            );
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Network
    for Words<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::Embedding: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Inverse<
            ::layercake::layers::Dense,
        >: ::layercake::generated::Computes<T, D, 3>,
    {
        type Real = T;
        type Device = D;
        type Inputs<'a> = ::layercake::generated::ArrayView<
            'a,
            i32,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; WORDS_SHAPES.input1.rank() + 1],
            >,
        >;
        type OwnedInputs = ::layercake::generated::Array<
            i32,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; WORDS_SHAPES.input1.rank() + 1],
            >,
        >;
        type Outputs = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; WORDS_SHAPES.inverse1.rank() + 1],
            >,
        >;
        type Heads = ::layercake::Head<
            T,
            D,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; WORDS_SHAPES.inverse1.rank() + 1],
            >,
        >;
        type InputGradients = ();
        type InferenceBuffers = WordsInferenceBuffers<T, D>;
        type TrainingBuffers = WordsTrainingBuffers<T, D>;
        const LAYERS: &'static [::layercake::LayerInfo] = &[
            ::layercake::LayerInfo {
                name: "input1",
                kind: "input",
                text: "input(5, dtype = i32)",
                shape: WORDS_SHAPES.input1,
                inputs: &[],
            },
            ::layercake::LayerInfo {
                name: "embedding1",
                kind: "embedding",
                text: "embedding(100, 8)",
                shape: WORDS_SHAPES.embedding1,
                inputs: &[0],
            },
            ::layercake::LayerInfo {
                name: "flatten1",
                kind: "flatten",
                text: "flatten",
                shape: WORDS_SHAPES.flatten1,
                inputs: &[1],
            },
            ::layercake::LayerInfo {
                name: "first",
                kind: "dense",
                text: "dense(40, tanh)",
                shape: WORDS_SHAPES.first,
                inputs: &[2],
            },
            ::layercake::LayerInfo {
                name: "dense1",
                kind: "dense",
                text: "dense(40, share = first)",
                shape: WORDS_SHAPES.dense1,
                inputs: &[3],
            },
            ::layercake::LayerInfo {
                name: "inverse1",
                kind: "inverse",
                text: "inverse(first)",
                shape: WORDS_SHAPES.inverse1,
                inputs: &[4, 2, 3],
            },
        ];
        const BATCH: ::core::option::Option<usize> = WORDS_BATCH;
        fn on(device: &D, seed: u64) -> Self {
            let mut builder = ::layercake::parameters::Builder::new(device, seed);
            Self {
                embedding1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &WORDS_LAYERS.embedding1,
                    &[WORDS_SHAPES.input1],
                    builder.layer("embedding1"),
                ),
                first: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(&WORDS_LAYERS.first, &[WORDS_SHAPES.flatten1], builder.layer("first")),
                on_device: device.clone(),
                of_type: ::core::marker::PhantomData,
            }
        }
        fn device(&self) -> &D {
            &self.on_device
        }
        fn multiply_adds() -> ::std::vec::Vec<usize> {
            ::std::vec![
                0, ::layercake::layer::Layer::multiply_adds(& WORDS_LAYERS.embedding1, &
                [WORDS_SHAPES.input1], WORDS_SHAPES.embedding1),
                ::layercake::layer::Layer::multiply_adds(& WORDS_LAYERS.flatten1, &
                [WORDS_SHAPES.embedding1], WORDS_SHAPES.flatten1),
                ::layercake::layer::Layer::multiply_adds(& WORDS_LAYERS.first, &
                [WORDS_SHAPES.flatten1], WORDS_SHAPES.first),
                ::layercake::layer::Layer::multiply_adds(& WORDS_LAYERS.dense1, &
                [WORDS_SHAPES.first], WORDS_SHAPES.dense1),
                ::layercake::layer::Layer::multiply_adds(& WORDS_LAYERS.inverse1, &
                [WORDS_SHAPES.dense1, WORDS_SHAPES.flatten1, WORDS_SHAPES.first],
                WORDS_SHAPES.inverse1)
            ]
        }
        fn heads(&self) -> Self::Heads {
            ::layercake::generated::head(
                &self.on_device,
                WORDS_SHAPES.inverse1,
                ::layercake::nonlinearities::linear(),
            )
        }
        fn forward_with<'a>(
            &self,
            inference: &mut ::layercake::Inference<Self>,
            inputs: impl ::layercake::IntoInputs<Self::Inputs<'a>>,
        ) -> ::core::result::Result<(), ::layercake::InputError> {
            let ::layercake::Inference { outputs, buffers } = inference;
            let random = ::layercake::random::Random::new(0);
            let values_of_input1 = ::layercake::IntoInputs::into_inputs(inputs);
            let mut inputs = ::layercake::generated::Inputs::new(Self::BATCH);
            let values_of_input1 = inputs
                .check_numbers(
                    "input1",
                    WORDS_SHAPES.input1,
                    &[
                        (
                            "embedding1",
                            ::layercake::layer::Layer::input_size(
                                &WORDS_LAYERS.embedding1,
                            ),
                        ),
                    ],
                    values_of_input1,
                )?;
            let batch = inputs.batch();
            let pass = ::layercake::layer::Pass {
                device: &self.on_device,
                random,
            };
            outputs.begin(batch);
            pass.device
                .reserve(
                    &mut buffers.slot1,
                    batch * ::layercake::generated::largest(&[WORDS_SHAPES.embedding1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot2,
                    batch * ::layercake::generated::largest(&[WORDS_SHAPES.first]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot3,
                    batch * ::layercake::generated::largest(&[WORDS_SHAPES.dense1]),
                );
            let values_of_input1 = ::layercake::generated::values(&values_of_input1);
            let values_of_input1 = pass
                .device
                .keep_numbers(&values_of_input1, &mut buffers.values_of_input1);
            pass.device
                .begin_pass::<
                    T,
                >(
                    &mut buffers.passes,
                    self,
                    &[
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(WORDS_SHAPES.inverse1, &*outputs.scores_buffer(), batch)
                            .values,
                    ],
                    [batch, 0],
                );
            pass.device
                .repeat_pass(
                    &mut buffers.passes,
                    || {
                        let scores1 = outputs.scores_buffer();
                        ::layercake::layer::Compute::forward(
                            &WORDS_LAYERS.embedding1,
                            &pass,
                            &self.embedding1,
                            [
                                ::layercake::generated::input::<
                                    T,
                                    D,
                                >(WORDS_SHAPES.input1, values_of_input1),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(WORDS_SHAPES.embedding1, &mut buffers.slot1, batch),
                        );
                        ::layercake::layer::Compute::forward(
                            &WORDS_LAYERS.first,
                            &pass,
                            &self.first,
                            [
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(WORDS_SHAPES.flatten1, &buffers.slot1, batch),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(WORDS_SHAPES.first, &mut buffers.slot2, batch),
                        );
                        ::layercake::layer::Compute::forward(
                            &WORDS_LAYERS.dense1,
                            &pass,
                            &self.first,
                            [
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(WORDS_SHAPES.first, &buffers.slot2, batch),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(WORDS_SHAPES.dense1, &mut buffers.slot3, batch),
                        );
                        ::layercake::layer::Compute::forward(
                            &WORDS_LAYERS.inverse1,
                            &pass,
                            &self.first,
                            [
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(WORDS_SHAPES.dense1, &buffers.slot3, batch),
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(WORDS_SHAPES.flatten1, &buffers.slot1, batch),
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(WORDS_SHAPES.first, &buffers.slot2, batch),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(WORDS_SHAPES.inverse1, &mut *scores1, batch),
                        );
                        outputs.finish();
                    },
                );
            ::layercake::generated::finished(&self.on_device)
        }
        fn forward_training<'a>(
            &mut self,
            training: &mut ::layercake::Training<Self>,
            inputs: impl ::layercake::IntoInputs<Self::Inputs<'a>>,
        ) -> ::core::result::Result<(), ::layercake::InputError> {
            let ::layercake::Training { outputs, buffers, random, .. } = training;
            *random = random.next_step();
            let random = *random;
            let values_of_input1 = ::layercake::IntoInputs::into_inputs(inputs);
            let mut inputs = ::layercake::generated::Inputs::new(Self::BATCH);
            let values_of_input1 = inputs
                .check_numbers(
                    "input1",
                    WORDS_SHAPES.input1,
                    &[
                        (
                            "embedding1",
                            ::layercake::layer::Layer::input_size(
                                &WORDS_LAYERS.embedding1,
                            ),
                        ),
                    ],
                    values_of_input1,
                )?;
            let batch = inputs.batch();
            buffers.batch = batch;
            let pass = ::layercake::layer::Pass {
                device: &self.on_device,
                random,
            };
            outputs.begin(batch);
            pass.device
                .reserve(
                    &mut buffers.slot1,
                    batch * ::layercake::generated::largest(&[WORDS_SHAPES.embedding1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot2,
                    batch * ::layercake::generated::largest(&[WORDS_SHAPES.first]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot3,
                    batch
                        * ::layercake::generated::largest(
                            &[WORDS_SHAPES.dense1, WORDS_SHAPES.embedding1],
                        ),
                );
            pass.device
                .reserve(
                    &mut buffers.slot4,
                    batch * ::layercake::generated::largest(&[WORDS_SHAPES.dense1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot5,
                    batch * ::layercake::generated::largest(&[WORDS_SHAPES.embedding1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot6,
                    batch * ::layercake::generated::largest(&[WORDS_SHAPES.first]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot7,
                    batch * ::layercake::generated::largest(&[WORDS_SHAPES.first]),
                );
            let values_of_input1 = ::layercake::generated::values(&values_of_input1);
            let values_of_input1 = pass
                .device
                .keep_numbers(&values_of_input1, &mut buffers.values_of_input1);
            let scores1 = outputs.scores_buffer();
            ::layercake::layer::Compute::forward_training(
                &WORDS_LAYERS.embedding1,
                &pass,
                &mut self.embedding1,
                [
                    ::layercake::generated::input::<
                        T,
                        D,
                    >(WORDS_SHAPES.input1, values_of_input1),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(WORDS_SHAPES.embedding1, &mut buffers.slot1, batch),
                &mut buffers.memory_of_embedding1,
            );
            ::layercake::layer::Compute::forward_training(
                &WORDS_LAYERS.first,
                &pass,
                &mut self.first,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(WORDS_SHAPES.flatten1, &buffers.slot1, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(WORDS_SHAPES.first, &mut buffers.slot2, batch),
                &mut buffers.memory_of_first,
            );
            ::layercake::layer::Compute::forward_training(
                &WORDS_LAYERS.dense1,
                &pass,
                &mut self.first,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(WORDS_SHAPES.first, &buffers.slot2, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(WORDS_SHAPES.dense1, &mut buffers.slot3, batch),
                &mut buffers.memory_of_dense1,
            );
            ::layercake::layer::Compute::forward_training(
                &WORDS_LAYERS.inverse1,
                &pass,
                &mut self.first,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(WORDS_SHAPES.dense1, &buffers.slot3, batch),
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(WORDS_SHAPES.flatten1, &buffers.slot1, batch),
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(WORDS_SHAPES.first, &buffers.slot2, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(WORDS_SHAPES.inverse1, &mut *scores1, batch),
                &mut buffers.memory_of_inverse1,
            );
            outputs.finish();
            ::layercake::generated::finished(&self.on_device)
        }
        fn backward(&self, training: &mut ::layercake::Training<Self>) {
            self.backward_pass(training, false);
        }
        fn backward_to_inputs(
            &self,
            training: &mut ::layercake::Training<Self>,
        ) -> Self::InputGradients {
            self.backward_pass(training, true);
            let buffers = &training.buffers;
            ()
        }
    }
};
