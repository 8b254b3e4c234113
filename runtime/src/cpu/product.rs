//! Matrix products in the precision that a network's device asks for.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::bf16;
use super::bf16::parts;
use super::gemm::{Epilogue, Threads, gemm};
use crate::{Precision, Real};

/// C = A·B, or C += A·B if `accumulate`; then `epilogue` once on each piece of a row of C. As [`gemm`], but that
/// factors of `f32` products are rounded as `precision` says; where they are not, they may be multiplied [in parts](parts).
pub fn product<T: Real>(
    precision: Precision,
    threads: Threads,
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    accumulate: bool,
    c: ArrayViewMut2<T>,
    epilogue: &impl Epilogue<T>,
) {
    T::product(precision, threads, a, b, accumulate, c, epilogue);
}

/// The element types, each with its products.
pub trait Product: Sized {
    /// See [`product`].
    fn product(
        precision: Precision,
        threads: Threads,
        a: ArrayView2<Self>,
        b: ArrayView2<Self>,
        accumulate: bool,
        c: ArrayViewMut2<Self>,
        epilogue: &impl Epilogue<Self>,
    );
}

impl Product for f32 {
    fn product(
        precision: Precision,
        threads: Threads,
        a: ArrayView2<f32>,
        b: ArrayView2<f32>,
        accumulate: bool,
        c: ArrayViewMut2<f32>,
        epilogue: &impl Epilogue<f32>,
    ) {
        match precision {
            Precision::Bf16 => bf16::gemm(threads, a, b, accumulate, c, epilogue),
            Precision::F32 | Precision::Tf32 => parts::gemm(threads, a, b, accumulate, c, epilogue),
        }
    }
}

/// Exact whatever is asked for.
impl Product for f64 {
    fn product(
        _: Precision,
        threads: Threads,
        a: ArrayView2<f64>,
        b: ArrayView2<f64>,
        accumulate: bool,
        c: ArrayViewMut2<f64>,
        epilogue: &impl Epilogue<f64>,
    ) {
        gemm(threads, a, b, accumulate, c, epilogue);
    }
}
