//! A convolution over images with max-pooling, as one.

use rayon::prelude::*;

use super::{Conv2d, ConvParameters, PartialGradients, threads_for};
use crate::cpu::scratch;
use crate::cpu::window::{max_pool, max_pool_backward};
use crate::device::Cpu;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut, Then};
use crate::layers::{MaxPool2d, Winners};
use crate::{Real, Shape};

/// What a convolution with max-pooling keeps between its passes.
#[derive(Debug, Default)]
pub struct PooledMemory<T: Real> {
    partial: PartialGradients<T>,
    winners: Winners,
}

/// Max-pooling of each image while its convolution is in cache: only the winners are written.
impl<T: Real> Compute<T, Cpu> for Then<Conv2d, MaxPool2d> {
    type Memory = PooledMemory<T>;

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &ConvParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        let pooled = self.pooled(parameters, x, y.shape);
        let (input, output) = (x.shape.len(), y.shape.len());
        let images = y.values.par_chunks_mut(output).zip(x.values.par_chunks(input));
        images.for_each(|(y, x)| scratch::with(output, |winners| pooled(x, y, winners)));
    }

    fn forward_training(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &mut ConvParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        memory: &mut PooledMemory<T>,
    ) {
        let pooled = self.pooled(parameters, x, y.shape);
        let (input, output) = (x.shape.len(), y.shape.len());
        let winners = memory.winners.of_len(y.values.len()).par_chunks_mut(output);
        let images = y.values.par_chunks_mut(output).zip(x.values.par_chunks(input));
        images.zip(winners).for_each(|((y, x), winners)| pooled(x, y, winners));
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &ConvParameters<T>,
        gradients: &mut ConvParameters<T>,
        memory: &mut PooledMemory<T>,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let Then(conv, pool) = self;
        let windows = pool.windows(conv.output_shape(signals.inputs[0].shape), signals.output.shape);
        let len = signals.output.shape.len();
        let (y, gradient) = (signals.output.values, signals.output_gradient.values);
        let winners = &*memory.winners.of_len(gradient.len());
        // The derivative at a winner is that at its value, which is the output: the sums are not needed.
        gradient
            .par_chunks_mut(len)
            .zip(y.par_chunks(len))
            .for_each(|(gradient, y)| conv.nonlinearity.backward(1, y, gradient));
        let gradient = &*gradient;
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let filters = conv.filters(parameters, x.shape);
        let into = input_gradient.map(|into| into.values);
        filters.backward(filters.blocks(), gradients, &mut memory.partial, x.values, into, |image, sums| {
            let place = image * len..(image + 1) * len;
            max_pool_backward(&windows, &gradient[place.clone()], &winners[place], sums);
        });
    }
}

impl Then<Conv2d, MaxPool2d> {
    /// What is done with one image of the batch: from its input to its output and the winners.
    fn pooled<T: Real>(
        &self,
        parameters: &ConvParameters<T>,
        x: Signal<'_, T>,
        output: Shape,
    ) -> impl Fn(&[T], &mut [T], &mut [u32]) + Sync {
        let Then(conv, pool) = self;
        let sums = conv.output_shape(x.shape);
        let (filters, finish) = (conv.filters(parameters, x.shape), conv.finish(parameters, sums));
        let pools = pool.windows(sums, output);
        let threads = threads_for(x.values.len() / x.shape.len());
        move |x, y, winners| {
            scratch::with(sums.len(), |sums| {
                filters.image(threads, &finish, x, sums);
                max_pool(&pools, sums, y, winners);
            });
        }
    }
}
