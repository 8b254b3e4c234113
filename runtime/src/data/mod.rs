//! Data on its way into a network: IDX files, minibatches.

mod element;
pub mod idx;
mod minibatches;

pub use element::Element;
pub use minibatches::{MinibatchError, Minibatches};
