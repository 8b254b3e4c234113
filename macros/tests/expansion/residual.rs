/**
```text
x: input(20, batch = 16)
scaled1: own::Scaled { factor: 2.0 }
dense1: dense(20, relu)
add1: add(x, inner)
flatten1: flatten
dropout1: dropout
```*/
#[derive(Clone, Debug)]
struct Residual<T: ::layercake::Real = f32, D: ::layercake::Device = ::layercake::Cpu> {
    /// The parameters of `own::Scaled { factor: 2.0 }`.
    pub scaled1: <own::Scaled as ::layercake::layer::Layer>::Parameters<T, D>,
    /// The parameters of `dense(20, relu)`.
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
    struct ResidualLayers {
        scaled1: own::Scaled,
        dense1: ::layercake::layers::Dense,
        add1: ::layercake::layers::ElemwiseSum,
        flatten1: ::layercake::layers::Flatten,
        dropout1: ::layercake::layers::Dropout,
    }
    const RESIDUAL_LAYERS: ResidualLayers = ResidualLayers {
        scaled1: own::Scaled { factor: 2.0 },
        dense1: ::layercake::layers::Dense {
            num_units: 20,
            nonlinearity: ::layercake::nonlinearities::relu(),
            ..::layercake::layers::Dense::DEFAULT
        },
        add1: ::layercake::layers::ElemwiseSum::DEFAULT,
        flatten1: ::layercake::layers::Flatten::DEFAULT,
        dropout1: ::layercake::layers::Dropout::DEFAULT,
    };
    struct ResidualShapes {
        x: ::layercake::Shape,
        scaled1: ::layercake::Shape,
        dense1: ::layercake::Shape,
        add1: ::layercake::Shape,
        flatten1: ::layercake::Shape,
        dropout1: ::layercake::Shape,
    }
    const RESIDUAL_SHAPES: ResidualShapes = {
        let x = ::layercake::shape::input(&[20], ::layercake::shape::Dtype::Real);
        let scaled1 = <own::Scaled>::output_shape(&RESIDUAL_LAYERS.scaled1, x);
        let dense1 = ::layercake::layers::Dense::output_shape(
            &RESIDUAL_LAYERS.dense1,
            scaled1,
        );
        let add1 = ::layercake::layers::ElemwiseSum::output_shape(
            &RESIDUAL_LAYERS.add1,
            &[x, dense1],
        );
        let flatten1 = ::layercake::layers::Flatten::output_shape(
            &RESIDUAL_LAYERS.flatten1,
            add1,
        );
        let dropout1 = ::layercake::layers::Dropout::output_shape(
            &RESIDUAL_LAYERS.dropout1,
            flatten1,
        );
        ::layercake::shape::output(dropout1);
        ResidualShapes {
            x,
            scaled1,
            dense1,
            add1,
            flatten1,
            dropout1,
        }
    };
    const RESIDUAL_BATCH: ::core::option::Option<usize> = ::layercake::shape::batch(
        &[::core::option::Option::Some(16)],
    );
    pub struct ResidualInferenceBuffers<T: ::layercake::Real, D: ::layercake::Device> {
        values_of_x: D::Buffer<T>,
        /// Holds, one after the other: `scaled1`, `add1`.
        slot1: D::Buffer<T>,
        /// Holds, one after the other: `dense1`.
        slot2: D::Buffer<T>,
        passes: D::Passes,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for ResidualInferenceBuffers<T, D> {
        fn default() -> Self {
            Self {
                values_of_x: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                slot2: ::core::default::Default::default(),
                passes: ::core::default::Default::default(),
            }
        }
    }
    pub struct ResidualTrainingBuffers<T: ::layercake::Real, D: ::layercake::Device>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        own::Scaled: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::ElemwiseSum: ::layercake::generated::Computes<T, D, 2>,
        ::layercake::layers::Dropout: ::layercake::generated::Computes<T, D, 1>,
    {
        batch: usize,
        values_of_x: D::Buffer<T>,
        /// Holds, one after the other: `scaled1`.
        slot1: D::Buffer<T>,
        /// Holds, one after the other: `dense1`.
        slot2: D::Buffer<T>,
        /// Holds, one after the other: `add1`, `add1`, `scaled1`.
        slot3: D::Buffer<T>,
        /// Holds, one after the other: `dense1`.
        slot4: D::Buffer<T>,
        /// Holds, one after the other: `x`.
        input_slot1: D::Buffer<T>,
        gradient_of_x: D::Buffer<T>,
        memory_of_scaled1: <own::Scaled as ::layercake::layer::Compute<T, D, 1>>::Memory,
        memory_of_dense1: <::layercake::layers::Dense as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        memory_of_add1: <::layercake::layers::ElemwiseSum as ::layercake::layer::Compute<
            T,
            D,
            2,
        >>::Memory,
        memory_of_dropout1: <::layercake::layers::Dropout as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        nothing: D::Buffer<T>,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for ResidualTrainingBuffers<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        own::Scaled: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::ElemwiseSum: ::layercake::generated::Computes<T, D, 2>,
        ::layercake::layers::Dropout: ::layercake::generated::Computes<T, D, 1>,
    {
        fn default() -> Self {
            Self {
                batch: 0,
                values_of_x: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                slot2: ::core::default::Default::default(),
                slot3: ::core::default::Default::default(),
                slot4: ::core::default::Default::default(),
                input_slot1: ::core::default::Default::default(),
                gradient_of_x: ::core::default::Default::default(),
                memory_of_scaled1: ::core::default::Default::default(),
                memory_of_dense1: ::core::default::Default::default(),
                memory_of_add1: ::core::default::Default::default(),
                memory_of_dropout1: ::core::default::Default::default(),
                nothing: ::core::default::Default::default(),
            }
        }
    }
    #[automatically_derived]
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Parameters<T, D>
    for Residual<T, D> {
        fn visit<'a>(
            &'a self,
            visitor: &mut dyn FnMut(&'a ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit(&self.scaled1, visitor);
            ::layercake::Parameters::visit(&self.dense1, visitor);
        }
        fn visit_mut<'a>(
            &'a mut self,
            visitor: &mut dyn FnMut(&'a mut ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit_mut(&mut self.scaled1, visitor);
            ::layercake::Parameters::visit_mut(&mut self.dense1, visitor);
        }
        fn visit_pairs(
            &mut self,
            other: &mut Self,
            visitor: &mut ::layercake::parameters::PairVisitor<'_, T, D>,
        ) {
            ::layercake::Parameters::visit_pairs(
                &mut self.scaled1,
                &mut other.scaled1,
                visitor,
            );
            ::layercake::Parameters::visit_pairs(
                &mut self.dense1,
                &mut other.dense1,
                visitor,
            );
        }
    }
    impl<T: ::layercake::Real> Residual<T, ::layercake::Cpu> {
        /// A network on the processor with initial values drawn from `seed`.
        pub fn new(seed: u64) -> Self {
            <Self as ::layercake::Network>::on(
                &::core::default::Default::default(),
                seed,
            )
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Residual<T, D> {
        /// This network on another device, with the same values.
        ///
        /// # Errors
        /// If one of the devices fails, or has failed in what it was asked for before; not on the processor.
        pub fn to<E: ::layercake::generated::Hosts<Self>>(
            &self,
            device: &E,
        ) -> ::core::result::Result<Residual<T, E>, ::layercake::DeviceError> {
            device.host(self)
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::generated::Movable
    for Residual<T, D> {
        type On<E: ::layercake::Device> = Residual<T, E>;
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Residual<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        own::Scaled: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::ElemwiseSum: ::layercake::generated::Computes<T, D, 2>,
        ::layercake::layers::Dropout: ::layercake::generated::Computes<T, D, 1>,
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
                        &mut buffers.gradient_of_x,
                        batch * ::layercake::generated::largest(&[RESIDUAL_SHAPES.x]),
                    );
                pass.device
                    .reserve(
                        &mut buffers.input_slot1,
                        batch * ::layercake::generated::largest(&[RESIDUAL_SHAPES.x]),
                    );
            }
            outputs.begin_backward();
            let (scores1, gradient1) = outputs.backward_buffers();
            ::layercake::layer::Compute::backward(
                &RESIDUAL_LAYERS.dropout1,
                &pass.layer(5),
                &(),
                &mut (),
                &mut buffers.memory_of_dropout1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(RESIDUAL_SHAPES.flatten1, &buffers.nothing, 0),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.dropout1, &buffers.nothing, 0),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.dropout1, &mut *gradient1, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(RESIDUAL_SHAPES.flatten1, &mut buffers.slot3, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &RESIDUAL_LAYERS.add1,
                &pass,
                &(),
                &mut (),
                &mut buffers.memory_of_add1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(RESIDUAL_SHAPES.x, &buffers.nothing, 0),
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(RESIDUAL_SHAPES.dense1, &buffers.nothing, 0),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.add1, &buffers.nothing, 0),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.add1, &mut buffers.slot3, batch),
                    input_gradients: [
                        to_inputs
                            .then(|| ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(RESIDUAL_SHAPES.x, &mut buffers.gradient_of_x, batch)),
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(RESIDUAL_SHAPES.dense1, &mut buffers.slot4, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &RESIDUAL_LAYERS.dense1,
                &pass,
                &self.dense1,
                &mut gradients.dense1,
                &mut buffers.memory_of_dense1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(RESIDUAL_SHAPES.scaled1, &buffers.slot1, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.dense1, &buffers.slot2, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.dense1, &mut buffers.slot4, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(RESIDUAL_SHAPES.scaled1, &mut buffers.slot3, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &RESIDUAL_LAYERS.scaled1,
                &pass.layer(1),
                &self.scaled1,
                &mut gradients.scaled1,
                &mut buffers.memory_of_scaled1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(RESIDUAL_SHAPES.x, &buffers.values_of_x, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.scaled1, &buffers.slot1, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.scaled1, &mut buffers.slot3, batch),
                    input_gradients: [
                        to_inputs
                            .then(|| ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(RESIDUAL_SHAPES.x, &mut buffers.input_slot1, batch)),
                    ],
                },
            );
            if to_inputs {
                ::layercake::generated::add(
                    pass.device,
                    RESIDUAL_SHAPES.x,
                    batch,
                    &buffers.input_slot1,
                    &mut buffers.gradient_of_x,
                );
            }
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Network
    for Residual<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        own::Scaled: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::ElemwiseSum: ::layercake::generated::Computes<T, D, 2>,
        ::layercake::layers::Dropout: ::layercake::generated::Computes<T, D, 1>,
    {
        type Real = T;
        type Device = D;
        type Inputs<'a> = ::layercake::generated::ArrayView<
            'a,
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; RESIDUAL_SHAPES.x.rank() + 1],
            >,
        >;
        type OwnedInputs = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; RESIDUAL_SHAPES.x.rank() + 1],
            >,
        >;
        type Outputs = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; RESIDUAL_SHAPES.dropout1.rank() + 1],
            >,
        >;
        type Heads = ::layercake::Head<
            T,
            D,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; RESIDUAL_SHAPES.dropout1.rank() + 1],
            >,
        >;
        type InputGradients = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; RESIDUAL_SHAPES.x.rank() + 1],
            >,
        >;
        type InferenceBuffers = ResidualInferenceBuffers<T, D>;
        type TrainingBuffers = ResidualTrainingBuffers<T, D>;
        const LAYERS: &'static [::layercake::LayerInfo] = &[
            ::layercake::LayerInfo {
                name: "x",
                kind: "input",
                text: "input(20, batch = 16)",
                shape: RESIDUAL_SHAPES.x,
                inputs: &[],
            },
            ::layercake::LayerInfo {
                name: "scaled1",
                kind: "Scaled",
                text: "own::Scaled { factor: 2.0 }",
                shape: RESIDUAL_SHAPES.scaled1,
                inputs: &[0],
            },
            ::layercake::LayerInfo {
                name: "dense1",
                kind: "dense",
                text: "dense(20, relu)",
                shape: RESIDUAL_SHAPES.dense1,
                inputs: &[1],
            },
            ::layercake::LayerInfo {
                name: "add1",
                kind: "add",
                text: "add(x, inner)",
                shape: RESIDUAL_SHAPES.add1,
                inputs: &[0, 2],
            },
            ::layercake::LayerInfo {
                name: "flatten1",
                kind: "flatten",
                text: "flatten",
                shape: RESIDUAL_SHAPES.flatten1,
                inputs: &[3],
            },
            ::layercake::LayerInfo {
                name: "dropout1",
                kind: "dropout",
                text: "dropout",
                shape: RESIDUAL_SHAPES.dropout1,
                inputs: &[4],
            },
        ];
        const BATCH: ::core::option::Option<usize> = RESIDUAL_BATCH;
        fn on(device: &D, seed: u64) -> Self {
            ::layercake::generated::check::<
                T,
                D,
                1,
            >(device, "scaled1", &RESIDUAL_LAYERS.scaled1, &[RESIDUAL_SHAPES.x]);
            let mut builder = ::layercake::parameters::Builder::new(device, seed);
            Self {
                scaled1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &RESIDUAL_LAYERS.scaled1,
                    &[RESIDUAL_SHAPES.x],
                    builder.layer("scaled1"),
                ),
                dense1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &RESIDUAL_LAYERS.dense1,
                    &[RESIDUAL_SHAPES.scaled1],
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
                0, ::layercake::layer::Layer::multiply_adds(& RESIDUAL_LAYERS.scaled1, &
                [RESIDUAL_SHAPES.x], RESIDUAL_SHAPES.scaled1),
                ::layercake::layer::Layer::multiply_adds(& RESIDUAL_LAYERS.dense1, &
                [RESIDUAL_SHAPES.scaled1], RESIDUAL_SHAPES.dense1),
                ::layercake::layer::Layer::multiply_adds(& RESIDUAL_LAYERS.add1, &
                [RESIDUAL_SHAPES.x, RESIDUAL_SHAPES.dense1], RESIDUAL_SHAPES.add1),
                ::layercake::layer::Layer::multiply_adds(& RESIDUAL_LAYERS.flatten1, &
                [RESIDUAL_SHAPES.add1], RESIDUAL_SHAPES.flatten1),
                ::layercake::layer::Layer::multiply_adds(& RESIDUAL_LAYERS.dropout1, &
                [RESIDUAL_SHAPES.flatten1], RESIDUAL_SHAPES.dropout1)
            ]
        }
        fn heads(&self) -> Self::Heads {
            ::layercake::generated::head(
                &self.on_device,
                RESIDUAL_SHAPES.dropout1,
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
            let values_of_x = ::layercake::IntoInputs::into_inputs(inputs);
            let mut inputs = ::layercake::generated::Inputs::new(Self::BATCH);
            let values_of_x = inputs.check("x", RESIDUAL_SHAPES.x, values_of_x)?;
            let batch = inputs.batch();
            let pass = ::layercake::layer::Pass {
                device: &self.on_device,
                random,
            };
            outputs.begin(batch);
            pass.device
                .reserve(
                    &mut buffers.slot1,
                    batch
                        * ::layercake::generated::largest(
                            &[RESIDUAL_SHAPES.scaled1, RESIDUAL_SHAPES.add1],
                        ),
                );
            pass.device
                .reserve(
                    &mut buffers.slot2,
                    batch * ::layercake::generated::largest(&[RESIDUAL_SHAPES.dense1]),
                );
            let values_of_x = ::layercake::generated::values(&values_of_x);
            let values_of_x = pass.device.borrow(&values_of_x, &mut buffers.values_of_x);
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
                        >(RESIDUAL_SHAPES.dropout1, &*outputs.scores_buffer(), batch)
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
                            &RESIDUAL_LAYERS.scaled1,
                            &pass.layer(1),
                            &self.scaled1,
                            [
                                ::layercake::generated::input::<
                                    T,
                                    D,
                                >(RESIDUAL_SHAPES.x, values_of_x),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(RESIDUAL_SHAPES.scaled1, &mut buffers.slot1, batch),
                        );
                        ::layercake::layer::Compute::forward(
                            &RESIDUAL_LAYERS.dense1,
                            &pass,
                            &self.dense1,
                            [
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(RESIDUAL_SHAPES.scaled1, &buffers.slot1, batch),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(RESIDUAL_SHAPES.dense1, &mut buffers.slot2, batch),
                        );
                        ::layercake::layer::Compute::forward(
                            &RESIDUAL_LAYERS.add1,
                            &pass,
                            &(),
                            [
                                ::layercake::generated::input::<
                                    T,
                                    D,
                                >(RESIDUAL_SHAPES.x, values_of_x),
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(RESIDUAL_SHAPES.dense1, &buffers.slot2, batch),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(RESIDUAL_SHAPES.add1, &mut buffers.slot1, batch),
                        );
                        ::layercake::layer::Compute::forward(
                            &RESIDUAL_LAYERS.dropout1,
                            &pass.layer(5),
                            &(),
                            [
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(RESIDUAL_SHAPES.flatten1, &buffers.slot1, batch),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(RESIDUAL_SHAPES.dropout1, &mut *scores1, batch),
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
            let values_of_x = ::layercake::IntoInputs::into_inputs(inputs);
            let mut inputs = ::layercake::generated::Inputs::new(Self::BATCH);
            let values_of_x = inputs.check("x", RESIDUAL_SHAPES.x, values_of_x)?;
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
                    batch * ::layercake::generated::largest(&[RESIDUAL_SHAPES.scaled1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot2,
                    batch * ::layercake::generated::largest(&[RESIDUAL_SHAPES.dense1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot3,
                    batch
                        * ::layercake::generated::largest(
                            &[
                                RESIDUAL_SHAPES.add1,
                                RESIDUAL_SHAPES.add1,
                                RESIDUAL_SHAPES.scaled1,
                            ],
                        ),
                );
            pass.device
                .reserve(
                    &mut buffers.slot4,
                    batch * ::layercake::generated::largest(&[RESIDUAL_SHAPES.dense1]),
                );
            let values_of_x = ::layercake::generated::values(&values_of_x);
            let values_of_x = pass.device.keep(&values_of_x, &mut buffers.values_of_x);
            let scores1 = outputs.scores_buffer();
            ::layercake::layer::Compute::forward_training(
                &RESIDUAL_LAYERS.scaled1,
                &pass.layer(1),
                &mut self.scaled1,
                [::layercake::generated::input::<T, D>(RESIDUAL_SHAPES.x, values_of_x)],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(RESIDUAL_SHAPES.scaled1, &mut buffers.slot1, batch),
                &mut buffers.memory_of_scaled1,
            );
            ::layercake::layer::Compute::forward_training(
                &RESIDUAL_LAYERS.dense1,
                &pass,
                &mut self.dense1,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.scaled1, &buffers.slot1, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(RESIDUAL_SHAPES.dense1, &mut buffers.slot2, batch),
                &mut buffers.memory_of_dense1,
            );
            ::layercake::layer::Compute::forward_training(
                &RESIDUAL_LAYERS.add1,
                &pass,
                &mut (),
                [
                    ::layercake::generated::input::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.x, values_of_x),
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.dense1, &buffers.slot2, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(RESIDUAL_SHAPES.add1, &mut buffers.slot3, batch),
                &mut buffers.memory_of_add1,
            );
            ::layercake::layer::Compute::forward_training(
                &RESIDUAL_LAYERS.dropout1,
                &pass.layer(5),
                &mut (),
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(RESIDUAL_SHAPES.flatten1, &buffers.slot3, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(RESIDUAL_SHAPES.dropout1, &mut *scores1, batch),
                &mut buffers.memory_of_dropout1,
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
                &buffers.gradient_of_x,
                RESIDUAL_SHAPES.x,
                buffers.batch,
            )
        }
    }
};
