//! Programs written with layercake, and what they share.

pub mod custom_mlp;
pub mod digits;
pub mod mnist;
pub mod model;
pub mod plot;
pub mod progress;
pub mod rebuild;
