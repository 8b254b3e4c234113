//! Convolution and max-pooling as one stage: only the winners are written.

use super::algorithm::Algorithm;
use super::filters::Gradients;
use super::finish;
use super::rounded::RoundedWinners;
use super::{Conv2d, ConvParameters, PartialGradients, threads_for};
use crate::cpu::convolution::pooled::{self, Finish, Output, Pooled};
use crate::cpu::convolution::{Prepared, Room};
use crate::cpu::isa::isa;
use crate::cpu::pieces::{each, read, write};
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
    rounded: RoundedWinners,
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
        if let Some(rounded) = self.rounded(pass, x, y.shape) {
            return rounded.forward(parameters, x.values, y, None);
        }
        self.batch(parameters, x, y, None);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &mut ConvParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        memory: &mut PooledMemory<T>,
    ) {
        if let Some(rounded) = self.rounded(pass, x, y.shape) {
            return rounded.forward(parameters, x.values, y, Some(&mut memory.rounded));
        }
        let winners = memory.winners.of_len(y.values.len());
        self.batch(parameters, x, y, Some(winners));
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
        each((write(gradient, shape.len()), read(y, shape.len())), |_, (gradient, y)| {
            finish::backward(conv.nonlinearity, 1, y, gradient);
        });
        let gradient = &*gradient;
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        if let Some(rounded) = self.rounded(pass, x, shape) {
            let into = input_gradient.map(|into| into.values);
            return rounded.backward(parameters, gradients, x.values, (gradient, &memory.rounded), into);
        }
        let winners = &*memory.winners.of_len(gradient.len());
        let gradients = Gradients {
            weights: gradients.w.slice_mut(),
            biases: gradients.b.slice_mut(),
            input: input_gradient.map(|into| into.values),
        };
        if let Some(pooled) = self.direct(x.shape, shape) {
            let pools = (gradient, winners);
            return self.backward_direct(&pooled, parameters, gradients, &mut memory.partial, x, pools);
        }
        let windows = pool.windows(conv.output_shape(x.shape), shape);
        let filters = conv.filters(parameters, x.shape);
        filters.backward(gradients, &mut memory.partial, x.values, |image, sums| {
            let place = image * shape.len()..(image + 1) * shape.len();
            max_pool_backward(&windows, &gradient[place.clone()], &winners[place], sums);
        });
    }
}

impl Then<Conv2d, MaxPool2d> {
    /// The way on which sums stay in the cache, where it is open.
    fn direct(&self, input: Shape, output: Shape) -> Option<Pooled> {
        let Then(conv, pool) = self;
        let plain = !conv.untie_biases && conv.num_groups == 1 && conv.nonlinearity.is_nondecreasing();
        let wanted = matches!(conv.algorithm, Algorithm::Auto | Algorithm::Direct);
        let pools = pool.windows(conv.output_shape(input), output);
        let pooled = Pooled::new(&conv.windows(input), &pools, conv.num_filters, conv.flip_filters);
        pooled.filter(|_| plain && wanted)
    }

    /// The largest sums of a batch, and which they are if that is asked for.
    fn batch<T: Real>(
        &self,
        parameters: &ConvParameters<T>,
        x: Signal<'_, T>,
        y: SignalMut<'_, T>,
        winners: Option<&mut [u32]>,
    ) {
        let Then(conv, pool) = self;
        let (input, output) = (x.shape.len(), y.shape.len());
        let images = x.values.len() / input;
        let filters = conv.filters(parameters, x.shape);
        let direct = self.direct(x.shape, y.shape);
        // Winograd's sums leave the cache, and yet take less time.
        if let Some(pooled) = direct.filter(|_| !filters.are_winograd(images)) {
            return self.batch_direct(&pooled, parameters, x, y, winners);
        }
        let sums = conv.output_shape(x.shape);
        let (pools, finish) = (pool.windows(sums, y.shape), conv.finish(parameters, sums));
        // A smaller batch may go the direct way. There is room for it from the first batch on.
        let places = direct.map_or(0, |_| pooled::MOST_WINNERS);
        filters.with_sums(images, |ready| {
            let at_once = ready.images_at_once(images);
            let winners = winners.map(|winners| write(winners, at_once * output));
            let parts = (write(y.values, at_once * output), read(x.values, at_once * input), winners);
            each(parts, |_, (values, x, winners)| {
                scratch::reserve::<u32>(places);
                scratch::with(x.len() / input * sums.len(), |sums| {
                    filters.images(ready, threads_for(images), &finish, x, sums);
                    max_pool(isa(), &pools, sums, values, winners);
                });
            });
        });
    }

    /// The same while sums are in the cache.
    fn batch_direct<T: Real>(
        &self,
        pooled: &Pooled,
        parameters: &ConvParameters<T>,
        x: Signal<'_, T>,
        y: SignalMut<'_, T>,
        winners: Option<&mut [u32]>,
    ) {
        let (input, w, b) = (x.shape.len(), parameters.w.slice(), parameters.b.slice());
        let images = x.values.len() / input;
        if images == 0 {
            return;
        }
        let filters = pooled.filters_at_once::<T>(images);
        let output = filters * (y.shape.len() / pooled.filters());
        // All images with all filters, or one image with some.
        let winners = winners.map(|winners| write(winners, images * output));
        let parts = (write(y.values, images * output), read(w, filters * pooled.taps()), winners);
        each(parts, |part, (y, w, winners)| {
            let pooled = pooled.of_filters(w.len() / pooled.taps());
            let bias = b.get(part * filters..).unwrap_or_default();
            let finish = Finish { bias, nonlinearity: self.0.nonlinearity };
            let prepare = |to: Prepared<&mut [T], &mut [u32]>| pooled.prepare_forward(w, to);
            with_prepared(pooled.forward_room::<T>(), prepare, |given| {
                let output = y.len() / images;
                let winners = winners.map(|winners| write(winners, output));
                each((write(y, output), read(x.values, input), winners), |_, (values, x, winners)| {
                    pooled.forward(given, finish, x, Output { values, winners });
                });
            });
        });
    }

    /// From the gradients with respect to the pools' sums, and the winners, to all others.
    fn backward_direct<T: Real>(
        &self,
        pooled: &Pooled,
        parameters: &ConvParameters<T>,
        gradients: Gradients<'_, T>,
        partial: &mut PartialGradients<T>,
        x: Signal<'_, T>,
        (gradient, winners): (&[T], &[u32]),
    ) {
        let input = x.shape.len();
        let batch = x.values.len() / input;
        let output = gradient.len() / batch.max(1);
        let Gradients { weights, biases, input: into } = gradients;
        let (filters, len) = (pooled.segments_len(), pooled.segments_len() + biases.len());
        let prepare = |to: Prepared<&mut [T], &mut [u32]>| pooled.prepare_backward(parameters.w.slice(), to);
        let groups = with_prepared(pooled.backward_room(into.is_some()), prepare, |given| {
            partial.over_groups(PartialGradients::<T>::GROUPS, batch, len, into, |images, sums, mut into| {
                let (gradients, biases) = sums.split_at_mut(filters);
                let first = images.start;
                for image in images {
                    pooled.backward(pooled::Image {
                        given,
                        image: &x.values[image * input..][..input],
                        gradient: &gradient[image * output..][..output],
                        winners: &winners[image * output..][..output],
                        gradients: &mut *gradients,
                        biases: &mut *biases,
                        input_gradient: into
                            .as_mut()
                            .map(|into| &mut into[(image - first) * input..][..input]),
                    });
                }
            })
        });
        if groups == 0 {
            weights.fill(T::zero());
            return biases.fill(T::zero());
        }
        let sums = partial.sum(groups, len);
        pooled.filter_gradients(&sums[..filters], weights);
        biases.copy_from_slice(&sums[filters..]);
    }
}

/// Calls `work` with what `prepare` makes.
fn with_prepared<T: Real, R>(
    room: Room,
    prepare: impl FnOnce(Prepared<&mut [T], &mut [u32]>),
    work: impl FnOnce(Prepared<&[T], &[u32]>) -> R,
) -> R {
    scratch::with(room.numbers, |numbers: &mut [T]| {
        scratch::with(room.places, |places: &mut [u32]| {
            prepare(Prepared { numbers: &mut *numbers, places: &mut *places });
            work(Prepared { numbers, places })
        })
    })
}
