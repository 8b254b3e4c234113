//! The layers, a file a family. Each page says what the layer computes, its options and their defaults.

mod batch_norm;
mod bias;
mod chain;
mod code;
mod concat;
mod convolution;
#[cfg(feature = "cuda")]
mod cuda;
mod dense;
mod dimshuffle;
mod dropout;
mod elemwise;
mod embedding;
mod expression;
mod feature_pool;
mod gaussian_noise;
mod inverse;
mod local_response_normalization;
mod max_pool;
mod nonlinearity;
mod normalized;
mod pad;
mod pool;
mod prelu;
mod recurrent;
mod reshape;
mod rrelu;
mod scale;
mod slice;
mod spatial_pyramid_pooling;
mod standardization;
mod transformer;
mod upscale;

pub use batch_norm::{BatchNorm, BatchNormParameters, BatchStatistics};
pub use bias::{Bias, BiasParameters};
pub use chain::{Chain, ChainMemory, ChainParameters, Inner, Link};
pub use code::{ExpressionCode, ExpressionText};
pub use concat::Concat;
pub use convolution::{
    Algorithm, Conv, Conv1d, Conv2d, Conv3d, ConvParameters, Cudnn, DilatedConv2d, LocallyConnected2d, Nin,
    PartialGradients, PooledMemory, TransposedConv, TransposedConv2d, TransposedConv3d,
};
pub use dense::{Dense, DenseParameters};
pub use dimshuffle::Dimshuffle;
pub use dropout::Dropout;
pub use elemwise::{Derivatives, ElemwiseMerge, ElemwiseSum, MergeFunction};
pub use embedding::{Embedding, EmbeddingParameters};
pub use expression::Expression;
pub use feature_pool::{FeaturePool, FeatureWta, GlobalPool, PoolFunction};
pub use gaussian_noise::GaussianNoise;
pub use inverse::{
    Differences, DifferencesMemory, Differentiate, Inverse, InverseBy, Invert, Linear, LinearMemory,
    Multiply, Point, Products,
};
pub use local_response_normalization::LocalResponseNormalization2d;
pub use max_pool::{MaxPool, MaxPool1d, MaxPool2d, MaxPool3d};
pub use nonlinearity::NonlinearityLayer;
pub use normalized::{ComputeNormalized, Norm};
pub use pad::PadLayer;
pub use pool::{Pool, Pool1d, Pool2d, Pool3d, PoolMode, Winners};
pub use prelu::{Prelu, PreluParameters};
pub use recurrent::{
    CustomRecurrent, CustomRecurrentMemory, CustomRecurrentParameters, Gate, Gru, GruParameters, Lstm,
    LstmParameters, Recurrent, RecurrentMemory, RecurrentParameters,
};
pub use reshape::{Flatten, Reshape};
pub use rrelu::Rrelu;
pub use scale::{Scale, ScaleParameters};
pub use slice::Slice;
pub use spatial_pyramid_pooling::{PyramidImplementation, SpatialPyramidPooling};
pub use standardization::{Standardization, StandardizationParameters};
pub use transformer::{BorderMode, Grid, SpatialTransformer, TpsTransformer};
pub use upscale::{Upscale, Upscale1d, Upscale2d, Upscale3d, UpscaleMode};
