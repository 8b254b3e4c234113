//! Programs written with layercake, and what they share.

pub mod digits;
pub mod mnist;
pub mod progress;
