//! Rectifiers with random slopes.

use crate::cpu::map::rectifier_slope;
use crate::cpu::noise;
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::Builder;
use crate::random::Random;
use crate::shape::Axes;
use crate::{Real, Shape, shape};

/// `rrelu(lower = 0.3, upper = 0.8, shared_axes = auto)`: `x` if positive, else a slope times `x`. In training the
/// slope is drawn between `lower` and `upper`, in inference it is their mean; the shape stays. The derivative at 0
/// is the mean of those on both sides.
///
/// Along the shared axes one slope serves all elements; by default these are all but the second, so that each
/// channel or feature has a slope in each step. Xu, Wang, Chen and Li, "Empirical evaluation of rectified
/// activations in convolutional network" (2015).
#[derive(Clone, Copy, Debug)]
pub struct Rrelu {
    /// The smallest slope. Default 0.3.
    pub lower: f64,
    /// The largest slope. Default 0.8.
    pub upper: f64,
    /// The axes along which slopes are shared. Default [`Axes::Auto`].
    pub shared_axes: Axes,
}

impl Rrelu {
    /// What the text need not say.
    pub const DEFAULT: Self = Rrelu { lower: 0.3, upper: 0.8, shared_axes: Axes::Auto };

    /// See [`shape::rrelu`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::rrelu(input, self.lower, self.upper, self.shared_axes)
    }

    fn draw<T: Real>(&self, random: Random) -> impl Fn(usize, &mut [T]) + Sync {
        let (lower, upper) = (self.lower, self.upper);
        move |position, slopes: &mut [T]| noise::uniform(random, position, lower, upper, slopes)
    }
}

impl Layer for Rrelu {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for Rrelu {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let mean = T::of(0.5 * (self.lower + self.upper));
        y.values.iter_mut().zip(x.values).for_each(|(y, &x)| *y = x * rectifier_slope(x, mean));
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cpu>,
        (): &mut (),
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        (): &mut (),
    ) {
        let draw = self.draw(pass.random);
        noise::update(x.shape, self.shared_axes, y.values, [x.values], draw, |slope, _, [x]| {
            x * rectifier_slope(x, slope)
        });
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let ([x], [Some(input_gradient)]) = (signals.inputs, signals.input_gradients) else { return };
        let from = [x.values, &*signals.output_gradient.values];
        let draw = self.draw(pass.random);
        noise::update(
            x.shape,
            self.shared_axes,
            input_gradient.values,
            from,
            draw,
            |slope, _, [x, gradient]| gradient * rectifier_slope(x, slope),
        );
    }
}
