//! The inverse of an earlier layer: its backward pass as a layer.

mod differences;
mod linear;
mod rows;
mod unpooling;

pub use differences::{Differences, DifferencesMemory, Differentiate};
pub use linear::{Linear, LinearMemory, Multiply, Products};

use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// `inverse(name)`: the inverse of the earlier layer `name` (a label, or a kind and its number), as far as it has
/// one: the layer's Jacobian at its input, transposed, times what comes in; Lasagne's `InverseLayer`.
///
/// What comes in has the shape of the named layer's output, and what goes out that of its input. A dense layer
/// multiplies by its weights transposed, a convolution becomes a transposed one, pooling puts each value where the
/// largest one was (unpooling), `flatten` and `reshape` give the axes back. A nonlinearity multiplies by its derivative
/// at the named layer's output, dropout by the named layer's mask. It is possible for every layer with a single input
/// of real numbers; for one of your own see [`Invert`]. It has the named layer's parameters, and its gradients are added
/// to theirs; biases take no part.
///
/// Gradients go to what comes in, to the parameters and to the named layer's input or output. They are those of the
/// function as it is, so that second derivatives count; at kinks these are 0, and so is the derivative of where the
/// largest value is.
///
/// In inference those of dense layers, convolutions, windows of pooling and layers without parameters need no memory,
/// except for `global_pool`, `feature_pool`, `feature_wta`, `spatial_pyramid_pooling`, `local_response_normalization2d`
/// and `expression`: these and all others allocate theirs in each call.
///
/// That of a `batch_norm` with `use_averages = true` sees in training the averages that this batch has moved already;
/// with `update_averages = false` there is no difference.
///
/// Zeiler and Fergus, "Visualizing and understanding convolutional networks" (ECCV 2014).
#[derive(Clone, Copy, Debug)]
pub struct Inverse<L>(pub L);

impl<L: Layer> Inverse<L> {
    /// See [`shape::inverse`]; the inputs are what comes in, and the named layer's input and output.
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        shape::inverse(inputs)
    }
}

impl<L: Layer> Layer for Inverse<L> {
    type Parameters<T: Real, D: Device> = L::Parameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> Self::Parameters<T, D> {
        self.0.parameters(&inputs[1..2], builder)
    }

    fn multiply_adds(&self, inputs: &[Shape], _: Shape) -> usize {
        self.0.multiply_adds(&inputs[1..2], inputs[2])
    }
}

/// A layer that [`Inverse`] can be taken of. Of a layer of your own with one input it can with
///
/// ```ignore
/// impl Invert for MyLayer {
///     type By = Differences;
/// }
/// ```
pub trait Invert: Layer {
    /// How the inverse is computed: [`Products`] for a layer that is [`Linear`] up to a nonlinearity, [`Differences`]
    /// for any other.
    type By;

    /// How far [`Differences`] step, in units of the input's deviation. A layer without kinks has smaller errors with
    /// larger steps. Default 1e-4.
    const STEP: f64 = 1e-4;

    /// The layer that does in training what this one does in inference: without noise, by running averages. The
    /// layer itself, if it knows neither.
    fn in_inference(&self) -> Self {
        *self
    }
}

/// Where a layer is inverted: what it computed from what.
pub struct Point<'a, T: Real, L: Layer, D: Device = Cpu> {
    /// The layer.
    pub layer: L,
    /// The pass, with the layer's random numbers.
    pub pass: &'a Pass<'a, D>,
    /// The layer's parameters.
    pub parameters: &'a L::Parameters<T, D>,
    /// Its input.
    pub x: Signal<'a, T, D>,
    /// Its output.
    pub y: Signal<'a, T, D>,
}

/// A way to compute the inverse of `L` on a device: the product z of its Jacobian at x, transposed, and v.
pub trait InverseBy<T: Real, L: Layer, D: Device = Cpu> {
    /// What is kept between steps.
    type Memory: Default + Send;

    /// z from v.
    fn forward(
        at: &Point<'_, T, L, D>,
        memory: &mut Self::Memory,
        v: Signal<'_, T, D>,
        z: SignalMut<'_, T, D>,
    );

    /// From the gradient `u` with respect to z, those with respect to the parameters, and to v, x and y.
    fn backward(
        at: &Point<'_, T, L, D>,
        memory: &mut Self::Memory,
        gradients: &mut L::Parameters<T, D>,
        v: Signal<'_, T, D>,
        u: Signal<'_, T, D>,
        to: [Option<SignalMut<'_, T, D>>; 3],
    );
}

impl<T: Real, D: Device, L: Invert<By: InverseBy<T, L, D>>> Compute<T, D, 3> for Inverse<L> {
    type Memory = <L::By as InverseBy<T, L, D>>::Memory;

    fn forward(
        &self,
        pass: &Pass<'_, D>,
        parameters: &L::Parameters<T, D>,
        [v, x, y]: [Signal<'_, T, D>; 3],
        z: SignalMut<'_, T, D>,
    ) {
        let at = Point { layer: self.0.in_inference(), pass, parameters, x: x.reborrow(), y: y.reborrow() };
        L::By::forward(&at, &mut Self::Memory::default(), v, z);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, D>,
        parameters: &mut L::Parameters<T, D>,
        [v, x, y]: [Signal<'_, T, D>; 3],
        z: SignalMut<'_, T, D>,
        memory: &mut Self::Memory,
    ) {
        let at = Point { layer: self.0, pass, parameters, x: x.reborrow(), y: y.reborrow() };
        L::By::forward(&at, memory, v, z);
    }

    fn backward(
        &self,
        pass: &Pass<'_, D>,
        parameters: &L::Parameters<T, D>,
        gradients: &mut L::Parameters<T, D>,
        memory: &mut Self::Memory,
        signals: Backward<'_, T, D, 3>,
    ) {
        let [v, x, y] = signals.inputs;
        let u = Signal { shape: x.shape, values: D::as_slice(&signals.output_gradient.values) };
        let at = Point { layer: self.0, pass, parameters, x: x.reborrow(), y: y.reborrow() };
        L::By::backward(&at, memory, gradients, v, u, signals.input_gradients);
    }
}
