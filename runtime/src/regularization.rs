//! Regularization: penalties on parameters, added to the loss.
//!
//! [`l1`] and [`l2`] are the plain functions of Lasagne. [`L1`] and [`L2`] are the same with a weight, for
//! [`Trainer::penalty`](crate::train::Trainer::penalty) or [`penalize`] in a loop of one's own.

#[cfg(feature = "cuda")]
mod cuda;

use ndarray::{ArrayRef, Dimension};

use crate::Real;
use crate::cpu::map;
use crate::device::{Cpu, Device};
use crate::parameters::Parameters;
#[cfg(feature = "cuda")]
pub use cuda::{PenaltyCode, PenaltyText};

/// The sum of the absolute values.
///
/// ```
/// use layercake::regularization::{l1, l2};
/// use ndarray::array;
///
/// let w = array![[1.0, -2.0], [0.0, 3.0]];
/// assert_eq!((l1(&w), l2(&w)), (6.0, 14.0));
/// ```
pub fn l1<T: Real, R: Dimension>(values: &ArrayRef<T, R>) -> T {
    values.iter().map(|value| value.abs()).sum()
}

/// The sum of the squares.
pub fn l2<T: Real, R: Dimension>(values: &ArrayRef<T, R>) -> T {
    values.iter().map(|&value| value * value).sum()
}

/// A penalty that is a sum over values. Implement it for one of your own.
pub trait Penalty: Send + Sync {
    /// What one value adds to the loss.
    fn value<T: Real>(&self, parameter: T) -> T;

    /// Its derivative.
    fn derivative<T: Real>(&self, parameter: T) -> T;
}

/// A penalty on a device; every [`Penalty`] works on the processor.
pub trait PenaltyOn<D: Device>: Send + Sync {
    /// Adds the penalty's gradient, and returns the penalty.
    fn penalize<T: Real>(&self, device: &D, values: D::Slice<'_, T>, gradients: D::SliceMut<'_, T>) -> f64;
}

impl<P: Penalty> PenaltyOn<Cpu> for P {
    fn penalize<T: Real>(&self, _: &Cpu, values: &[T], gradients: &mut [T]) -> f64 {
        map::add_of(values, gradients, |value| self.derivative(value));
        map::sum(values, |value| self.value(value))
    }
}

/// No penalty.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPenalty;

impl<D: Device> PenaltyOn<D> for NoPenalty {
    fn penalize<T: Real>(&self, _: &D, _: D::Slice<'_, T>, _: D::SliceMut<'_, T>) -> f64 {
        0.0
    }
}

/// The given weight times the sum of absolute values; its derivative at 0 is 0.
#[derive(Clone, Copy, Debug)]
pub struct L1(pub f64);

impl Penalty for L1 {
    fn value<T: Real>(&self, parameter: T) -> T {
        T::of(self.0) * parameter.abs()
    }

    fn derivative<T: Real>(&self, parameter: T) -> T {
        if parameter == T::zero() { T::zero() } else { T::of(self.0) * parameter.signum() }
    }
}

/// The given weight times the sum of squares.
#[derive(Clone, Copy, Debug)]
pub struct L2(pub f64);

impl Penalty for L2 {
    fn value<T: Real>(&self, parameter: T) -> T {
        T::of(self.0) * parameter * parameter
    }

    fn derivative<T: Real>(&self, parameter: T) -> T {
        T::of(2.0 * self.0) * parameter
    }
}

/// The sum of two penalties, such as `(L1(1e-5), L2(1e-4))`.
impl<A: Penalty, B: Penalty> Penalty for (A, B) {
    fn value<T: Real>(&self, parameter: T) -> T {
        self.0.value(parameter) + self.1.value(parameter)
    }

    fn derivative<T: Real>(&self, parameter: T) -> T {
        self.0.derivative(parameter) + self.1.derivative(parameter)
    }
}

/// Adds the penalty's gradient to that of every regularizable parameter (by default weights are, biases are not), and
/// returns the penalty: Lasagne's `regularize_network_params`. Parameters of a single layer do as well:
/// `penalize(&device, &L2(1e-4), &mut net.hidden, &mut training.gradients.hidden)`.
pub fn penalize<T: Real, D: Device, P: Parameters<T, D>>(
    device: &D,
    penalty: &impl PenaltyOn<D>,
    parameters: &mut P,
    gradients: &mut P,
) -> f64 {
    let mut sum = 0.0;
    parameters.visit_pairs(gradients, &mut |parameter, gradient| {
        if parameter.tags().regularizable {
            sum += penalty.penalize::<T>(device, parameter.slice(), gradient.slice_mut());
        }
    });
    sum
}
