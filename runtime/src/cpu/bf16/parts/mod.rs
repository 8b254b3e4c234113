//! Matrix products of `f32` numbers on a unit for bfloat16.
//!
//! An `f32` number has 24 significant bits and is the sum of three numbers of 8 bits, a, a' and a'', each at most 2^-8 of the
//! one before. Of the nine products of two such sums six are added up:
//!
//! ```text
//! (a + a' + a'') (b + b' + b'') = a b + a b' + a' b + a' b' + a b'' + a'' b + rest
//! ```
//!
//! The rest is at most 2^-24 of the product and 2^-28 on average, less than what each addition in `f32` is rounded by. And of
//! such roundings there are fewer than in plain products, as the unit adds up 32 products before it adds them to the sum:
//! results are nearer the exact ones. AMX multiplies sixteen
//! times as fast as `f32` instructions, so six products are worth it where packing is not most of the work. Henry, Tang and
//! Heinecke, "Leveraging the bfloat16 artificial intelligence datatype for higher-precision computations" (ARITH 2019).
//!
//! Where this differs from plain products: parts below 2^-126, of numbers below 2^-109, are taken for zeros, as are results
//! below 2^-126. Infinite and NaN numbers, which have no such parts, are left to plain products.

mod strips;
#[cfg(test)]
mod tests;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::kernels::in_parts;
use super::target::Target;
use crate::cpu::gemm::{self, Epilogue, Threads, check};
use crate::cpu::isa::{Bf16, bf16, isa};
use strips::Product;

/// A product saves about as much for each multiplication as a number's packing takes for so many.
const WORTH: usize = 128;

/// With less of k most of the time goes to reading and writing C.
const LEAST_DEPTH: usize = 128;

/// C = A·B, or C += A·B if `accumulate`; then `epilogue` once on each piece of a row of C. As
/// [`gemm`](crate::cpu::gemm::gemm), by AMX where the processor has it and that is faster.
///
/// # Panics
///
/// As [`gemm`](crate::cpu::gemm::gemm).
pub fn gemm(
    threads: Threads,
    a: ArrayView2<f32>,
    b: ArrayView2<f32>,
    accumulate: bool,
    mut c: ArrayViewMut2<f32>,
    epilogue: &impl Epilogue<f32>,
) {
    let ((m, k), n) = (a.dim(), b.ncols());
    let is_worth = k >= LEAST_DEPTH && m * n >= WORTH * (m + n);
    if cfg!(feature = "blas") || bf16() != Bf16::Amx || !is_worth {
        return gemm::gemm(threads, a, b, accumulate, c, epilogue);
    }
    gemm::reserve(threads, a, b, c.view_mut());
    gemm_with(Bf16::Amx, threads, a, b, accumulate, c, epilogue);
}

/// [`gemm`] by given kernels.
fn gemm_with(
    by: Bf16,
    threads: Threads,
    a: ArrayView2<f32>,
    b: ArrayView2<f32>,
    accumulate: bool,
    c: ArrayViewMut2<f32>,
    epilogue: &impl Epilogue<f32>,
) {
    check(&a, &b, &c);
    if !c.is_empty() {
        let target = Target::new(isa(), c, accumulate, epilogue);
        Product { kernels: in_parts(by), a, b, target }.run(threads.count(true));
    }
}
