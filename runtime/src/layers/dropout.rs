//! Dropout.

use rayon::prelude::*;

use crate::cpu::{dropout, map, noise};
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::shape::Axes;
use crate::{Real, Shape, shape};

/// `dropout(p = 0.5, rescale = true, shared_axes = ())`: in training, sets each value to zero with probability `p`;
/// in inference it does nothing.
///
/// Along the shared axes values are dropped together: `dropout_channels(p, rescale)`, also called
/// `spatial_dropout`, drops whole channels (all axes from the third on are shared), `dropout_locations(p, rescale)`
/// all channels of a position (axis 1 is shared). Tompson, Goroshin, Jain, LeCun and Bregler, "Efficient object
/// localization using convolutional networks" (CVPR 2015).
///
/// Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural networks
/// from overfitting" (JMLR 2014). The mask is a function of the seed, the step, the layer and the position, so it
/// is not stored. `p` takes effect in steps of 1/65536.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// The probability of setting a value to zero, at least 0 and below 1. Default 0.5.
    pub p: f64,
    /// Whether the kept values are divided by `1 - p`, so that their expected sum stays. Default true.
    pub rescale: bool,
    /// The axes along which values are dropped together; the batch axis is 0. Default: none.
    pub shared_axes: Axes,
}

impl Dropout {
    /// What the text need not say.
    pub const DEFAULT: Self = Dropout { p: 0.5, rescale: true, shared_axes: Axes::These(&[]) };

    /// What the text of `dropout_channels` need not say.
    pub const CHANNELS: Self = Dropout { shared_axes: Axes::Spatial, ..Self::DEFAULT };

    /// What the text of `dropout_locations` need not say.
    pub const LOCATIONS: Self = Dropout { shared_axes: Axes::These(&[1]), ..Self::DEFAULT };

    /// See [`shape::dropout`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::dropout(input, self.p, self.shared_axes)
    }

    /// What kept values are multiplied by.
    pub(crate) fn scale(&self) -> f64 {
        if self.rescale { 1.0 / (1.0 - self.p) } else { 1.0 }
    }
}

impl Layer for Dropout {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for Dropout {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        y.values.copy_from_slice(x.values);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cpu>,
        (): &mut (),
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        (): &mut (),
    ) {
        y.values.copy_from_slice(x.values);
        self.mask(pass, y.shape, y.values);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        if let [Some(input_gradient)] = signals.input_gradients {
            input_gradient.values.copy_from_slice(signals.output_gradient.values);
            self.mask(pass, input_gradient.shape, input_gradient.values);
        }
    }
}

impl Dropout {
    /// Whether each value of such items is dropped by itself.
    pub(crate) fn is_independent(&self, shape: Shape) -> bool {
        !noise::any_axis(shape, self.shared_axes)
    }

    /// Multiplies by the mask.
    pub(crate) fn mask<T: Real>(&self, pass: &Pass<'_, Cpu>, shape: Shape, values: &mut [T]) {
        let apply = |position: usize, values: &mut [T]| {
            dropout::apply(pass.random, position, self.p, self.scale(), values);
        };
        if self.is_independent(shape) {
            let chunk = map::chunk(values.len(), 8);
            values.par_chunks_mut(chunk).enumerate().for_each(|(i, values)| apply(i * chunk, values));
        } else {
            let draw = |position: usize, mask: &mut [T]| {
                mask.fill(T::one());
                apply(position, mask);
            };
            noise::update(shape, self.shared_axes, values, [], draw, |mask, value, []| mask * value);
        }
    }
}
