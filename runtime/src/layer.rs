//! What a layer is: a constant that knows its output's shape, its parameters and its arithmetic.
//!
//! A layer is a small `Copy` value such as [`Dense`](crate::layers::Dense), written into a network's text as a
//! kind with arguments, or for a layer of one's own as a path. It has three parts:
//!
//! 1. its shape rule, an inherent `const fn output_shape(&self, input: Shape) -> Shape` (merges take
//!    `inputs: &[Shape]`), which the compiler runs;
//! 2. [`Layer`]: which parameters it has;
//! 3. [`Compute`]: its forward and backward pass on a device.
//!
//! A whole one, with a parameter, and its gradients checked:
//!
//! ```
//! use layercake::init::Init;
//! use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
//! use layercake::parameters::{Builder, Tags};
//! use layercake::prelude::*;
//! use layercake::{Device, Message, Parameter, Parameters, Real, Shape, check};
//! use ndarray::Array2;
//!
//! /// `y = steepness x^2`, with one steepness for each of the features.
//! #[derive(Clone, Copy)]
//! struct Parabola {
//!     steepness: f64,
//! }
//!
//! impl Parabola {
//!     #[track_caller]
//!     const fn output_shape(&self, input: Shape) -> Shape {
//!         if input.rank() != 1 {
//!             Message::new().text("Parabola: takes vectors, not ").shape(input).text("; flatten it").panic()
//!         }
//!         input
//!     }
//! }
//!
//! #[derive(Clone, Debug, Parameters)]
//! struct ParabolaParameters<T: Real, D: Device = Cpu> {
//!     w: Parameter<T, D>,
//! }
//!
//! impl Layer for Parabola {
//!     type Parameters<T: Real, D: Device> = ParabolaParameters<T, D>;
//!
//!     fn parameters<T: Real, D: Device>(
//!         &self,
//!         inputs: &[Shape],
//!         builder: &mut Builder<'_, D>,
//!     ) -> ParabolaParameters<T, D> {
//!         // Weights are what penalties are on.
//!         let init = Init::Constant(self.steepness);
//!         ParabolaParameters { w: builder.parameter("w", inputs[0].dims(), init, Tags::WEIGHT) }
//!     }
//! }
//!
//! impl<T: Real> Compute<T, Cpu> for Parabola {
//!     type Memory = (); // what the backward pass needs beside inputs and output
//!
//!     fn forward(
//!         &self,
//!         _: &Pass<'_, Cpu>,
//!         parameters: &ParabolaParameters<T>,
//!         [x]: [Signal<'_, T>; 1],
//!         mut y: SignalMut<'_, T>,
//!     ) {
//!         y.rows().assign(&x.rows().mapv(|x| x * x));
//!         y.rows().outer_iter_mut().for_each(|mut y| y *= &parameters.w.view());
//!     }
//!
//!     // What is here is overwritten, not added to. There is no gradient of an input that nobody asks for.
//!     fn backward(
//!         &self,
//!         _: &Pass<'_, Cpu>,
//!         parameters: &ParabolaParameters<T>,
//!         gradients: &mut ParabolaParameters<T>,
//!         (): &mut (),
//!         mut signals: Backward<'_, T, Cpu, 1>,
//!     ) {
//!         let ([x], dy) = (signals.inputs, signals.output_gradient.rows());
//!         let squares = x.rows().mapv(|x| x * x);
//!         gradients.w.view_mut().assign(&(&dy * &squares).sum_axis(ndarray::Axis(0)));
//!         if let [Some(dx)] = &mut signals.input_gradients {
//!             dx.rows().assign(&(&dy * &x.rows().mapv(|x| x + x)));
//!             dx.rows().outer_iter_mut().for_each(|mut dx| dx *= &parameters.w.view());
//!         }
//!     }
//! }
//!
//! network! { struct Curved < input(3) => dense(4, tanh) => Parabola { steepness: 0.5 } => dense(2, linear) > }
//!
//! let x = Array2::from_shape_fn((5, 3), |(item, feature)| (item as f64 - 0.7 * feature as f64).sin());
//! check::gradients(&mut Curved::new(1), &x, 1e-7)?;
//! # Ok::<(), check::GradientMismatch>(())
//! ```

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::device::{Cpu, Device, DeviceError};
use crate::parameters::{Builder, Parameters};
use crate::random::Random;
use crate::{Real, Shape};

/// A layer's parameters.
///
/// Beside this trait a layer has an inherent `const fn output_shape(&self, input: Shape) -> Shape`: trait methods
/// cannot run in constants. With `#[track_caller]` on it, an error points at the layer in the network's text, and
/// nowhere else.
///
/// In a network with an axis of any length, `input(..=100, 2)`, it needs a second one, `const fn parameter_shapes(&self,
/// input: Shape) -> ParameterShapes`: the compiler checks that they are the same at every length. A layer without
/// parameters returns [`ParameterShapes::new()`](crate::shape::ParameterShapes::new).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no layer",
    note = "a layer of your own implements `layercake::layer::Layer` and `layercake::layer::Compute`; the documentation \
            of `layercake::layer` has one"
)]
pub trait Layer: Copy + Send + Sync + 'static {
    /// What it learns; `()` for a layer without parameters.
    type Parameters<T: Real, D: Device>: Parameters<T, D> + Clone + std::fmt::Debug + Send + Sync;

    /// Makes the parameters for inputs of these shapes, with their initial values.
    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> Self::Parameters<T, D>;

    /// For a layer that looks numbers up: how many there are. All numbers in the network's inputs that it reads are
    /// at least 0 and below it; a network refuses others before it computes anything.
    fn input_size(&self) -> Option<usize> {
        None
    }

    /// Multiply-adds for one item in a forward pass, for the summary; 0 where they do not count.
    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> usize {
        let _ = (inputs, output);
        0
    }
}

/// What every layer's call shares: the device, and the random numbers of this step and layer.
#[derive(Clone, Copy, Debug)]
pub struct Pass<'a, D> {
    /// Where to compute.
    pub device: &'a D,
    /// This layer's random numbers of this step; used in training only.
    pub random: Random,
}

impl<D> Pass<'_, D> {
    /// The same pass, at the random layer with this number.
    pub fn layer(&self, layer: u32) -> Self {
        Pass { device: self.device, random: self.random.layer(layer) }
    }

    /// The same pass, at one of the parts that the layer is made of.
    pub fn part(&self, part: u32) -> Self {
        Pass { device: self.device, random: self.random.part(part) }
    }
}

/// A batch of values to read: (batch, the shape's axes...) in row-major order.
#[derive(Clone, Copy)]
pub struct Signal<'a, T: Real, D: Device = Cpu> {
    /// The shape of one item.
    pub shape: Shape,
    /// The values. In the backward pass of one of the library's layers empty if its row in the table of kinds says that it
    /// does not read them; a layer of one's own always has them.
    pub values: D::Slice<'a, T>,
}

/// A batch of values to write: (batch, the shape's axes...) in row-major order.
pub struct SignalMut<'a, T: Real, D: Device = Cpu> {
    /// The shape of one item.
    pub shape: Shape,
    /// The values.
    pub values: D::SliceMut<'a, T>,
}

impl<T: Real, D: Device> Signal<'_, T, D> {
    /// The same values for a shorter time, beside others that live no longer.
    pub fn reborrow(&self) -> Signal<'_, T, D> {
        Signal { shape: self.shape, values: D::reborrow(self.values) }
    }

    /// The number of items.
    pub fn batch(&self) -> usize {
        D::len::<T>(self.values) / self.shape.len()
    }
}

impl<'a, T: Real> Signal<'a, T, Cpu> {
    /// The values as a matrix (batch, elements of an item).
    pub fn rows(&self) -> ArrayView2<'a, T> {
        let len = self.shape.len();
        ArrayView2::from_shape((self.values.len() / len, len), self.values).expect("whole items")
    }
}

impl<T: Real, D: Device> SignalMut<'_, T, D> {
    /// The same values for a shorter time.
    pub fn reborrow(&mut self) -> SignalMut<'_, T, D> {
        SignalMut { shape: self.shape, values: D::reborrow_mut(&mut self.values) }
    }
}

impl<T: Real> SignalMut<'_, T, Cpu> {
    /// The values as a matrix (batch, elements of an item), to write.
    pub fn rows(&mut self) -> ArrayViewMut2<'_, T> {
        let len = self.shape.len();
        ArrayViewMut2::from_shape((self.values.len() / len, len), self.values).expect("whole items")
    }
}

/// What a layer's backward pass reads and writes.
pub struct Backward<'a, T: Real, D: Device, const N: usize> {
    /// The inputs of the forward pass.
    pub inputs: [Signal<'a, T, D>; N],
    /// Its output.
    pub output: Signal<'a, T, D>,
    /// The gradient of the loss with respect to the output. The layer may overwrite it.
    pub output_gradient: SignalMut<'a, T, D>,
    /// Where the gradients with respect to the inputs go, overwriting what is there; `None` for an input that
    /// needs none.
    pub input_gradients: [Option<SignalMut<'a, T, D>>; N],
}

/// A layer's arithmetic on device `D`, with `N` inputs.
pub trait Compute<T: Real, D: Device, const N: usize = 1>: Layer {
    /// What the forward pass leaves for the backward pass beside its input and output, and memory that the layer
    /// keeps between steps; `()` for most layers.
    type Memory: Default + Send;

    /// Whether this device can do all that the layer asks for with inputs of these shapes; a network with one that asks for more
    /// is refused where it is made. `name` is the layer's in the network. By default it can.
    ///
    /// # Errors
    /// The device's own, which names the layer, what it asks for and what it can have instead.
    fn check(&self, name: &'static str, inputs: &[Shape]) -> Result<(), DeviceError> {
        let _ = (name, inputs);
        Ok(())
    }

    /// The output in inference: without noise, with running averages.
    fn forward(
        &self,
        pass: &Pass<'_, D>,
        parameters: &Self::Parameters<T, D>,
        inputs: [Signal<'_, T, D>; N],
        output: SignalMut<'_, T, D>,
    );

    /// The output in training. By default the same as in inference.
    fn forward_training(
        &self,
        pass: &Pass<'_, D>,
        parameters: &mut Self::Parameters<T, D>,
        inputs: [Signal<'_, T, D>; N],
        output: SignalMut<'_, T, D>,
        memory: &mut Self::Memory,
    ) {
        let _ = memory;
        self.forward(pass, parameters, inputs, output);
    }

    /// From the gradient with respect to the output, those with respect to the parameters and inputs. Parameter
    /// gradients overwrite what `gradients` holds.
    fn backward(
        &self,
        pass: &Pass<'_, D>,
        parameters: &Self::Parameters<T, D>,
        gradients: &mut Self::Parameters<T, D>,
        memory: &mut Self::Memory,
        signals: Backward<'_, T, D, N>,
    );
}

/// Two neighbours computed as one: the second works on the first one's output while it is at hand.
///
/// `network!` writes it where both layers stand next to each other and nothing else reads the value between them.
/// It is known to the network by the first layer's name, and has that layer's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Then<A, B>(pub A, pub B);

impl<A: Layer, B: Layer> Layer for Then<A, B> {
    type Parameters<T: Real, D: Device> = A::Parameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> Self::Parameters<T, D> {
        self.0.parameters(inputs, builder)
    }
}
