/**
```text
image: input(1 , 8 , 8 , batch = 16)
classes: input(10)
conv2d1: conv2d(8 , 3 , pad = same)
max_pool2d1: max_pool2d(2)
flatten1: flatten
concat1: concat(features , classes)
scaled1: own :: Scaled { factor : 2.0 }
dense1: dense(3 , softmax)
dense2: dense(1 , linear)
```*/
#[derive(Clone, Debug)]
struct Branches<T: ::layercake::Real = f32, D: ::layercake::Device = ::layercake::Cpu> {
    ///The parameters of `conv2d(8 , 3 , pad = same)`.
    pub conv2d1: ::layercake::layers::Conv2dParameters<T, D>,
    ///The parameters of `own :: Scaled { factor : 2.0 }`.
    pub scaled1: <own::Scaled as ::layercake::layer::Layer>::Parameters<T, D>,
    ///The parameters of `dense(3 , softmax)`.
    pub dense1: ::layercake::layers::DenseParameters<T, D>,
    ///The parameters of `dense(1 , linear)`.
    pub dense2: ::layercake::layers::DenseParameters<T, D>,
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
    struct BranchesLayers {
        conv2d1: ::layercake::layers::Conv2d,
        max_pool2d1: ::layercake::layers::MaxPool2d,
        flatten1: ::layercake::layers::Flatten,
        concat1: ::layercake::layers::Concat,
        scaled1: own::Scaled,
        dense1: ::layercake::layers::Dense,
        dense2: ::layercake::layers::Dense,
    }
    const BRANCHES_LAYERS: BranchesLayers = BranchesLayers {
        conv2d1: ::layercake::layers::Conv2d {
            num_filters: 8,
            filter_size: [3; 2],
            pad: ::layercake::shape::Pad::Same,
            ..::layercake::layers::Conv2d::DEFAULT
        },
        max_pool2d1: ::layercake::layers::MaxPool2d {
            pool_size: [2; 2],
            ..::layercake::layers::MaxPool2d::DEFAULT
        },
        flatten1: ::layercake::layers::Flatten {
            ..::layercake::layers::Flatten::DEFAULT
        },
        concat1: ::layercake::layers::Concat {
            ..::layercake::layers::Concat::DEFAULT
        },
        scaled1: own::Scaled { factor: 2.0 },
        dense1: ::layercake::layers::Dense {
            num_units: 3,
            nonlinearity: ::layercake::nonlinearities::softmax(),
            ..::layercake::layers::Dense::DEFAULT
        },
        dense2: ::layercake::layers::Dense {
            num_units: 1,
            nonlinearity: ::layercake::nonlinearities::linear(),
            ..::layercake::layers::Dense::DEFAULT
        },
    };
    struct BranchesShapes {
        image: ::layercake::Shape,
        classes: ::layercake::Shape,
        conv2d1: ::layercake::Shape,
        max_pool2d1: ::layercake::Shape,
        flatten1: ::layercake::Shape,
        concat1: ::layercake::Shape,
        scaled1: ::layercake::Shape,
        dense1: ::layercake::Shape,
        dense2: ::layercake::Shape,
    }
    const BRANCHES_SHAPES: BranchesShapes = {
        let image = ::layercake::shape::input(
            &[1, 8, 8],
            ::layercake::shape::Dtype::Real,
        );
        let classes = ::layercake::shape::input(&[10], ::layercake::shape::Dtype::Real);
        let conv2d1 = BRANCHES_LAYERS.conv2d1.output_shape(image);
        let max_pool2d1 = BRANCHES_LAYERS.max_pool2d1.output_shape(conv2d1);
        let flatten1 = BRANCHES_LAYERS.flatten1.output_shape(max_pool2d1);
        let concat1 = BRANCHES_LAYERS.concat1.output_shape(&[flatten1, classes]);
        let scaled1 = BRANCHES_LAYERS.scaled1.output_shape(concat1);
        let dense1 = BRANCHES_LAYERS.dense1.output_shape(scaled1);
        let dense2 = BRANCHES_LAYERS.dense2.output_shape(flatten1);
        BranchesShapes {
            image,
            classes,
            conv2d1,
            max_pool2d1,
            flatten1,
            concat1,
            scaled1,
            dense1,
            dense2,
        }
    };
    const _: ::core::option::Option<usize> = ::layercake::shape::batch(
        &[::core::option::Option::Some(16), ::core::option::Option::None],
    );
    pub struct BranchesInferenceBuffers<T: ::layercake::Real, D: ::layercake::Device> {
        values_of_image: D::Buffer<T>,
        values_of_classes: D::Buffer<T>,
        ///Holds, one after the other: `max_pool2d1`.
        slot1: D::Buffer<T>,
        ///Holds, one after the other: `concat1`.
        slot2: D::Buffer<T>,
        ///Holds, one after the other: `scaled1`.
        slot3: D::Buffer<T>,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for BranchesInferenceBuffers<T, D> {
        fn default() -> Self {
            Self {
                values_of_image: ::core::default::Default::default(),
                values_of_classes: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                slot2: ::core::default::Default::default(),
                slot3: ::core::default::Default::default(),
            }
        }
    }
    pub struct BranchesTrainingBuffers<T: ::layercake::Real, D: ::layercake::Device>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layer::Then<
            ::layercake::layers::Conv2d,
            ::layercake::layers::MaxPool2d,
        >: ::layercake::generated::Computes<T, D, 1usize>,
        ::layercake::layers::Concat: ::layercake::generated::Computes<T, D, 2usize>,
        own::Scaled: ::layercake::generated::Computes<T, D, 1usize>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1usize>,
    {
        batch: usize,
        values_of_image: D::Buffer<T>,
        values_of_classes: D::Buffer<T>,
        ///Holds, one after the other: `max_pool2d1`.
        slot1: D::Buffer<T>,
        ///Holds, one after the other: `concat1`, `max_pool2d1`.
        slot2: D::Buffer<T>,
        ///Holds, one after the other: `scaled1`.
        slot3: D::Buffer<T>,
        ///Holds, one after the other: `max_pool2d1`.
        slot4: D::Buffer<T>,
        ///Holds, one after the other: `scaled1`.
        slot5: D::Buffer<T>,
        ///Holds, one after the other: `concat1`.
        slot6: D::Buffer<T>,
        gradient_of_image: D::Buffer<T>,
        gradient_of_classes: D::Buffer<T>,
        memory_of_conv2d1: <::layercake::layer::Then<
            ::layercake::layers::Conv2d,
            ::layercake::layers::MaxPool2d,
        > as ::layercake::layer::Compute<T, D, 1usize>>::Memory,
        memory_of_concat1: <::layercake::layers::Concat as ::layercake::layer::Compute<
            T,
            D,
            2usize,
        >>::Memory,
        memory_of_scaled1: <own::Scaled as ::layercake::layer::Compute<
            T,
            D,
            1usize,
        >>::Memory,
        memory_of_dense1: <::layercake::layers::Dense as ::layercake::layer::Compute<
            T,
            D,
            1usize,
        >>::Memory,
        memory_of_dense2: <::layercake::layers::Dense as ::layercake::layer::Compute<
            T,
            D,
            1usize,
        >>::Memory,
        nothing: D::Buffer<T>,
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::core::default::Default
    for BranchesTrainingBuffers<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layer::Then<
            ::layercake::layers::Conv2d,
            ::layercake::layers::MaxPool2d,
        >: ::layercake::generated::Computes<T, D, 1usize>,
        ::layercake::layers::Concat: ::layercake::generated::Computes<T, D, 2usize>,
        own::Scaled: ::layercake::generated::Computes<T, D, 1usize>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1usize>,
    {
        fn default() -> Self {
            Self {
                batch: 0,
                values_of_image: ::core::default::Default::default(),
                values_of_classes: ::core::default::Default::default(),
                slot1: ::core::default::Default::default(),
                slot2: ::core::default::Default::default(),
                slot3: ::core::default::Default::default(),
                slot4: ::core::default::Default::default(),
                slot5: ::core::default::Default::default(),
                slot6: ::core::default::Default::default(),
                gradient_of_image: ::core::default::Default::default(),
                gradient_of_classes: ::core::default::Default::default(),
                memory_of_conv2d1: ::core::default::Default::default(),
                memory_of_concat1: ::core::default::Default::default(),
                memory_of_scaled1: ::core::default::Default::default(),
                memory_of_dense1: ::core::default::Default::default(),
                memory_of_dense2: ::core::default::Default::default(),
                nothing: ::core::default::Default::default(),
            }
        }
    }
    #[automatically_derived]
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Parameters<T, D>
    for Branches<T, D> {
        fn visit<'a>(
            &'a self,
            visitor: &mut dyn FnMut(&'a ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit(&self.conv2d1, visitor);
            ::layercake::Parameters::visit(&self.scaled1, visitor);
            ::layercake::Parameters::visit(&self.dense1, visitor);
            ::layercake::Parameters::visit(&self.dense2, visitor);
        }
        fn visit_mut<'a>(
            &'a mut self,
            visitor: &mut dyn FnMut(&'a mut ::layercake::Parameter<T, D>),
        ) {
            ::layercake::Parameters::visit_mut(&mut self.conv2d1, visitor);
            ::layercake::Parameters::visit_mut(&mut self.scaled1, visitor);
            ::layercake::Parameters::visit_mut(&mut self.dense1, visitor);
            ::layercake::Parameters::visit_mut(&mut self.dense2, visitor);
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
                &mut self.scaled1,
                &mut other.scaled1,
                visitor,
            );
            ::layercake::Parameters::visit_pairs(
                &mut self.dense1,
                &mut other.dense1,
                visitor,
            );
            ::layercake::Parameters::visit_pairs(
                &mut self.dense2,
                &mut other.dense2,
                visitor,
            );
        }
    }
    impl<T: ::layercake::Real> Branches<T, ::layercake::Cpu> {
        /// A network on the processor with initial values drawn from `seed`.
        pub fn new(seed: u64) -> Self {
            <Self as ::layercake::Network>::on(&::layercake::Cpu, seed)
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> Branches<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layer::Then<
            ::layercake::layers::Conv2d,
            ::layercake::layers::MaxPool2d,
        >: ::layercake::generated::Computes<T, D, 1usize>,
        ::layercake::layers::Concat: ::layercake::generated::Computes<T, D, 2usize>,
        own::Scaled: ::layercake::generated::Computes<T, D, 1usize>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1usize>,
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
                        &mut buffers.gradient_of_image,
                        batch * ::layercake::generated::largest(&[BRANCHES_SHAPES.image]),
                    );
                pass.device
                    .reserve(
                        &mut buffers.gradient_of_classes,
                        batch
                            * ::layercake::generated::largest(&[BRANCHES_SHAPES.classes]),
                    );
            }
            outputs.0.begin_backward();
            let (scores1, gradient1) = outputs.0.backward_buffers();
            outputs.1.begin_backward();
            let (scores2, gradient2) = outputs.1.backward_buffers();
            ::layercake::layer::Compute::backward(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..BRANCHES_LAYERS.dense2
                },
                &pass,
                &self.dense2,
                &mut gradients.dense2,
                &mut buffers.memory_of_dense2,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(BRANCHES_SHAPES.flatten1, &buffers.slot1, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.dense2, &*scores2, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.dense2, &mut *gradient2, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(BRANCHES_SHAPES.flatten1, &mut buffers.slot4, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..BRANCHES_LAYERS.dense1
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
                        >(BRANCHES_SHAPES.scaled1, &buffers.slot3, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.dense1, &*scores1, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.dense1, &mut *gradient1, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(BRANCHES_SHAPES.scaled1, &mut buffers.slot5, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &BRANCHES_LAYERS.scaled1,
                &pass.layer(6u32),
                &self.scaled1,
                &mut gradients.scaled1,
                &mut buffers.memory_of_scaled1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(BRANCHES_SHAPES.concat1, &buffers.slot2, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.scaled1, &buffers.slot3, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.scaled1, &mut buffers.slot5, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(BRANCHES_SHAPES.concat1, &mut buffers.slot6, batch),
                        ),
                    ],
                },
            );
            ::layercake::layer::Compute::backward(
                &BRANCHES_LAYERS.concat1,
                &pass,
                &(),
                &mut (),
                &mut buffers.memory_of_concat1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(BRANCHES_SHAPES.flatten1, &buffers.nothing, 0),
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(BRANCHES_SHAPES.classes, &buffers.nothing, 0),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.concat1, &buffers.nothing, 0),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.concat1, &mut buffers.slot6, batch),
                    input_gradients: [
                        ::core::option::Option::Some(
                            ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(BRANCHES_SHAPES.flatten1, &mut buffers.slot2, batch),
                        ),
                        to_inputs
                            .then(|| ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(
                                BRANCHES_SHAPES.classes,
                                &mut buffers.gradient_of_classes,
                                batch,
                            )),
                    ],
                },
            );
            ::layercake::generated::add(
                pass.device,
                BRANCHES_SHAPES.flatten1,
                batch,
                &buffers.slot2,
                &mut buffers.slot4,
            );
            ::layercake::layer::Compute::backward(
                &::layercake::layer::Then(
                    BRANCHES_LAYERS.conv2d1,
                    BRANCHES_LAYERS.max_pool2d1,
                ),
                &pass,
                &self.conv2d1,
                &mut gradients.conv2d1,
                &mut buffers.memory_of_conv2d1,
                ::layercake::layer::Backward {
                    inputs: [
                        ::layercake::generated::signal::<
                            T,
                            D,
                        >(BRANCHES_SHAPES.image, &buffers.values_of_image, batch),
                    ],
                    output: ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.max_pool2d1, &buffers.slot1, batch),
                    output_gradient: ::layercake::generated::signal_mut::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.max_pool2d1, &mut buffers.slot4, batch),
                    input_gradients: [
                        to_inputs
                            .then(|| ::layercake::generated::signal_mut::<
                                T,
                                D,
                            >(
                                BRANCHES_SHAPES.image,
                                &mut buffers.gradient_of_image,
                                batch,
                            )),
                    ],
                },
            );
        }
    }
    impl<T: ::layercake::Real, D: ::layercake::Device> ::layercake::Network
    for Branches<T, D>
    where
        ::layercake::layers::NonlinearityLayer: ::layercake::layer::Compute<
            T,
            D,
            1,
            Memory = (),
        >,
        ::layercake::layer::Then<
            ::layercake::layers::Conv2d,
            ::layercake::layers::MaxPool2d,
        >: ::layercake::generated::Computes<T, D, 1usize>,
        ::layercake::layers::Concat: ::layercake::generated::Computes<T, D, 2usize>,
        own::Scaled: ::layercake::generated::Computes<T, D, 1usize>,
        ::layercake::layers::Dense: ::layercake::generated::Computes<T, D, 1usize>,
    {
        type Real = T;
        type Device = D;
        type Inputs<'a> = (
            ::layercake::generated::ArrayView<
                'a,
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; BRANCHES_SHAPES.image.rank() + 1],
                >,
            >,
            ::layercake::generated::ArrayView<
                'a,
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; BRANCHES_SHAPES.classes.rank() + 1],
                >,
            >,
        );
        type Outputs = (
            ::layercake::generated::Array<
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; BRANCHES_SHAPES.dense1.rank() + 1],
                >,
            >,
            ::layercake::generated::Array<
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; BRANCHES_SHAPES.dense2.rank() + 1],
                >,
            >,
        );
        type Heads = (
            ::layercake::Head<
                T,
                D,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; BRANCHES_SHAPES.dense1.rank() + 1],
                >,
            >,
            ::layercake::Head<
                T,
                D,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; BRANCHES_SHAPES.dense2.rank() + 1],
                >,
            >,
        );
        type InputGradients = (
            ::layercake::generated::Array<
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; BRANCHES_SHAPES.image.rank() + 1],
                >,
            >,
            ::layercake::generated::Array<
                T,
                ::layercake::generated::Dim<
                    [::layercake::generated::Ix; BRANCHES_SHAPES.classes.rank() + 1],
                >,
            >,
        );
        type InferenceBuffers = BranchesInferenceBuffers<T, D>;
        type TrainingBuffers = BranchesTrainingBuffers<T, D>;
        const LAYERS: &'static [::layercake::LayerInfo] = &[
            ::layercake::LayerInfo {
                name: "image",
                kind: "input",
                text: "input(1 , 8 , 8 , batch = 16)",
                shape: BRANCHES_SHAPES.image,
                inputs: &[],
            },
            ::layercake::LayerInfo {
                name: "classes",
                kind: "input",
                text: "input(10)",
                shape: BRANCHES_SHAPES.classes,
                inputs: &[],
            },
            ::layercake::LayerInfo {
                name: "conv2d1",
                kind: "conv2d",
                text: "conv2d(8 , 3 , pad = same)",
                shape: BRANCHES_SHAPES.conv2d1,
                inputs: &[0usize],
            },
            ::layercake::LayerInfo {
                name: "max_pool2d1",
                kind: "max_pool2d",
                text: "max_pool2d(2)",
                shape: BRANCHES_SHAPES.max_pool2d1,
                inputs: &[2usize],
            },
            ::layercake::LayerInfo {
                name: "flatten1",
                kind: "flatten",
                text: "flatten",
                shape: BRANCHES_SHAPES.flatten1,
                inputs: &[3usize],
            },
            ::layercake::LayerInfo {
                name: "concat1",
                kind: "concat",
                text: "concat(features , classes)",
                shape: BRANCHES_SHAPES.concat1,
                inputs: &[4usize, 1usize],
            },
            ::layercake::LayerInfo {
                name: "scaled1",
                kind: "Scaled",
                text: "own :: Scaled { factor : 2.0 }",
                shape: BRANCHES_SHAPES.scaled1,
                inputs: &[5usize],
            },
            ::layercake::LayerInfo {
                name: "dense1",
                kind: "dense",
                text: "dense(3 , softmax)",
                shape: BRANCHES_SHAPES.dense1,
                inputs: &[6usize],
            },
            ::layercake::LayerInfo {
                name: "dense2",
                kind: "dense",
                text: "dense(1 , linear)",
                shape: BRANCHES_SHAPES.dense2,
                inputs: &[4usize],
            },
        ];
        const BATCH: ::core::option::Option<usize> = ::layercake::shape::batch(
            &[::core::option::Option::Some(16), ::core::option::Option::None],
        );
        fn on(device: &D, seed: u64) -> Self {
            let mut builder = ::layercake::parameters::Builder::new(device, seed);
            Self {
                conv2d1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &BRANCHES_LAYERS.conv2d1,
                    &[BRANCHES_SHAPES.image],
                    builder.layer("conv2d1"),
                ),
                scaled1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &BRANCHES_LAYERS.scaled1,
                    &[BRANCHES_SHAPES.concat1],
                    builder.layer("scaled1"),
                ),
                dense1: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &BRANCHES_LAYERS.dense1,
                    &[BRANCHES_SHAPES.scaled1],
                    builder.layer("dense1"),
                ),
                dense2: ::layercake::layer::Layer::parameters::<
                    T,
                    D,
                >(
                    &BRANCHES_LAYERS.dense2,
                    &[BRANCHES_SHAPES.flatten1],
                    builder.layer("dense2"),
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
                0, 0, ::layercake::layer::Layer::multiply_adds(& BRANCHES_LAYERS.conv2d1,
                & [BRANCHES_SHAPES.image], BRANCHES_SHAPES.conv2d1),
                ::layercake::layer::Layer::multiply_adds(& BRANCHES_LAYERS.max_pool2d1, &
                [BRANCHES_SHAPES.conv2d1], BRANCHES_SHAPES.max_pool2d1),
                ::layercake::layer::Layer::multiply_adds(& BRANCHES_LAYERS.flatten1, &
                [BRANCHES_SHAPES.max_pool2d1], BRANCHES_SHAPES.flatten1),
                ::layercake::layer::Layer::multiply_adds(& BRANCHES_LAYERS.concat1, &
                [BRANCHES_SHAPES.flatten1, BRANCHES_SHAPES.classes], BRANCHES_SHAPES
                .concat1), ::layercake::layer::Layer::multiply_adds(& BRANCHES_LAYERS
                .scaled1, & [BRANCHES_SHAPES.concat1], BRANCHES_SHAPES.scaled1),
                ::layercake::layer::Layer::multiply_adds(& BRANCHES_LAYERS.dense1, &
                [BRANCHES_SHAPES.scaled1], BRANCHES_SHAPES.dense1),
                ::layercake::layer::Layer::multiply_adds(& BRANCHES_LAYERS.dense2, &
                [BRANCHES_SHAPES.flatten1], BRANCHES_SHAPES.dense2)
            ]
        }
        fn heads(&self) -> Self::Heads {
            (
                ::layercake::generated::head(
                    &self.on_device,
                    BRANCHES_SHAPES.dense1,
                    BRANCHES_LAYERS.dense1.nonlinearity,
                ),
                ::layercake::generated::head(
                    &self.on_device,
                    BRANCHES_SHAPES.dense2,
                    BRANCHES_LAYERS.dense2.nonlinearity,
                ),
            )
        }
        fn forward_with<'a>(
            &self,
            inference: &mut ::layercake::Inference<Self>,
            inputs: impl ::core::convert::Into<Self::Inputs<'a>>,
        ) -> ::core::result::Result<(), ::layercake::InputError> {
            let ::layercake::Inference { outputs, buffers } = inference;
            let random = ::layercake::random::Random::new(0);
            let (values_of_image, values_of_classes) = inputs.into();
            let mut inputs = ::layercake::generated::Inputs::new(Self::BATCH);
            let values_of_image = inputs
                .check(stringify!(image), BRANCHES_SHAPES.image, values_of_image)?;
            let values_of_classes = inputs
                .check(stringify!(classes), BRANCHES_SHAPES.classes, values_of_classes)?;
            let batch = inputs.batch();
            let pass = ::layercake::layer::Pass {
                device: &self.on_device,
                random,
            };
            outputs.0.begin(batch);
            let scores1 = outputs.0.scores_buffer();
            outputs.1.begin(batch);
            let scores2 = outputs.1.scores_buffer();
            pass.device
                .reserve(
                    &mut buffers.slot1,
                    batch
                        * ::layercake::generated::largest(&[BRANCHES_SHAPES.max_pool2d1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot2,
                    batch * ::layercake::generated::largest(&[BRANCHES_SHAPES.concat1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot3,
                    batch * ::layercake::generated::largest(&[BRANCHES_SHAPES.scaled1]),
                );
            let values_of_image = ::layercake::generated::values(&values_of_image);
            let values_of_classes = ::layercake::generated::values(&values_of_classes);
            let values_of_image = pass
                .device
                .borrow(&values_of_image, &mut buffers.values_of_image);
            let values_of_classes = pass
                .device
                .borrow(&values_of_classes, &mut buffers.values_of_classes);
            ::layercake::layer::Compute::forward(
                &::layercake::layer::Then(
                    BRANCHES_LAYERS.conv2d1,
                    BRANCHES_LAYERS.max_pool2d1,
                ),
                &pass,
                &self.conv2d1,
                [
                    ::layercake::layer::Signal {
                        shape: BRANCHES_SHAPES.image,
                        values: values_of_image,
                    },
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(BRANCHES_SHAPES.max_pool2d1, &mut buffers.slot1, batch),
            );
            ::layercake::layer::Compute::forward(
                &BRANCHES_LAYERS.concat1,
                &pass,
                &(),
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.flatten1, &buffers.slot1, batch),
                    ::layercake::layer::Signal {
                        shape: BRANCHES_SHAPES.classes,
                        values: values_of_classes,
                    },
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(BRANCHES_SHAPES.concat1, &mut buffers.slot2, batch),
            );
            ::layercake::layer::Compute::forward(
                &BRANCHES_LAYERS.scaled1,
                &pass.layer(6u32),
                &self.scaled1,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.concat1, &buffers.slot2, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(BRANCHES_SHAPES.scaled1, &mut buffers.slot3, batch),
            );
            ::layercake::layer::Compute::forward(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..BRANCHES_LAYERS.dense1
                },
                &pass,
                &self.dense1,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.scaled1, &buffers.slot3, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(BRANCHES_SHAPES.dense1, &mut *scores1, batch),
            );
            ::layercake::layer::Compute::forward(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..BRANCHES_LAYERS.dense2
                },
                &pass,
                &self.dense2,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.flatten1, &buffers.slot1, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(BRANCHES_SHAPES.dense2, &mut *scores2, batch),
            );
            outputs.0.finish();
            outputs.1.finish();
            ::core::result::Result::Ok(())
        }
        fn forward_training<'a>(
            &mut self,
            training: &mut ::layercake::Training<Self>,
            inputs: impl ::core::convert::Into<Self::Inputs<'a>>,
        ) -> ::core::result::Result<(), ::layercake::InputError> {
            let ::layercake::Training { outputs, buffers, random, .. } = training;
            *random = random.next_step();
            let random = *random;
            let (values_of_image, values_of_classes) = inputs.into();
            let mut inputs = ::layercake::generated::Inputs::new(Self::BATCH);
            let values_of_image = inputs
                .check(stringify!(image), BRANCHES_SHAPES.image, values_of_image)?;
            let values_of_classes = inputs
                .check(stringify!(classes), BRANCHES_SHAPES.classes, values_of_classes)?;
            let batch = inputs.batch();
            buffers.batch = batch;
            let pass = ::layercake::layer::Pass {
                device: &self.on_device,
                random,
            };
            outputs.0.begin(batch);
            let scores1 = outputs.0.scores_buffer();
            outputs.1.begin(batch);
            let scores2 = outputs.1.scores_buffer();
            pass.device
                .reserve(
                    &mut buffers.slot1,
                    batch
                        * ::layercake::generated::largest(&[BRANCHES_SHAPES.max_pool2d1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot2,
                    batch
                        * ::layercake::generated::largest(
                            &[BRANCHES_SHAPES.concat1, BRANCHES_SHAPES.max_pool2d1],
                        ),
                );
            pass.device
                .reserve(
                    &mut buffers.slot3,
                    batch * ::layercake::generated::largest(&[BRANCHES_SHAPES.scaled1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot4,
                    batch
                        * ::layercake::generated::largest(&[BRANCHES_SHAPES.max_pool2d1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot5,
                    batch * ::layercake::generated::largest(&[BRANCHES_SHAPES.scaled1]),
                );
            pass.device
                .reserve(
                    &mut buffers.slot6,
                    batch * ::layercake::generated::largest(&[BRANCHES_SHAPES.concat1]),
                );
            let values_of_image = ::layercake::generated::values(&values_of_image);
            let values_of_classes = ::layercake::generated::values(&values_of_classes);
            let values_of_image = pass
                .device
                .keep(&values_of_image, &mut buffers.values_of_image);
            let values_of_classes = pass
                .device
                .borrow(&values_of_classes, &mut buffers.values_of_classes);
            ::layercake::layer::Compute::forward_training(
                &::layercake::layer::Then(
                    BRANCHES_LAYERS.conv2d1,
                    BRANCHES_LAYERS.max_pool2d1,
                ),
                &pass,
                &mut self.conv2d1,
                [
                    ::layercake::layer::Signal {
                        shape: BRANCHES_SHAPES.image,
                        values: values_of_image,
                    },
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(BRANCHES_SHAPES.max_pool2d1, &mut buffers.slot1, batch),
                &mut buffers.memory_of_conv2d1,
            );
            ::layercake::layer::Compute::forward_training(
                &BRANCHES_LAYERS.concat1,
                &pass,
                &mut (),
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.flatten1, &buffers.slot1, batch),
                    ::layercake::layer::Signal {
                        shape: BRANCHES_SHAPES.classes,
                        values: values_of_classes,
                    },
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(BRANCHES_SHAPES.concat1, &mut buffers.slot2, batch),
                &mut buffers.memory_of_concat1,
            );
            ::layercake::layer::Compute::forward_training(
                &BRANCHES_LAYERS.scaled1,
                &pass.layer(6u32),
                &mut self.scaled1,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.concat1, &buffers.slot2, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(BRANCHES_SHAPES.scaled1, &mut buffers.slot3, batch),
                &mut buffers.memory_of_scaled1,
            );
            ::layercake::layer::Compute::forward_training(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..BRANCHES_LAYERS.dense1
                },
                &pass,
                &mut self.dense1,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.scaled1, &buffers.slot3, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(BRANCHES_SHAPES.dense1, &mut *scores1, batch),
                &mut buffers.memory_of_dense1,
            );
            ::layercake::layer::Compute::forward_training(
                &::layercake::layers::Dense {
                    nonlinearity: ::layercake::nonlinearities::linear(),
                    ..BRANCHES_LAYERS.dense2
                },
                &pass,
                &mut self.dense2,
                [
                    ::layercake::generated::signal::<
                        T,
                        D,
                    >(BRANCHES_SHAPES.flatten1, &buffers.slot1, batch),
                ],
                ::layercake::generated::signal_mut::<
                    T,
                    D,
                >(BRANCHES_SHAPES.dense2, &mut *scores2, batch),
                &mut buffers.memory_of_dense2,
            );
            outputs.0.finish();
            outputs.1.finish();
            ::core::result::Result::Ok(())
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
            (
                ::layercake::generated::array(
                    &self.on_device,
                    &buffers.gradient_of_image,
                    BRANCHES_SHAPES.image,
                    buffers.batch,
                ),
                ::layercake::generated::array(
                    &self.on_device,
                    &buffers.gradient_of_classes,
                    BRANCHES_SHAPES.classes,
                    buffers.batch,
                ),
            )
        }
    }
};
