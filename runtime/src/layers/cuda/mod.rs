//! Layers on NVIDIA GPUs: which kernels each calls, with which shapes. The kernels are in `cuda/`.

mod dense;
mod dropout;
mod nonlinearity;
