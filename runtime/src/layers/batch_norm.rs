//! Batch normalization.

use crate::cpu::moments;
use crate::cpu::sharing::Sharing;
use crate::device::{Cpu, Device};
use crate::init::Init;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::{Builder, Parameter, Parameters, Tags, unshared};
use crate::shape::{Axes, ParameterShapes};
use crate::{Real, Shape, shape};

/// `batch_norm(axes = auto, epsilon = 1e-4, alpha = 0.1, beta = constant(0), gamma = constant(1),
/// mean = constant(0), inv_std = constant(1), use_averages = false, update_averages = true)`: batch normalization,
/// `gamma (x - mean) / sqrt(variance + epsilon) + beta`; the shape stays.
///
/// In training, `mean` and `variance` are those of the batch over `axes`, by default all but the second: one of
/// each a channel or feature. Running averages of the mean and of `1 / sqrt(variance + epsilon)` follow them,
/// `average = (1 - alpha) average + alpha value`, and take their place in inference.
///
/// Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate
/// shift" (ICML 2015). As the mean is subtracted, a layer before it needs no biases; and its nonlinearity comes
/// after. The option `norm` of that layer does both: `dense(800, relu, norm = batch_norm)` is
/// `dense(800, linear, b = none) => batch_norm => nonlinearity(relu)`.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm {
    /// The axes to normalize over, the batch axis 0 among them. Default [`Axes::Auto`].
    pub axes: Axes,
    /// Added to the variance. Default 1e-4.
    pub epsilon: f64,
    /// How fast the running averages follow. Default 0.1.
    pub alpha: f64,
    /// Initial offsets, or `none`. Default 0.
    pub beta: Option<Init>,
    /// Initial scales, or `none`. Default 1.
    pub gamma: Option<Init>,
    /// Initial running means. Default 0.
    pub mean: Init,
    /// Initial running inverse deviations. Default 1.
    pub inv_std: Init,
    /// Whether training, too, normalizes by the running averages. Default false.
    pub use_averages: bool,
    /// Whether training moves the running averages. Default true.
    pub update_averages: bool,
}

impl BatchNorm {
    /// What the text need not say.
    pub const DEFAULT: Self = BatchNorm {
        axes: Axes::Auto,
        epsilon: 1e-4,
        alpha: 0.1,
        beta: Some(Init::Constant(0.0)),
        gamma: Some(Init::Constant(1.0)),
        mean: Init::Constant(0.0),
        inv_std: Init::Constant(1.0),
        use_averages: false,
        update_averages: true,
    };

    /// See [`shape::shared_parameters`], [`shape::init`], [`shape::epsilon`] and [`shape::running_average`].
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        shape::epsilon("batch_norm", self.epsilon);
        shape::running_average("batch_norm", self.alpha);
        let output = shape::shared_parameters("batch_norm", "axes", input, self.axes);
        let axes = self.parameter_shapes(input).of(0).len();
        shape::optional_init("batch_norm", "beta", self.beta, axes);
        shape::optional_init("batch_norm", "gamma", self.gamma, axes);
        shape::init("batch_norm", "mean", self.mean, axes);
        shape::init("batch_norm", "inv_std", self.inv_std, axes);
        output
    }

    /// The shapes of its parameters.
    pub const fn parameter_shapes(&self, input: Shape) -> ParameterShapes {
        let mut shapes = ParameterShapes::new();
        if self.beta.is_some() {
            shapes = shapes.with_unshared("beta", input, self.axes);
        }
        if self.gamma.is_some() {
            shapes = shapes.with_unshared("gamma", input, self.axes);
        }
        shapes.with_unshared("mean", input, self.axes).with_unshared("inv_std", input, self.axes)
    }

    fn sharing(&self, input: Shape) -> Sharing {
        Sharing::new(input, self.axes.mask())
    }

    /// Moves the running averages towards a batch's values, and leaves for the backward pass what the forward pass
    /// has used.
    fn follow<T: Real>(&self, averages: &mut [T], values: &mut [T]) {
        let (keep, alpha) = (T::of(1.0 - self.alpha), T::of(self.alpha));
        for (average, value) in averages.iter_mut().zip(values) {
            let (before, new) = (*average, *value);
            // What is not finite is reported by the loss, and not learnt from.
            if self.update_averages && new.is_finite() {
                *average = keep * before + alpha * new;
            }
            if self.use_averages {
                *value = before;
            }
        }
    }
}

/// The parameters of [`BatchNorm`]; each has the lengths of the axes that are not normalized over.
#[derive(Clone, Debug, Parameters)]
pub struct BatchNormParameters<T: Real, D: Device = Cpu> {
    /// Offsets; empty with `beta = none`.
    pub beta: Parameter<T, D>,
    /// Scales; empty with `gamma = none`.
    pub gamma: Parameter<T, D>,
    /// Running means.
    pub mean: Parameter<T, D>,
    /// Running inverse deviations.
    pub inv_std: Parameter<T, D>,
}

impl Layer for BatchNorm {
    type Parameters<T: Real, D: Device> = BatchNormParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> BatchNormParameters<T, D> {
        let shape = unshared(inputs[0], self.axes);
        BatchNormParameters {
            beta: builder.optional("beta", &shape, self.beta, Tags::BIAS),
            gamma: builder.optional("gamma", &shape, self.gamma, Tags::WEIGHT),
            mean: builder.parameter("mean", &shape, self.mean, Tags::STATISTIC),
            inv_std: builder.parameter("inv_std", &shape, self.inv_std, Tags::STATISTIC),
        }
    }
}

/// The statistics of the latest batch, and sums of its gradients.
#[derive(Debug)]
pub struct BatchStatistics<T>(Vec<T>);

impl<T> Default for BatchStatistics<T> {
    fn default() -> Self {
        BatchStatistics(Vec::new())
    }
}

impl<T: Real> BatchStatistics<T> {
    /// Means, inverse deviations, two rows for sums and one for factors.
    fn rows(&mut self, len: usize) -> [&mut [T]; 5] {
        self.0.resize(5 * len, T::zero());
        let mut rows = self.0.chunks_exact_mut(len);
        std::array::from_fn(|_| rows.next().expect("there are five rows"))
    }
}

/// `gamma (x - mean) inv_std + beta`.
fn normalize<T: Real>(
    sharing: &Sharing,
    parameters: &BatchNormParameters<T>,
    (mean, inv_std): (&[T], &[T]),
    x: &[T],
    y: &mut [T],
) {
    let (beta, gamma) = (parameters.beta.slice(), parameters.gamma.slice());
    match (beta.is_empty(), gamma.is_empty()) {
        (false, false) => {
            sharing.update(y, [x], [mean, inv_std, gamma, beta], |_, [x], [mean, inv_std, gamma, beta]| {
                (x - mean) * (gamma * inv_std) + beta
            })
        }
        (false, true) => {
            sharing.update(y, [x], [mean, inv_std, beta], |_, [x], [mean, inv_std, beta]| {
                (x - mean) * inv_std + beta
            });
        }
        (true, false) => {
            sharing.update(y, [x], [mean, inv_std, gamma], |_, [x], [mean, inv_std, gamma]| {
                (x - mean) * (gamma * inv_std)
            });
        }
        (true, true) => {
            sharing.update(y, [x], [mean, inv_std], |_, [x], [mean, inv_std]| (x - mean) * inv_std)
        }
    }
}

impl<T: Real> Compute<T, Cpu> for BatchNorm {
    type Memory = BatchStatistics<T>;

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &BatchNormParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
    ) {
        let averages = (parameters.mean.slice(), parameters.inv_std.slice());
        normalize(&self.sharing(x.shape), parameters, averages, x.values, y.values);
    }

    fn forward_training(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &mut BatchNormParameters<T>,
        [x]: [Signal<'_, T>; 1],
        y: SignalMut<'_, T>,
        memory: &mut BatchStatistics<T>,
    ) {
        // An empty batch has no mean.
        if x.values.is_empty() {
            return;
        }
        let sharing = self.sharing(x.shape);
        let [mean, inv_std, ..] = memory.rows(sharing.len());
        moments::moments(&sharing, x.values, self.epsilon, mean, inv_std);
        let batch = (&*mean, &*inv_std);
        let averages = (parameters.mean.slice(), parameters.inv_std.slice());
        let used = if self.use_averages { averages } else { batch };
        normalize(&sharing, parameters, used, x.values, y.values);
        for (average, value) in [(&mut parameters.mean, mean), (&mut parameters.inv_std, inv_std)] {
            self.follow(average.slice_mut(), value);
        }
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &BatchNormParameters<T>,
        gradients: &mut BatchNormParameters<T>,
        memory: &mut BatchStatistics<T>,
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        let (x, dy) = (x.values, &*signals.output_gradient.values);
        let sharing = self.sharing(signals.output.shape);
        let [mean, inv_std, offsets, scales, factors] = memory.rows(sharing.len());
        let (mean, inv_std) = (&*mean, &*inv_std);
        sharing.sums([x, dy], [mean, inv_std], [&mut *offsets, &mut *scales], |[x, dy], [mean, inv_std]| {
            [dy, dy * (x - mean) * inv_std]
        });
        if !gradients.beta.is_empty() {
            gradients.beta.slice_mut().copy_from_slice(offsets);
        }
        if !gradients.gamma.is_empty() {
            gradients.gamma.slice_mut().copy_from_slice(scales);
        }
        let Some(input_gradient) = input_gradient else { return };
        factors.copy_from_slice(inv_std);
        factors.iter_mut().zip(parameters.gamma.slice()).for_each(|(factor, &gamma)| *factor *= gamma);
        let factors = &*factors;
        if self.use_averages {
            sharing.update(input_gradient.values, [dy], [factors], |_, [dy], [factor]| dy * factor);
            return;
        }
        // The sums become what an element's share of them is, and how that changes with its distance from the mean.
        let share = T::one() / moments::count(&sharing, x);
        offsets.iter_mut().zip(factors).for_each(|(offset, &factor)| *offset *= factor * share);
        let changes = scales.iter_mut().zip(factors).zip(inv_std);
        changes.for_each(|((scale, &factor), &inv_std)| *scale *= factor * share * inv_std);
        sharing.update(
            input_gradient.values,
            [x, dy],
            [mean, factors, offsets, scales],
            |_, [x, dy], [mean, factor, offset, scale]| factor * dy - offset - scale * (x - mean),
        );
    }
}
