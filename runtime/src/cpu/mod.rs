//! The processor: matrix products and the kernels under the layers.

pub mod gemm;
pub mod isa;
