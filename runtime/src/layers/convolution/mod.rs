//! Convolutions, and what resembles them.

mod algorithm;
mod conv;
mod cudnn;
mod dilated_conv;
mod filters;
mod finish;
mod locally_connected;
mod nin;
mod partial;
mod pooled;
mod rounded;
mod transposed_conv;

pub use algorithm::Algorithm;
pub use conv::{Conv, Conv1d, Conv2d, Conv3d};
pub use cudnn::Cudnn;
pub use dilated_conv::DilatedConv2d;
pub(in crate::layers) use finish::Finish;
pub use locally_connected::LocallyConnected2d;
pub use nin::Nin;
pub use partial::PartialGradients;
pub use pooled::PooledMemory;
pub use transposed_conv::{TransposedConv, TransposedConv2d, TransposedConv3d};

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::Real;
use crate::cpu::gemm::Threads;
use crate::device::{Cpu, Device};
use crate::parameters::{Parameter, Parameters};

/// The parameters of a convolution, of [`LocallyConnected2d`] and of [`Nin`].
#[derive(Clone, Debug, Parameters)]
pub struct ConvParameters<T: Real, D: Device = Cpu> {
    /// Weights; each layer tells their axes.
    pub w: Parameter<T, D>,
    /// Biases (filters), or with `untie_biases` (filters, the output's other axes...); empty with `b = none`.
    pub b: Parameter<T, D>,
}

fn matrix<T>(values: &[T], columns: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

fn matrix_mut<T>(values: &mut [T], columns: usize) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

/// Threads work on images of their own; a single image they share.
fn threads_for(batch: usize) -> Threads {
    if batch == 1 { Threads::All } else { Threads::One }
}
