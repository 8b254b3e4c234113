//! Dropout.

use crate::cpu::pieces::{chunk, each, read, write};
use crate::cpu::{dropout, noise};
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
        self.masked(pass, x.shape, x.values, y.values);
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
            let SignalMut { shape, values } = input_gradient;
            self.masked(pass, shape, signals.output_gradient.values, values);
        }
    }
}

impl Dropout {
    /// Whether each value of such items is dropped by itself.
    pub(crate) fn is_independent(&self, shape: Shape) -> bool {
        !noise::any_axis(shape, self.shared_axes)
    }

    /// Writes the values of `from`, multiplied by the mask, to `to`.
    fn masked<T: Real>(&self, pass: &Pass<'_, Cpu>, shape: Shape, from: &[T], to: &mut [T]) {
        if self.is_independent(shape) {
            let chunk = chunk(to.len(), 8);
            each(
                (write(to, chunk), read(from, chunk)),
                #[inline(always)]
                |i, (to, from)| {
                    to.copy_from_slice(from);
                    dropout::apply(pass.random, i * chunk, self.p, self.scale(), to);
                },
            );
        } else {
            to.copy_from_slice(from);
            self.mask(pass, shape, to);
        }
    }

    /// Multiplies by the mask.
    pub(crate) fn mask<T: Real>(&self, pass: &Pass<'_, Cpu>, shape: Shape, values: &mut [T]) {
        let (random, p, scale) = (pass.random, self.p, self.scale());
        if self.is_independent(shape) {
            let chunk = chunk(values.len(), 8);
            each(
                write(values, chunk),
                #[inline(always)]
                |i, values| dropout::apply(random, i * chunk, p, scale, values),
            );
        } else {
            let draw = |position: usize, mask: &mut [T]| {
                mask.fill(T::one());
                dropout::apply(random, position, p, scale, mask);
            };
            noise::update(shape, self.shared_axes, values, [], draw, |mask, value, []| mask * value);
        }
    }
}
