//! The layers, a file a family. Each page says what the layer computes, its options and their defaults.

mod conv2d;
mod dense;
mod dropout;
mod embedding;
mod inverse;
mod max_pool2d;
mod merge;
mod nonlinearity;
mod reshape;
mod transformer;

pub use conv2d::{Conv2d, Conv2dParameters};
pub use dense::{Dense, DenseParameters};
pub use dropout::Dropout;
pub use embedding::{Embedding, EmbeddingParameters};
pub use inverse::Inverse;
pub use max_pool2d::{MaxPool2d, Winners};
pub use merge::{Add, Concat};
pub use nonlinearity::NonlinearityLayer;
pub use reshape::{Flatten, Reshape};
pub use transformer::{BorderMode, Grid, SpatialTransformer, TpsTransformer};
