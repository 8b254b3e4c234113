/**
```text
input1: input(3, 8, 8)
conv2d1: conv2d(4, 3, relu, norm = batch_norm)
batch_norm1: batch_norm
nonlinearity1: nonlinearity (relu)
dense1: dense(10, softmax)
```*/
#[derive(Clone, Debug)]
struct Normalized<
    T: ::layercake::Real = f32,
    D: ::layercake::Device = ::layercake::Cpu,
> {
    /// The parameters of `conv2d(4, 3, relu, norm = batch_norm)`.
    pub conv2d1: ::layercake::layers::ConvParameters<T, D>,
    /// The parameters of `batch_norm`.
    pub batch_norm1: ::layercake::layers::BatchNormParameters<T, D>,
    /// The parameters of `dense(10, softmax)`.
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
    struct NormalizedLayers {
        conv2d1: ::layercake::layers::Conv2d,
        batch_norm1: ::layercake::layers::BatchNorm,
        nonlinearity1: ::layercake::layers::NonlinearityLayer,
        dense1: ::layercake::layers::Dense,
    }
    const NORMALIZED_LAYERS: NormalizedLayers = NormalizedLayers {
        conv2d1: ::layercake::layers::Conv2d {
            num_filters: 4,
            filter_size: [3; 2],
            nonlinearity: ::layercake::nonlinearities::linear(),
            b: ::core::option::Option::None,
            ..::layercake::layers::Conv2d::DEFAULT
        },
        batch_norm1: ::layercake::layers::BatchNorm::DEFAULT,
        nonlinearity1: ::layercake::layers::NonlinearityLayer {
            nonlinearity: ::layercake::nonlinearities::relu(),
            ..::layercake::layers::NonlinearityLayer::DEFAULT
        },
        dense1: ::layercake::layers::Dense {
            num_units: 10,
            nonlinearity: ::layercake::nonlinearities::softmax(),
            ..::layercake::layers::Dense::DEFAULT
        },
    };
    struct NormalizedShapes {
        input1: ::layercake::Shape,
        conv2d1: ::layercake::Shape,
        batch_norm1: ::layercake::Shape,
        nonlinearity1: ::layercake::Shape,
        dense1: ::layercake::Shape,
    }
    const NORMALIZED_SHAPES: NormalizedShapes = {
        let input1 = ::layercake::shape::input(
            &[3, 8, 8],
            ::layercake::shape::Dtype::Real,
        );
        let conv2d1 = ::layercake::layers::Conv2d::output_shape(
            &NORMALIZED_LAYERS.conv2d1,
            input1,
        );
        let batch_norm1 = ::layercake::layers::BatchNorm::output_shape(
            &NORMALIZED_LAYERS.batch_norm1,
            conv2d1,
        );
        let nonlinearity1 = ::layercake::layers::NonlinearityLayer::output_shape(
            &NORMALIZED_LAYERS.nonlinearity1,
            batch_norm1,
        );
        let dense1 = ::layercake::layers::Dense::output_shape(
            &NORMALIZED_LAYERS.dense1,
            nonlinearity1,
        );
        ::layercake::shape::output(dense1);
        NormalizedShapes {
            input1,
            conv2d1,
            batch_norm1,
            nonlinearity1,
            dense1,
        }
    };
    const NORMALIZED_BATCH: ::core::option::Option<usize> = ::layercake::shape::batch(
        &[::core::option::Option::None],
    );
    pub struct NormalizedInferenceBuffers<T: ::layercake::Real, D: ::layercake::Device> {
        values_of_input1: D::Buffer<T>,
        /// Holds, one after the other: `nonlinearity1`.
        slot1: D::Buffer<T>,
        passes: D::Passes,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for NormalizedInferenceBuffers<T, D> {
        fn default() -> Self {
            Self {
                values_of_input1: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                passes: ::core::default::Default::default(),
            }
        }
    }
    pub struct NormalizedTrainingBuffers<T: ::layercake::Real, D: ::layercake::Device>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::Conv2d: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::BatchNorm: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::NonlinearityLayer: ::layercake::generated::Computes<
            T,
            D,
            1,
        >,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Conv2d: ::layercake::layers::ComputeNormalized<T, D>,
    {
        batch: usize,
        values_of_input1: D::Buffer<T>,
        /// Holds, one after the other: `conv2d1`.
        slot1: D::Buffer<T>,
        /// Holds, one after the other: `batch_norm1`, `conv2d1`.
        slot2: D::Buffer<T>,
        /// Holds, one after the other: `nonlinearity1`.
        slot3: D::Buffer<T>,
        /// Holds, one after the other: `nonlinearity1`.
        slot4: D::Buffer<T>,
        /// Holds, one after the other: `batch_norm1`.
        slot5: D::Buffer<T>,
        gradient_of_input1: D::Buffer<T>,
        memory_of_conv2d1: <::layercake::layers::Conv2d as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        memory_of_batch_norm1: <::layercake::layers::BatchNorm as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        memory_of_nonlinearity1: <::layercake::layers::NonlinearityLayer as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        memory_of_dense1: <::layercake::layers::Dense as ::layercake::layer::Compute<
            T,
            D,
            1,
        >>::Memory,
        nothing: D::Buffer<T>,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for NormalizedTrainingBuffers<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::Conv2d: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::BatchNorm: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::NonlinearityLayer: ::layercake::generated::Computes<
            T,
            D,
            1,
        >,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Conv2d: ::layercake::layers::ComputeNormalized<T, D>,
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
                gradient_of_input1: ::core::default::Default::default(),
                memory_of_conv2d1: ::core::default::Default::default(),
                memory_of_batch_norm1: ::core::default::Default::default(),
                memory_of_nonlinearity1: ::core::default::Default::default(),
                memory_of_dense1: ::core::default::Default::default(),
                nothing: ::core::default::Default::default(),
            }
        }
    }
    #[automatically_derived]
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Parameters<T, D>
    for Normalized<T, D> {
        fn visit<'a>(
            &'a self,
            visitor: &mut dyn FnMut(&'a ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit(&self.conv2d1, visitor);
            ::layercake::Parameters::visit(&self.batch_norm1, visitor);
            ::layercake::Parameters::visit(&self.dense1, visitor);
        }
        fn visit_mut<'a>(
            &'a mut self,
            visitor: &mut dyn FnMut(&'a mut ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit_mut(&mut self.conv2d1, visitor);
            ::layercake::Parameters::visit_mut(&mut self.batch_norm1, visitor);
            ::layercake::Parameters::visit_mut(&mut self.dense1, visitor);
        }
        fn visit_pairs(
            &mut self,
            other: &mut Self,
            visitor: &mut ::layercake::parameters::PairVisitor<'_, T, D>,
        ) {
            ::layercake::Parameters::visit_pairs(
                &mut self.conv2d1,
                &mut other.conv2d1,
                visitor,
            );
            ::layercake::Parameters::visit_pairs(
                &mut self.batch_norm1,
                &mut other.batch_norm1,
                visitor,
            );
            ::layercake::Parameters::visit_pairs(
                &mut self.dense1,
                &mut other.dense1,
                visitor,
            );
        }
    }
    impl<T: ::layercake::Real> Normalized<T, ::layercake::Cpu> {
        /// A network on the processor with initial values drawn from `seed`.
        pub fn new(seed: u64) -> Self {
            <Self as ::layercake::Network>::on(
                &::core::default::Default::default(),
                seed,
            )
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Normalized<T, D> {
        /// This network on another device, with the same values.
        ///
        /// # Errors
        /// If one of the devices fails, or has failed in what it was asked for before; not on the processor.
        pub fn to<E: ::layercake::generated::Hosts<Self>>(
            &self,
            device: &E,
        ) -> ::core::result::Result<Normalized<T, E>, ::layercake::DeviceError> {
            device.host(self)
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::generated::Movable
    for Normalized<T, D> {
        type On<E: ::layercake::Device> = Normalized<T, E>;
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Normalized<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::Conv2d: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::BatchNorm: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::NonlinearityLayer: ::layercake::generated::Computes<
            T,
            D,
            1,
        >,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Conv2d: ::layercake::layers::ComputeNormalized<T, D>,
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
                        batch
                            * ::layercake::generated::largest(
                                &[NORMALIZED_SHAPES.input1],
                            ),
                    );
            }
            outputs.begin_backward();
            let (scores1, gradient1) = outputs.backward_buffers();
            ::layercake::layer::Compute::backward(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..NORMALIZED_LAYERS.dense1
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
                        >(NORMALIZED_SHAPES.nonlinearity1, &buffers.slot3, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.dense1, &*scores1, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.dense1, &mut *gradient1, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(NORMALIZED_SHAPES.nonlinearity1, &mut buffers.slot4, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &NORMALIZED_LAYERS.nonlinearity1,
                &pass,
                &(),
                &mut (),
                &mut buffers.memory_of_nonlinearity1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(NORMALIZED_SHAPES.batch_norm1, &buffers.slot2, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.nonlinearity1, &buffers.slot3, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.nonlinearity1, &mut buffers.slot4, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(NORMALIZED_SHAPES.batch_norm1, &mut buffers.slot5, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &NORMALIZED_LAYERS.batch_norm1,
                &pass,
                &self.batch_norm1,
                &mut gradients.batch_norm1,
                &mut buffers.memory_of_batch_norm1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(NORMALIZED_SHAPES.conv2d1, &buffers.slot1, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.batch_norm1, &buffers.nothing, 0),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.batch_norm1, &mut buffers.slot5, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(NORMALIZED_SHAPES.conv2d1, &mut buffers.slot2, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &NORMALIZED_LAYERS.conv2d1,
                &pass,
                &self.conv2d1,
                &mut gradients.conv2d1,
                &mut buffers.memory_of_conv2d1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(NORMALIZED_SHAPES.input1, &buffers.values_of_input1, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.conv2d1, &buffers.slot1, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.conv2d1, &mut buffers.slot2, batch),
                    input_gradients: [
                        to_inputs
                            .then(|| ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(
                                NORMALIZED_SHAPES.input1,
                                &mut buffers.gradient_of_input1,
                                batch,
                            )),
                    ],
                },
            );
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Network
    for Normalized<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layers::Conv2d: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::BatchNorm: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::NonlinearityLayer: ::layercake::generated::Computes<
            T,
            D,
            1,
        >,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1>,
        ::layercake::layers::Conv2d: ::layercake::layers::ComputeNormalized<T, D>,
    {
        type Real = T;
        type Device = D;
        type Inputs<'a> = ::layercake::generated::ArrayView<
            'a,
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; NORMALIZED_SHAPES.input1.rank() + 1],
            >,
        >;
        type OwnedInputs = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; NORMALIZED_SHAPES.input1.rank() + 1],
            >,
        >;
        type Outputs = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; NORMALIZED_SHAPES.dense1.rank() + 1],
            >,
        >;
        type Heads = ::layercake::Head<
            T,
            D,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; NORMALIZED_SHAPES.dense1.rank() + 1],
            >,
        >;
        type InputGradients = ::layercake::generated::Array<
            T,
            ::layercake::generated::Dim<
                [::layercake::generated::Ix; NORMALIZED_SHAPES.input1.rank() + 1],
            >,
        >;
        type InferenceBuffers = NormalizedInferenceBuffers<T, D>;
        type TrainingBuffers = NormalizedTrainingBuffers<T, D>;
        const LAYERS: &'static [::layercake::LayerInfo] = &[
            ::layercake::LayerInfo {
                name: "input1",
                kind: "input",
                text: "input(3, 8, 8)",
                shape: NORMALIZED_SHAPES.input1,
                inputs: &[],
            },
            ::layercake::LayerInfo {
                name: "conv2d1",
                kind: "conv2d",
                text: "conv2d(4, 3, relu, norm = batch_norm)",
                shape: NORMALIZED_SHAPES.conv2d1,
                inputs: &[0],
            },
            ::layercake::LayerInfo {
                name: "batch_norm1",
                kind: "batch_norm",
                text: "batch_norm",
                shape: NORMALIZED_SHAPES.batch_norm1,
                inputs: &[1],
            },
            ::layercake::LayerInfo {
                name: "nonlinearity1",
                kind: "nonlinearity",
                text: "nonlinearity (relu)",
                shape: NORMALIZED_SHAPES.nonlinearity1,
                inputs: &[2],
            },
            ::layercake::LayerInfo {
                name: "dense1",
                kind: "dense",
                text: "dense(10, softmax)",
                shape: NORMALIZED_SHAPES.dense1,
                inputs: &[3],
            },
        ];
        const BATCH: ::core::option::Option<usize> = NORMALIZED_BATCH;
        fn on(device: &D, seed: u64) -> Self {
            ::layercake::generated::check::<
                T,
                D,
                1,
            >(
                device,
                "conv2d1",
                &NORMALIZED_LAYERS.conv2d1,
                &[NORMALIZED_SHAPES.input1],
            );
            let mut builder = ::layercake::parameters::Builder::new(device, seed);
            Self {
                conv2d1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &NORMALIZED_LAYERS.conv2d1,
                    &[NORMALIZED_SHAPES.input1],
                    builder.layer("conv2d1"),
                ),
                batch_norm1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &NORMALIZED_LAYERS.batch_norm1,
                    &[NORMALIZED_SHAPES.conv2d1],
                    builder.layer("batch_norm1"),
                ),
                dense1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &NORMALIZED_LAYERS.dense1,
                    &[NORMALIZED_SHAPES.nonlinearity1],
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
                0, ::layercake::layer::Layer::multiply_adds(& NORMALIZED_LAYERS.conv2d1,
                & [NORMALIZED_SHAPES.input1], NORMALIZED_SHAPES.conv2d1),
                ::layercake::layer::Layer::multiply_adds(& NORMALIZED_LAYERS.batch_norm1,
                & [NORMALIZED_SHAPES.conv2d1], NORMALIZED_SHAPES.batch_norm1),
                ::layercake::layer::Layer::multiply_adds(& NORMALIZED_LAYERS
                .nonlinearity1, & [NORMALIZED_SHAPES.batch_norm1], NORMALIZED_SHAPES
                .nonlinearity1), ::layercake::layer::Layer::multiply_adds(&
                NORMALIZED_LAYERS.dense1, & [NORMALIZED_SHAPES.nonlinearity1],
                NORMALIZED_SHAPES.dense1)
            ]
        }
        fn heads(&self) -> Self::Heads {
            ::layercake::generated::head(
                &self.on_device,
                NORMALIZED_SHAPES.dense1,
                NORMALIZED_LAYERS.dense1.nonlinearity,
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
                .check("input1", NORMALIZED_SHAPES.input1, values_of_input1)?;
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
                            &[NORMALIZED_SHAPES.nonlinearity1],
                        ),
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
                        >(NORMALIZED_SHAPES.dense1, &*outputs.scores_buffer(), batch)
                            .values,
                    ],
                    [batch, 0],
                );
            pass.device
                .repeat_pass(
                    &mut buffers.passes,
                    || {
                        let scores1 = outputs.scores_buffer();
                        ::layercake::layers::ComputeNormalized::forward_normalized(
                            &NORMALIZED_LAYERS.conv2d1,
                            &pass,
                            &self.conv2d1,
                            &::layercake::layers::Norm {
                                layer: NORMALIZED_LAYERS.batch_norm1,
                                parameters: &self.batch_norm1,
                                nonlinearity: NORMALIZED_LAYERS.nonlinearity1.nonlinearity,
                            },
                            ::layercake::generated::input::<
                                T,
                                D,
                            >(NORMALIZED_SHAPES.input1, values_of_input1),
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(NORMALIZED_SHAPES.nonlinearity1, &mut buffers.slot1, batch),
                        );
                        ::layercake::layer::Compute::forward(
                            &::layercake::layers::Dense {
                                nonlinearity: ::layercake::nonlinearities::linear(),
                                ..NORMALIZED_LAYERS.dense1
                            },
                            &pass,
                            &self.dense1,
                            [
                                ::layercake::generated::signal::<
                                    T,
                                    D,
                                >(NORMALIZED_SHAPES.nonlinearity1, &buffers.slot1, batch),
                            ],
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(NORMALIZED_SHAPES.dense1, &mut *scores1, batch),
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
                .check("input1", NORMALIZED_SHAPES.input1, values_of_input1)?;
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
                    batch * ::layercake::generated::largest(&[NORMALIZED_SHAPES.conv2d1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot2,
                    batch
                        * ::layercake::generated::largest(
                            &[NORMALIZED_SHAPES.batch_norm1, NORMALIZED_SHAPES.conv2d1],
                        ),
                );
            pass.device
                .reserve(
                    &mut buffers.slot3,
                    batch
                        * ::layercake::generated::largest(
                            &[NORMALIZED_SHAPES.nonlinearity1],
                        ),
                );
            pass.device
                .reserve(
                    &mut buffers.slot4,
                    batch
                        * ::layercake::generated::largest(
                            &[NORMALIZED_SHAPES.nonlinearity1],
                        ),
                );
            pass.device
                .reserve(
                    &mut buffers.slot5,
                    batch
                        * ::layercake::generated::largest(
                            &[NORMALIZED_SHAPES.batch_norm1],
                        ),
                );
            let values_of_input1 = ::layercake::generated::values(&values_of_input1);
            let values_of_input1 = pass
                .device
                .keep(&values_of_input1, &mut buffers.values_of_input1);
            let scores1 = outputs.scores_buffer();
            ::layercake::layer::Compute::forward_training(
                &NORMALIZED_LAYERS.conv2d1,
                &pass,
                &mut self.conv2d1,
                [
                    ::layercake::generated::input::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.input1, values_of_input1),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(NORMALIZED_SHAPES.conv2d1, &mut buffers.slot1, batch),
                &mut buffers.memory_of_conv2d1,
            );
            ::layercake::layer::Compute::forward_training(
                &NORMALIZED_LAYERS.batch_norm1,
                &pass,
                &mut self.batch_norm1,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.conv2d1, &buffers.slot1, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(NORMALIZED_SHAPES.batch_norm1, &mut buffers.slot2, batch),
                &mut buffers.memory_of_batch_norm1,
            );
            ::layercake::layer::Compute::forward_training(
                &NORMALIZED_LAYERS.nonlinearity1,
                &pass,
                &mut (),
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.batch_norm1, &buffers.slot2, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(NORMALIZED_SHAPES.nonlinearity1, &mut buffers.slot3, batch),
                &mut buffers.memory_of_nonlinearity1,
            );
            ::layercake::layer::Compute::forward_training(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..NORMALIZED_LAYERS.dense1
                },
                &pass,
                &mut self.dense1,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(NORMALIZED_SHAPES.nonlinearity1, &buffers.slot3, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(NORMALIZED_SHAPES.dense1, &mut *scores1, batch),
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
                NORMALIZED_SHAPES.input1,
                buffers.batch,
            )
        }
    }
};
