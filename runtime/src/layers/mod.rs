//! The layers, a file a family. Each page says what the layer computes, its options and their defaults.

mod batch_norm;
mod bias;
mod concat;
mod conv2d;
mod dense;
mod dropout;
mod elemwise;
mod expression;
mod gaussian_noise;
mod local_response_normalization;
mod max_pool2d;
mod nonlinearity;
mod prelu;
mod reshape;
mod rrelu;
mod scale;
mod standardization;

pub use batch_norm::{BatchNorm, BatchNormParameters, BatchStatistics};
pub use bias::{Bias, BiasParameters};
pub use concat::Concat;
pub use conv2d::{Conv2d, Conv2dParameters};
pub use dense::{Dense, DenseParameters};
pub use dropout::Dropout;
pub use elemwise::{Derivatives, ElemwiseMerge, ElemwiseSum, MergeFunction};
pub use expression::Expression;
pub use gaussian_noise::GaussianNoise;
pub use local_response_normalization::LocalResponseNormalization2d;
pub use max_pool2d::{MaxPool2d, Winners};
pub use nonlinearity::NonlinearityLayer;
pub use prelu::{Prelu, PreluParameters};
pub use reshape::{Flatten, Reshape};
pub use rrelu::Rrelu;
pub use scale::{Scale, ScaleParameters};
pub use standardization::{Standardization, StandardizationParameters};
