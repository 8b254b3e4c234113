//! What `network!` generates, seen from outside: the trait of all networks, and what training and inference keep
//! between calls.

use std::fmt::Debug;

use crate::arrays::{Arrays, IntoInputs};
use crate::device::{Device, DeviceError};
use crate::heads::Heads;
use crate::parameters::{Parameter, ParameterError, Parameters};
use crate::random::Random;
use crate::shape::Lengths;
use crate::summary::{LayerSummary, Summary};
use crate::{Real, Shape};

/// One layer of a network, as its text says it.
#[derive(Clone, Copy, Debug)]
pub struct LayerInfo {
    /// Its label, or its kind and number: `hidden`, `dense1`.
    pub name: &'static str,
    /// Its kind: `dense`, or for a layer of one's own its type's name.
    pub kind: &'static str,
    /// The layer as written.
    pub text: &'static str,
    /// The shape of its output, without the batch axis; at the longest length, where there can be several.
    pub shape: Shape,
    /// The numbers, in this list, of the layers that it reads.
    pub inputs: &'static [usize],
}

/// A network that `network!` generated.
///
/// A training step by hand, as [`Trainer`](crate::train::Trainer) does it:
///
/// ```
/// use layercake::prelude::*;
/// use ndarray::{Array2, array};
///
/// network! { pub struct Xor < input(2) => dense(8, tanh) => dense(2, softmax) > }
///
/// let (x, classes) = (array![[0., 0.], [0., 1.], [1., 0.], [1., 1.]], array![0, 1, 1, 0]);
/// let mut net = Xor::<f64>::new(1);
/// let mut training = net.training(1);
/// let mut update = Update::new(sgd(1.0), &net);
/// for _ in 0..500 {
///     net.forward_training(&mut training, &x)?;
///     CategoricalCrossentropy.evaluate(&mut training.outputs, &classes)?;
///     net.backward(&mut training);
///     update.step(&mut net, &mut training.gradients)?;
/// }
/// let probabilities: Array2<f64> = net.forward(&x)?;
/// assert!(probabilities[[1, 1]] > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Network: Parameters<Self::Real, Self::Device> + Clone + Debug + Sized {
    /// The element type.
    type Real: Real;
    /// Where it computes.
    type Device: Device;
    /// A view of the input (batch, axes...), or a tuple of one for each input in the order of the text. An input of
    /// `dtype = i32` is a view of `i32`. References to arrays will do as well: see [`IntoInputs`].
    type Inputs<'a>: IntoInputs<Self::Inputs<'a>>;
    /// The arrays of such views.
    type OwnedInputs: for<'a> Arrays<Self::Real, Views<'a> = Self::Inputs<'a>> + 'static;
    /// An array of the gradient with respect to the input, or a tuple of one for each input; `()` in the place of
    /// an input of `dtype = i32`, which has none.
    type InputGradients: Arrays<Self::Real>;
    /// An array of the output (batch, axes...), or a tuple of one for each output in the order of the text.
    type Outputs: Arrays<Self::Real>;
    /// The outputs as training and objectives see them: a [`Head`](crate::Head) or a tuple of heads.
    type Heads: Heads<Real = Self::Real, Outputs = Self::Outputs>;
    /// The memory of an inference.
    type InferenceBuffers: Default + Send;
    /// The memory of a training step.
    type TrainingBuffers: Default + Send;

    /// All layers, inputs among them, in the order of computation.
    const LAYERS: &'static [LayerInfo];

    /// The only batch size that it takes, if its text fixes one.
    const BATCH: Option<usize>;

    /// The lengths that its axes of any length may have, if it has some, as `input(..=100, 2)` has. All arrays of a
    /// call have the same one, and the outputs follow it; [`LAYERS`](Self::LAYERS) states the longest.
    const LENGTHS: Option<Lengths> = None;

    /// A network on `device` with initial values drawn from `seed`.
    fn on(device: &Self::Device, seed: u64) -> Self;

    /// Where it computes.
    fn device(&self) -> &Self::Device;

    /// Heads for its outputs.
    fn heads(&self) -> Self::Heads;

    /// For the [`summary`](Self::summary): the multiply-adds of each layer for one item, in the order of
    /// [`LAYERS`](Self::LAYERS).
    fn multiply_adds() -> Vec<usize>;

    /// The outputs in inference (dropout and noise do nothing, averages are the running ones), left in
    /// `inference.outputs`. Allocates nothing once a batch as large has been seen.
    ///
    /// # Errors
    /// If an input has another shape than the text says, or holds a number that a layer cannot look up.
    fn forward_with<'a>(
        &self,
        inference: &mut Inference<Self>,
        inputs: impl IntoInputs<Self::Inputs<'a>>,
    ) -> Result<(), InputError>;

    /// The outputs in training, left in `training.outputs`, with all that [`backward`](Self::backward) needs.
    /// Every call draws new random numbers for dropout and noise. Allocates nothing once a batch as large has
    /// been seen.
    ///
    /// # Errors
    /// If an input has another shape than the text says, or holds a number that a layer cannot look up.
    fn forward_training<'a>(
        &mut self,
        training: &mut Training<Self>,
        inputs: impl IntoInputs<Self::Inputs<'a>>,
    ) -> Result<(), InputError>;

    /// From the gradient that an objective left in `training.outputs`, those of all parameters, left in
    /// `training.gradients`.
    fn backward(&self, training: &mut Training<Self>);

    /// As [`backward`](Self::backward), and returns the gradients with respect to the inputs as well.
    fn backward_to_inputs(&self, training: &mut Training<Self>) -> Self::InputGradients;

    /// The outputs in inference.
    ///
    /// This allocates its memory anew; for many small batches keep an [`inference`](Self::inference) and call
    /// [`forward_with`](Self::forward_with).
    ///
    /// # Errors
    /// If an input has another shape than the text says, or holds a number that a layer cannot look up.
    fn forward<'a>(&self, inputs: impl IntoInputs<Self::Inputs<'a>>) -> Result<Self::Outputs, InputError> {
        let mut inference = self.inference();
        self.forward_with(&mut inference, inputs)?;
        Ok(inference.outputs.get())
    }

    /// What repeated inference keeps between calls.
    fn inference(&self) -> Inference<Self> {
        Inference { outputs: self.heads(), buffers: Default::default() }
    }

    /// What training keeps between steps; `seed` is that of dropout and noise.
    fn training(&self, seed: u64) -> Training<Self> {
        let mut gradients = self.clone();
        gradients.visit_mut(&mut |gradient| {
            let zeros = ndarray::ArrayD::zeros(gradient.shape());
            gradient.set(zeros.view()).expect("made for this shape");
        });
        Training { gradients, outputs: self.heads(), random: Random::new(seed), buffers: Default::default() }
    }

    /// All parameters in order, as Lasagne's `get_all_params`: layer by layer, weights before biases.
    fn parameters(&self) -> Vec<&Parameter<Self::Real, Self::Device>> {
        let mut parameters = Vec::new();
        self.visit(&mut |parameter| parameters.push(parameter));
        parameters
    }

    /// All parameters in order, to change them.
    fn parameters_mut(&mut self) -> Vec<&mut Parameter<Self::Real, Self::Device>> {
        let mut parameters = Vec::new();
        self.visit_mut(&mut |parameter| parameters.push(parameter));
        parameters
    }

    /// The number of values that training changes, as Lasagne's `count_params(layer, trainable=True)`.
    fn count_trainable(&self) -> usize {
        self.parameters().iter().filter(|parameter| parameter.tags().trainable).map(|p| p.len()).sum()
    }

    /// The number of all parameters' values, as Lasagne's `count_params`.
    fn count_parameters(&self) -> usize {
        self.parameters().iter().map(|parameter| parameter.len()).sum()
    }

    /// Its layers as a table, to print:
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let net = network!(<
    ///     input(1, 28, 28)
    ///     => conv2d(32, 5, relu)
    ///     => max_pool2d(2)
    ///     => dropout(0.5)
    ///     => dense(256, relu)
    ///     => dense(10, softmax)
    /// >);
    /// assert_eq!(net.summary().to_string(), "\
    /// layer        text                 output shape         parameters  multiply-adds per item
    /// -----------------------------------------------------------------------------------------
    /// input1       input(1, 28, 28)     (batch, 1, 28, 28)            0                       0
    /// conv2d1      conv2d(32, 5, relu)  (batch, 32, 24, 24)         832                 460,800
    /// max_pool2d1  max_pool2d(2)        (batch, 32, 12, 12)           0                       0
    /// dropout1     dropout(0.5)         (batch, 32, 12, 12)           0                       0
    /// dense1       dense(256, relu)     (batch, 256)          1,179,904               1,179,648
    /// dense2       dense(10, softmax)   (batch, 10)               2,570                   2,560
    /// -----------------------------------------------------------------------------------------
    /// total                                                   1,183,306               1,643,008
    /// ");
    /// ```
    fn summary(&self) -> Summary {
        let parameters = self.parameters();
        let layers = Self::LAYERS.iter().zip(Self::multiply_adds()).map(|(layer, multiply_adds)| {
            let of_layer = parameters.iter().filter(|parameter| {
                parameter.name().split_once('.').is_some_and(|(field, _)| field == layer.name)
            });
            let parameters = of_layer.map(|parameter| parameter.len()).sum();
            LayerSummary { name: layer.name, text: layer.text, shape: layer.shape, parameters, multiply_adds }
        });
        Summary { layers: layers.collect(), batch: Self::BATCH, trainable: self.count_trainable() }
    }

    /// Copies of all parameters' values in order, as Lasagne's `get_all_param_values`.
    fn parameter_values(&self) -> Vec<ndarray::ArrayD<Self::Real>> {
        self.parameters().iter().map(|parameter| parameter.get()).collect()
    }

    /// Replaces all parameters' values, in order, as Lasagne's `set_all_param_values`.
    ///
    /// # Errors
    /// If there are more or fewer arrays than parameters, or one has another shape; then no value is changed.
    fn set_parameter_values(&mut self, values: &[ndarray::ArrayD<Self::Real>]) -> Result<(), ValuesError> {
        let parameters = self.parameters_mut();
        if parameters.len() != values.len() {
            return Err(ValuesError::Count { expected: parameters.len(), found: values.len() });
        }
        for (parameter, value) in parameters.iter().zip(values) {
            if parameter.shape() != value.shape() {
                return Err(ValuesError::Shape(ParameterError {
                    name: parameter.name().to_owned(),
                    expected: parameter.shape().to_vec(),
                    found: value.shape().to_vec(),
                }));
            }
        }
        for (parameter, value) in parameters.into_iter().zip(values) {
            parameter.set(value.view())?;
        }
        Ok(())
    }
}

/// What repeated inference of one network keeps between calls.
#[derive(Debug)]
pub struct Inference<N: Network> {
    /// The outputs of the latest call.
    pub outputs: N::Heads,
    /// The memory under the layers; its parts are the network's own.
    #[doc(hidden)]
    pub buffers: N::InferenceBuffers,
}

/// What the training of one network keeps between steps.
#[derive(Debug)]
pub struct Training<N: Network> {
    /// The gradients of the latest backward pass: the network again, with gradients for values.
    pub gradients: N,
    /// The outputs of the latest forward pass, and the gradients with respect to them.
    pub outputs: N::Heads,
    /// The random numbers of the latest forward pass.
    pub random: Random,
    /// The memory under the layers; its parts are the network's own.
    #[doc(hidden)]
    pub buffers: N::TrainingBuffers,
}

/// Values that do not fit a network's parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValuesError {
    /// More or fewer arrays than parameters.
    #[error("the network has {expected} parameters, and {found} arrays were given")]
    Count {
        /// The number of the network's parameters.
        expected: usize,
        /// The number of arrays.
        found: usize,
    },
    /// An array of another shape.
    #[error(transparent)]
    Shape(#[from] ParameterError),
}

/// An input that the network was not made for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Other axes than the text says.
    #[error(
        "the input `{name}` must be (batch, {}), and the array given has shape {found:?}",
        List(expected)
    )]
    Shape {
        /// The input's name.
        name: &'static str,
        /// Its axes without the batch axis.
        expected: Vec<usize>,
        /// The array's axes.
        found: Vec<usize>,
    },
    /// Another batch than an earlier input.
    #[error("the input `{name}` has a batch of {found}, the input before it one of {expected}")]
    Unequal {
        /// The input's name.
        name: &'static str,
        /// The batch of the input before.
        expected: usize,
        /// The batch of this one.
        found: usize,
    },
    /// Another batch than the text fixes.
    #[error(
        "the network's text fixes the batch to {expected}, and the input `{name}` has a batch of {found}; \
         leave `batch` out of the text to take any size"
    )]
    Batch {
        /// The input's name.
        name: &'static str,
        /// The fixed batch.
        expected: usize,
        /// The batch of the input.
        found: usize,
    },
    /// An axis of any length that is shorter or longer than the text says.
    #[error(
        "axis {axis} of the input `{name}` must be of length {shortest} to {longest}, and the array given has {found}"
    )]
    Length {
        /// The input's name.
        name: &'static str,
        /// The number of the axis; the batch axis is 0.
        axis: usize,
        /// The shortest length.
        shortest: usize,
        /// The longest length.
        longest: usize,
        /// The length of the array's axis.
        found: usize,
    },
    /// An axis of any length that differs from an earlier one.
    #[error(
        "axis {axis} of the input `{name}` has length {found}, and an axis of any length before it {expected}; they \
         must agree"
    )]
    UnequalLength {
        /// The input's name.
        name: &'static str,
        /// The number of the axis; the batch axis is 0.
        axis: usize,
        /// The length of the axis before.
        expected: usize,
        /// The length of this one.
        found: usize,
    },
    /// What the device could not do.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A number that a layer cannot look up.
    #[error(
        "the input `{name}` holds {found} at {place:?}, and the layer `{layer}`, which looks its numbers up, has an \
         input_size of {input_size}; they must be at least 0 and below it"
    )]
    Number {
        /// The input's name.
        name: &'static str,
        /// Where the number stands, the batch axis first.
        place: Vec<usize>,
        /// The number.
        found: i32,
        /// The layer: of those that look it up the one with the smallest `input_size`.
        layer: &'static str,
        /// What the number must be below.
        input_size: usize,
    },
}

struct List<'a>(&'a [usize]);

impl std::fmt::Display for List<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, number) in self.0.iter().enumerate() {
            write!(formatter, "{}{number}", if i > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}
