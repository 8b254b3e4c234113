//! What the factors of products are rounded to.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// What the matrix products and convolutions of a network in `f32` are computed in.
///
/// Sums, weights, gradients, updates and everything elementwise are in `f32` with each of them, and only the factors
/// of products are rounded, to nearest with ties to even: Micikevicius and others, "Mixed precision training" (ICLR
/// 2018). bfloat16 has the range of `f32`, so losses need no scaling. Networks in `f64` are computed in `f64` whatever
/// is chosen, and in `f32` layers that have no products in another precision.
///
/// On the processor, dense layers and convolutions with max-pooling have products in [`Bf16`](Self::Bf16): on AMX or
/// AVX512-BF16 where there is either, and emulated elsewhere, with the same rounding and slower than in `f32`. Kernels
/// add in orders of their own. For a single image [`F32`](Self::F32) is faster: weights take longer to round than to
/// multiply by.
///
/// ```
/// use layercake::prelude::*;
///
/// network! { pub struct Mlp < input(1, 28, 28) => dense(800, relu) => dense(10, softmax) > }
///
/// let net = Mlp::<f32>::on(&Cpu::with_precision(Precision::Bf16), 1);
/// assert_eq!(net.device().precision(), Precision::Bf16);
/// assert_eq!(Mlp::<f32>::new(1).device().precision(), Precision::F32);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// `f32`, exact but for the roundings and the order of sums. The default. On processors with AMX large products of
    /// dense and recurrent layers are sums of six products of bfloat16 parts, no less exact; `LAYERCAKE_ISA=avx512` computes
    /// without.
    #[default]
    F32,
    /// TensorFloat-32: factors of 11 significant bits. On the processor the same as [`F32`](Self::F32).
    Tf32,
    /// bfloat16: factors of 8 significant bits, half the bytes.
    Bf16,
}

impl Precision {
    /// Every precision, the most exact first.
    pub const ALL: [Precision; 3] = [Precision::F32, Precision::Tf32, Precision::Bf16];

    /// Its name: `f32`, `tf32` or `bf16`.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Tf32 => "tf32",
            Precision::Bf16 => "bf16",
        }
    }
}

impl Display for Precision {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Precision {
    type Err = UnknownPrecision;

    fn from_str(name: &str) -> Result<Self, UnknownPrecision> {
        let found = Precision::ALL.into_iter().find(|precision| precision.name() == name);
        found.ok_or_else(|| UnknownPrecision(name.to_owned()))
    }
}

/// A name that is no [`Precision`]'s.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no precision `{0}`; use f32, tf32 or bf16")]
pub struct UnknownPrecision(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precisions_are_read_back() {
        for precision in Precision::ALL {
            assert_eq!(precision.to_string().parse(), Ok(precision));
        }
        let error = "fp16".parse::<Precision>().unwrap_err();
        assert_eq!(error.to_string(), "there is no precision `fp16`; use f32, tf32 or bf16");
    }
}
