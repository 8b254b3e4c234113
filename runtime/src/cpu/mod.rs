//! The processor: matrix products and the kernels under the layers.

pub mod bf16;
pub(crate) mod columns;
pub(crate) mod convolution;
pub(crate) mod dropout;
pub(crate) mod elementary;
pub mod gemm;
pub(crate) mod groups;
pub mod isa;
pub(crate) mod local;
pub(crate) mod map;
pub(crate) mod merge;
pub(crate) mod moments;
pub(crate) mod noise;
pub(crate) mod pieces;
pub(crate) mod pool;
pub(crate) mod product;
pub(crate) mod round;
pub(crate) mod rows;
pub(crate) mod sample;
pub(crate) mod scratch;
pub(crate) mod sharing;
pub(crate) mod standardize;
pub(crate) mod strided;
pub(crate) mod threads;
pub(crate) mod transpose;
pub(crate) mod upscale;
