//! The kernels' texts.

use super::program::{Source, source};

pub(super) static STEP: Source = source!("step.cu");
pub(super) static ELEMENTWISE: Source = source!("elementwise.cu");
pub(super) static NONLINEARITY: Source = source!("nonlinearity.cu", "nonlinearity.cuh");
pub(super) static SOFTMAX: Source = source!("softmax.cu");
pub(super) static DROPOUT: Source = source!("dropout.cu", "nonlinearity.cuh", "sharing.cuh");
pub(super) static GEMM: Source = source!("gemm.cu", "nonlinearity.cuh");
pub(super) static CATEGORICAL_CROSSENTROPY: Source = source!("categorical_crossentropy.cu", "objectives.cuh");
pub(super) static NORMS: Source = source!("norms.cu");
