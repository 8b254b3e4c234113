//! Data on its way into a network: IDX files, minibatches.

pub mod idx;
mod minibatches;

pub use minibatches::{MinibatchError, Minibatches};
