//! The whole grammar of `network!`, in networks that compile: what is written, and the layers it stands for.

use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use layercake::parameters::Builder;
use layercake::prelude::*;
use layercake::{Device, Real, Shape};
use ndarray::{Array2, Array4};

/// A network's layers, one `name: kind, shape, names of inputs` each.
fn layers<N: Network>() -> Vec<String> {
    let layer = |layer: &layercake::LayerInfo| {
        let inputs: Vec<&str> = layer.inputs.iter().map(|&input| N::LAYERS[input].name).collect();
        let (name, kind, shape) = (layer.name, layer.kind, layer.shape);
        if inputs.is_empty() {
            format!("{name}: {kind}, {shape}")
        } else {
            format!("{name}: {kind}, {shape}, of {}", inputs.join(" "))
        }
    };
    N::LAYERS.iter().map(layer).collect()
}

/// The network of the expression form has no name to ask.
fn layers_of<N: Network>(_: &N) -> Vec<String> {
    layers::<N>()
}

/// The text of every layer, as messages and documentation show it.
fn texts<N: Network>() -> Vec<&'static str> {
    N::LAYERS.iter().map(|layer| layer.text).collect()
}

/// Layers of one's own.
mod own {
    use super::*;

    /// Multiplies by a factor.
    #[derive(Clone, Copy)]
    pub struct Scaled {
        pub factor: f64,
    }

    impl Scaled {
        pub const TWICE: Self = Scaled { factor: 2.0 };

        pub const fn by(factor: f64) -> Self {
            Scaled { factor }
        }

        #[track_caller]
        pub const fn output_shape(&self, input: Shape) -> Shape {
            input
        }
    }

    /// The same with the factor in a tuple.
    #[derive(Clone, Copy)]
    pub struct Times(pub f64);

    impl Times {
        pub const fn output_shape(&self, input: Shape) -> Shape {
            input
        }
    }

    /// Leaves its input as it is, with a parameter of the type.
    #[derive(Clone, Copy)]
    pub struct SameAs<const N: usize>;

    impl<const N: usize> SameAs<N> {
        pub const fn output_shape(&self, input: Shape) -> Shape {
            input
        }
    }

    macro_rules! scales {
        ($layer:ty, $self:ident, $factor:expr $(, $generics:tt)*) => {
            impl<$(const $generics: usize)*> Layer for $layer {
                type Parameters<T: Real, D: Device> = ();
                fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
            }

            impl<T: Real, $(const $generics: usize)*> Compute<T, Cpu> for $layer {
                type Memory = ();

                fn forward(
                    &$self,
                    _: &Pass<'_, Cpu>,
                    (): &(),
                    [x]: [Signal<'_, T>; 1],
                    y: SignalMut<'_, T>,
                ) {
                    let factor = T::of($factor);
                    y.values.iter_mut().zip(x.values).for_each(|(y, &x)| *y = factor * x);
                }

                fn backward(
                    &$self,
                    _: &Pass<'_, Cpu>,
                    (): &(),
                    (): &mut (),
                    (): &mut (),
                    signals: Backward<'_, T, Cpu, 1>,
                ) {
                    let factor = T::of($factor);
                    if let [Some(input)] = signals.input_gradients {
                        let gradients = input.values.iter_mut().zip(signals.output_gradient.values);
                        gradients.for_each(|(x, y)| *x = factor * *y);
                    }
                }
            }
        };
    }
    scales!(Scaled, self, self.factor);
    scales!(Times, self, self.0);
    scales!(SameAs<N>, self, 1.0, N);
}

const CLASSES: usize = 10;

/// Sizes as associated constants.
struct Sizes;

impl Sizes {
    const WIDTH: usize = 8;
    const fn times(factor: usize) -> usize {
        factor * Self::WIDTH
    }
}

mod attributes {
    use layercake::prelude::*;

    network! {
        /// With documentation,
        #[doc = "attributes"]
        #[allow(dead_code)]
        #[must_use]
        pub struct Public < input(4) => dense(3) >
    }

    pub mod inner {
        use layercake::prelude::*;

        network! { pub(super) struct OfParent < input(4) => dense(3) > }
        network! { pub(in crate::attributes) struct OfAncestor < input(4) => dense(3) > }
    }

    network! { pub(crate) struct OfCrate < input(4) => dense(3) > }

    pub fn count() -> usize {
        inner::OfParent::<f32>::LAYERS.len() + inner::OfAncestor::<f32>::LAYERS.len()
    }
}

#[test]
fn attributes_and_visibility() {
    assert_eq!(layers::<attributes::Public>(), ["input1: input, 4", "dense1: dense, 3, of input1"]);
    assert_eq!(layers::<attributes::OfCrate>(), layers::<attributes::Public>());
    assert_eq!(attributes::count(), 4);
}

#[test]
fn a_chain() {
    network! {
        struct Chain <
            input(1, 12, 12)
            => conv2d(4, 5)
            => max_pool2d(2,)
            => dropout
            => dense(6, tanh,)
            => flatten()
            => dense(CLASSES, softmax)
        >
    }
    assert_eq!(
        layers::<Chain>(),
        [
            "input1: input, 1x12x12",
            "conv2d1: conv2d, 4x8x8, of input1",
            "max_pool2d1: max_pool2d, 4x4x4, of conv2d1",
            "dropout1: dropout, 4x4x4, of max_pool2d1",
            "dense1: dense, 6, of dropout1",
            "flatten1: flatten, 6, of dense1",
            "dense2: dense, 10, of flatten1",
        ]
    );
    let net = Chain::<f64>::new(1);
    assert_eq!((net.conv2d1.w.shape(), net.dense2.w.shape()), (&[4, 1, 5, 5][..], &[6, 10][..]));
    assert_eq!(net.forward(&Array4::zeros((3, 1, 12, 12))).unwrap().shape(), [3, 10]);
}

#[test]
fn the_text_is_kept_as_written() {
    network! {
        struct Written <
            input(1, 6, 6, batch = 2)
            => first: conv2d(4, (3, 2),
                             stride = 2)
            => own::Scaled { factor: 2.0 }
            => dense(CLASSES + 1)
        >
    }
    assert_eq!(
        texts::<Written>(),
        [
            "input(1, 6, 6, batch = 2)",
            "conv2d(4, (3, 2), stride = 2)",
            "own::Scaled { factor: 2.0 }",
            "dense(CLASSES + 1)",
        ]
    );
}

#[test]
fn expressions() {
    let net = network!(< input(4) => dense(3, softmax) >);
    assert_eq!(layers_of(&net), ["input1: input, 4", "dense1: dense, 3, of input1"]);
    assert_eq!(net.forward(&Array2::zeros((2, 4))).unwrap().shape(), [2, 3]);

    // Several in one scope, also where a name is taken.
    #[allow(dead_code)]
    struct Network;
    let [first, second] = [network!(< input(4) => dense(3) >).parameters().len(), {
        let net = network! {<
            let x = input(4);
            let h = x => hidden: dense(4, tanh, b = none);
            add(x, h) => dense(2, linear)
        >};
        assert_eq!(net.hidden.w.shape(), [4, 4]);
        net.parameters().len()
    }];
    assert_eq!((first, second), (2, 3));
}

#[test]
fn names_fan_out_and_in() {
    network! {
        struct Graph <
            let image = input(1, 6, 6);
            let mark = input(3);
            let features = image => conv2d(2, 3);
            let wide = features => max_pool2d(2) => flatten;
            let narrow = features => flatten(2);
            let both = concat(wide, narrow, mark) => shared: dense(6, tanh);
            let deep = both => dense(6);
            let joined = sum: add(both, deep, both);
            (
                joined => dense(3, softmax),
                both,
                out: concat(deep, mark, axis = 1,),
            )
        >
    }
    assert_eq!(
        layers::<Graph>(),
        [
            "image: input, 1x6x6",
            "mark: input, 3",
            "conv2d1: conv2d, 2x4x4, of image",
            "max_pool2d1: max_pool2d, 2x2x2, of conv2d1",
            "flatten1: flatten, 8, of max_pool2d1",
            "flatten2: flatten, 32, of conv2d1",
            "concat1: concat, 43, of flatten1 flatten2 mark",
            "shared: dense, 6, of concat1",
            "dense1: dense, 6, of shared",
            "sum: add, 6, of shared dense1 shared",
            "dense2: dense, 3, of sum",
            "out: concat, 9, of dense1 mark",
        ]
    );
    let net = Graph::<f64>::new(1);
    let (image, mark) = (Array4::zeros((2, 1, 6, 6)), Array2::zeros((2, 3)));
    let (first, second, third) = net.forward((image.view(), mark.view())).unwrap();
    assert_eq!((first.shape(), second.shape(), third.shape()), (&[2, 3][..], &[2, 6][..], &[2, 9][..]));
}

#[test]
fn an_output_may_be_a_name_alone() {
    network! { struct Named < let h = input(4) => dense(3); h > }
    network! { struct Parenthesised < (input(4) => dense(3)) > }
    assert_eq!(layers::<Named>(), layers::<Parenthesised>());
}

#[test]
fn labels_of_inputs_and_layers() {
    network! { struct Labelled < image: input(4) => first: dense(3) => second: dropout(0.1) => own: own::Times(2.0) > }
    assert_eq!(
        layers::<Labelled>(),
        [
            "image: input, 4",
            "first: dense, 3, of image",
            "second: dropout, 3, of first",
            "own: Times, 3, of second"
        ]
    );
    assert_eq!(Labelled::<f32>::new(1).first.b.shape(), [3]);
}

/// Names that the generated code also uses for itself.
#[test]
fn names_that_generated_code_uses() {
    network! {
        struct Net <
            let inputs = input(3);
            let batch = inputs => pass: dense(3);
            let outputs = inputs => buffers: dense(3);
            let seed = inputs => slot1: dense(3);
            let network = add(batch, outputs, seed) => device: dense(3) => random: dropout(0.5);
            let training = network => gradients: dense(3) => inference: dense(3);
            training => layers: dense(3) => shapes: dense(3) => memory: dense(3) => new: dense(2)
        >
    }
    let net = Net::<f64>::new(1);
    let x = Array2::ones((2, 3));
    assert_eq!(net.forward(&x).unwrap().shape(), [2, 2]);
    let mut training = net.training(1);
    let mut net = net;
    net.forward_training(&mut training, &x).unwrap();
    training.outputs.set_gradient(Array2::ones((2, 2)).view()).unwrap();
    assert_eq!(net.backward_to_inputs(&mut training).shape(), [2, 3]);
}

#[test]
fn repeats() {
    network! {
        struct Repeated <
            input(8)
            => repeat(2) {
                hidden: dense(8)
                => repeat(2) { dropout(0.1) => inner: dense(8) }
                => own::Scaled::TWICE
            }
            => repeat(1) { dense(CLASSES) }
        >
    }
    let names: Vec<&str> = Repeated::<f32>::LAYERS.iter().map(|layer| layer.name).collect();
    assert_eq!(
        names,
        [
            "input1", "hidden1", "dropout1", "inner11", "dropout2", "inner21", "scaled1", "hidden2",
            "dropout3", "inner12", "dropout4", "inner22", "scaled2", "dense1",
        ]
    );
}

#[test]
fn sizes_are_constant_expressions() {
    const LOCAL: usize = 3;
    network! {
        struct Sized <
            input(LOCAL, 2 * Sizes::WIDTH, Sizes::times(LOCAL - 1))
            => conv2d(Sizes::times(1), LOCAL, stride = (LOCAL - 2, 2), pad = (1, LOCAL / 2))
            => max_pool2d({ LOCAL - 1 }, stride = LOCAL - 1)
            => reshape(Sizes::WIDTH, usize::pow(2, 5))
            => dense(self::CLASSES)
            => dropout(if LOCAL > 2 { 0.25 } else { 0.5 })
            => dense("abc".len())
        >
    }
    let shapes: Vec<String> = Sized::<f32>::LAYERS.iter().map(|layer| layer.shape.to_string()).collect();
    assert_eq!(shapes, ["3x16x16", "8x16x8", "8x8x4", "8x32", "10", "10", "3"]);
}

#[test]
fn own_layers() {
    use own::SameAs;

    network! {
        struct Own <
            input(3)
            => own::Scaled { factor: 2.0 }
            => own::Scaled::by(3.0)
            => own::Times(5.0)
            => doubled: own::Scaled::TWICE
            => own::Scaled { factor: { 1.0 + 0.5 } }
            => SameAs::<4>
        >
    }
    assert_eq!(
        layers::<Own>(),
        [
            "input1: input, 3",
            "scaled1: Scaled, 3, of input1",
            "scaled2: Scaled, 3, of scaled1",
            "times1: Times, 3, of scaled2",
            "doubled: Scaled, 3, of times1",
            "scaled3: Scaled, 3, of doubled",
            "same_as1: SameAs, 3, of scaled3",
        ]
    );
    let y = Own::<f64>::new(1).forward(&Array2::ones((1, 3))).unwrap();
    assert_eq!(y, Array2::from_elem((1, 3), 2.0 * 3.0 * 5.0 * 2.0 * 1.5));
}

#[test]
fn fixed_batches() {
    network! { struct Fixed < let a = input(3, batch = CLASSES); let b = input(3); add(a, b) => dense(1) > }
    network! { struct Both < let a = input(3, batch = 10); let b = input(3, batch = 10); add(a, b) => dense(1) > }
    network! { struct Any < input(3) => dense(1) > }
    assert_eq!(Fixed::<f32>::BATCH, Some(10));
    assert_eq!(Both::<f32>::BATCH, Some(10));
    assert_eq!(Any::<f32>::BATCH, None);
}

#[test]
fn options() {
    network! {
        struct Options <
            input(2, 9, 9)
            => conv2d(filter_size = 3, num_filters = 4, nonlinearity = elu, pad = same, flip_filters = false)
            => conv2d(4, (3, 1), stride = (2, 1), pad = full, b = none, untie_biases = true)
            => conv2d(4, 3, pad = valid, flip_filters = !true)
            => max_pool2d(pool_size = 2, stride = 1, pad = (1, 0), ignore_border = true)
            => nonlinearity(tanh)
            => dense(num_units = 5, b = constant(1), num_leading_axes = 2)
            => dropout(p = 0, rescale = false)
            => flatten(outdim = 2)
        >
    }
    let shapes: Vec<String> = Options::<f32>::LAYERS.iter().map(|layer| layer.shape.to_string()).collect();
    assert_eq!(shapes, ["2x9x9", "4x9x9", "4x6x9", "4x4x7", "4x5x6", "4x5x6", "4x5", "4x5", "20"]);
    let net = Options::<f32>::new(1);
    assert!(net.conv2d2.b.is_empty());
    assert!(net.dense1.b.get().iter().all(|&b| b == 1.0));
}

#[test]
fn every_nonlinearity() {
    use layercake::nonlinearities::{self, Nonlinearity};

    const OWN_CHOICE: Nonlinearity = nonlinearities::leaky_relu(0.3);
    network! {
        struct Nonlinearities <
            input(3)
            => dense(3, linear) => dense(3, relu) => dense(3, rectify) => dense(3, sigmoid) => dense(3, tanh)
            => dense(3, leaky_relu(0.2)) => dense(3, leaky_rectify) => dense(3, very_leaky_rectify)
            => dense(3, elu) => dense(3, selu) => dense(3, softplus) => dense(3, scaled_tanh(0.5, 2))
            => dense(3, OWN_CHOICE) => dense(3, nonlinearities::leaky_relu(0.1)) => dense(3, softmax)
        >
    }
    let y = Nonlinearities::<f64>::new(1).forward(&Array2::ones((1, 3))).unwrap();
    assert!((y.sum() - 1.0).abs() < 1e-12);
}

#[test]
fn every_init() {
    use layercake::init::Init;

    const OWN_CHOICE: Init = Init::Constant(7.0);
    network! {
        struct Inits <
            input(4)
            => dense(4, w = constant(2), b = constant(value = -0.5)) => dense(4, w = normal)
            => dense(4, w = normal(1, mean = 3.5)) => dense(4, w = normal(mean = 3.5, std = 1.0))
            => dense(4, w = uniform) => dense(4, w = uniform(0.5)) => dense(4, w = uniform((6, 7)))
            => dense(4, w = glorot_uniform) => dense(4, w = glorot_normal(gain = relu))
            => dense(4, w = he_uniform(2)) => dense(4, w = he_normal(gain = relu))
            => dense(4, w = orthogonal(gain = 1.5)) => dense(4, w = sparse(sparsity = 0.5, std = 1))
            => dense(4, w = OWN_CHOICE, b = OWN_CHOICE)
        >
    }
    let net = Inits::<f64>::new(1);
    assert!(net.dense1.w.get().iter().all(|&w| w == 2.0));
    assert!(net.dense1.b.get().iter().all(|&b| b == -0.5));
    assert!(net.dense7.w.get().iter().all(|w| (6.0..=7.0).contains(w)));
    assert!(net.dense14.w.get().iter().chain(net.dense14.b.get().iter()).all(|&v| v == 7.0));
    assert_eq!(net.parameters().len(), 28);
}
