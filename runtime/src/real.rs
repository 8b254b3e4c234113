//! The element types of a network.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{AddAssign, DivAssign, MulAssign, SubAssign};

use layercake_fourier::Fourier;

use crate::cpu::convolution::direct::tile::DirectKernel;
use crate::cpu::convolution::planes::tile::PlanesKernel;
use crate::cpu::elementary::Elementary;
use crate::cpu::gemm::Multiply;
use crate::cpu::product::Product;
use crate::cpu::scratch::Spare;

/// A network's element type: `f32` (the default) or `f64` (for gradient checks).
///
/// The trait is closed: the kernels exist for these two types alone.
pub trait Real:
    num_traits::Float
    + Elementary
    + Multiply
    + DirectKernel
    + PlanesKernel
    + Fourier
    + Product
    + Spare
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
    + Debug
    + Display
    + Send
    + Sync
    + 'static
{
    /// The type's name as NumPy and the file formats know it: `f32` or `f64`.
    const NAME: &'static str;

    /// The nearest value of this type.
    fn of(value: f64) -> Self;

    /// This value as `f64`, exactly.
    fn to_f64(self) -> f64;

    /// The values themselves, if this type is `f32`.
    #[doc(hidden)]
    fn as_f32(values: &[Self]) -> Option<&[f32]>;

    /// The same, to write.
    #[doc(hidden)]
    fn as_f32_mut(values: &mut [Self]) -> Option<&mut [f32]>;

    /// The values' bytes, little-endian.
    #[doc(hidden)]
    fn to_bytes(values: &[Self]) -> Vec<u8>;

    /// The values of little-endian bytes, as many as are whole.
    #[doc(hidden)]
    fn from_bytes(bytes: &[u8]) -> Vec<Self>;
}

macro_rules! real {
    ($($type:ident $as_f32:expr;)*) => {$(
        impl Real for $type {
            const NAME: &'static str = stringify!($type);

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $type
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            fn as_f32(values: &[Self]) -> Option<&[f32]> {
                ($as_f32)(values)
            }

            fn as_f32_mut(values: &mut [Self]) -> Option<&mut [f32]> {
                ($as_f32)(values)
            }

            fn to_bytes(values: &[Self]) -> Vec<u8> {
                values.iter().flat_map(|value| value.to_le_bytes()).collect()
            }

            fn from_bytes(bytes: &[u8]) -> Vec<Self> {
                bytes.as_chunks().0.iter().map(|&bytes| Self::from_le_bytes(bytes)).collect()
            }
        }
    )*};
}

real! {
    f32 Some;
    f64 |_| None;
}
