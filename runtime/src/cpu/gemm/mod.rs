//! Matrix products: C = A·B or C += A·B, with an epilogue on C while it is in cache.
//!
//! The product is blocked as in Goto and van de Geijn, "Anatomy of High-Performance Matrix
//! Multiplication" (2008), with two liberties: operands that already lie as the kernel reads them
//! are read in place, and each thread packs what it needs just before it needs it, so that threads
//! never wait for each other. Threads share out C, never k: the bits of the result do not depend
//! on their number.

mod blocks;
mod kernels;
mod pack;
mod scratch;
#[cfg(test)]
mod tests;

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::Real;
use crate::cpu::isa::{Isa, isa};
use blocks::Product;

/// The element types that a matrix product exists for: `f32` and `f64`.
#[allow(private_bounds)]
pub trait Multiply: kernels::Kernel + scratch::Pack {}
impl Multiply for f32 {}
impl Multiply for f64 {}

/// How many threads share in a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// The calling thread alone.
    One,
    /// The current rayon pool, when the product is large enough to be worth it.
    All,
}

/// What is done to C after the product, piece by piece, while the piece is in cache.
pub trait Epilogue<T>: Sync {
    /// Changes `values`, which are the final sums of `C[row, column..column + values.len()]`.
    ///
    /// It is called exactly once for each element of C, in no certain order and on any thread.
    /// Mark it `#[inline(always)]` to have it compiled for the vector instructions in use.
    fn apply(&self, row: usize, column: usize, values: &mut [T]);
}

/// The epilogue that changes nothing, at no cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl<T> Epilogue<T> for Identity {
    #[inline(always)]
    fn apply(&self, _: usize, _: usize, _: &mut [T]) {}
}

/// C = A·B, or C += A·B if `accumulate`; then `epilogue` once on each piece of a row of C.
///
/// `a` is (m, k), `b` is (k, n), `c` is (m, n). A and B may have any strides; unit strides are
/// fast. The values that C held are not read unless `accumulate`. With k = 0 the product is zero.
///
/// Each element is summed in an order that depends on the shapes and strides alone, not on the
/// number of threads.
///
/// # Panics
///
/// When the shapes disagree, or the elements of a row of C are not side by side, or its rows overlap.
pub fn gemm<T: Real>(
    threads: Threads,
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    accumulate: bool,
    c: ArrayViewMut2<T>,
    epilogue: &impl Epilogue<T>,
) {
    gemm_with(isa(), threads, a, b, accumulate, c, epilogue)
}

/// [`gemm`] on a given instruction set, which the processor must have.
fn gemm_with<T: Real>(
    isa: Isa,
    threads: Threads,
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    accumulate: bool,
    mut c: ArrayViewMut2<T>,
    epilogue: &impl Epilogue<T>,
) {
    let ((m, k), (b_rows, n)) = (a.dim(), b.dim());
    assert!(
        k == b_rows && c.dim() == (m, n),
        "gemm: a ({m}, {k}) and b ({b_rows}, {n}) do not give c {:?}",
        c.dim()
    );
    if c.is_empty() {
        return;
    }
    assert!(
        (n == 1 || c.strides()[1] == 1) && (m == 1 || c.strides()[0] >= n as isize),
        "gemm: the rows of c must be contiguous and apart; its strides are {:?} with {n} columns",
        c.strides()
    );
    if k > 0 {
        return Product::new(isa, a, b, accumulate, c, epilogue).run(threads);
    }
    if !accumulate {
        c.fill(T::zero());
    }
    for (row, mut values) in c.rows_mut().into_iter().enumerate() {
        epilogue.apply(row, 0, values.as_slice_mut().expect("rows are contiguous"));
    }
}
