//! The layers, a file a family. Each page says what the layer computes, its options and their defaults.

mod convolution;
mod dense;
mod dropout;
mod max_pool2d;
mod merge;
mod nonlinearity;
mod reshape;

pub use convolution::{
    Conv, Conv1d, Conv2d, Conv3d, ConvParameters, DilatedConv2d, LocallyConnected2d, Nin, PartialGradients,
    PooledMemory, TransposedConv, TransposedConv2d, TransposedConv3d,
};
pub use dense::{Dense, DenseParameters};
pub use dropout::Dropout;
pub use max_pool2d::{MaxPool2d, Winners};
pub use merge::{Add, Concat};
pub use nonlinearity::NonlinearityLayer;
pub use reshape::{Flatten, Reshape};
