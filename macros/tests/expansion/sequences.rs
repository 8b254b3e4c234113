/**
```text
x: input(2 ..= 100, 3)
marks: input(2 ..= 100)
custom_recurrent1: custom_recurrent(input_to_hidden = { dense (40, linear) }, hidden_to_hidden = { dense (20, tanh) => dense (40, linear, b = none) }, mask = marks)
dense1: dense(10, softmax, num_leading_axes = 2)
```*/
#[derive(Clone, Debug)]
struct Sequences<T: ::layercake::Real = f32, D: ::layercake::Device = ::layercake::Cpu> {
    /// The parameters of `custom_recurrent(input_to_hidden = { dense (40, linear) }, hidden_to_hidden = { dense (20, tanh) => dense (40, linear, b = none) }, mask = marks)`.
    pub custom_recurrent1: <::layercake::layers::CustomRecurrent<
        ::layercake::layers::Link<::layercake::layers::Dense>,
        ::layercake::layers::Chain<
            ::layercake::layers::Dense,
            ::layercake::layers::Link<::layercake::layers::Dense>,
        >,
    > as ::layercake::layer::Layer>::Parameters<T, D>,
    /// The parameters of `dense(10, softmax, num_leading_axes = 2)`.
    pub dense1: ::layercake::layers::DenseParameters<T, D>,
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
    struct SequencesLayers {
        custom_recurrent1: ::layercake::layers::CustomRecurrent<
            ::layercake::layers::Link<::layercake::layers::Dense>,
            ::layercake::layers::Chain<
                ::layercake::layers::Dense,
                ::layercake::layers::Link<::layercake::layers::Dense>,
            >,
        >,
        dense1: ::layercake::layers::Dense,
    }
    const SEQUENCES_LAYERS: SequencesLayers = SequencesLayers {
        custom_recurrent1: ::layercake::layers::CustomRecurrent {
            mask: ::core::option::Option::Some(1usize),
            ..::layercake::layers::CustomRecurrent::DEFAULT
        }
            .with_chains(
                ::layercake::layers::Link {
                    layer: ::layercake::layers::Dense {
                        num_units: 40,
                        nonlinearity: ::layercake::nonlinearities::linear(),
                        ..::layercake::layers::Dense::DEFAULT
                    },
                    output_shape: ::layercake::layers::Dense::output_shape,
                },
                ::layercake::layers::Chain {
                    first: ::layercake::layers::Link {
                        layer: ::layercake::layers::Dense {
                            num_units: 20,
                            nonlinearity: ::layercake::nonlinearities::tanh(),
                            ..::layercake::layers::Dense::DEFAULT
                        },
                        output_shape: ::layercake::layers::Dense::output_shape,
                    },
                    rest: ::layercake::layers::Link {
                        layer: ::layercake::layers::Dense {
                            num_units: 40,
                            nonlinearity: ::layercake::nonlinearities::linear(),
                            b: ::core::option::Option::None,
                            ..::layercake::layers::Dense::DEFAULT
                        },
                        output_shape: ::layercake::layers::Dense::output_shape,
                    },
                },
            ),
        dense1: ::layercake::layers::Dense {
            num_units: 10,
            nonlinearity: ::layercake::nonlinearities::softmax(),
            num_leading_axes: 2,
            ..::layercake::layers::Dense::DEFAULT
        },
    };
    struct SequencesShapes {
        x: ::layercake::Shape,
        marks: ::layercake::Shape,
        custom_recurrent1: ::layercake::Shape,
        dense1: ::layercake::Shape,
    }
    const SEQUENCES_LENGTHS: ::layercake::shape::Lengths = ::layercake::shape::lengths(
        &[
            ::layercake::shape::Lengths {
                shortest: 2,
                longest: 100,
            },
            ::layercake::shape::Lengths {
                shortest: 2,
                longest: 100,
            },
        ],
    );
    const fn shapes_at(length: usize) -> SequencesShapes {
        let x = ::layercake::shape::input(&[length, 3], ::layercake::shape::Dtype::Real);
        let marks = ::layercake::shape::input(
            &[length],
            ::layercake::shape::Dtype::Real,
        );
        let custom_recurrent1 = {
            let input_to_hidden = ::layercake::layers::Dense::output_shape(
                &SEQUENCES_LAYERS.custom_recurrent1.input_to_hidden.layer,
                ::layercake::layers::CustomRecurrent::step(
                    &SEQUENCES_LAYERS.custom_recurrent1,
                    &[x, marks],
                ),
            );
            let hidden_to_hidden = ::layercake::layers::Dense::output_shape(
                &SEQUENCES_LAYERS.custom_recurrent1.hidden_to_hidden.first.layer,
                input_to_hidden,
            );
            let hidden_to_hidden = ::layercake::layers::Dense::output_shape(
                &SEQUENCES_LAYERS.custom_recurrent1.hidden_to_hidden.rest.layer,
                hidden_to_hidden,
            );
            ::layercake::layers::CustomRecurrent::output_shape(
                &SEQUENCES_LAYERS.custom_recurrent1,
                &[x, marks],
                [input_to_hidden, hidden_to_hidden],
            )
        };
        let dense1 = ::layercake::layers::Dense::output_shape(
            &SEQUENCES_LAYERS.dense1,
            custom_recurrent1,
        );
        ::layercake::shape::output(dense1);
        SequencesShapes {
            x,
            marks,
            custom_recurrent1,
            dense1,
        }
    }
    const fn at_the_shortest_length() -> SequencesShapes {
        shapes_at(SEQUENCES_LENGTHS.shortest)
    }
    #[allow(long_running_const_eval)]
    const SEQUENCES_SHAPES: SequencesShapes = {
        let longest = shapes_at(SEQUENCES_LENGTHS.longest);
        let shortest = at_the_shortest_length();
        ::layercake::shape::same_at_every_length(
            "dense",
            SEQUENCES_LENGTHS,
            ::layercake::layers::Dense::parameter_shapes(
                &SEQUENCES_LAYERS.dense1,
                shortest.custom_recurrent1,
            ),
            ::layercake::layers::Dense::parameter_shapes(
                &SEQUENCES_LAYERS.dense1,
                longest.custom_recurrent1,
            ),
        );
        let mut length = SEQUENCES_LENGTHS.shortest + 1;
        while length < SEQUENCES_LENGTHS.longest {
            shapes_at(length);
            length += 1;
        }
        longest
    };
    const SEQUENCES_BATCH: ::core::option::Option<usize> = ::layercake::shape::batch(
        &[::core::option::Option::None, ::core::option::Option::None],
    );
    pub struct SequencesInferenceBuffers<T: ::layercake::Real, D: ::layercake::Device> {
        values_of_x: D::Buffer<T>,
        values_of_marks: D::Buffer<T>,
        /// Holds, one after the other: `custom_recurrent1`.
        slot1: D::Buffer<T>,
        passes: D::Passes,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for SequencesInferenceBuffers<T, D> {
        fn default() -> Self {
            Self {
                values_of_x: ::core::default::Default::default(),
                values_of_marks: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                passes: ::core::default::Default::default(),
            }
        }
    }
    pub struct SequencesTrainingBuffers<T: ::layercake::Real, D: ::layercake::Device>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::CustomRecurrent<
            ::layercake::layers::Link<::layercake::layers::Dense>,
            ::layercake::layers::Chain<
                ::layercake::layers::Dense,
                ::layercake::layers::Link<::layercake::layers::Dense>,
            >,
        >: ::layercake::generated::Computes<T, D, 2>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
    {
        batch: usize,
        length: usize,
        values_of_x: D::Buffer<T>,
        values_of_marks: D::Buffer<T>,
        /// Holds, one after the other: `custom_recurrent1`.
        slot1: D::Buffer<T>,
        /// Holds, one after the other: `custom_recurrent1`.
        slot2: D::Buffer<T>,
        gradient_of_x: D::Buffer<T>,
        gradient_of_marks: D::Buffer<T>,
        memory_of_custom_recurrent1: <::layercake::layers::CustomRecurrent<
            ::layercake::layers::Link<::layercake::layers::Dense>,
            ::layercake::layers::Chain<
                ::layercake::layers::Dense,
                ::layercake::layers::Link<::layercake::layers::Dense>,
            >,
        > as ::layercake::layer::Compute<T, D, 2>>::Memory,
        memory_of_dense1: <::layercake::layers::Dense as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        nothing: D::Buffer<T>,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for SequencesTrainingBuffers<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::CustomRecurrent<
            ::layercake::layers::Link<::layercake::layers::Dense>,
            ::layercake::layers::Chain<
                ::layercake::layers::Dense,
                ::layercake::layers::Link<::layercake::layers::Dense>,
            >,
        >: ::layercake::generated::Computes<T, D, 2>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
    {
        fn default() -> Self {
            Self {
                batch: 0,
                length: SEQUENCES_LENGTHS.longest,
                values_of_x: ::core::default::Default::default(),
                values_of_marks: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                slot2: ::core::default::Default::default(),
                gradient_of_x: ::core::default::Default::default(),
                gradient_of_marks: ::core::default::Default::default(),
                memory_of_custom_recurrent1: ::core::default::Default::default(),
                memory_of_dense1: ::core::default::Default::default(),
                nothing: ::core::default::Default::default(),
            }
        }
    }
    #[automatically_derived]
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Parameters<T, D>
    for Sequences<T, D> {
        fn visit<'a>(
            &'a self,
            visitor: &mut dyn FnMut(&'a ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit(&self.custom_recurrent1, visitor);
            ::layercake::Parameters::visit(&self.dense1, visitor);
        }
        fn visit_mut<'a>(
            &'a mut self,
            visitor: &mut dyn FnMut(&'a mut ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit_mut(&mut self.custom_recurrent1, visitor);
            ::layercake::Parameters::visit_mut(&mut self.dense1, visitor);
        }
        fn visit_pairs(
            &mut self,
            other: &mut Self,
            visitor: &mut ::layercake::parameters::PairVisitor<'_, T, D>,
        ) {
            ::layercake::Parameters::visit_pairs(
                &mut self.custom_recurrent1,
                &mut other.custom_recurrent1,
                visitor,
            );
            ::layercake::Parameters::visit_pairs(
                &mut self.dense1,
                &mut other.dense1,
                visitor,
            );
        }
    }
    impl<T: ::layercake::Real> Sequences<T, ::layercake::Cpu> {
        /// A network on the processor with initial values drawn from `seed`.
        pub fn new(seed: u64) -> Self {
            <Self as ::layercake::Network>::on(
                &::core::default::Default::default(),
                seed,
            )
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Sequences<T, D> {
        /// This network on another device, with the same values.
        ///
        /// # Errors
        /// If one of the devices fails, or has failed in what it was asked for before; not on the processor.
        pub fn to<E: ::layercake::generated::Hosts<Self>>(
            &self,
            device: &E,
        ) -> ::core::result::Result<Sequences<T, E>, ::layercake::DeviceError> {
            device.host(self)
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::generated::Movable
    for Sequences<T, D> {
        type On<E: ::layercake::Device> = Sequences<T, E>;
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Sequences<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::CustomRecurrent<
            ::layercake::layers::Link<::layercake::layers::Dense>,
            ::layercake::layers::Chain<
                ::layercake::layers::Dense,
                ::layercake::layers::Link<::layercake::layers::Dense>,
            >,
        >: ::layercake::generated::Computes<T, D, 2>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
    {
        fn backward_pass(
            &self,
            training: &mut ::layercake::Training<Self>,
            to_inputs: bool,
        ) {
            let ::layercake::Training { gradients, outputs, buffers, random } = training;
            let batch = buffers.batch;
            let shapes = shapes_at(buffers.length);
            let pass = ::layercake::layer::Pass {
                device: &self.on_device,
                random: *random,
            };
            if to_inputs {
                pass.device
                    .reserve(
                        &mut buffers.gradient_of_x,
                        batch * ::layercake::generated::largest(&[shapes.x]),
                    );
                pass.device
                    .reserve(
                        &mut buffers.gradient_of_marks,
                        batch * ::layercake::generated::largest(&[shapes.marks]),
                    );
            }
            outputs.begin_backward();
            let (scores1, gradient1) = outputs.backward_buffers();
            ::layercake::layer::Compute::backward(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..SEQUENCES_LAYERS.dense1
                },
                &pass,
                &self.dense1,
                &mut gradients.dense1,
                &mut buffers.memory_of_dense1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(shapes.custom_recurrent1, &buffers.slot1, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(shapes.dense1, &*scores1, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(shapes.dense1, &mut *gradient1, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(shapes.custom_recurrent1, &mut buffers.slot2, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &SEQUENCES_LAYERS.custom_recurrent1,
                &pass.layer(2),
                &self.custom_recurrent1,
                &mut gradients.custom_recurrent1,
                &mut buffers.memory_of_custom_recurrent1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(shapes.x, &buffers.nothing, 0),
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(shapes.marks, &buffers.nothing, 0),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(shapes.custom_recurrent1, &buffers.nothing, 0),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(shapes.custom_recurrent1, &mut buffers.slot2, batch),
                    input_gradients: [
                        to_inputs
                            .then(|| ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(shapes.x, &mut buffers.gradient_of_x, batch)),
                        to_inputs
                            .then(|| ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(shapes.marks, &mut buffers.gradient_of_marks, batch)),
                    ],
                },
            );
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Network
    for Sequences<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::CustomRecurrent<
            ::layercake::layers::Link<::layercake::layers::Dense>,
            ::layercake::layers::Chain<
                ::layercake::layers::Dense,
                ::layercake::layers::Link<::layercake::layers::Dense>,
            >,
        >: ::layercake::generated::Computes<T, D, 2>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
    {
        type Real = T;
        type Device = D;
        type Inputs<'a> = (
            ::layercake::generated::ArrayView<
                'a,
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; SEQUENCES_SHAPES.x.rank() + 1],
                >,
            >,
            ::layercake::generated::ArrayView<
                'a,
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; SEQUENCES_SHAPES.marks.rank() + 1],
                >,
            >,
        );
        type OwnedInputs = (
            ::layercake::generated::Array<
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; SEQUENCES_SHAPES.x.rank() + 1],
                >,
            >,
            ::layercake::generated::Array<
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; SEQUENCES_SHAPES.marks.rank() + 1],
                >,
            >,
        );
        type Outputs = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; SEQUENCES_SHAPES.dense1.rank() + 1],
            >,
        >;
        type Heads = ::layercake::Head<
            T,
            D,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; SEQUENCES_SHAPES.dense1.rank() + 1],
            >,
        >;
        type InputGradients = (
            ::layercake::generated::Array<
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; SEQUENCES_SHAPES.x.rank() + 1],
                >,
            >,
            ::layercake::generated::Array<
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; SEQUENCES_SHAPES.marks.rank() + 1],
                >,
            >,
        );
        type InferenceBuffers = SequencesInferenceBuffers<T, D>;
        type TrainingBuffers = SequencesTrainingBuffers<T, D>;
        const LAYERS: &'static [::layercake::LayerInfo] = &[
            ::layercake::LayerInfo {
                name: "x",
                kind: "input",
                text: "input(2 ..= 100, 3)",
                shape: SEQUENCES_SHAPES.x,
                inputs: &[],
            },
            ::layercake::LayerInfo {
                name: "marks",
                kind: "input",
                text: "input(2 ..= 100)",
                shape: SEQUENCES_SHAPES.marks,
                inputs: &[],
            },
            ::layercake::LayerInfo {
                name: "custom_recurrent1",
                kind: "custom_recurrent",
                text: "custom_recurrent(input_to_hidden = { dense (40, linear) }, hidden_to_hidden = { dense (20, tanh) => dense (40, linear, b = none) }, mask = marks)",
                shape: SEQUENCES_SHAPES.custom_recurrent1,
                inputs: &[0, 1],
            },
            ::layercake::LayerInfo {
                name: "dense1",
                kind: "dense",
                text: "dense(10, softmax, num_leading_axes = 2)",
                shape: SEQUENCES_SHAPES.dense1,
                inputs: &[2],
            },
        ];
        const BATCH: ::core::option::Option<usize> = SEQUENCES_BATCH;
        const LENGTHS: ::core::option::Option<::layercake::shape::Lengths> = ::core::option::Option::Some(
            SEQUENCES_LENGTHS,
        );
        fn on(device: &D, seed: u64) -> Self {
            ::layercake::generated::check::<
                T,
                D,
                2,
            >(
                device,
                "custom_recurrent1",
                &SEQUENCES_LAYERS.custom_recurrent1,
                &[SEQUENCES_SHAPES.x, SEQUENCES_SHAPES.marks],
            );
            let mut builder = ::layercake::parameters::Builder::new(device, seed);
            Self {
                custom_recurrent1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &SEQUENCES_LAYERS.custom_recurrent1,
                    &[SEQUENCES_SHAPES.x, SEQUENCES_SHAPES.marks],
                    builder.layer("custom_recurrent1"),
                ),
                dense1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &SEQUENCES_LAYERS.dense1,
                    &[SEQUENCES_SHAPES.custom_recurrent1],
                    builder.layer("dense1"),
                ),
                on_device: device.clone(),
                of_type: ::core::marker::PhantomData,
            }
        }
        fn device(&self) -> &D {
            &self.on_device
        }
        fn multiply_adds() -> ::std::vec::Vec<usize> {
            ::std::vec![
                0, 0, ::layercake::layer::Layer::multiply_adds(& SEQUENCES_LAYERS
                .custom_recurrent1, & [SEQUENCES_SHAPES.x, SEQUENCES_SHAPES.marks],
                SEQUENCES_SHAPES.custom_recurrent1),
                ::layercake::layer::Layer::multiply_adds(& SEQUENCES_LAYERS.dense1, &
                [SEQUENCES_SHAPES.custom_recurrent1], SEQUENCES_SHAPES.dense1)
            ]
        }
        fn heads(&self) -> Self::Heads {
            ::layercake::generated::head(
                &self.on_device,
                SEQUENCES_SHAPES.dense1,
                SEQUENCES_LAYERS.dense1.nonlinearity,
            )
        }
        fn forward_with<'a>(
            &self,
            inference: &mut ::layercake::Inference<Self>,
            inputs: impl ::layercake::IntoInputs<Self::Inputs<'a>>,
        ) -> ::core::result::Result<(), ::layercake::InputError> {
            let ::layercake::Inference { outputs, buffers } = inference;
            let random = ::layercake::random::Random::new(0);
            let (values_of_x, values_of_marks) = ::layercake::IntoInputs::into_inputs(
                inputs,
            );
            let mut length = ::layercake::generated::Length::new(SEQUENCES_LENGTHS);
            length.read("x", 1, values_of_x.shape())?;
            length.read("marks", 1, values_of_marks.shape())?;
            let shapes = shapes_at(length.get());
            let mut inputs = ::layercake::generated::Inputs::new(Self::BATCH);
            let values_of_x = inputs.check("x", shapes.x, values_of_x)?;
            let values_of_marks = inputs.check("marks", shapes.marks, values_of_marks)?;
            let batch = inputs.batch();
            let pass = ::layercake::layer::Pass {
                device: &self.on_device,
                random,
            };
            outputs.set_shape(shapes.dense1);
            outputs.begin(batch);
            pass.device
                .reserve(
                    &mut buffers.slot1,
                    batch * ::layercake::generated::largest(&[shapes.custom_recurrent1]),
                );
            let values_of_x = ::layercake::generated::values(&values_of_x);
            let values_of_marks = ::layercake::generated::values(&values_of_marks);
            let values_of_x = pass.device.borrow(&values_of_x, &mut buffers.values_of_x);
            let values_of_marks = pass
                .device
                .borrow(&values_of_marks, &mut buffers.values_of_marks);
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
                        >(shapes.dense1, &*outputs.scores_buffer(), batch)
                            .values,
                    ],
                    [batch, length.get()],
                );
            pass.device
                .repeat_pass(
                    &mut buffers.passes,
                    || {
                        let scores1 = outputs.scores_buffer();
                        ::layercake::layer::Compute::forward(
                            &SEQUENCES_LAYERS.custom_recurrent1,
                            &pass.layer(2),
                            &self.custom_recurrent1,
                            [
                                ::layercake::generated::input::<
                                    T,
                                    D,
                                >(shapes.x, values_of_x),
                                ::layercake::generated::input::<
                                    T,
                                    D,
                                >(shapes.marks, values_of_marks),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(shapes.custom_recurrent1, &mut buffers.slot1, batch),
                        );
                        ::layercake::layer::Compute::forward(
                            &::layercake::layers::Dense {
                                nonlinearity: ::layercake::nonlinearities::linear(),
                                ..SEQUENCES_LAYERS.dense1
                            },
                            &pass,
                            &self.dense1,
                            [
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(shapes.custom_recurrent1, &buffers.slot1, batch),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(shapes.dense1, &mut *scores1, batch),
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
            let (values_of_x, values_of_marks) = ::layercake::IntoInputs::into_inputs(
                inputs,
            );
            let mut length = ::layercake::generated::Length::new(SEQUENCES_LENGTHS);
            length.read("x", 1, values_of_x.shape())?;
            length.read("marks", 1, values_of_marks.shape())?;
            buffers.length = length.get();
            let shapes = shapes_at(length.get());
            let mut inputs = ::layercake::generated::Inputs::new(Self::BATCH);
            let values_of_x = inputs.check("x", shapes.x, values_of_x)?;
            let values_of_marks = inputs.check("marks", shapes.marks, values_of_marks)?;
            let batch = inputs.batch();
            buffers.batch = batch;
            let pass = ::layercake::layer::Pass {
                device: &self.on_device,
                random,
            };
            outputs.set_shape(shapes.dense1);
            outputs.begin(batch);
            pass.device
                .reserve(
                    &mut buffers.slot1,
                    batch * ::layercake::generated::largest(&[shapes.custom_recurrent1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot2,
                    batch * ::layercake::generated::largest(&[shapes.custom_recurrent1]),
                );
            let values_of_x = ::layercake::generated::values(&values_of_x);
            let values_of_marks = ::layercake::generated::values(&values_of_marks);
            let values_of_x = pass.device.borrow(&values_of_x, &mut buffers.values_of_x);
            let values_of_marks = pass
                .device
                .borrow(&values_of_marks, &mut buffers.values_of_marks);
            let scores1 = outputs.scores_buffer();
            ::layercake::layer::Compute::forward_training(
                &SEQUENCES_LAYERS.custom_recurrent1,
                &pass.layer(2),
                &mut self.custom_recurrent1,
                [
                    ::layercake::generated::input::<T, D>(shapes.x, values_of_x),
                    ::layercake::generated::input::<T, D>(shapes.marks, values_of_marks),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(shapes.custom_recurrent1, &mut buffers.slot1, batch),
                &mut buffers.memory_of_custom_recurrent1,
            );
            ::layercake::layer::Compute::forward_training(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..SEQUENCES_LAYERS.dense1
                },
                &pass,
                &mut self.dense1,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(shapes.custom_recurrent1, &buffers.slot1, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(shapes.dense1, &mut *scores1, batch),
                &mut buffers.memory_of_dense1,
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
            let shapes = shapes_at(buffers.length);
            (
                ::layercake::generated::array(
                    &self.on_device,
                    &buffers.gradient_of_x,
                    shapes.x,
                    buffers.batch,
                ),
                ::layercake::generated::array(
                    &self.on_device,
                    &buffers.gradient_of_marks,
                    shapes.marks,
                    buffers.batch,
                ),
            )
        }
    }
};
