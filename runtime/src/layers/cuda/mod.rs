//! Layers on NVIDIA GPUs: which kernels each calls, with which shapes. The kernels are in `cuda/`.

mod convolution;
mod dense;
mod dropout;
mod feature_pool;
mod local_response_normalization;
mod locally_connected;
mod nonlinearity;
mod pooled_convolution;
mod pooling;
mod spatial_pyramid_pooling;
mod transposed_conv;
mod upscale;
