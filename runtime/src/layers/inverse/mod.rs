//! The inverse of an earlier layer: its backward pass as a layer.

mod affine;
mod conv2d;
mod dense;
mod max_pool2d;
mod nonlinearity;
mod reshape;

use crate::device::Device;
use crate::layer::Layer;
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// `inverse(name)`: the inverse of the earlier layer `name` (a label, or a kind and its number), as far as it has
/// one: the layer's Jacobian at its input, transposed, times what comes in; Lasagne's `InverseLayer`.
///
/// What comes in has the shape of the named layer's output, and what goes out that of its input. A dense layer
/// multiplies by its weights transposed, a convolution becomes a transposed one, pooling puts each value where the
/// largest one was (unpooling), `flatten` and `reshape` give the axes back. A nonlinearity multiplies by its derivative
/// at the named layer's output. It has the named layer's weights, and its gradients are added to theirs; biases take
/// no part.
///
/// Gradients go to what comes in, to the weights and, by the derivative, to the named layer's output. They are those
/// of the function as it is, so that second derivatives of nonlinearities count; at kinks these are 0, and so is the
/// derivative of where the largest value is.
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
