//! What the tests of layercake share.

pub mod compiled;
#[cfg(feature = "cuda")]
pub mod devices;
pub mod golden;
pub mod gradients;
pub mod networks;
pub mod training;
