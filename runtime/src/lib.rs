//! Neural networks as layers, baked at compile time.

pub mod cpu;
mod real;

pub use real::Real;
