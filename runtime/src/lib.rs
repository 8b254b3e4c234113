//! Neural networks as layers, baked at compile time: the ideas of Python's Lasagne, made static in Rust.
//!
//! [`network!`](macro@network) reads a network as text, checks every shape while the crate compiles, and generates a
//! struct whose passes are straight-line calls of kernels. Arrays go in and out as `ndarray` views.
//!
//! ```
//! use layercake::prelude::*;
//! use ndarray::{Array1, Array4};
//!
//! network! {
//!     /// Two hidden layers.
//!     pub struct Mlp <
//!         input(1, 28, 28)
//!         => dropout(0.2)
//!         => dense(100, relu)
//!         => hidden: dense(100, relu)
//!         => dense(10, softmax)
//!     >
//! }
//!
//! // Images (batch, channels, rows, columns) and the class of each (batch).
//! let (images, classes) = (Array4::zeros((4, 1, 28, 28)), Array1::from_vec(vec![3, 1, 4, 1]));
//!
//! let mut trainer = Trainer::new(Mlp::<f32>::new(1), CategoricalCrossentropy, nesterov_momentum(0.01, 0.9));
//! for _ in 0..10 {
//!     let loss = trainer.step(&images, &classes)?;
//!     assert!(loss.is_finite());
//! }
//! let probabilities = trainer.net.forward(&images)?;
//! assert_eq!(probabilities.dim(), (4, 10));
//! assert_eq!(trainer.net.hidden.w.shape(), [100, 100]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to | see |
//! | --- | --- |
//! | write a network | [`network!`](macro@network), the language; [`layers`], [`nonlinearities`], [`init`], its words |
//! | compute, and train by hand | [`Network`], the trait of all networks |
//! | train with less text | [`train`]; [`objectives`], [`updates`], [`regularization`], of which it is made |
//! | read data and make minibatches | [`data`] |
//! | keep a network's values | [`io`], files that Lasagne and others read; [`Parameter`], one array |
//! | write a layer | [`layer`], its traits; [`shape`], the rules of shapes; [`check`], gradients by finite differences |
//! | choose where and how precisely to compute | [`Cpu`], [`Device`], [`Precision`]; `cuda`, with the feature of that name |

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
mod geometry;
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
mod settings;
pub mod shape;
mod summary;
pub mod train;
pub mod updates;

pub use arrays::{Arrays, IntoInputs};
pub use device::{Buffer, Cpu, Device, DeviceError};
pub use heads::{GradientError, GradientOf, Head, HeadParts, Heads};
pub use message::Message;
pub use network::{Inference, InputError, LayerInfo, Network, Training, ValuesError};
pub use parameters::{Parameter, ParameterError, Parameters};
pub use precision::{Precision, UnknownPrecision};
pub use real::Real;
pub use settings::SettingError;
pub use shape::Shape;
pub use summary::{LayerSummary, Summary};

#[doc = include_str!("language.md")]
pub use layercake_macros::network;

/// Everything that a program with networks usually needs.
pub mod prelude {
    #[cfg(feature = "cuda")]
    pub use crate::cuda::Cuda;
    pub use crate::data::Minibatches;
    pub use crate::network::{Network, Training};
    pub use crate::objectives::{
        BinaryCrossentropy, CategoricalCrossentropy, HuberLoss, Objective, SquaredError, binary_accuracy,
        categorical_accuracy,
    };
    pub use crate::regularization::{L1, L2, Penalty};
    pub use crate::train::Trainer;
    pub use crate::updates::{Update, adam, momentum, nesterov_momentum, rmsprop, sgd};
    pub use crate::{Cpu, Precision, network};
}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
