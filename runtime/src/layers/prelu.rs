//! Rectifiers with learnt slopes.

use crate::cpu::map::rectifier_slope;
use crate::cpu::sharing::Sharing;
use crate::device::{Cpu, Device};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::{Builder, Parameter, Parameters, Tags, unshared};
use crate::shape::{Axes, ParameterShapes};
use crate::{Real, Shape, shape};

/// `prelu(alpha = constant(0.25), shared_axes = auto)`: `x` if positive, else `alpha x`, with learnt `alpha`; the
/// shape stays. The derivative at 0 is the mean of those on both sides.
///
/// Along the shared axes one slope serves all elements; by default these are all but the second, so that there is
/// a slope for each channel or feature; with `all` there is a single one. He, Zhang, Ren and Sun, "Delving deep
/// into rectifiers" (ICCV 2015). The layer before it needs no nonlinearity: `dense(800, linear) => prelu`.
#[derive(Clone, Copy, Debug)]
pub struct Prelu {
    /// Initial slopes. Default 0.25.
    pub alpha: Init,
    /// The axes along which slopes are shared, the batch axis 0 among them. Default [`Axes::Auto`].
    pub shared_axes: Axes,
}

impl Prelu {
    /// What the text need not say.
    pub const DEFAULT: Self = Prelu { alpha: Init::Constant(0.25), shared_axes: Axes::Auto };

    /// See [`shape::shared_parameters`] and [`shape::init`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let output = shape::shared_parameters("prelu", "shared_axes", input, self.shared_axes);
        shape::init("prelu", "alpha", self.alpha, self.parameter_shapes(input).of(0).len());
        output
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        ParameterShapes::new().with_unshared("alpha", input, self.shared_axes)
    }
}

/// The parameters of [`Prelu`].
#[derive(Clone, Debug, Parameters)]
pub struct PreluParameters<T: Real, D: Device = Cpu> {
    /// Slopes, with the lengths of the axes that are not shared.
    pub alpha: Parameter<T, D>,
}

impl Layer for Prelu {
    type Parameters<T: Real, D: Device> = PreluParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> PreluParameters<T, D> {
        let shape = unshared(inputs[0], self.shared_axes);
        PreluParameters { alpha: builder.parameter("alpha", &shape, self.alpha, Tags::BIAS) }
    }
}

impl<T: Real> Compute<T, Cpu> for Prelu {
    type Memory = ();

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &PreluParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        let alpha = parameters.alpha.slice();
        let sharing = Sharing::new(x.shape, self.shared_axes.mask());
        sharing.update(y.values, [x.values], [alpha], |_, [x], [alpha]| x * rectifier_slope(x, alpha));
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &PreluParameters<T>,
        gradients: &mut PreluParameters<T>,
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let gradient = &*signals.output_gradient.values;
        let sharing = Sharing::new(x.shape, self.shared_axes.mask());
        sharing.sums([x.values, gradient], [], [gradients.alpha.slice_mut()], |[x, gradient], []| {
            [if x < T::zero() { gradient * x } else { T::zero() }]
        });
        if let Some(input_gradient) = input_gradient {
            let alpha = parameters.alpha.slice();
            sharing.update(
                input_gradient.values,
                [x.values, gradient],
                [alpha],
                |_, [x, gradient], [alpha]| gradient * rectifier_slope(x, alpha),
            );
        }
    }
}
