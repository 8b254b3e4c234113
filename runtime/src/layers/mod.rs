//! The layers, a file a family. Each page says what the layer computes, its options and their defaults.

mod conv2d;
mod dense;
mod dimshuffle;
mod dropout;
mod feature_pool;
mod max_pool;
mod merge;
mod nonlinearity;
mod pad;
mod pool;
mod reshape;
mod slice;
mod spatial_pyramid_pooling;
mod upscale;

pub use conv2d::{Conv2d, Conv2dParameters};
pub use dense::{Dense, DenseParameters};
pub use dimshuffle::Dimshuffle;
pub use dropout::Dropout;
pub use feature_pool::{FeaturePool, FeatureWta, GlobalPool, PoolFunction};
pub use max_pool::{MaxPool, MaxPool1d, MaxPool2d, MaxPool3d};
pub use merge::{Add, Concat};
pub use nonlinearity::NonlinearityLayer;
pub use pad::PadLayer;
pub use pool::{Pool, Pool1d, Pool2d, Pool3d, PoolMode, Winners};
pub use reshape::{Flatten, Reshape};
pub use slice::Slice;
pub use spatial_pyramid_pooling::{PyramidImplementation, SpatialPyramidPooling};
pub use upscale::{Upscale, Upscale1d, Upscale2d, Upscale3d, UpscaleMode};
