//! Neural networks as layers, baked at compile time.

// Lets the code that the macros generate name this crate also within it.
extern crate self as layercake;

mod arrays;
pub mod check;
pub mod cpu;
#[cfg(feature = "cuda")]
pub mod cuda;
pub mod data;
mod device;
#[doc(hidden)]
pub mod generated;
mod heads;
pub mod init;
pub mod io;
pub mod layer;
pub mod layers;
mod message;
mod network;
pub mod nonlinearities;
pub mod objectives;
pub mod parameters;
mod precision;
pub mod random;
mod real;
pub mod regularization;
pub mod shape;
mod summary;
pub mod train;
pub mod updates;

pub use arrays::Arrays;
pub use device::{Buffer, Cpu, Device, DeviceError};
pub use heads::{GradientError, GradientOf, Head, HeadParts, Heads};
pub use message::Message;
pub use network::{Inference, InputError, LayerInfo, Network, Training, ValuesError};
pub use parameters::{Parameter, ParameterError, Parameters};
pub use precision::{Precision, UnknownPrecision};
pub use real::Real;
pub use shape::Shape;
pub use summary::{LayerSummary, Summary};

pub use layercake_macros::network;

/// Everything that a program with networks usually needs.
pub mod prelude {
    pub use crate::network::{Network, Training};
    pub use crate::objectives::{
        BinaryCrossentropy, CategoricalCrossentropy, HuberLoss, Objective, SquaredError, binary_accuracy,
        categorical_accuracy,
    };
    pub use crate::regularization::{L1, L2};
    pub use crate::train::Trainer;
    pub use crate::updates::{Update, adam, momentum, nesterov_momentum, rmsprop, sgd};
    pub use crate::{Cpu, Precision, network};
}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
