//! Scales on their own.

use crate::cpu::sharing::Sharing;
use crate::device::{Cpu, Device};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::{Builder, Parameter, Parameters, Tags, unshared};
use crate::shape::{Axes, ParameterShapes};
use crate::{Real, Shape, shape};

/// `scale(scales = constant(1), shared_axes = auto)`: multiplies by learnt scales; the shape stays.
///
/// Along the shared axes one scale serves all elements; by default these are all but the second, so that there is
/// a scale for each channel or feature.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Initial scales. Default 1.
    pub scales: Init,
    /// The axes along which scales are shared, the batch axis 0 among them. Default [`Axes::Auto`].
    pub shared_axes: Axes,
}

impl Scale {
    /// What the text need not say.
    pub const DEFAULT: Self = Scale { scales: Init::Constant(1.0), shared_axes: Axes::Auto };

    /// See [`shape::shared_parameters`] and [`shape::init`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let output = shape::shared_parameters("scale", "shared_axes", input, self.shared_axes);
        shape::init("scale", "scales", self.scales, self.parameter_shapes(input).of(0).len());
        output
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        ParameterShapes::new().with_unshared("scales", input, self.shared_axes)
    }
}

/// The parameters of [`Scale`].
#[derive(Clone, Debug, Parameters)]
pub struct ScaleParameters<T: Real, D: Device = Cpu> {
    /// Scales, with the lengths of the axes that are not shared.
    pub scales: Parameter<T, D>,
}

impl Layer for Scale {
    type Parameters<T: Real, D: Device> = ScaleParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> ScaleParameters<T, D> {
        let shape = unshared(inputs[0], self.shared_axes);
        ScaleParameters { scales: builder.parameter("scales", &shape, self.scales, Tags::BIAS) }
    }
}

impl<T: Real> Compute<T, Cpu> for Scale {
    type Memory = ();

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &ScaleParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        let scales = parameters.scales.slice();
        let sharing = Sharing::new(x.shape, self.shared_axes.mask());
        sharing.update(y.values, [x.values], [scales], |_, [x], [scale]| x * scale);
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &ScaleParameters<T>,
        gradients: &mut ScaleParameters<T>,
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let gradient = &*signals.output_gradient.values;
        let sharing = Sharing::new(x.shape, self.shared_axes.mask());
        let sums = [gradients.scales.slice_mut()];
        sharing.sums([x.values, gradient], [], sums, |[x, gradient], []| [x * gradient]);
        if let Some(input_gradient) = input_gradient {
            let scales = parameters.scales.slice();
            sharing.update(input_gradient.values, [gradient], [scales], |_, [gradient], [scale]| {
                gradient * scale
            });
        }
    }
}
