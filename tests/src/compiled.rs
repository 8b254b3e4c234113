//! Layers compiled here for `f32` and `f64`.
//!
//! Generic code is compiled by the crate that names its types: each program of tests compiled the kernels of all convolutions
//! anew, for over a minute. With little optimisation, as in the profile of tests, the compiler takes what a crate below has
//! compiled already.

use std::hint::black_box;

use layercake::Cpu;
use layercake::layer::{Compute, Then};
use layercake::layers::*;

macro_rules! compiled {
    ($($layer:ty, $inputs:literal;)*) => {
        /// Names the passes of layers whose kernels are large; does nothing.
        pub fn compiled() {
            $(
                compiled!(@passes f32, $layer, $inputs);
                compiled!(@passes f64, $layer, $inputs);
            )*
        }
    };
    (@passes $type:ty, $layer:ty, $inputs:literal) => {
        black_box([
            <$layer as Compute<$type, Cpu, $inputs>>::forward as *const (),
            <$layer as Compute<$type, Cpu, $inputs>>::forward_training as *const (),
            <$layer as Compute<$type, Cpu, $inputs>>::backward as *const (),
        ]);
    };
}

compiled! {
    Dense, 1;
    Then<Dense, Dropout>, 1;
    Nin, 1;
    Conv1d, 1;
    Conv2d, 1;
    Conv3d, 1;
    Then<Conv2d, MaxPool2d>, 1;
    DilatedConv2d, 1;
    TransposedConv2d, 1;
    TransposedConv3d, 1;
    LocallyConnected2d, 1;
    MaxPool1d, 1;
    MaxPool2d, 1;
    MaxPool3d, 1;
    Pool1d, 1;
    Pool2d, 1;
    Pool3d, 1;
    BatchNorm, 1;
    Standardization, 1;
    Recurrent, 1;
    Lstm, 1;
    Gru, 1;
    NonlinearityLayer, 1;
}
