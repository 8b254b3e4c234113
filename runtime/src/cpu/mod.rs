//! The processor: matrix products and the kernels under the layers.

pub(crate) mod columns;
pub(crate) mod dropout;
pub mod gemm;
pub(crate) mod map;
pub mod scratch;
pub(crate) mod window;
