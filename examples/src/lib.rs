//! Programs written with layercake, and what they share.

pub mod adding;
pub mod bench;
pub mod custom_mlp;
pub mod digits;
pub mod glu;
pub mod mnist;
pub mod models;
pub mod picture;
pub mod place;
pub mod plot;
pub mod progress;
pub mod rebuild;
pub mod training;
