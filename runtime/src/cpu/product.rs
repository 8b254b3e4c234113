//! Matrix products in the precision that a network's device asks for.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::bf16;
use super::gemm::{Epilogue, Threads, gemm};
use crate::{Precision, Real};

/// C = A·B, or C += A·B if `accumulate`; then `epilogue` once on each piece of a row of C. As [`gemm`], but that
/// factors of `f32` products are rounded as `precision` says.
pub fn product<T: Real>(
    precision: Precision,
    threads: Threads,
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    accumulate: bool,
    c: ArrayViewMut2<T>,
    epilogue: &impl Epilogue<T>,
) {
    match precision {
        Precision::Bf16 => T::bf16_product(threads, a, b, accumulate, c, epilogue),
        Precision::F32 | Precision::Tf32 => gemm(threads, a, b, accumulate, c, epilogue),
    }
}

/// The element types, each with its product where [`Precision::Bf16`] is asked for.
pub trait Bf16Product: Sized {
    /// In `f32` by rounded factors; in `f64` exact.
    fn bf16_product(
        threads: Threads,
        a: ArrayView2<Self>,
        b: ArrayView2<Self>,
        accumulate: bool,
        c: ArrayViewMut2<Self>,
        epilogue: &impl Epilogue<Self>,
    );
}

macro_rules! bf16_product {
    ($($type:ident $gemm:path;)*) => {$(
        impl Bf16Product for $type {
            fn bf16_product(
                threads: Threads,
                a: ArrayView2<$type>,
                b: ArrayView2<$type>,
                accumulate: bool,
                c: ArrayViewMut2<$type>,
                epilogue: &impl Epilogue<$type>,
            ) {
                $gemm(threads, a, b, accumulate, c, epilogue)
            }
        }
    )*};
}

bf16_product! {
    f32 bf16::gemm;
    f64 gemm;
}
