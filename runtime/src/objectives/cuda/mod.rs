//! Objectives on NVIDIA GPUs.

mod categorical;
mod elementwise;

pub use elementwise::ElementwiseCode;

use ndarray::Dimension;

use crate::Real;
use crate::cuda::Cuda;
use crate::cuda::objectives::Predictions;
use crate::heads::{GradientOf, Head};

/// An output, for a loss alone.
fn predictions<T: Real, R: Dimension>(output: &Head<T, Cuda, R>) -> (&Cuda, Predictions<'_, T>) {
    let (scores, values) = (output.scores_on_device(), output.values_on_device());
    (output.device(), Predictions { scores, values, gradient: None })
}

/// An output, for a loss and its gradient.
fn with_gradient<T: Real, R: Dimension>(
    output: &mut Head<T, Cuda, R>,
    of: GradientOf,
) -> (&Cuda, Predictions<'_, T>) {
    let parts = output.parts_on_device();
    *parts.gradient_of = of;
    let (scores, values) = (parts.scores, parts.values);
    (parts.device, Predictions { scores, values, gradient: Some(parts.gradient) })
}
