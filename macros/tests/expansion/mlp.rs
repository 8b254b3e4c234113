/// Two layers.
/**
```text
input1: input(1, 28, 28)
hidden: dense(800, relu)
dropout1: dropout(0.5)
dense1: dense(CLASSES, softmax)
```*/
#[derive(Clone, Debug)]
pub struct Mlp<T: ::layercake::Real = f32, D: ::layercake::Device = ::layercake::Cpu> {
    /// The parameters of `dense(800, relu)`.
    pub hidden: ::layercake::layers::DenseParameters<T, D>,
    /// The parameters of `dense(CLASSES, softmax)`.
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
    struct MlpLayers {
        hidden: ::layercake::layers::Dense,
        dropout1: ::layercake::layers::Dropout,
        dense1: ::layercake::layers::Dense,
    }
    const MLP_LAYERS: MlpLayers = MlpLayers {
        hidden: ::layercake::layers::Dense {
            num_units: 800,
            nonlinearity: ::layercake::nonlinearities::relu(),
            ..::layercake::layers::Dense::DEFAULT
        },
        dropout1: ::layercake::layers::Dropout {
            p: 0.5,
            ..::layercake::layers::Dropout::DEFAULT
        },
        dense1: ::layercake::layers::Dense {
            num_units: CLASSES,
            nonlinearity: ::layercake::nonlinearities::softmax(),
            ..::layercake::layers::Dense::DEFAULT
        },
    };
    struct MlpShapes {
        input1: ::layercake::Shape,
        hidden: ::layercake::Shape,
        dropout1: ::layercake::Shape,
        dense1: ::layercake::Shape,
    }
    const MLP_SHAPES: MlpShapes = {
        let input1 = ::layercake::shape::input(
            &[1, 28, 28],
            ::layercake::shape::Dtype::Real,
        );
        let hidden = ::layercake::layers::Dense::output_shape(
            &MLP_LAYERS.hidden,
            input1,
        );
        let dropout1 = ::layercake::layers::Dropout::output_shape(
            &MLP_LAYERS.dropout1,
            hidden,
        );
        let dense1 = ::layercake::layers::Dense::output_shape(
            &MLP_LAYERS.dense1,
            dropout1,
        );
        ::layercake::shape::output(dense1);
        MlpShapes {
            input1,
            hidden,
            dropout1,
            dense1,
        }
    };
    const MLP_BATCH: ::core::option::Option<usize> = ::layercake::shape::batch(
        &[::core::option::Option::None],
    );
    pub struct MlpInferenceBuffers<T: ::layercake::Real, D: ::layercake::Device> {
        values_of_input1: D::Buffer<T>,
        /// Holds, one after the other: `dropout1`.
        slot1: D::Buffer<T>,
        passes: D::Passes,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for MlpInferenceBuffers<T, D> {
        fn default() -> Self {
            Self {
                values_of_input1: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                passes: ::core::default::Default::default(),
            }
        }
    }
    pub struct MlpTrainingBuffers<T: ::layercake::Real, D: ::layercake::Device>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layer::Then<
            ::layercake::layers::Dense,
            ::layercake::layers::Dropout,
        >: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
    {
        batch: usize,
        values_of_input1: D::Buffer<T>,
        /// Holds, one after the other: `dropout1`.
        slot1: D::Buffer<T>,
        /// Holds, one after the other: `dropout1`.
        slot2: D::Buffer<T>,
        gradient_of_input1: D::Buffer<T>,
        memory_of_hidden: <::layercake::layer::Then<
            ::layercake::layers::Dense,
            ::layercake::layers::Dropout,
        > as ::layercake::layer::Compute<T, D, 1>>::Memory,
        memory_of_dense1: <::layercake::layers::Dense as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        nothing: D::Buffer<T>,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for MlpTrainingBuffers<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layer::Then<
            ::layercake::layers::Dense,
            ::layercake::layers::Dropout,
        >: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
    {
        fn default() -> Self {
            Self {
                batch: 0,
                values_of_input1: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                slot2: ::core::default::Default::default(),
                gradient_of_input1: ::core::default::Default::default(),
                memory_of_hidden: ::core::default::Default::default(),
                memory_of_dense1: ::core::default::Default::default(),
                nothing: ::core::default::Default::default(),
            }
        }
    }
    #[automatically_derived]
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Parameters<T, D>
    for Mlp<T, D> {
        fn visit<'a>(
            &'a self,
            visitor: &mut dyn FnMut(&'a ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit(&self.hidden, visitor);
            ::layercake::Parameters::visit(&self.dense1, visitor);
        }
        fn visit_mut<'a>(
            &'a mut self,
            visitor: &mut dyn FnMut(&'a mut ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit_mut(&mut self.hidden, visitor);
            ::layercake::Parameters::visit_mut(&mut self.dense1, visitor);
        }
        fn visit_pairs(
            &mut self,
            other: &mut Self,
            visitor: &mut ::layercake::parameters::PairVisitor<'_, T, D>,
        ) {
            ::layercake::Parameters::visit_pairs(
                &mut self.hidden,
                &mut other.hidden,
                visitor,
            );
            ::layercake::Parameters::visit_pairs(
                &mut self.dense1,
                &mut other.dense1,
                visitor,
            );
        }
    }
    impl<T: ::layercake::Real> Mlp<T, ::layercake::Cpu> {
        /// A network on the processor with initial values drawn from `seed`.
        pub fn new(seed: u64) -> Self {
            <Self as ::layercake::Network>::on(
                &::core::default::Default::default(),
                seed,
            )
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Mlp<T, D> {
        /// This network on another device, with the same values.
        ///
        /// # Errors
        /// If one of the devices fails, or has failed in what it was asked for before; not on the processor.
        pub fn to<E: ::layercake::generated::Hosts<Self>>(
            &self,
            device: &E,
        ) -> ::core::result::Result<Mlp<T, E>, ::layercake::DeviceError> {
            device.host(self)
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::generated::Movable
    for Mlp<T, D> {
        type On<E: ::layercake::Device> = Mlp<T, E>;
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Mlp<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layer::Then<
            ::layercake::layers::Dense,
            ::layercake::layers::Dropout,
        >: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
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
            if to_inputs {
                pass.device
                    .reserve(
                        &mut buffers.gradient_of_input1,
                        batch * ::layercake::generated::largest(&[MLP_SHAPES.input1]),
                    );
            }
            outputs.begin_backward();
            let (scores1, gradient1) = outputs.backward_buffers();
            ::layercake::layer::Compute::backward(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..MLP_LAYERS.dense1
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
                        >(MLP_SHAPES.dropout1, &buffers.slot1, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(MLP_SHAPES.dense1, &*scores1, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(MLP_SHAPES.dense1, &mut *gradient1, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(MLP_SHAPES.dropout1, &mut buffers.slot2, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &::layercake::layer::Then(MLP_LAYERS.hidden, MLP_LAYERS.dropout1),
                &pass.layer(2),
                &self.hidden,
                &mut gradients.hidden,
                &mut buffers.memory_of_hidden,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(MLP_SHAPES.input1, &buffers.values_of_input1, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(MLP_SHAPES.dropout1, &buffers.slot1, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(MLP_SHAPES.dropout1, &mut buffers.slot2, batch),
                    input_gradients: [
                        to_inputs
                            .then(|| ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(MLP_SHAPES.input1, &mut buffers.gradient_of_input1, batch)),
                    ],
                },
            );
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Network for Mlp<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layer::Then<
            ::layercake::layers::Dense,
            ::layercake::layers::Dropout,
        >: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
    {
        type Real = T;
        type Device = D;
        type Inputs<'a> = ::layercake::generated::ArrayView<
            'a,
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; MLP_SHAPES.input1.rank() + 1],
            >,
        >;
        type OwnedInputs = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; MLP_SHAPES.input1.rank() + 1],
            >,
        >;
        type Outputs = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; MLP_SHAPES.dense1.rank() + 1],
            >,
        >;
        type Heads = ::layercake::Head<
            T,
            D,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; MLP_SHAPES.dense1.rank() + 1],
            >,
        >;
        type InputGradients = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; MLP_SHAPES.input1.rank() + 1],
            >,
        >;
        type InferenceBuffers = MlpInferenceBuffers<T, D>;
        type TrainingBuffers = MlpTrainingBuffers<T, D>;
        const LAYERS: &'static [::layercake::LayerInfo] = &[
            ::layercake::LayerInfo {
                name: "input1",
                kind: "input",
                text: "input(1, 28, 28)",
                shape: MLP_SHAPES.input1,
                inputs: &[],
            },
            ::layercake::LayerInfo {
                name: "hidden",
                kind: "dense",
                text: "dense(800, relu)",
                shape: MLP_SHAPES.hidden,
                inputs: &[0],
            },
            ::layercake::LayerInfo {
                name: "dropout1",
                kind: "dropout",
                text: "dropout(0.5)",
                shape: MLP_SHAPES.dropout1,
                inputs: &[1],
            },
            ::layercake::LayerInfo {
                name: "dense1",
                kind: "dense",
                text: "dense(CLASSES, softmax)",
                shape: MLP_SHAPES.dense1,
                inputs: &[2],
            },
        ];
        const BATCH: ::core::option::Option<usize> = MLP_BATCH;
        fn on(device: &D, seed: u64) -> Self {
            let mut builder = ::layercake::parameters::Builder::new(device, seed);
            Self {
                hidden: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(&MLP_LAYERS.hidden, &[MLP_SHAPES.input1], builder.layer("hidden")),
                dense1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(&MLP_LAYERS.dense1, &[MLP_SHAPES.dropout1], builder.layer("dense1")),
                on_device: device.clone(),
                of_type: ::core::marker::PhantomData,
            }
        }
        fn device(&self) -> &D {
            &self.on_device
        }
        fn multiply_adds() -> ::std::vec::Vec<usize> {
            ::std::vec![
                0, ::layercake::layer::Layer::multiply_adds(& MLP_LAYERS.hidden, &
                [MLP_SHAPES.input1], MLP_SHAPES.hidden),
                ::layercake::layer::Layer::multiply_adds(& MLP_LAYERS.dropout1, &
                [MLP_SHAPES.hidden], MLP_SHAPES.dropout1),
                ::layercake::layer::Layer::multiply_adds(& MLP_LAYERS.dense1, &
                [MLP_SHAPES.dropout1], MLP_SHAPES.dense1)
            ]
        }
        fn heads(&self) -> Self::Heads {
            ::layercake::generated::head(
                &self.on_device,
                MLP_SHAPES.dense1,
                MLP_LAYERS.dense1.nonlinearity,
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
                .check("input1", MLP_SHAPES.input1, values_of_input1)?;
            let batch = inputs.batch();
            let pass = ::layercake::layer::Pass {
                device: &self.on_device,
                random,
            };
            outputs.begin(batch);
            pass.device
                .reserve(
                    &mut buffers.slot1,
                    batch * ::layercake::generated::largest(&[MLP_SHAPES.dropout1]),
                );
            let values_of_input1 = ::layercake::generated::values(&values_of_input1);
            let values_of_input1 = pass
                .device
                .borrow(&values_of_input1, &mut buffers.values_of_input1);
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
                        >(MLP_SHAPES.dense1, &*outputs.scores_buffer(), batch)
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
                            &::layercake::layer::Then(
                                MLP_LAYERS.hidden,
                                MLP_LAYERS.dropout1,
                            ),
                            &pass.layer(2),
                            &self.hidden,
                            [
                                ::layercake::generated::input::<
                                    T,
                                    D,
                                >(MLP_SHAPES.input1, values_of_input1),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(MLP_SHAPES.dropout1, &mut buffers.slot1, batch),
                        );
                        ::layercake::layer::Compute::forward(
                            &::layercake::layers::Dense {
                                nonlinearity: ::layercake::nonlinearities::linear(),
                                ..MLP_LAYERS.dense1
                            },
                            &pass,
                            &self.dense1,
                            [
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(MLP_SHAPES.dropout1, &buffers.slot1, batch),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(MLP_SHAPES.dense1, &mut *scores1, batch),
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
                .check("input1", MLP_SHAPES.input1, values_of_input1)?;
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
                    batch * ::layercake::generated::largest(&[MLP_SHAPES.dropout1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot2,
                    batch * ::layercake::generated::largest(&[MLP_SHAPES.dropout1]),
                );
            let values_of_input1 = ::layercake::generated::values(&values_of_input1);
            let values_of_input1 = pass
                .device
                .keep(&values_of_input1, &mut buffers.values_of_input1);
            let scores1 = outputs.scores_buffer();
            ::layercake::layer::Compute::forward_training(
                &::layercake::layer::Then(MLP_LAYERS.hidden, MLP_LAYERS.dropout1),
                &pass.layer(2),
                &mut self.hidden,
                [
                    ::layercake::generated::input::<
                        T,
                        D,
                    >(MLP_SHAPES.input1, values_of_input1),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(MLP_SHAPES.dropout1, &mut buffers.slot1, batch),
                &mut buffers.memory_of_hidden,
            );
            ::layercake::layer::Compute::forward_training(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..MLP_LAYERS.dense1
                },
                &pass,
                &mut self.dense1,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(MLP_SHAPES.dropout1, &buffers.slot1, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(MLP_SHAPES.dense1, &mut *scores1, batch),
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
            ::layercake::generated::array(
                &self.on_device,
                &buffers.gradient_of_input1,
                MLP_SHAPES.input1,
                buffers.batch,
            )
        }
    }
};
