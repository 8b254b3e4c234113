//! Pooling of neighbouring features, and over all places of a channel.

use rayon::prelude::*;

use crate::cpu::groups::{give_to_all, give_to_winners, keep_winners, select, sum};
use crate::cpu::isa::isa;
use crate::cpu::pool::{larger, smaller};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::geometry::Groups;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::layers::pool::Winners;
use crate::parameters::Builder;
use crate::{Real, Shape, shape};

/// What is made of the values that are pooled together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolFunction {
    /// `max`: the largest. Of equal ones the first gets the gradient.
    Max,
    /// `mean`: their mean.
    Mean,
    /// `min`: the smallest. Of equal ones the first gets the gradient.
    Min,
    /// `sum`: their sum.
    Sum,
}

impl PoolFunction {
    /// What the sum is multiplied by; `None` for those that select a value.
    fn scale<T: Real>(self, members: usize) -> Option<T> {
        match self {
            PoolFunction::Mean => Some(T::one() / T::of(members as f64)),
            PoolFunction::Sum => Some(T::one()),
            PoolFunction::Max | PoolFunction::Min => None,
        }
    }

    /// Whether it takes one of the values.
    pub(super) fn selects(self) -> bool {
        matches!(self, PoolFunction::Max | PoolFunction::Min)
    }

    /// Pools one item.
    fn apply<T: Real>(self, groups: &Groups, x: &[T], y: &mut [T], winners: &mut [u32]) {
        isa().call(|| match (self, self.scale(groups.members)) {
            (_, Some(scale)) => sum(groups, scale, x, y),
            (PoolFunction::Min, None) => select(groups, smaller, x, y, winners),
            (_, None) => select(groups, larger, x, y, winners),
        });
    }

    /// The reverse for gradients, of one item.
    fn backward<T: Real>(self, groups: &Groups, gradient: &[T], winners: &[u32], to: &mut [T]) {
        match self.scale(groups.members) {
            Some(scale) => give_to_all(groups, scale, gradient, to),
            None => give_to_winners(groups, gradient, winners, to),
        }
    }
}

/// `feature_pool(pool_size, axis = 1, pool_function = max)`: pools each `pool_size` neighbours along an axis into
/// one; its length is divided by `pool_size`, which must divide it.
///
/// After `dense` or a convolution, with the defaults, it is maxout: Goodfellow, Warde-Farley, Mirza, Courville and
/// Bengio, "Maxout networks" (ICML 2013). `pool_function` is `max`, `mean`, `min` or `sum`.
#[derive(Clone, Copy, Debug)]
pub struct FeaturePool {
    /// How many neighbours are pooled into one.
    pub pool_size: usize,
    /// The axis along which they are; the batch axis is 0 and cannot be pooled. Default 1: channels or features.
    pub axis: usize,
    /// What is made of them. Default [`PoolFunction::Max`].
    pub pool_function: PoolFunction,
}

impl FeaturePool {
    /// What the text need not say.
    pub const DEFAULT: Self = FeaturePool { pool_size: 0, axis: 1, pool_function: PoolFunction::Max };

    /// See [`shape::feature_pool`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::feature_pool(input, self.pool_size, self.axis)
    }

    pub(super) fn groups(&self, input: Shape) -> Groups {
        Groups { members: self.pool_size, inner: input.dims()[self.axis..].iter().product() }
    }
}

/// `global_pool(pool_function = mean)`: pools all values of each channel into one.
///
/// (channels, axes...) -> (channels). `pool_function` is `mean`, `max`, `min` or `sum`. Lin, Chen and Yan, "Network
/// in network" (ICLR 2014).
#[derive(Clone, Copy, Debug)]
pub struct GlobalPool {
    /// What is made of a channel's values. Default [`PoolFunction::Mean`].
    pub pool_function: PoolFunction,
}

impl GlobalPool {
    /// What the text need not say.
    pub const DEFAULT: Self = GlobalPool { pool_function: PoolFunction::Mean };

    /// See [`shape::global_pool`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::global_pool(input)
    }

    pub(super) fn groups(&self, input: Shape) -> Groups {
        Groups { members: input.dims()[1..].iter().product(), inner: 1 }
    }
}

macro_rules! pools {
    ($($layer:ident)*) => {$(
        impl Layer for $layer {
            type Parameters<T: Real, D: Device> = ();

            fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
        }

        impl<T: Real> Compute<T, Cpu> for $layer {
            type Memory = Winners;

            fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
                let (groups, output) = (self.groups(x.shape), y.shape.len());
                let items = y.values.par_chunks_mut(output).zip(x.values.par_chunks(x.shape.len()));
                items.for_each(|(y, x)| {
                    scratch::with(output, |winners| self.pool_function.apply(&groups, x, y, winners));
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
                let (groups, output) = (self.groups(x.shape), y.shape.len());
                let winners = memory.of_len(y.values.len()).par_chunks_mut(output);
                let items = y.values.par_chunks_mut(output).zip(x.values.par_chunks(x.shape.len()));
                items.zip(winners).for_each(|((y, x), winners)| {
                    self.pool_function.apply(&groups, x, y, winners);
                });
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
                let groups = self.groups(input_gradient.shape);
                let (input, output) = (input_gradient.shape.len(), signals.output.shape.len());
                let gradient = &*signals.output_gradient.values;
                let winners = memory.of_len(gradient.len()).par_chunks(output);
                let items = input_gradient.values.par_chunks_mut(input).zip(gradient.par_chunks(output));
                items.zip(winners).for_each(|((to, gradient), winners)| {
                    self.pool_function.backward(&groups, gradient, winners, to);
                });
            }
        }
    )*};
}

pools! { FeaturePool GlobalPool }

/// `feature_wta(pool_size, axis = 1)`: winner takes all. Of each `pool_size` neighbours along an axis the largest
/// stays (of equal ones the first), and all others become zero. `pool_size` must divide the axis; the shape stays.
///
/// Srivastava, Masci, Kazerounian, Gomez and Schmidhuber, "Compete to compute" (NIPS 2013).
#[derive(Clone, Copy, Debug)]
pub struct FeatureWta {
    /// How many neighbours compete.
    pub pool_size: usize,
    /// The axis along which they are; the batch axis is 0 and is not possible. Default 1: channels or features.
    pub axis: usize,
}

impl FeatureWta {
    /// What the text need not say.
    pub const DEFAULT: Self = FeatureWta { pool_size: 0, axis: 1 };

    /// See [`shape::feature_wta`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::feature_wta(input, self.pool_size, self.axis)
    }

    pub(super) fn groups(&self, input: Shape) -> Groups {
        Groups { members: self.pool_size, inner: input.dims()[self.axis..].iter().product() }
    }

    /// One item: its winners, and of the values these alone.
    fn item<T: Real>(&self, groups: &Groups, x: &[T], y: &mut [T], winners: &mut [u32]) {
        scratch::with(winners.len(), |values| select(groups, larger, x, values, winners));
        keep_winners(groups, x, winners, y);
    }
}

impl Layer for FeatureWta {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for FeatureWta {
    type Memory = Winners;

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let (groups, len) = (self.groups(x.shape), x.shape.len());
        y.values.par_chunks_mut(len).zip(x.values.par_chunks(len)).for_each(|(y, x)| {
            scratch::with(len / self.pool_size, |winners| self.item(&groups, x, y, winners));
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
        let (groups, len) = (self.groups(x.shape), x.shape.len());
        let winners = memory.of_len(y.values.len() / self.pool_size).par_chunks_mut(len / self.pool_size);
        let items = y.values.par_chunks_mut(len).zip(x.values.par_chunks(len));
        items.zip(winners).for_each(|((y, x), winners)| self.item(&groups, x, y, winners));
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
        let (groups, len) = (self.groups(input_gradient.shape), input_gradient.shape.len());
        let gradient = &*signals.output_gradient.values;
        let winners = memory.of_len(gradient.len() / self.pool_size).par_chunks(len / self.pool_size);
        let items = input_gradient.values.par_chunks_mut(len).zip(gradient.par_chunks(len));
        items.zip(winners).for_each(|((to, gradient), winners)| keep_winners(&groups, gradient, winners, to));
    }
}
