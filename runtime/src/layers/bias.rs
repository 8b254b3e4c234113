//! Biases on their own.

use crate::cpu::sharing::Sharing;
use crate::device::{Cpu, Device};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::{Builder, Parameter, Parameters, Tags, unshared};
use crate::shape::{Axes, ParameterShapes};
use crate::{Real, Shape, shape};

/// `bias(b = constant(0), shared_axes = auto)`: adds learnt biases; the shape stays.
///
/// Along the shared axes one bias serves all elements; by default these are all but the second, so that there is a
/// bias for each channel or feature.
#[derive(Clone, Copy, Debug)]
pub struct Bias {
    /// Initial biases, or `none`: the layer then does nothing. Default 0.
    pub b: Option<Init>,
    /// The axes along which biases are shared, the batch axis 0 among them. Default [`Axes::Auto`].
    pub shared_axes: Axes,
}

impl Bias {
    /// What the text need not say.
    pub const DEFAULT: Self = Bias { b: Some(Init::Constant(0.0)), shared_axes: Axes::Auto };

    /// See [`shape::shared_parameters`] and [`shape::init`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let output = shape::shared_parameters("bias", "shared_axes", input, self.shared_axes);
        if let Some(b) = self.b {
            shape::init("bias", "b", b, self.parameter_shapes(input).of(0).len());
        }
        output
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        match self.b {
            None => ParameterShapes::new(),
            Some(_) => ParameterShapes::new().with_unshared("b", input, self.shared_axes),
        }
    }
}

/// The parameters of [`Bias`].
#[derive(Clone, Debug, Parameters)]
pub struct BiasParameters<T: Real, D: Device = Cpu> {
    /// Biases, with the lengths of the axes that are not shared; empty with `b = none`.
    pub b: Parameter<T, D>,
}

impl Layer for Bias {
    type Parameters<T: Real, D: Device> = BiasParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> BiasParameters<T, D> {
        BiasParameters {
            b: builder.optional("b", &unshared(inputs[0], self.shared_axes), self.b, Tags::BIAS),
        }
    }
}

impl<T: Real> Compute<T, Cpu> for Bias {
    type Memory = ();

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &BiasParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        let b = parameters.b.slice();
        if b.is_empty() {
            y.values.copy_from_slice(x.values);
        } else {
            let sharing = Sharing::new(x.shape, self.shared_axes.mask());
            sharing.update(y.values, [x.values], [b], |_, [x], [b]| x + b);
        }
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        _: &BiasParameters<T>,
        gradients: &mut BiasParameters<T>,
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let gradient = &*signals.output_gradient.values;
        if !gradients.b.is_empty() {
            let sharing = Sharing::new(signals.output.shape, self.shared_axes.mask());
            sharing.sums([gradient], [], [gradients.b.slice_mut()], |[gradient], []| [gradient]);
        }
        if let [Some(input_gradient)] = signals.input_gradients {
            input_gradient.values.copy_from_slice(gradient);
        }
    }
}
