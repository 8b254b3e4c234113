//! A layer and the batch normalization after it, computed as one in inference.
//!
//! By running averages a batch normalization is a scale and an offset for each channel. These are computed anew for
//! each batch from the parameters as they are, which is little beside the layer, and applied to its sums where biases
//! and nonlinearity are: the values between are never stored, and the weights stay as they are.

use super::{
    BatchNorm, BatchNormParameters, Conv, ConvParameters, Dense, DilatedConv2d, LocallyConnected2d, Nin,
    TransposedConv,
};
use crate::Real;
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::layer::{Compute, Pass, Signal, SignalMut};
use crate::nonlinearities::Nonlinearity;

/// A batch normalization by its running averages, and the nonlinearity after it.
pub struct Norm<'a, T: Real, D: Device> {
    /// The normalization, over all axes but the channels.
    pub layer: BatchNorm,
    /// Its parameters.
    pub parameters: &'a BatchNormParameters<T, D>,
    /// The nonlinearity; linear without one.
    pub nonlinearity: Nonlinearity,
}

/// A layer without a nonlinearity of its own whose output a device can normalize while it computes it, in inference.
/// Channels are the first axis of an item.
pub trait ComputeNormalized<T: Real, D: Device>: Compute<T, D> {
    /// The layer, the normalization and its nonlinearity, one after the other.
    fn forward_normalized(
        &self,
        pass: &Pass<'_, D>,
        parameters: &Self::Parameters<T, D>,
        norm: &Norm<'_, T, D>,
        input: Signal<'_, T, D>,
        output: SignalMut<'_, T, D>,
    );
}

/// A scale and an offset for each channel.
#[derive(Clone, Copy)]
pub struct Channels<'a, T> {
    scales: &'a [T],
    offsets: &'a [T],
}

impl<'a, T: Real> Channels<'a, T> {
    /// None: values stay as they are.
    pub const NONE: Self = Channels { scales: &[], offsets: &[] };

    /// Those of the channels from this one on.
    pub fn from(self, channel: usize) -> Self {
        let rest = |values: &'a [T]| values.get(channel..).unwrap_or_default();
        Channels { scales: rest(self.scales), offsets: rest(self.offsets) }
    }

    /// Those of one channel, if there are any.
    #[inline(always)]
    pub fn at(&self, channel: usize) -> Option<(T, T)> {
        Some((*self.scales.get(channel)?, self.offsets[channel]))
    }

    /// Scales and moves values of as many channels, side by side.
    #[inline(always)]
    pub fn apply(&self, values: &mut [T]) {
        let channels = self.scales.iter().zip(self.offsets);
        values
            .iter_mut()
            .zip(channels)
            .for_each(|(value, (&scale, &offset))| *value = *value * scale + offset);
    }
}

impl<T: Real> Norm<'_, T, Cpu> {
    /// Calls `then` with `gamma inv_std` and `beta - mean gamma inv_std`.
    fn with_channels<R>(&self, then: impl FnOnce(Channels<'_, T>) -> R) -> R {
        let BatchNormParameters { beta, gamma, mean, inv_std } = self.parameters;
        let (beta, gamma) = (beta.slice(), gamma.slice());
        scratch::with(2 * mean.len(), |numbers: &mut [T]| {
            let (scales, offsets) = numbers.split_at_mut(mean.len());
            let averages = mean.slice().iter().zip(inv_std.slice());
            for (channel, ((scale, offset), (&mean, &inv_std))) in
                scales.iter_mut().zip(&mut *offsets).zip(averages).enumerate()
            {
                *scale = gamma.get(channel).map_or(inv_std, |&gamma| gamma * inv_std);
                *offset = beta.get(channel).copied().unwrap_or(T::zero()) - mean * *scale;
            }
            then(Channels { scales, offsets })
        })
    }
}

impl<T: Real> ComputeNormalized<T, Cpu> for Dense {
    fn forward_normalized(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &Self::Parameters<T, Cpu>,
        norm: &Norm<'_, T, Cpu>,
        x: Signal<'_, T>,
        y: SignalMut<'_, T>,
    ) {
        let layer = Dense { nonlinearity: norm.nonlinearity, ..*self };
        norm.with_channels(|channels| layer.multiply(pass, parameters, x, y, Some(channels), None));
    }
}

/// Layers whose sums are finished by a `Finish`.
macro_rules! finished {
    ($($layer:ident $(<$N:ident>)?)*) => {$(
        impl<T: Real $(, const $N: usize)?> ComputeNormalized<T, Cpu> for $layer $(<$N>)? {
            fn forward_normalized(
                &self,
                pass: &Pass<'_, Cpu>,
                parameters: &ConvParameters<T>,
                norm: &Norm<'_, T, Cpu>,
                x: Signal<'_, T>,
                y: SignalMut<'_, T>,
            ) {
                norm.with_channels(|channels| {
                    let finish = self.finish(parameters, y.shape).normalized(channels, norm.nonlinearity);
                    self.forward_finished(pass, parameters, &finish, x, y);
                });
            }
        }
    )*};
}

finished! { Conv<N> Nin TransposedConv<N> DilatedConv2d LocallyConnected2d }
