//! Spatial pyramid pooling.

use std::ops::Range;

use crate::cpu::pieces::{each_item, read, write};
use crate::cpu::pool::{Region, add, sum, winner};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::layers::pool::{PoolMode, Winners};
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// How [`SpatialPyramidPooling`] lays its windows; Lasagne's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PyramidImplementation {
    /// `fast`: all windows of a level have one size, `length / n` rounded up, and one stride, `length / n` rounded
    /// down. That is not possible for every length; and where it is, elements at the end may be left out.
    Fast,
    /// `kaiming`: window `i` goes from `i length / n` rounded down to `(i + 1) length / n` rounded up, for any
    /// length.
    Kaiming,
}

/// `spatial_pyramid_pooling(pool_dims = [4, 2, 1], mode = max, implementation = fast)`: pools images of any size
/// into equally many features: for each number `n` of `pool_dims` n x n windows.
///
/// (channels, rows, columns) -> (channels, features). `mode` is `max`, `average_inc_pad` or `average_exc_pad`
/// (which are the same here: there is no padding). He, Zhang, Ren and Sun, "Spatial pyramid pooling in deep
/// convolutional networks for visual recognition" (ECCV 2014).
#[derive(Clone, Copy, Debug)]
pub struct SpatialPyramidPooling {
    /// How many windows stand along each axis, for each level. Default 4, 2, 1.
    pub pool_dims: &'static [usize],
    /// What is made of a window's values. Default [`PoolMode::Max`].
    pub mode: PoolMode,
    /// How windows are laid. Default [`PyramidImplementation::Fast`].
    pub implementation: PyramidImplementation,
}

impl SpatialPyramidPooling {
    /// What the text need not say.
    pub const DEFAULT: Self = SpatialPyramidPooling {
        pool_dims: &[4, 2, 1],
        mode: PoolMode::Max,
        implementation: PyramidImplementation::Fast,
    };

    /// See [`shape::spatial_pyramid_pooling`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let windows = matches!(self.implementation, PyramidImplementation::Fast);
        shape::spatial_pyramid_pooling(input, self.pool_dims, windows)
    }

    /// The windows of a channel, in the order of the features.
    fn regions(&self, input: Shape) -> impl Iterator<Item = Region> {
        let along = move |length: usize, n: usize, i: usize| -> Range<usize> {
            match self.implementation {
                PyramidImplementation::Fast => i * (length / n)..i * (length / n) + length.div_ceil(n),
                PyramidImplementation::Kaiming => i * length / n..((i + 1) * length).div_ceil(n),
            }
        };
        self.pool_dims.iter().flat_map(move |&n| {
            (0..n * n).map(move |i| [0..1, along(input.dim(1), n, i / n), along(input.dim(2), n, i % n)])
        })
    }

    fn pool<T: Real>(&self, input: Shape, channel: &[T], features: &mut [T], winners: &mut [u32]) {
        let axes = [1, input.dim(1), input.dim(2)];
        for ((region, feature), to) in self.regions(input).zip(features).zip(winners) {
            if self.mode == PoolMode::Max {
                let winner = winner(channel, axes, region);
                (*feature, *to) = (channel[winner], winner as u32);
            } else {
                let count = region[1].len() * region[2].len();
                *feature = sum(channel, axes, region) / T::of(count as f64);
            }
        }
    }

    fn pool_backward<T: Real>(&self, input: Shape, gradient: &[T], winners: &[u32], channel: &mut [T]) {
        let axes = [1, input.dim(1), input.dim(2)];
        channel.fill(T::zero());
        for ((region, &gradient), &winner) in self.regions(input).zip(gradient).zip(winners) {
            if self.mode == PoolMode::Max {
                channel[winner as usize] += gradient;
            } else {
                let count = region[1].len() * region[2].len();
                add(gradient / T::of(count as f64), channel, axes, region);
            }
        }
    }
}

impl Layer for SpatialPyramidPooling {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for SpatialPyramidPooling {
    type Memory = Winners;

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let (input, features) = (x.shape.len() / x.shape.dim(0), y.shape.dim(1));
        each_item((write(y.values, features), read(x.values, input)), input, |_, (y, channel)| {
            scratch::with(features, |winners| self.pool(x.shape, channel, y, winners));
        });
    }

    fn forward_training(
        &self,
        _: &Pass<'_, Cpu>,
        (): &mut (),
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        memory: &mut Winners,
    ) {
        let (input, features) = (x.shape.len() / x.shape.dim(0), y.shape.dim(1));
        let winners = write(memory.of_len(y.values.len()), features);
        each_item(
            (write(y.values, features), winners, read(x.values, input)),
            input,
            |_, (y, winners, channel)| self.pool(x.shape, channel, y, winners),
        );
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        memory: &mut Winners,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let [Some(input_gradient)] = signals.input_gradients else { return };
        let shape = input_gradient.shape;
        let (input, features) = (shape.len() / shape.dim(0), signals.output.shape.dim(1));
        let gradient = &*signals.output_gradient.values;
        let winners = read(memory.of_len(gradient.len()), features);
        each_item(
            (write(input_gradient.values, input), read(gradient, features), winners),
            input,
            |_, (channel, gradient, winners)| self.pool_backward(shape, gradient, winners, channel),
        );
    }
}
