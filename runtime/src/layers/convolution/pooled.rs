//! Convolution and max-pooling as one stage: only the winners are written.

use rayon::prelude::*;

use super::{Conv2d, ConvParameters, PartialGradients, threads_for};
use crate::cpu::direct::{self, Finish, Pooled};
use crate::cpu::pool::{max_pool, max_pool_backward};
use crate::cpu::scratch;
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

impl<T: Real> Compute<T, Cpu> for Then<Conv2d, MaxPool2d> {
    type Memory = PooledMemory<T>;

    fn forward(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &ConvParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        if let Some(rounded) = self.rounded::<T>(pass, x.shape, y.shape) {
            return scratch::with(y.values.len(), |winners| {
                rounded.forward(parameters, x.values, y.values, winners);
            });
        }
        let (input, output) = (x.shape.len(), y.shape.len());
        self.with_image(parameters, x, y.shape, |image| {
            let images = y.values.par_chunks_mut(output).zip(x.values.par_chunks(input));
            images.for_each(|(y, x)| scratch::with(output, |winners| image(x, y, winners)));
        });
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &mut ConvParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        memory: &mut PooledMemory<T>,
    ) {
        if let Some(rounded) = self.rounded::<T>(pass, x.shape, y.shape) {
            let winners = memory.winners.of_len(y.values.len());
            return rounded.forward(parameters, x.values, y.values, winners);
        }
        let (input, output) = (x.shape.len(), y.shape.len());
        let winners = memory.winners.of_len(y.values.len()).par_chunks_mut(output);
        self.with_image(parameters, x, y.shape, |image| {
            let images = y.values.par_chunks_mut(output).zip(x.values.par_chunks(input));
            images.zip(winners).for_each(|((y, x), winners)| image(x, y, winners));
        });
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &ConvParameters<T>,
        gradients: &mut ConvParameters<T>,
        memory: &mut PooledMemory<T>,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let Then(conv, pool) = self;
        let shape = signals.output.shape;
        let (y, gradient) = (signals.output.values, signals.output_gradient.values);
        // The derivative at a winner is that at its value, which is the output: the sums are not needed.
        gradient
            .par_chunks_mut(shape.len())
            .zip(y.par_chunks(shape.len()))
            .for_each(|(gradient, y)| conv.nonlinearity.backward(1, y, gradient));
        let gradient = &*gradient;
        let winners = &*memory.winners.of_len(gradient.len());
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        if let Some(rounded) = self.rounded::<T>(pass, x.shape, shape) {
            let into = input_gradient.map(|into| into.values);
            return rounded.backward(parameters, gradients, x.values, (gradient, winners), into);
        }
        if let Some(pooled) = self.direct(x.shape, shape) {
            let pools = (gradient, winners);
            self.backward_direct(
                &pooled,
                parameters,
                gradients,
                &mut memory.partial,
                x,
                pools,
                input_gradient,
            );
            return;
        }
        let windows = pool.windows(conv.output_shape(x.shape), shape);
        let filters = conv.filters(parameters, x.shape);
        let into = input_gradient.map(|into| into.values);
        filters.backward(filters.blocks(), gradients, &mut memory.partial, x.values, into, |image, sums| {
            let place = image * shape.len()..(image + 1) * shape.len();
            max_pool_backward(&windows, &gradient[place.clone()], &winners[place], sums);
        });
    }
}

/// From an image to its pooled output and the winners.
type Image<'a, T> = &'a (dyn Fn(&[T], &mut [T], &mut [u32]) + Sync);

impl Then<Conv2d, MaxPool2d> {
    /// The way without a column matrix, where it is open.
    fn direct(&self, input: Shape, output: Shape) -> Option<Pooled> {
        let Then(conv, pool) = self;
        let plain = !conv.untie_biases && conv.num_groups == 1 && conv.nonlinearity.is_nondecreasing();
        let pools = pool.windows(conv.output_shape(input), output);
        Pooled::new(&conv.windows(input), &pools, conv.num_filters).filter(|_| plain)
    }

    /// Calls `batch` with what is to be done with each image.
    fn with_image<T: Real>(
        &self,
        parameters: &ConvParameters<T>,
        x: Signal<'_, T>,
        output: Shape,
        batch: impl FnOnce(Image<'_, T>),
    ) {
        let Then(conv, pool) = self;
        if let Some(pooled) = self.direct(x.shape, output) {
            scratch::with(pooled.packed_len(), |packed| {
                direct::pack(&pooled, conv.flip_filters, parameters.w.slice(), packed);
                let finish = Finish { bias: parameters.b.slice(), nonlinearity: conv.nonlinearity };
                let packed = &*packed;
                batch(&|x, y, winners| direct::forward(&pooled, packed, finish, x, y, winners));
            });
            return;
        }
        let sums = conv.output_shape(x.shape);
        let (filters, finish) = (conv.filters(parameters, x.shape), conv.finish(parameters, sums));
        let pools = pool.windows(sums, output);
        let threads = threads_for(x.values.len() / x.shape.len());
        batch(&|x, y, winners| {
            scratch::with(sums.len(), |sums| {
                filters.image(threads, &finish, x, sums);
                max_pool(&pools, sums, y, winners);
            });
        });
    }

    /// From the gradients with respect to the pools' sums, and the winners, to all others.
    #[expect(clippy::too_many_arguments, reason = "the parts of one formula")]
    fn backward_direct<T: Real>(
        &self,
        pooled: &Pooled,
        parameters: &ConvParameters<T>,
        gradients: &mut ConvParameters<T>,
        partial: &mut PartialGradients<T>,
        x: Signal<'_, T>,
        (gradient, winners): (&[T], &[u32]),
        input_gradient: Option<SignalMut<'_, T>>,
    ) {
        let flip = self.0.flip_filters;
        let input = x.shape.len();
        let batch = x.values.len() / input;
        let output = gradient.len() / batch.max(1);
        let (filters, biases) = (pooled.segments_len(), gradients.b.len());
        let mut groups = 0;
        self.with_tables(pooled, parameters, input_gradient.is_some(), |packed, origins| {
            let into = input_gradient.map(|into| into.values);
            groups = partial.over_groups(batch, filters + biases, into, |image, sums, input_gradient| {
                let (gradients, biases) = sums.split_at_mut(filters);
                direct::backward(direct::Image {
                    pooled,
                    filters: packed,
                    image: &x.values[image * input..][..input],
                    gradient: &gradient[image * output..][..output],
                    winners: &winners[image * output..][..output],
                    origins,
                    gradients,
                    biases,
                    input_gradient,
                });
            });
        });
        gradients.w.slice_mut().fill(T::zero());
        gradients.b.slice_mut().fill(T::zero());
        if groups > 0 {
            let sums = partial.sum(groups, filters + biases);
            direct::add_gradients(pooled, flip, &sums[..filters], gradients.w.slice_mut());
            gradients.b.slice_mut().copy_from_slice(&sums[filters..]);
        }
    }

    /// Calls `batch` with what all images share: the packed filters, if they are needed, and the windows' origins.
    fn with_tables<T: Real>(
        &self,
        pooled: &Pooled,
        parameters: &ConvParameters<T>,
        with_filters: bool,
        batch: impl FnOnce(&[T], &[u32]),
    ) {
        let packed_len = if with_filters { pooled.segments_len() } else { 0 };
        scratch::with(packed_len, |packed: &mut [T]| {
            if with_filters {
                direct::pack_segments(pooled, self.0.flip_filters, parameters.w.slice(), packed);
            }
            scratch::with(pooled.positions(), |origins: &mut [u32]| {
                pooled.origins(origins);
                batch(packed, origins);
            });
        });
    }
}
