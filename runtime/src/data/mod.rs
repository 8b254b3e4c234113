//! Data on its way into a network: IDX files, minibatches.

mod element;
pub mod idx;
mod minibatches;

pub use element::Element;
#[cfg(feature = "cuda")]
pub(crate) use minibatches::gather;
pub use minibatches::{MinibatchError, Minibatches};
