//! Constraints on the norms of weights and gradients.

use ndarray::{ArrayRef, ArrayViewMutD, Axis, Dimension, IxDyn, indices};

use crate::Real;
use crate::cpu::{map, scratch};
use crate::device::{Cpu, Device};
use crate::parameters::{Parameter, Parameters};

/// What is added to norms before dividing by them, as Lasagne's default.
const EPSILON: f64 = 1e-7;

/// The most axes that a parameter has.
const MAX_RANK: usize = 6;

/// Scales an array so that its norms over the axes `norm_axes` are at most `max_norm`.
///
/// `None` takes Lasagne's axes: for a matrix (inputs, units), axis 0, so that each unit's weights have a bounded norm;
/// for filters (filters, channels, ...), all but the first. All values are multiplied by
/// `min(norm, max_norm) / (1e-7 + norm)`.
///
/// Srivastava, "Improving neural networks with dropout" (2013) constrains dense layers so.
///
/// ```
/// use layercake::updates::norm_constraint;
/// use ndarray::array;
///
/// let mut w = array![[3.0, 0.1], [4.0, 0.2]];
/// norm_constraint(&mut w.view_mut().into_dyn(), 1.0, None)?;
/// assert!((w[[0, 0]] - 0.6_f64).abs() < 1e-7 && (w[[1, 0]] - 0.8).abs() < 1e-7);
/// # Ok::<(), layercake::updates::NormError>(())
/// ```
///
/// # Errors
/// If the array has fewer than two axes and `norm_axes` is not given, or it names an axis that is not there, or `max_norm`
/// is not above 0.
pub fn norm_constraint<T: Real>(
    array: &mut ArrayRef<T, IxDyn>,
    max_norm: f64,
    norm_axes: Option<&[usize]>,
) -> Result<(), NormError> {
    check_max_norm("norm_constraint", max_norm)?;
    let rank = array.ndim();
    if !(1..=MAX_RANK).contains(&rank) {
        return Err(NormError::Rank { rank });
    }
    let over = norm_axes.or(usual_axes(rank)).ok_or(NormError::Axes { rank })?;
    if let Some(&axis) = over.iter().find(|&&axis| axis >= rank) {
        return Err(NormError::Axis { axis, rank });
    }
    constrain_over(over, array, max_norm);
    Ok(())
}

/// Lasagne's axes of norms.
fn usual_axes(rank: usize) -> Option<&'static [usize]> {
    match rank {
        2 => Some(&[0]),
        3..=MAX_RANK => Some(&[1, 2, 3, 4, 5][..rank - 1]),
        _ => None,
    }
}

/// The constraint of an array of at least one axis, over axes that it has.
fn constrain_over<T: Real>(over: &[usize], array: &mut ArrayRef<T, IxDyn>, max_norm: f64) {
    let rank = array.ndim();
    // One factor for each place on the other axes, in row-major order.
    let mut strides = [0; MAX_RANK];
    let mut norms = 1;
    for axis in (0..rank).rev().filter(|axis| !over.contains(axis)) {
        strides[axis] = norms;
        norms *= array.len_of(Axis(axis));
    }
    let last = Axis(rank - 1);
    let mut outer = array.raw_dim();
    outer[last.index()] = 1;
    let first = |index: IxDyn| index.slice().iter().zip(&strides).map(|(index, stride)| index * stride).sum();
    scratch::with(norms, |factors: &mut [T]| {
        factors.fill(T::zero());
        for (lane, index) in array.lanes(last).into_iter().zip(indices(outer.clone())) {
            let first: usize = first(index);
            if over.contains(&last.index()) {
                factors[first] += lane.iter().map(|&value| value * value).sum();
            } else {
                factors[first..].iter_mut().zip(lane).for_each(|(sum, &value)| *sum += value * value);
            }
        }
        factors.iter_mut().for_each(|factor| *factor = T::of(factor_for(factor.to_f64().sqrt(), max_norm)));
        for (lane, index) in array.lanes_mut(last).into_iter().zip(indices(outer)) {
            let first: usize = first(index);
            if over.contains(&last.index()) {
                lane.into_iter().for_each(|value| *value *= factors[first]);
            } else {
                lane.into_iter().zip(&factors[first..]).for_each(|(value, &factor)| *value *= factor);
            }
        }
    });
}

/// Whether values can be scaled to this norm.
pub(crate) fn check_max_norm(constraint: &'static str, found: f64) -> Result<(), NormError> {
    if found > 0.0 { Ok(()) } else { Err(NormError::MaxNorm { constraint, found }) }
}

fn factor_for(norm: f64, max_norm: f64) -> f64 {
    norm.min(max_norm) / (EPSILON + norm)
}

/// Scales arrays together so that the norm of all their values is at most `max_norm`, and returns the norm before.
///
/// For gradients: Sutskever, Vinyals and Le, "Sequence to sequence learning with neural networks" (NIPS 2014). All
/// values are multiplied by `min(norm, max_norm) / (1e-7 + norm)`, as Lasagne does.
///
/// # Errors
/// If `max_norm` is not above 0; no value is then changed.
pub fn total_norm_constraint<T: Real, D: Norms>(
    device: &D,
    parameters: &mut impl Parameters<T, D>,
    max_norm: f64,
) -> Result<f64, NormError> {
    check_max_norm("total_norm_constraint", max_norm)?;
    Ok(device.norm(&constrain_total_norm(device, parameters, max_norm)))
}

/// The same for a norm that was checked, and returns the sum of squares before, which may stay on the device.
pub(crate) fn constrain_total_norm<T: Real, D: Norms>(
    device: &D,
    parameters: &mut impl Parameters<T, D>,
    max_norm: f64,
) -> D::Squares {
    let mut squares = D::Squares::default();
    parameters.visit_mut(&mut |parameter| {
        if parameter.tags().trainable {
            device.add_squares::<T>(parameter.slice(), &mut squares);
        }
    });
    parameters.visit_mut(&mut |parameter| {
        if parameter.tags().trainable {
            device.scale_to_norm::<T>(&squares, max_norm, parameter.slice_mut());
        }
    });
    squares
}

/// [`norm_constraint`] of a parameter of at least two axes, on its device.
pub(crate) fn constrain_norms<T: Real, D: Norms>(device: &D, parameter: &mut Parameter<T, D>, max_norm: f64) {
    let shape = IxDyn(parameter.shape());
    device.constrain_norms::<T>(shape, max_norm, parameter.slice_mut());
}

/// What a device computes for the constraints.
pub trait Norms: Device {
    /// A sum of squares of several arrays, which may stay on the device.
    type Squares: Default;

    /// Adds the squares of all values.
    fn add_squares<T: Real>(&self, values: Self::Slice<'_, T>, squares: &mut Self::Squares);

    /// The root of the sum.
    fn norm(&self, squares: &Self::Squares) -> f64;

    /// Multiplies all values by `min(norm, max_norm) / (1e-7 + norm)`, where `norm` is the root of the sum.
    fn scale_to_norm<T: Real>(&self, squares: &Self::Squares, max_norm: f64, values: Self::SliceMut<'_, T>);

    /// [`norm_constraint`] of an array of at least two axes, over Lasagne's axes.
    fn constrain_norms<T: Real>(&self, shape: IxDyn, max_norm: f64, values: Self::SliceMut<'_, T>);
}

impl Norms for Cpu {
    type Squares = f64;

    fn add_squares<T: Real>(&self, values: &[T], squares: &mut f64) {
        *squares += map::squared_norm(values);
    }

    fn norm(&self, squares: &f64) -> f64 {
        squares.sqrt()
    }

    fn scale_to_norm<T: Real>(&self, squares: &f64, max_norm: f64, values: &mut [T]) {
        let factor = T::of(factor_for(squares.sqrt(), max_norm));
        map::apply(values, |value| factor * value);
    }

    fn constrain_norms<T: Real>(&self, shape: IxDyn, max_norm: f64, values: &mut [T]) {
        let mut array = ArrayViewMutD::from_shape(shape, values).expect("a parameter's own shape");
        constrain_over(usual_axes(array.ndim()).unwrap_or_default(), &mut array, max_norm);
    }
}

/// Norms that cannot be taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NormError {
    /// A norm that leaves no values but zero, or none at all.
    #[error("{constraint}: the largest norm is {found}, and must be above 0")]
    MaxNorm {
        /// The constraint's name.
        constraint: &'static str,
        /// The largest norm.
        found: f64,
    },
    /// An array without axes, or with too many.
    #[error("norm_constraint: the array has {rank} axes, and must have 1 to {MAX_RANK}")]
    Rank {
        /// The number of its axes.
        rank: usize,
    },
    /// An array whose axes have no usual meaning.
    #[error(
        "norm_constraint: for an array of {rank} axis there is no usual choice of axes to take norms over; give \
         `norm_axes`"
    )]
    Axes {
        /// The number of its axes.
        rank: usize,
    },
    /// An axis that is not there.
    #[error("norm_constraint: `norm_axes` names axis {axis}, and the array has axes 0 to {}", rank - 1)]
    Axis {
        /// The axis.
        axis: usize,
        /// The number of the array's axes.
        rank: usize,
    },
}
