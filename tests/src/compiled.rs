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
    ($($layer:ty;)*) => {
        /// Names the passes of layers whose kernels are large; does nothing.
        pub fn compiled() {
            $(
                compiled!(@passes f32, $layer);
                compiled!(@passes f64, $layer);
            )*
        }
    };
    (@passes $type:ty, $layer:ty) => {
        black_box([
            <$layer as Compute<$type, Cpu>>::forward as *const (),
            <$layer as Compute<$type, Cpu>>::forward_training as *const (),
            <$layer as Compute<$type, Cpu>>::backward as *const (),
        ]);
    };
}

compiled! {
    Dense;
    Then<Dense, Dropout>;
    Nin;
    Conv1d;
    Conv2d;
    Conv3d;
    Then<Conv2d, MaxPool2d>;
    DilatedConv2d;
    TransposedConv2d;
    TransposedConv3d;
    LocallyConnected2d;
    MaxPool1d;
    MaxPool2d;
    MaxPool3d;
    Pool1d;
    Pool2d;
    Pool3d;
    BatchNorm;
    Standardization;
    Recurrent;
    Lstm;
    Gru;
    NonlinearityLayer;
}
