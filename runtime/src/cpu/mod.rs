//! The processor: matrix products and the kernels under the layers.

pub(crate) mod columns;
pub(crate) mod dropout;
pub mod gemm;
pub mod isa;
pub(crate) mod map;
pub(crate) mod sample;
pub(crate) mod scratch;
pub(crate) mod window;
