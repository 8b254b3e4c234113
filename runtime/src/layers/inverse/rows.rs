//! Which of the library's layers are inverted in which way.

use super::{Differences, Invert, Linear, LinearMemory, Multiply, Point, Products};
use crate::Real;
use crate::cpu::gemm::{Identity, Threads, gemm};
use crate::cpu::groups::take_winners;
use crate::cpu::sharing::Sharing;
use crate::device::Device;
use crate::layer::{Compute, Signal, SignalMut};
use crate::layers::convolution::Finish;
use crate::layers::dense::{matrix, matrix_mut};
use crate::layers::*;
use crate::nonlinearities::{Nonlinearity, linear};
use crate::parameters::Parameter;

/// Linear layers: what each is, and what the processor computes otherwise than by its passes.
macro_rules! linear {
    ($($layer:ident $(<$N:ident>)? $({ $($is:tt)* })? $(on the processor { $($row:tt)* })?;)*) => {$(
        impl<$(const $N: usize)?> Invert for $layer $(<$N>)? {
            type By = Products;
        }

        impl<$(const $N: usize)?> Linear for $layer $(<$N>)? { $($($is)*)? }

        impl<T: Real $(, const $N: usize)?> Multiply<T> for $layer $(<$N>)? { $($($row)*)? }
    )*};
}

linear! {
    Flatten;
    Reshape;
    Dimshuffle;
    PadLayer;
    Slice;
    Upscale<N>;
    Scale { const IS_SYMMETRIC: bool = true; };
    FeatureWta { const IS_SYMMETRIC: bool = true; } on the processor { const READS_MEMORY: bool = true; };
    Bias {
        const IS_SYMMETRIC: bool = true;

        fn biases<T: Real, D: Device>(parameters: &mut BiasParameters<T, D>) -> Option<&mut Parameter<T, D>> {
            Some(&mut parameters.b)
        }
    };
    Prelu { const IS_SYMMETRIC: bool = true; } on the processor {
        fn weights(
            at: &Point<'_, T, Self>,
            _: &mut LinearMemory<T, Self>,
            gradients: &mut PreluParameters<T>,
            u: Signal<'_, T>,
            sums: Signal<'_, T>,
        ) {
            let sharing = Sharing::new(at.x.shape, at.layer.shared_axes.mask());
            let from = [at.x.values, u.values, sums.values];
            sharing.sums(from, [], [gradients.alpha.slice_mut()], |[x, u, sum], []| {
                [if x < T::zero() { u * sum } else { T::zero() }]
            });
        }
    };
    NonlinearityLayer {
        const IS_SYMMETRIC: bool = true;

        fn nonlinearity(&self) -> Nonlinearity {
            self.nonlinearity
        }

        fn without_nonlinearity(&self) -> Self {
            NonlinearityLayer { nonlinearity: linear() }
        }
    };
    Dense {
        fn nonlinearity(&self) -> Nonlinearity {
            self.nonlinearity
        }

        fn without_nonlinearity(&self) -> Self {
            Dense { nonlinearity: linear(), ..*self }
        }

        fn biases<T: Real, D: Device>(parameters: &mut DenseParameters<T, D>) -> Option<&mut Parameter<T, D>> {
            Some(&mut parameters.b)
        }
    } on the processor {
        fn transposed(
            at: &Point<'_, T, Self>,
            _: &mut LinearMemory<T, Self>,
            sums: Signal<'_, T>,
            to: SignalMut<'_, T>,
        ) {
            let (inputs, units) = (at.layer.num_inputs(to.shape), at.layer.num_units);
            let (w, to) = (matrix(at.parameters.w.slice(), units), matrix_mut(to.values, inputs));
            gemm(Threads::All, matrix(sums.values, units), w.reversed_axes(), false, to, &Identity);
        }
    };
}

/// Layers with filters: linear, with a nonlinearity and biases.
macro_rules! filters {
    ($($layer:ident $(<$N:ident>)? $(on the processor { $($row:tt)* })?;)*) => {
        linear! {$(
            $layer $(<$N>)? {
                fn nonlinearity(&self) -> Nonlinearity {
                    self.nonlinearity
                }

                fn without_nonlinearity(&self) -> Self {
                    $layer { nonlinearity: linear(), ..*self }
                }

                fn biases<T: Real, D: Device>(parameters: &mut ConvParameters<T, D>) -> Option<&mut Parameter<T, D>> {
                    Some(&mut parameters.b)
                }
            } $(on the processor { $($row)* })?;
        )*}
    };
}

filters! {
    Nin;
    DilatedConv2d;
    LocallyConnected2d;
    TransposedConv<N>;
    Conv<N> on the processor {
        fn transposed(
            at: &Point<'_, T, Self>,
            _: &mut LinearMemory<T, Self>,
            sums: Signal<'_, T>,
            to: SignalMut<'_, T>,
        ) {
            at.layer.filters(at.parameters, to.shape).transposed(sums.values, to.values);
        }

        fn product(
            at: &Point<'_, T, Self>,
            _: &mut LinearMemory<T, Self>,
            u: Signal<'_, T>,
            to: SignalMut<'_, T>,
        ) {
            let finish = Finish::new(&[], false, linear(), to.shape);
            at.layer.filters(at.parameters, u.shape).batch(&finish, u.values, to.values);
        }
    };
}

/// Layers that draw random numbers in training.
macro_rules! random {
    ($($layer:ident, $in_inference:expr;)*) => {$(
        impl Invert for $layer {
            type By = Products;

            fn in_inference(&self) -> Self {
                let in_inference: fn(Self) -> Self = $in_inference;
                in_inference(*self)
            }
        }

        impl Linear for $layer {
            const IS_SYMMETRIC: bool = true;
        }

        impl<T: Real> Multiply<T> for $layer {}
    )*};
}

random! {
    Dropout, |layer| Dropout { p: 0.0, ..layer };
    GaussianNoise, |_| GaussianNoise { sigma: 0.0 };
    Rrelu, |layer| {
        let mean = 0.5 * (layer.lower + layer.upper);
        Rrelu { lower: mean, upper: mean, ..layer }
    };
}

/// Layers that take the largest or smallest of several values, or their mean or sum; those over windows are in
/// `unpooling`.
macro_rules! pools {
    ($($layer:ident $(<$N:ident>)?, selects: $selects:expr, take: $take:expr;)*) => {
        linear! {$(
            $layer $(<$N>)? on the processor {
                const READS_MEMORY: bool = true;

                fn product(
                    at: &Point<'_, T, Self>,
                    memory: &mut LinearMemory<T, Self>,
                    u: Signal<'_, T>,
                    to: SignalMut<'_, T>,
                ) {
                    let selects: fn(&Self) -> bool = $selects;
                    if selects(&at.layer) {
                        let winners = memory.of_layer.of_len(to.values.len());
                        let take: fn(&Self, Signal<'_, T>, &[u32], SignalMut<'_, T>) = $take;
                        take(&at.layer, u, winners, to);
                    } else {
                        at.layer.forward(at.pass, at.parameters, [u], to);
                    }
                }
            };
        )*}
    };
}

pools! {
    SpatialPyramidPooling, selects: |layer| layer.mode == PoolMode::Max, take: |_, u, winners, to| {
        take_of_channels(u, winners, to);
    };
    GlobalPool, selects: |layer| layer.pool_function.selects(), take: |layer, u, winners, to| {
        take_winners(&layer.groups(u.shape), u.values, winners, to.values);
    };
    FeaturePool, selects: |layer| layer.pool_function.selects(), take: |layer, u, winners, to| {
        take_winners(&layer.groups(u.shape), u.values, winners, to.values);
    };
}

/// Of each channel the values at the winners, which are counted within it.
fn take_of_channels<T: Real>(u: Signal<'_, T>, winners: &[u32], to: SignalMut<'_, T>) {
    let channels = u.shape.dim(0);
    let (plane, positions) = (u.shape.len() / channels, to.shape.len() / channels);
    let to = to.values.chunks_exact_mut(positions).zip(winners.chunks_exact(positions));
    for ((to, winners), u) in to.zip(u.values.chunks_exact(plane)) {
        to.iter_mut().zip(winners).for_each(|(to, &winner)| *to = u[winner as usize]);
    }
}

/// The step for layers without kinks.
const SMOOTH: f64 = 1e-3;

impl Invert for Expression {
    type By = Differences;
}

impl Invert for LocalResponseNormalization2d {
    type By = Differences;
    const STEP: f64 = SMOOTH;
}

impl Invert for Standardization {
    type By = Differences;
    const STEP: f64 = SMOOTH;
}

impl Invert for BatchNorm {
    type By = Differences;
    const STEP: f64 = SMOOTH;

    fn in_inference(&self) -> Self {
        BatchNorm { use_averages: true, update_averages: false, ..*self }
    }
}
