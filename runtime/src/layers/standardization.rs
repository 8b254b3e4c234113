//! Standardization, and instance and layer normalization, which are made of it.

use crate::cpu::moments::{count, moments};
use crate::cpu::pieces::{each_item, read, write};
use crate::cpu::scratch;
use crate::cpu::sharing::Sharing;
use crate::cpu::standardize::{Back, Rows};
use crate::device::{Buffer, Cpu, Device};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::{Builder, Parameter, Parameters, Tags, unshared};
use crate::shape::{Axes, ParameterShapes};
use crate::{Real, Shape, shape};

/// `standardization(axes = auto, epsilon = 1e-4)`: zero mean and unit variance over `axes`,
/// `(x - mean) / sqrt(variance + epsilon)`, in training and inference alike; the shape stays. `axes` are `spatial`
/// (from the third on), `features` (all but the batch axis), numbers, or `auto`: `features` for vectors, else
/// `spatial`.
///
/// `instance_norm(learn_scale = true, learn_bias = true, epsilon = 1e-4)`: over the spatial axes, and then times
/// `scales` and plus `b`, learnt ones a channel. Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the
/// missing ingredient for fast stylization" (2016).
///
/// `layer_norm(epsilon = 1e-4)`: over all features, and then times `scales` and plus `b`, learnt ones a feature of
/// vectors or a channel. Ba, Kiros and Hinton, "Layer normalization" (2016).
///
/// The option `norm` puts them between a layer's sums and its nonlinearity and leaves out its biases:
/// `dense(800, relu, norm = layer_norm)` is `dense(800, linear, b = none) => layer_norm => nonlinearity(relu)`.
#[derive(Clone, Copy, Debug)]
pub struct Standardization {
    /// The axes to take means over. Default [`Axes::Auto`].
    pub axes: Axes,
    /// Added to the variance. Default 1e-4.
    pub epsilon: f64,
    /// Whether the result is multiplied by `scales`.
    pub learn_scale: bool,
    /// Whether `b` is added to the result.
    pub learn_bias: bool,
}

impl Standardization {
    /// What the text of `standardization` need not say.
    pub const DEFAULT: Self =
        Standardization { axes: Axes::Auto, epsilon: 1e-4, learn_scale: false, learn_bias: false };

    /// What the text of `instance_norm` need not say.
    pub const INSTANCE_NORM: Self =
        Standardization { axes: Axes::Spatial, learn_scale: true, learn_bias: true, ..Self::DEFAULT };

    /// What the text of `layer_norm` need not say.
    pub const LAYER_NORM: Self = Standardization { axes: Axes::Features, ..Self::INSTANCE_NORM };

    /// See [`shape::standardization`] and [`shape::epsilon`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        let layer = match self.axes {
            _ if !self.learn_scale && !self.learn_bias => "standardization",
            Axes::Features => "layer_norm",
            _ => "instance_norm",
        };
        shape::epsilon(layer, self.epsilon);
        shape::standardization(layer, input, self.axes_of(input))
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        let mut shapes = ParameterShapes::new();
        if self.learn_scale {
            shapes = shapes.with_unshared("scales", input, Axes::Auto);
        }
        if self.learn_bias {
            shapes = shapes.with_unshared("b", input, Axes::Auto);
        }
        shapes
    }

    /// The axes to take means over, for items of a shape.
    pub(super) const fn axes_of(&self, input: Shape) -> Axes {
        match self.axes {
            Axes::Auto if input.rank() == 1 => Axes::Features,
            Axes::Auto => Axes::Spatial,
            axes => axes,
        }
    }

    /// The rows that share mean and variance, where the axes are the last ones.
    fn rows<'a, T: Real>(&self, shape: Shape, scales: &'a [T], b: &'a [T]) -> Option<Rows<'a, T>> {
        let (mask, dims) = (self.axes_of(shape).mask(), shape.dims());
        let first = (0..dims.len()).find(|&axis| mask[axis + 1])?;
        if mask[0] || (first..dims.len()).any(|axis| !mask[axis + 1]) {
            return None;
        }
        let len = dims[first..].iter().product();
        let run = dims[1..].iter().product();
        Some(Rows { len, item: shape.len(), run, epsilon: T::of(self.epsilon), scales, b })
    }

    /// Which elements have a mean in common, and how many elements see no others: an item, or the whole batch.
    fn unit(&self, shape: Shape, elements: usize) -> (Sharing, usize) {
        let mask = self.axes_of(shape).mask();
        (Sharing::new(shape, mask), if mask[0] { elements } else { shape.len() })
    }
}

/// The parameters of [`Standardization`]; each has the length of the first axis (channels or features).
#[derive(Clone, Debug, Parameters)]
pub struct StandardizationParameters<T: Real, D: Device = Cpu> {
    /// Scales, initially 1; empty without `learn_scale`.
    pub scales: Parameter<T, D>,
    /// Biases, initially 0; empty without `learn_bias`.
    pub b: Parameter<T, D>,
}

impl Layer for Standardization {
    type Parameters<T: Real, D: Device> = StandardizationParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> StandardizationParameters<T, D> {
        let shape = unshared(inputs[0], Axes::Auto);
        let init = |learn: bool, value: f64| learn.then_some(Init::Constant(value));
        StandardizationParameters {
            scales: builder.optional("scales", &shape, init(self.learn_scale, 1.0), Tags::BIAS),
            b: builder.optional("b", &shape, init(self.learn_bias, 0.0), Tags::BIAS),
        }
    }
}

impl<T: Real> Compute<T, Cpu> for Standardization {
    /// Mean and factor of each of the latest batch's rows.
    type Memory = Buffer<T>;

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &StandardizationParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        let (scales, b) = (parameters.scales.slice(), parameters.b.slice());
        match self.rows(x.shape, scales, b) {
            Some(rows) => rows.forward(x.values, y.values, None),
            None => self.forward_of_units(scales, b, x, y),
        }
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cpu>,
        parameters: &mut StandardizationParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        memory: &mut Buffer<T>,
    ) {
        let (scales, b) = (parameters.scales.slice(), parameters.b.slice());
        match self.rows(x.shape, scales, b) {
            Some(rows) => {
                let len = 2 * (x.values.len() / rows.len);
                pass.device.reserve(memory, len);
                rows.forward(x.values, y.values, Some(Cpu::slice_mut(memory, len)));
            }
            None => self.forward_of_units(scales, b, x, y),
        }
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &StandardizationParameters<T>,
        gradients: &mut StandardizationParameters<T>,
        memory: &mut Buffer<T>,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let Some(rows) = self.rows(signals.output.shape, parameters.scales.slice(), parameters.b.slice())
        else {
            return self.backward_of_units(parameters, gradients, signals);
        };
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let moments = Cpu::slice(memory, 2 * (x.values.len() / rows.len));
        let from = Back { x: x.values, moments, dy: signals.output_gradient.values };
        let (scales, b) = (gradients.scales.slice_mut(), gradients.b.slice_mut());
        rows.backward(from, scales, b, input_gradient.map(|gradient| gradient.values));
    }
}

/// Over any axes: values are standardized in one pass and scaled and moved in another.
impl Standardization {
    fn forward_of_units<T: Real>(&self, scales: &[T], b: &[T], x: Signal<'_, T>, y: SignalMut<'_, T>) {
        let (sharing, unit) = self.unit(x.shape, x.values.len());
        let unit = unit.max(1);
        each_item((write(y.values, unit), read(x.values, unit)), unit, |_, (y, x)| {
            standardize(&sharing, x, self.epsilon, y, None);
        });
        let channels = Sharing::new(x.shape, Axes::Auto.mask());
        match (scales.is_empty(), b.is_empty()) {
            (false, false) => channels.update(y.values, [], [scales, b], |y, [], [scale, b]| y * scale + b),
            (false, true) => channels.update(y.values, [], [scales], |y, [], [scale]| y * scale),
            (true, false) => channels.update(y.values, [], [b], |y, [], [b]| y + b),
            (true, true) => {}
        }
    }

    fn backward_of_units<T: Real>(
        &self,
        parameters: &StandardizationParameters<T>,
        gradients: &mut StandardizationParameters<T>,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let (shape, dy) = (signals.output.shape, signals.output_gradient.values);
        let (sharing, unit) = self.unit(shape, x.values.len());
        let unit = unit.max(1);
        let channels = Sharing::new(shape, Axes::Auto.mask());
        let units = x.values.len().div_ceil(unit);
        scratch::with(x.values.len(), |normalized: &mut [T]| {
            scratch::with(units * sharing.len(), |deviations: &mut [T]| {
                let split = (write(normalized, unit), read(x.values, unit), write(deviations, sharing.len()));
                each_item(split, unit, |_, (y, x, inv_std)| {
                    standardize(&sharing, x, self.epsilon, y, Some(inv_std));
                });
                let (normalized, deviations) = (&*normalized, &*deviations);
                if !gradients.b.is_empty() {
                    channels.sums([&*dy], [], [gradients.b.slice_mut()], |[dy], []| [dy]);
                }
                if !gradients.scales.is_empty() {
                    let sums = [gradients.scales.slice_mut()];
                    channels.sums([&*dy, normalized], [], sums, |[dy, normalized], []| [dy * normalized]);
                    let scales = parameters.scales.slice();
                    channels.update(dy, [], [scales], |dy, [], [scale]| dy * scale);
                }
                let Some(input_gradient) = input_gradient else { return };
                let from = (read(&*dy, unit), read(normalized, unit), read(deviations, sharing.len()));
                each_item((write(input_gradient.values, unit), from), unit, |_, (dx, (dy, y, inv_std))| {
                    standardize_back(&sharing, y, inv_std, dy, dx);
                });
            });
        });
    }
}

/// `(x - mean) / sqrt(variance + epsilon)` of one unit; `inv_std` is handed out.
fn standardize<T: Real>(sharing: &Sharing, x: &[T], epsilon: f64, y: &mut [T], inv_std: Option<&mut [T]>) {
    let len = sharing.len();
    scratch::with(2 * len, |statistics: &mut [T]| {
        let (mean, deviations) = statistics.split_at_mut(len);
        moments(sharing, x, epsilon, mean, deviations);
        let (mean, deviations) = (&*mean, &*deviations);
        sharing.update(y, [x], [mean, deviations], |_, [x], [mean, inv_std]| (x - mean) * inv_std);
        if let Some(inv_std) = inv_std {
            inv_std.copy_from_slice(deviations);
        }
    });
}

/// The gradient with respect to `x`, from the standardized values `y` of one unit.
fn standardize_back<T: Real>(sharing: &Sharing, y: &[T], inv_std: &[T], dy: &[T], dx: &mut [T]) {
    let len = sharing.len();
    let share = T::one() / count(sharing, y);
    scratch::with(2 * len, |sums: &mut [T]| {
        let (offsets, scales) = sums.split_at_mut(len);
        sharing.sums([y, dy], [], [&mut *offsets, &mut *scales], |[y, dy], []| [dy, dy * y]);
        let (offsets, scales) = (&*offsets, &*scales);
        sharing.update(dx, [y, dy], [inv_std, offsets, scales], |_, [y, dy], [inv_std, offset, scale]| {
            inv_std * (dy - share * (offset + y * scale))
        });
    });
}
