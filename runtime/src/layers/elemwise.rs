//! Inputs joined element by element.

use std::array;

use crate::cpu::merge::Fit;
use crate::cpu::pieces::{chunk, each_item, read, write};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::layers::ExpressionText;
use crate::parameters::Builder;
use crate::shape::Crop;
use crate::{Real, Shape, shape};

/// `add(a, b, ..., coeffs = 1, cropping = none)`, also called `elemwise_sum`: the elementwise sum of the inputs, each
/// times its coefficient.
///
/// The inputs have one shape; an axis of length 1 may stand for as many equal elements as the others have.
/// `cropping` gives each axis, the batch axis first, a mode: `none`, or `lower`, `center` or `upper` for the part
/// that is kept of inputs that are longer than the shortest. Axes that are not listed are not cropped.
#[derive(Clone, Copy, Debug)]
pub struct ElemwiseSum {
    /// A coefficient for each input, a single one for all, or none for 1. Default 1.
    pub coeffs: &'static [f64],
    /// The mode of each axis. Default: none is cropped.
    pub cropping: &'static [Crop],
}

impl ElemwiseSum {
    /// What the text need not say.
    pub const DEFAULT: Self = ElemwiseSum { coeffs: &[], cropping: &[] };

    /// See [`shape::elemwise_sum`].
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        shape::elemwise_sum(inputs, self.coeffs, self.cropping)
    }

    /// What an input is multiplied by.
    pub(super) fn coefficient<T: Real>(&self, input: usize) -> T {
        T::of(match self.coeffs {
            [] => 1.0,
            [all] => *all,
            each => each[input],
        })
    }
}

/// `elemwise_merge(a, b, ..., merge_function, derivative, code, cropping = none)`: joins the inputs element by element:
/// the first two by the function, the result and the third by it again, and so on. `mul(a, b, ...)`,
/// `maximum(a, b, ...)` or `max`, and `minimum(a, b, ...)` or `min` stand for those functions. Of equal elements the
/// first gets a maximum's or minimum's gradient.
///
/// A function of one's own maps two `f64` to one, whatever the network's element type, and needs its `derivative`, from
/// the same two numbers to the derivatives with respect to both:
/// `elemwise_merge(a, b, merge_function = |a, b| a - b, derivative = |_, _| (1.0, -1.0))`. An NVIDIA GPU cannot run it: a
/// network with it is refused there without `code`, a type that gives both in CUDA C as well, an
/// [`ExpressionCode<2>`](super::ExpressionCode).
///
/// The inputs have one shape, or are cropped or repeated as those of [`ElemwiseSum`].
#[derive(Clone, Copy, Debug)]
pub struct ElemwiseMerge {
    /// Joins two elements.
    pub merge_function: MergeFunction,
    /// The derivatives of a function of one's own.
    pub derivative: Option<Derivatives>,
    /// A function of one's own with its derivatives in CUDA C, for NVIDIA GPUs. Default none.
    pub code: Option<ExpressionText<2>>,
    /// The mode of each axis. Default: none is cropped.
    pub cropping: &'static [Crop],
}

/// From two elements to the derivatives with respect to both.
pub type Derivatives = fn(f64, f64) -> (f64, f64);

/// What joins two elements.
#[derive(Clone, Copy, Debug)]
pub enum MergeFunction {
    /// Their sum.
    Add,
    /// Their product.
    Mul,
    /// The larger; NaN where one of them is.
    Maximum,
    /// The smaller; NaN where one of them is.
    Minimum,
    /// A function of one's own.
    Own(fn(f64, f64) -> f64),
}

impl ElemwiseMerge {
    /// What the text need not say.
    pub const DEFAULT: Self =
        ElemwiseMerge { merge_function: MergeFunction::Add, derivative: None, code: None, cropping: &[] };

    /// What the text of `mul` need not say.
    pub const MUL: Self = ElemwiseMerge { merge_function: MergeFunction::Mul, ..Self::DEFAULT };

    /// What the text of `maximum` need not say.
    pub const MAXIMUM: Self = ElemwiseMerge { merge_function: MergeFunction::Maximum, ..Self::DEFAULT };

    /// What the text of `minimum` need not say.
    pub const MINIMUM: Self = ElemwiseMerge { merge_function: MergeFunction::Minimum, ..Self::DEFAULT };

    /// See [`shape::elemwise_merge`].
    #[track_caller]
    pub const fn output_shape(&self, inputs: &[Shape]) -> Shape {
        let layer = match self.merge_function {
            MergeFunction::Add | MergeFunction::Own(_) => "elemwise_merge",
            MergeFunction::Mul => "mul",
            MergeFunction::Maximum => "maximum",
            MergeFunction::Minimum => "minimum",
        };
        let known = !matches!(self.merge_function, MergeFunction::Own(_)) || self.derivative.is_some();
        shape::elemwise_merge(layer, inputs, known, self.cropping)
    }

    /// Joins the elements of all inputs.
    #[inline(always)]
    fn join<T: Real>(&self, elements: impl Iterator<Item = T>) -> T {
        let joined = match self.merge_function {
            MergeFunction::Add => elements.reduce(|a, b| a + b),
            MergeFunction::Mul => elements.reduce(|a, b| a * b),
            MergeFunction::Maximum => elements.reduce(|a, b| if b > a || b.is_nan() { b } else { a }),
            MergeFunction::Minimum => elements.reduce(|a, b| if b < a || b.is_nan() { b } else { a }),
            MergeFunction::Own(function) => elements.reduce(|a, b| T::of(function(a.to_f64(), b.to_f64()))),
        };
        joined.unwrap_or(T::zero())
    }

    /// The derivative with respect to element `input` of them.
    #[inline(always)]
    fn derivative<T: Real, const N: usize>(&self, input: usize, elements: [T; N]) -> T {
        let won = |won: bool| if won { T::one() } else { T::zero() };
        let own = elements[input];
        match self.merge_function {
            MergeFunction::Add => T::one(),
            MergeFunction::Mul => {
                let others = elements.iter().enumerate().filter(|(other, _)| *other != input);
                others.fold(T::one(), |product, (_, &other)| product * other)
            }
            MergeFunction::Maximum => won(elements[..input].iter().all(|&other| own > other)
                && elements[input..].iter().all(|&other| own >= other)),
            MergeFunction::Minimum => won(elements[..input].iter().all(|&other| own < other)
                && elements[input..].iter().all(|&other| own <= other)),
            MergeFunction::Own(_) => {
                let Some(derivative) = self.derivative else { return T::nan() };
                // Joined with what stands before it, and then what comes after with that.
                let mut joined = self.join(elements[..=input].iter().copied()).to_f64();
                let mut slope = match input {
                    0 => 1.0,
                    _ => {
                        let before = self.join(elements[..input].iter().copied());
                        derivative(before.to_f64(), own.to_f64()).1
                    }
                };
                for &next in &elements[input + 1..] {
                    slope *= derivative(joined, next.to_f64()).0;
                    joined = self.join([T::of(joined), next].into_iter()).to_f64();
                }
                T::of(slope)
            }
        }
    }
}

macro_rules! without_parameters {
    ($($layer:ident)*) => {$(
        impl Layer for $layer {
            type Parameters<T: Real, D: Device> = ();

            fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
        }
    )*};
}

without_parameters! { ElemwiseSum ElemwiseMerge }

impl<T: Real, const N: usize> Compute<T, Cpu, N> for ElemwiseSum {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), inputs: [Signal<'_, T>; N], y: SignalMut<'_, T>) {
        let coefficients: [T; N] = array::from_fn(|input| self.coefficient(input));
        let pieces = Pieces::new(inputs, y.shape, self.cropping);
        pieces.forward(y.values, |x, y| {
            for (i, y) in y.iter_mut().enumerate() {
                let mut sum = coefficients[0] * x[0][i];
                for input in 1..N {
                    sum += coefficients[input] * x[input][i];
                }
                *y = sum;
            }
        });
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, N>,
    ) {
        let pieces = Pieces::new(signals.inputs, signals.output.shape, self.cropping);
        let dy = &*signals.output_gradient.values;
        for (input, input_gradient) in signals.input_gradients.into_iter().enumerate() {
            let coefficient: T = self.coefficient(input);
            pieces.backward(input, input_gradient, dy, |_, dy, dx| {
                dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx = coefficient * dy);
            });
        }
    }
}

impl<T: Real, const N: usize> Compute<T, Cpu, N> for ElemwiseMerge {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), inputs: [Signal<'_, T>; N], y: SignalMut<'_, T>) {
        let pieces = Pieces::new(inputs, y.shape, self.cropping);
        pieces.forward(y.values, |x, y| {
            y.iter_mut().enumerate().for_each(|(i, y)| *y = self.join(x.iter().map(|x| x[i])));
        });
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, N>,
    ) {
        let pieces = Pieces::new(signals.inputs, signals.output.shape, self.cropping);
        let dy = &*signals.output_gradient.values;
        for (input, input_gradient) in signals.input_gradients.into_iter().enumerate() {
            pieces.backward(input, input_gradient, dy, |x, dy, dx| {
                for (i, (dx, &dy)) in dx.iter_mut().zip(dy).enumerate() {
                    *dx = dy * self.derivative(input, x.map(|x| x[i]));
                }
            });
        }
    }
}

/// The inputs of a merge, to be worked on piece by piece: of inputs that all have the output's shape as they lie,
/// else item by item, fitted to it.
struct Pieces<'a, T: Real, const N: usize> {
    inputs: [Signal<'a, T>; N],
    fits: [Fit; N],
    item: usize,
}

impl<'a, T: Real, const N: usize> Pieces<'a, T, N> {
    fn new(inputs: [Signal<'a, T>; N], output: Shape, cropping: &[Crop]) -> Self {
        let fits = inputs.each_ref().map(|input| Fit::new(input.shape, output, cropping));
        Pieces { inputs, fits, item: output.len() }
    }

    /// The length of a piece of so many elements.
    fn piece(&self, elements: usize) -> usize {
        if self.fits.iter().all(Fit::is_whole) { chunk(elements, 1) } else { self.item }
    }

    /// Calls `function` with the inputs of the piece from `start` on; they are empty if they are not at hand.
    fn with<R>(&self, start: usize, len: usize, function: impl FnOnce([&[T]; N]) -> R) -> R {
        let fitted = self.fits.iter().filter(|fit| !fit.is_whole()).count();
        scratch::with(fitted * self.item, |memory: &mut [T]| {
            let mut memory = memory.chunks_exact_mut(self.item);
            function(array::from_fn(|input| -> &[T] {
                let (fit, values) = (&self.fits[input], self.inputs[input].values);
                if values.is_empty() {
                    return values;
                }
                if fit.is_whole() {
                    return &values[start..start + len];
                }
                let to = memory.next().expect("memory for every fitted input");
                fit.gather(&values[start / self.item * fit.input_len()..][..fit.input_len()], to);
                to
            }))
        })
    }

    fn forward(&self, y: &mut [T], function: impl Fn([&[T]; N], &mut [T]) + Sync) {
        let piece = self.piece(y.len());
        each_item(write(y, piece), piece, |i, y| self.with(i * piece, y.len(), |x| function(x, y)));
    }

    fn backward(
        &self,
        input: usize,
        gradient: Option<SignalMut<'_, T>>,
        dy: &[T],
        function: impl Fn([&[T]; N], &[T], &mut [T]) + Sync,
    ) {
        let Some(gradient) = gradient else { return };
        let (fit, piece) = (&self.fits[input], self.piece(dy.len()));
        let own = if fit.is_whole() { piece } else { fit.input_len() };
        each_item((write(gradient.values, own), read(dy, piece)), own, |i, (dx, dy)| {
            self.with(i * piece, dy.len(), |x| {
                if fit.is_whole() {
                    return function(x, dy, dx);
                }
                scratch::with(dy.len(), |fitted: &mut [T]| {
                    function(x, dy, fitted);
                    fit.scatter(fitted, dx);
                });
            });
        });
    }
}
