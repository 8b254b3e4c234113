//! Convolution and max-pooling with factors rounded to bfloat16.

use super::finish::{Finish, InPieces};
use super::{Conv2d, ConvParameters};
use crate::cpu::bf16::convolution::{Convolution, Gradients, Pooled, backward, pooled_forward};
use crate::device::Cpu;
use crate::geometry::Windows;
use crate::layer::{Pass, Signal, SignalMut, Then};
use crate::layers::MaxPool2d;
use crate::nonlinearities::Nonlinearity;
use crate::{Precision, Real, Shape};

/// A stage that is computed in this way.
pub struct Rounded {
    convolution: Convolution,
    pools: Windows,
    nonlinearity: Nonlinearity,
}

impl Then<Conv2d, MaxPool2d> {
    /// The way of rounded factors, where the device asks for it and it is open.
    pub(super) fn rounded<T: Real>(
        &self,
        pass: &Pass<'_, Cpu>,
        x: Signal<'_, T>,
        output: Shape,
    ) -> Option<Rounded> {
        let Then(conv, pool) = self;
        let asked = pass.device.precision() == Precision::Bf16 && T::as_f32(&[]).is_some();
        let plain = !conv.untie_biases && conv.num_groups == 1 && conv.nonlinearity.is_nondecreasing();
        if !asked || !plain {
            return None;
        }
        let pools = pool.windows(conv.output_shape(x.shape), output);
        let apart = (0..3).all(|axis| pools.stride[axis] >= pools.size[axis]);
        let counted = pools.window() <= usize::from(u8::MAX) + 1;
        let convolution = Convolution::new(&conv.windows(x.shape), conv.num_filters, conv.flip_filters)?;
        (apart && counted && convolution.has_backward()).then_some(Rounded {
            convolution,
            pools,
            nonlinearity: conv.nonlinearity,
        })
    }
}

impl Rounded {
    /// From images to pools, and to their winners if these are asked for.
    pub fn forward<T: Real>(
        &self,
        parameters: &ConvParameters<T>,
        x: &[T],
        y: SignalMut<'_, T>,
        winners: Option<&mut RoundedWinners>,
    ) {
        let (w, biases) = (exact(parameters.w.slice()), exact(parameters.b.slice()));
        let finish = InPieces(Finish::new(biases, false, self.nonlinearity, y.shape));
        let images = y.values.len() / y.shape.len();
        let winners = winners.map(|winners| {
            winners.0.resize(images * self.convolution.winners_len(&self.pools), 0);
            &mut winners.0[..]
        });
        pooled_forward(&self.convolution, &self.pools, w, exact(x), exact_mut(y.values), winners, &finish);
    }

    /// From the gradients with respect to the pools' sums, and the winners, to all others.
    pub fn backward<T: Real>(
        &self,
        parameters: &ConvParameters<T>,
        gradients: &mut ConvParameters<T>,
        x: &[T],
        (gradient, winners): (&[T], &RoundedWinners),
        into: Option<&mut [T]>,
    ) {
        let gradients = Gradients {
            weights: exact_mut(gradients.w.slice_mut()),
            biases: exact_mut(gradients.b.slice_mut()),
            input: into.map(exact_mut),
        };
        let sums = Pooled { pools: &self.pools, gradient: exact(gradient), winners: &winners.0 };
        backward(&self.convolution, exact(parameters.w.slice()), exact(x), sums, gradients);
    }
}

/// Which sums won the pools of a batch's last forward pass.
#[derive(Debug, Default)]
pub struct RoundedWinners(Vec<u8>);

fn exact<T: Real>(values: &[T]) -> &[f32] {
    T::as_f32(values).expect("a network in f32")
}

fn exact_mut<T: Real>(values: &mut [T]) -> &mut [f32] {
    T::as_f32_mut(values).expect("a network in f32")
}
