//! Neural networks as layers, baked at compile time.

pub mod cpu;
pub mod data;
mod real;

pub use real::Real;
