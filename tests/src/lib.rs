//! What the tests of layercake share.

pub mod golden;
pub mod gradients;
pub mod networks;
pub mod training;
