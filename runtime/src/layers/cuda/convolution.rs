//! Convolutions, of all layers that are one: three products, with bias and nonlinearity where the first one's sums are at
//! hand.

use crate::cuda::convolution::{Convolution, Finish};
use crate::cuda::pooling::Winners;
use crate::cuda::{Cuda, CudaError, Slice, SliceMut};
use crate::device::DeviceError;
use crate::geometry::Windows;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::convolution::ConvParameters;
use crate::layers::nonlinearity::last_axis;
use crate::layers::{Algorithm, Conv, DilatedConv2d, Nin};
use crate::nonlinearities::Nonlinearity;
use crate::{Real, Shape};

/// A layer that is a convolution of its inputs.
pub(super) trait Convolutional {
    /// How its filters lie on inputs of this shape.
    fn convolution(&self, input: Shape) -> Convolution;

    /// Whether each position has biases of its own.
    fn untie_biases(&self) -> bool;

    /// Applied to the sums.
    fn nonlinearity(&self) -> Nonlinearity;

    /// Whether there are kernels for all that it asks for.
    fn has_kernels(&self, name: &'static str) -> Result<(), DeviceError> {
        let _ = name;
        Ok(())
    }
}

impl<const N: usize> Convolutional for Conv<N> {
    fn convolution(&self, input: Shape) -> Convolution {
        let windows = self.windows(input);
        Convolution {
            windows,
            num_filters: self.num_filters,
            num_groups: self.num_groups,
            flip_filters: self.flip_filters,
            filter_stride: windows.taps() / self.num_groups,
            channel_stride: windows.window(),
            by_gemm: self.algorithm == Algorithm::Gemm,
            pools: None,
        }
    }

    fn untie_biases(&self) -> bool {
        self.untie_biases
    }

    fn nonlinearity(&self) -> Nonlinearity {
        self.nonlinearity
    }

    fn has_kernels(&self, name: &'static str) -> Result<(), DeviceError> {
        let option = match self.algorithm {
            Algorithm::Winograd => String::from("algorithm = winograd"),
            Algorithm::Fft => String::from("algorithm = fft"),
            Algorithm::Auto | Algorithm::Direct | Algorithm::Gemm => return Ok(()),
        };
        let instead = "algorithm = auto, direct, gemm or cudnn";
        Err(CudaError::NoKernels { name, kind: Self::NAME, option, instead }.into())
    }
}

impl Convolutional for DilatedConv2d {
    fn convolution(&self, input: Shape) -> Convolution {
        let windows = self.windows(input);
        Convolution {
            windows,
            num_filters: self.num_filters,
            num_groups: 1,
            flip_filters: self.flip_filters,
            filter_stride: windows.window(),
            channel_stride: self.num_filters * windows.window(),
            by_gemm: false,
            pools: None,
        }
    }

    fn untie_biases(&self) -> bool {
        self.untie_biases
    }

    fn nonlinearity(&self) -> Nonlinearity {
        self.nonlinearity
    }
}

/// A convolution with filters of one element, the positions along one axis.
impl Convolutional for Nin {
    fn convolution(&self, input: Shape) -> Convolution {
        let channels = input.dim(0);
        let positions = [1, 1, input.len() / channels];
        let ones = [1; 3];
        Convolution {
            windows: Windows {
                channels,
                input: positions,
                output: positions,
                size: ones,
                stride: ones,
                dilation: ones,
                pad: [0; 3],
            },
            num_filters: self.num_units,
            num_groups: 1,
            flip_filters: false,
            filter_stride: 1,
            channel_stride: self.num_units,
            by_gemm: false,
            pools: None,
        }
    }

    fn untie_biases(&self) -> bool {
        self.untie_biases
    }

    fn nonlinearity(&self) -> Nonlinearity {
        self.nonlinearity
    }
}

/// Biases and nonlinearity of a layer of this kind.
pub(super) fn finish<T: Real>(
    parameters: &ConvParameters<T, Cuda>,
    untie_biases: bool,
    nonlinearity: Nonlinearity,
) -> Finish<'_, T> {
    Finish { biases: parameters.b.slice(), untie_biases, nonlinearity }
}

/// From the gradient with respect to the sums to those with respect to the parameters.
pub(super) fn parameter_gradients<T: Real>(
    device: &Cuda,
    convolution: &Convolution,
    x: Signal<'_, T, Cuda>,
    gradient: Slice<'_, T>,
    winners: &Winners,
    gradients: &mut ConvParameters<T, Cuda>,
) {
    let biases = gradients.b.slice_mut();
    let tied = biases.len == convolution.num_filters;
    let w = gradients.w.slice_mut();
    device.convolution_gradients(convolution, x.values, gradient, winners, &w, tied.then_some(&biases));
    if !tied {
        let item = convolution.num_filters * convolution.windows.positions();
        device.bias_gradients(convolution.num_filters, item, gradient, &biases);
    }
}

macro_rules! convolutions {
    ($([$($generics:tt)*] $layer:ty;)*) => {$(
        impl<T: Real $($generics)*> Compute<T, Cuda> for $layer {
            type Memory = ();

            fn check(&self, name: &'static str, _: &[Shape]) -> Result<(), DeviceError> {
                self.has_kernels(name)
            }

            fn forward(
                &self,
                pass: &Pass<'_, Cuda>,
                parameters: &ConvParameters<T, Cuda>,
                [x]: [Signal<'_, T, Cuda>; 1],
                y: SignalMut<'_, T, Cuda>,
            ) {
                let (convolution, nonlinearity) = (self.convolution(x.shape), Convolutional::nonlinearity(self));
                let finish = finish(parameters, Convolutional::untie_biases(self), nonlinearity);
                let (device, w) = (pass.device, parameters.w.slice());
                device.convolve(&convolution, w, finish, x.values, &y.values, None);
                device.nonlinearity_over_rows(nonlinearity, last_axis(y.shape), &y.values);
            }

            fn backward(
                &self,
                pass: &Pass<'_, Cuda>,
                parameters: &ConvParameters<T, Cuda>,
                gradients: &mut ConvParameters<T, Cuda>,
                (): &mut (),
                signals: Backward<'_, T, Cuda, 1>,
            ) {
                let ([x], [into], y) = (signals.inputs, signals.input_gradients, signals.output);
                let sums: SliceMut<'_, T> = signals.output_gradient.values;
                let (device, none) = (pass.device, Winners::default());
                let nonlinearity = Convolutional::nonlinearity(self);
                device.nonlinearity_backward(nonlinearity, last_axis(y.shape), y.values, &sums);
                let convolution = self.convolution(x.shape);
                parameter_gradients(device, &convolution, x, sums.read(), &none, gradients);
                if let Some(into) = into {
                    let w = parameters.w.slice();
                    device.convolve_backward(&convolution, w, Finish::NONE, sums.read(), &none, &into.values);
                }
            }
        }
    )*};
}

convolutions! {
    [, const N: usize] Conv<N>;
    [] DilatedConv2d;
    [] Nin;
}
