//! The outputs of a network, and the gradients that come back to them.

use ndarray::{Array, ArrayView, ArrayViewMut, Dimension};

use crate::arrays::Arrays;
use crate::device::{Cpu, Device, download_or_nan};
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::NonlinearityLayer;
use crate::nonlinearities::Nonlinearity;
use crate::random::Random;
use crate::{Real, Shape};

/// One output of a network: its values, the sums (scores) that its last nonlinearity took, and the gradient of
/// the loss with respect to either.
///
/// Keeping the scores is what lets an objective be stable: cross-entropy of a softmax is computed from them by
/// log-sum-exp, and its gradient with respect to them is the one-step `(p - t) / n`.
#[derive(Clone, Debug)]
pub struct Head<T: Real, D: Device, R> {
    device: D,
    shape: Shape,
    nonlinearity: Nonlinearity,
    batch: usize,
    scores: D::Buffer<T>,
    values: D::Buffer<T>,
    gradient: D::Buffer<T>,
    /// `None` from a forward pass on until the gradient is written.
    gradient_of: Option<GradientOf>,
    rank: std::marker::PhantomData<R>,
}

/// What the gradient in a [`Head`] is taken with respect to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GradientOf {
    /// The output's values.
    #[default]
    Values,
    /// The scores, before the last nonlinearity: the short cut of objectives that know it.
    Scores,
}

/// The parts of a [`Head`] on the processor, for an objective to read and write.
#[derive(Debug)]
pub struct HeadParts<'a, T: Real, R: Dimension> {
    /// The output (batch, axes...).
    pub values: ArrayView<'a, T, R>,
    /// What the last nonlinearity was applied to (batch, axes...); the same as the values where it is linear.
    pub scores: ArrayView<'a, T, R>,
    /// The last nonlinearity.
    pub nonlinearity: Nonlinearity,
    /// Where the gradient of the loss goes.
    pub gradient: ArrayViewMut<'a, T, R>,
    /// What that gradient is taken with respect to.
    pub gradient_of: &'a mut GradientOf,
}

impl<T: Real, D: Device, R: Dimension> Head<T, D, R> {
    pub(crate) fn new(device: D, shape: Shape, nonlinearity: Nonlinearity) -> Self {
        Head {
            device,
            shape,
            nonlinearity,
            batch: 0,
            scores: D::Buffer::default(),
            values: D::Buffer::default(),
            gradient: D::Buffer::default(),
            gradient_of: None,
            rank: std::marker::PhantomData,
        }
    }

    /// The nonlinearity between scores and values.
    pub fn nonlinearity(&self) -> Nonlinearity {
        self.nonlinearity
    }

    /// The items of the latest batch.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// A copy of the output (batch, axes...).
    pub fn get(&self) -> Array<T, R> {
        let buffer = if self.nonlinearity.is_linear() { &self.scores } else { &self.values };
        download_or_nan(&self.device, buffer, Array::zeros(self.dims()))
    }

    /// Sets the gradient of a loss of your own with respect to the output's values. One that is not set after a forward
    /// pass is zero.
    ///
    /// # Errors
    /// If it has another shape than the output.
    pub fn set_gradient(&mut self, gradient: ArrayView<T, R>) -> Result<(), GradientError> {
        let dims = self.dims();
        if gradient.raw_dim() != dims {
            return Err(GradientError { expected: dims.slice().to_vec(), found: gradient.shape().to_vec() });
        }
        self.device.upload(gradient.as_standard_layout().as_slice().unwrap_or_default(), &mut self.gradient);
        self.gradient_of = Some(GradientOf::Values);
        Ok(())
    }

    /// The lengths of the output's axes, the batch axis first.
    pub(crate) fn dims(&self) -> R {
        let mut dims = R::zeros(self.shape.rank() + 1);
        dims[0] = self.batch;
        dims.slice_mut()[1..].copy_from_slice(self.shape.dims());
        dims
    }

    fn len(&self) -> usize {
        self.batch * self.shape.len()
    }

    /// Changes the output's shape, where an axis may be of any length.
    #[doc(hidden)]
    pub fn set_shape(&mut self, shape: Shape) {
        self.shape = shape;
    }

    /// Makes room for a batch; generated code calls it before the last layer writes the scores.
    #[doc(hidden)]
    pub fn begin(&mut self, batch: usize) {
        self.batch = batch;
        let len = self.len();
        self.device.reserve(&mut self.scores, len);
        self.device.reserve(&mut self.gradient, len);
        if !self.nonlinearity.is_linear() {
            self.device.reserve(&mut self.values, len);
        }
    }

    /// The scores, for the last layer to write and other layers to read.
    #[doc(hidden)]
    pub fn scores_buffer(&mut self) -> &mut D::Buffer<T> {
        &mut self.scores
    }

    /// The scores, and the gradient with respect to them.
    #[doc(hidden)]
    pub fn backward_buffers(&mut self) -> (&D::Buffer<T>, &mut D::Buffer<T>) {
        (&self.scores, &mut self.gradient)
    }

    /// Computes the values from the scores.
    #[doc(hidden)]
    pub fn finish(&mut self)
    where
        NonlinearityLayer: Compute<T, D>,
    {
        self.gradient_of = None;
        if self.nonlinearity.is_linear() {
            return;
        }
        let (shape, len) = (self.shape, self.len());
        NonlinearityLayer { nonlinearity: self.nonlinearity }.forward(
            &Pass { device: &self.device, random: Random::new(0) },
            &(),
            [Signal { shape, values: D::slice(&self.scores, len) }],
            SignalMut { shape, values: D::slice_mut(&mut self.values, len) },
        );
    }

    /// Turns a gradient with respect to the values into one with respect to the scores.
    #[doc(hidden)]
    pub fn begin_backward(&mut self)
    where
        NonlinearityLayer: Compute<T, D, Memory = ()>,
    {
        let (shape, len) = (self.shape, self.len());
        let Some(gradient_of) = self.gradient_of else {
            // Nobody asked for this output: what is left of an earlier step is not its gradient.
            self.device.upload(&vec![T::zero(); len], &mut self.gradient);
            return;
        };
        if gradient_of == GradientOf::Scores || self.nonlinearity.is_linear() {
            return;
        }
        NonlinearityLayer { nonlinearity: self.nonlinearity }.backward(
            &Pass { device: &self.device, random: Random::new(0) },
            &(),
            &mut (),
            &mut (),
            Backward {
                inputs: [Signal { shape, values: D::slice(&self.scores, len) }],
                output: Signal { shape, values: D::slice(&self.values, len) },
                output_gradient: SignalMut { shape, values: D::slice_mut(&mut self.gradient, len) },
                input_gradients: [None],
            },
        );
        self.gradient_of = Some(GradientOf::Scores);
    }
}

impl<T: Real, R: Dimension> Head<T, Cpu, R> {
    /// The output (batch, axes...).
    pub fn values(&self) -> ArrayView<'_, T, R> {
        let buffer = if self.nonlinearity.is_linear() { &self.scores } else { &self.values };
        ArrayView::from_shape(self.dims(), Cpu::slice(buffer, self.len())).expect("a batch of outputs")
    }

    /// What the last nonlinearity was applied to (batch, axes...).
    pub fn scores(&self) -> ArrayView<'_, T, R> {
        ArrayView::from_shape(self.dims(), Cpu::slice(&self.scores, self.len())).expect("a batch of scores")
    }

    /// All parts at once, for an objective.
    pub fn parts(&mut self) -> HeadParts<'_, T, R> {
        let (dims, len) = (self.dims(), self.len());
        let values = if self.nonlinearity.is_linear() { &self.scores } else { &self.values };
        let view = |buffer| ArrayView::from_shape(dims.clone(), Cpu::slice(buffer, len)).expect("a batch");
        HeadParts {
            values: view(values),
            scores: view(&self.scores),
            nonlinearity: self.nonlinearity,
            gradient: ArrayViewMut::from_shape(dims.clone(), Cpu::slice_mut(&mut self.gradient, len))
                .expect("a batch of gradients"),
            gradient_of: self.gradient_of.get_or_insert_default(),
        }
    }
}

/// The parts of a [`Head`] in its device's memory, for an objective there.
#[cfg(feature = "cuda")]
pub(crate) struct PartsOnDevice<'a, T: Real, D: Device> {
    pub device: &'a D,
    pub values: D::Slice<'a, T>,
    pub scores: D::Slice<'a, T>,
    pub gradient: D::SliceMut<'a, T>,
    pub gradient_of: &'a mut GradientOf,
}

#[cfg(feature = "cuda")]
impl<T: Real, D: Device, R: Dimension> Head<T, D, R> {
    /// Where it is.
    pub(crate) fn device(&self) -> &D {
        &self.device
    }

    /// The output.
    pub(crate) fn values_on_device(&self) -> D::Slice<'_, T> {
        D::slice(if self.nonlinearity.is_linear() { &self.scores } else { &self.values }, self.len())
    }

    /// What the last nonlinearity was applied to.
    pub(crate) fn scores_on_device(&self) -> D::Slice<'_, T> {
        D::slice(&self.scores, self.len())
    }

    /// All parts at once.
    pub(crate) fn parts_on_device(&mut self) -> PartsOnDevice<'_, T, D> {
        let len = self.len();
        PartsOnDevice {
            device: &self.device,
            values: D::slice(if self.nonlinearity.is_linear() { &self.scores } else { &self.values }, len),
            scores: D::slice(&self.scores, len),
            gradient: D::slice_mut(&mut self.gradient, len),
            gradient_of: self.gradient_of.get_or_insert_default(),
        }
    }
}

/// A gradient that does not fit the output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the output has shape {expected:?}, the gradient given for it {found:?}; it needs the output's own shape"
)]
pub struct GradientError {
    /// The output's shape, the batch axis first.
    pub expected: Vec<usize>,
    /// The gradient's.
    pub found: Vec<usize>,
}

/// A [`Head`], or a tuple of them.
pub trait Heads: std::fmt::Debug + Send {
    /// The element type.
    type Real: Real;
    /// An array, or a tuple of them.
    type Outputs: Arrays<Self::Real>;

    /// Copies of the outputs.
    fn get(&self) -> Self::Outputs;

    /// Sets the gradients of a loss of your own with respect to all outputs' values.
    ///
    /// # Errors
    /// If one has another shape than its output.
    fn set_gradients(&mut self, gradients: &Self::Outputs) -> Result<(), GradientError>;
}

impl<T: Real, D: Device, R: Dimension> Heads for Head<T, D, R> {
    type Real = T;
    type Outputs = Array<T, R>;

    fn get(&self) -> Array<T, R> {
        Head::get(self)
    }

    fn set_gradients(&mut self, gradient: &Array<T, R>) -> Result<(), GradientError> {
        self.set_gradient(gradient.view())
    }
}

macro_rules! tuples {
    ($(($first:ident $($head:ident $index:tt)*))*) => {$(
        impl<$first: Heads, $($head: Heads<Real = $first::Real>),*> Heads for ($first, $($head,)*) {
            type Real = $first::Real;
            type Outputs = ($first::Outputs, $($head::Outputs,)*);

            fn get(&self) -> Self::Outputs {
                (self.0.get(), $(self.$index.get(),)*)
            }

            fn set_gradients(&mut self, gradients: &Self::Outputs) -> Result<(), GradientError> {
                self.0.set_gradients(&gradients.0)?;
                $(self.$index.set_gradients(&gradients.$index)?;)*
                Ok(())
            }
        }
    )*};
}

tuples! {
    (A B 1)
    (A B 1 C 2)
    (A B 1 C 2 D 3)
    (A B 1 C 2 D 3 E 4)
    (A B 1 C 2 D 3 E 4 F 5)
}
