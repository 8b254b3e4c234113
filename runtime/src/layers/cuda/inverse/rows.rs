//! The layers that are inverted, and what is computed otherwise than by their passes.

use super::super::convolution::Convolutional;
use super::{InverseMemory, MultiplyOnCuda};
use crate::Real;
use crate::cuda::Cuda;
use crate::cuda::convolution::Finish;
use crate::cuda::gemm::{Finish as FinishProduct, Matrix};
use crate::cuda::pooling::Winners;
use crate::cuda::shared_sums::Terms;
use crate::cuda::sharing::Sharing;
use crate::layer::{Compute, Signal, SignalMut};
use crate::layers::*;

macro_rules! linear {
    ($($layer:ident $(<$N:ident>)? $({ $($row:tt)* })?;)*) => {$(
        impl<T: Real $(, const $N: usize)?> MultiplyOnCuda<T> for $layer $(<$N>)? { $($($row)*)? }
    )*};
}

linear! {
    Flatten;
    Reshape;
    Dimshuffle;
    Slice;
    Upscale<N>;
    Scale;
    Bias;
    NonlinearityLayer;
    Dropout;
    GaussianNoise;
    Rrelu;
    FeatureWta {
        fn reads_memory(&self) -> bool {
            true
        }
    };
    PadLayer {
        fn product(
            at: &Point<'_, T, Self, Cuda>,
            _: &mut InverseMemory<T, Self>,
            u: Signal<'_, T, Cuda>,
            to: SignalMut<'_, T, Cuda>,
        ) {
            PadLayer { val: 0.0, ..at.layer }.forward(at.pass, &(), [u], to);
        }
    };
    Prelu {
        fn weights(
            at: &Point<'_, T, Self, Cuda>,
            _: &mut InverseMemory<T, Self>,
            gradients: &mut PreluParameters<T, Cuda>,
            u: Signal<'_, T, Cuda>,
            sums: SignalMut<'_, T, Cuda>,
        ) {
            let sharing = Sharing::new(at.x.shape, at.layer.shared_axes, u.values.len);
            let terms = Terms::Rectified { x: at.x.values, dy: sums.values.read(), factors: u.values };
            at.pass.device.shared_sums(&sharing, terms, [Some(&gradients.alpha.slice_mut()), None]);
        }
    };
}

/// Layers with two products of their own: each an expression of the point, what is multiplied, and where it goes.
macro_rules! products {
    ($($layer:ident $(<$N:ident>)?:
        product: |$at:ident, $u:ident, $to:ident| $product:expr,
        transposed: |$at_too:ident, $sums:ident, $back:ident| $transposed:expr;
    )*) => {$(
        impl<T: Real $(, const $N: usize)?> MultiplyOnCuda<T> for $layer $(<$N>)? {
            fn product(
                $at: &Point<'_, T, Self, Cuda>,
                _: &mut InverseMemory<T, Self>,
                $u: Signal<'_, T, Cuda>,
                $to: SignalMut<'_, T, Cuda>,
            ) {
                $product
            }

            fn transposed(
                $at_too: &Point<'_, T, Self, Cuda>,
                _: &mut InverseMemory<T, Self>,
                $sums: SignalMut<'_, T, Cuda>,
                $back: SignalMut<'_, T, Cuda>,
            ) {
                $transposed
            }
        }
    )*};
}

products! {
    Dense:
        product: |at, u, to| {
            let inputs = Matrix::new(u.values, at.layer.num_inputs(u.shape));
            let w = Matrix::new(at.parameters.w.slice(), at.layer.num_units);
            at.pass.device.gemm(inputs, w, false, &to.values, FinishProduct::NONE);
        },
        transposed: |at, sums, to| {
            let units = at.layer.num_units;
            let w = Matrix::new(at.parameters.w.slice(), units);
            let sums = Matrix::new(sums.values.read(), units);
            at.pass.device.gemm(sums, w.t(), false, &to.values, FinishProduct::NONE);
        };
    TransposedConv<N>:
        product: |at, u, to| {
            let (convolution, none) = (at.layer.on_cuda(u.shape), Winners::default());
            let (device, w) = (at.pass.device, at.parameters.w.slice());
            device.convolve_backward(&convolution, w, Finish::NONE, u.values, &none, &to.values);
        },
        transposed: |at, sums, to| {
            let (convolution, w) = (at.layer.on_cuda(to.shape), at.parameters.w.slice());
            let sums = sums.values.read();
            at.pass.device.convolve(&convolution, w, Finish::NONE, sums, &to.values, None);
        };
    LocallyConnected2d:
        product: |at, u, to| {
            let (filters, w) = (at.layer.on_cuda(u.shape), at.parameters.w.slice());
            at.pass.device.locally_connect(&filters, w, Finish::NONE, u.values, &to.values);
        },
        transposed: |at, sums, to| {
            let (filters, w) = (at.layer.on_cuda(to.shape), at.parameters.w.slice());
            at.pass.device.locally_connect_backward(&filters, w, sums.values.read(), &to.values);
        };
}

macro_rules! convolutions {
    ($($layer:ident $(<$N:ident>)?)*) => {
        products! {$(
            $layer $(<$N>)?:
                product: |at, u, to| {
                    let (convolution, w) = (at.layer.convolution(u.shape), at.parameters.w.slice());
                    at.pass.device.convolve(&convolution, w, Finish::NONE, u.values, &to.values, None);
                },
                transposed: |at, sums, to| {
                    let (convolution, none) = (at.layer.convolution(to.shape), Winners::default());
                    let (device, w, sums) = (at.pass.device, at.parameters.w.slice(), sums.values.read());
                    device.convolve_backward(&convolution, w, Finish::NONE, sums, &none, &to.values);
                };
        )*}
    };
}

convolutions! { Conv<N> DilatedConv2d Nin }

/// Layers that take the largest or smallest of several values, or their mean or sum.
macro_rules! pools {
    ($($layer:ident $(<$N:ident>)?, selects: |$layer_of:ident| $selects:expr, take: $take:ident;)*) => {
        linear! {$(
            $layer $(<$N>)? {
                fn reads_memory(&self) -> bool {
                    let $layer_of = self;
                    $selects
                }

                fn product(
                    at: &Point<'_, T, Self, Cuda>,
                    memory: &mut InverseMemory<T, Self>,
                    u: Signal<'_, T, Cuda>,
                    to: SignalMut<'_, T, Cuda>,
                ) {
                    if MultiplyOnCuda::<T>::reads_memory(&at.layer) {
                        $take!(at, u, &memory.of_layer, to);
                    } else {
                        at.layer.forward(at.pass, &(), [u], to);
                    }
                }
            };
        )*}
    };
}

/// Winners that are counted within their channels.
macro_rules! of_channels {
    ($at:ident, $u:ident, $winners:expr, $to:ident) => {
        let channels = $u.shape.dim(0);
        let lengths = [$u.shape.len() / channels, $to.shape.len() / channels];
        $at.pass.device.take_winners(lengths, $u.values, $winners, &$to.values);
    };
}

/// Winners that are counted within groups.
macro_rules! of_groups {
    ($at:ident, $u:ident, $winners:expr, $to:ident) => {
        let groups = $at.layer.groups($u.shape);
        $at.pass.device.take_winners_of_groups(&groups, $u.values, $winners, &$to.values);
    };
}

pools! {
    Pool<N>, selects: |layer| layer.mode == PoolMode::Max, take: of_channels;
    MaxPool<N>, selects: |_layer| true, take: of_channels;
    SpatialPyramidPooling, selects: |layer| layer.mode == PoolMode::Max, take: of_channels;
    GlobalPool, selects: |layer| layer.pool_function.selects(), take: of_groups;
    FeaturePool, selects: |layer| layer.pool_function.selects(), take: of_groups;
}
