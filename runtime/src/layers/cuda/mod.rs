//! Layers on NVIDIA GPUs: which kernels each calls, with which shapes. The kernels are in `cuda/`.

mod batch_norm;
mod convolution;
mod cudnn;
mod custom_recurrent;
mod dense;
mod dropout;
mod embedding;
mod expression;
mod feature_pool;
mod gaussian_noise;
mod inverse;
mod local_response_normalization;
mod locally_connected;
mod merge;
mod nonlinearity;
mod pooled_convolution;
mod pooling;
mod rearranged;
mod recurrent;
mod rrelu;
mod shared_parameters;
mod spatial_pyramid_pooling;
mod standardization;
mod transformer;
mod transposed_conv;
mod upscale;
