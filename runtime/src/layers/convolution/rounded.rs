//! Convolution and max-pooling with factors rounded to bfloat16.

use super::{Conv2d, ConvParameters};
use crate::cpu::bf16::convolution::{Convolution, Gradients, Sparse, backward, pooled_forward};
use crate::device::Cpu;
use crate::geometry::Windows;
use crate::layer::{Pass, Then};
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
        input: Shape,
        output: Shape,
    ) -> Option<Rounded> {
        let Then(conv, pool) = self;
        let asked = pass.device.precision() == Precision::Bf16 && T::as_f32(&[]).is_some();
        let plain = !conv.untie_biases && conv.num_groups == 1 && conv.nonlinearity.is_nondecreasing();
        if !asked || !plain {
            return None;
        }
        let pools = pool.windows(conv.output_shape(input), output);
        let apart = (0..3).all(|axis| pools.stride[axis] >= pools.size[axis]);
        let convolution = Convolution::new(&conv.windows(input), conv.num_filters, conv.flip_filters)?;
        (apart && convolution.has_backward()).then_some(Rounded {
            convolution,
            pools,
            nonlinearity: conv.nonlinearity,
        })
    }
}

impl Rounded {
    /// From images to pools and their winners.
    pub fn forward<T: Real>(
        &self,
        parameters: &ConvParameters<T>,
        x: &[T],
        y: &mut [T],
        winners: &mut [u32],
    ) {
        let (w, biases) = (exact(parameters.w.slice()), exact(parameters.b.slice()));
        pooled_forward(&self.convolution, &self.pools, w, exact(x), exact_mut(y), winners, |filter, y| {
            if let Some(bias) = biases.get(filter) {
                y.iter_mut().for_each(|y| *y += bias);
            }
            self.nonlinearity.apply(1, y);
        });
    }

    /// From the gradients with respect to the pools' sums, and the winners, to all others.
    pub fn backward<T: Real>(
        &self,
        parameters: &ConvParameters<T>,
        gradients: &mut ConvParameters<T>,
        x: &[T],
        (gradient, winners): (&[T], &[u32]),
        into: Option<&mut [T]>,
    ) {
        let gradients = Gradients {
            weights: exact_mut(gradients.w.slice_mut()),
            biases: exact_mut(gradients.b.slice_mut()),
            input: into.map(exact_mut),
        };
        let sums = Sparse { values: exact(gradient), places: winners };
        backward(&self.convolution, exact(parameters.w.slice()), exact(x), sums, gradients);
    }
}

fn exact<T: Real>(values: &[T]) -> &[f32] {
    T::as_f32(values).expect("a network in f32")
}

fn exact_mut<T: Real>(values: &mut [T]) -> &mut [f32] {
    T::as_f32_mut(values).expect("a network in f32")
}
