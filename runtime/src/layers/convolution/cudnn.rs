//! Convolutions by NVIDIA's library.

use super::{Conv, ConvParameters};
use crate::device::Device;
use crate::layer::Layer;
use crate::parameters::Builder;
use crate::shape::ParameterShapes;
use crate::{Real, Shape};

/// `conv2d(.., algorithm = cudnn)`: a convolution whose products are computed by NVIDIA's cuDNN, with algorithms whose sums
/// are always in the same order. There is arithmetic for CUDA alone: on a processor the compiler refuses the network.
/// It has the parameters and shapes of the layer itself.
///
/// Chetlur, Woolley, Vandermersch, Cohen, Tran, Catanzaro and Shelhamer, "cuDNN: efficient primitives for deep learning"
/// (2014).
#[derive(Clone, Copy, Debug)]
pub struct Cudnn<L>(
    /// The convolution.
    pub L,
);

impl<const N: usize> Cudnn<Conv<N>> {
    /// See [`Conv::output_shape`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        self.0.output_shape(input)
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        self.0.parameter_shapes(input)
    }
}

impl<const N: usize> Layer for Cudnn<Conv<N>> {
    type Parameters<T: Real, D: Device> = ConvParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> ConvParameters<T, D> {
        self.0.parameters(inputs, builder)
    }

    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> usize {
        self.0.multiply_adds(inputs, output)
    }
}
