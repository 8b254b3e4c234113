//! Matrix products: C = A·B or C += A·B, with an epilogue on C while it is in cache.
//!
//! The product is blocked as in Goto and van de Geijn, "Anatomy of High-Performance Matrix
//! Multiplication" (2008), with two liberties: operands that already lie as the kernel reads them
//! are read in place, and each thread packs what it needs just before it needs it, so that threads
//! never wait for each other. Threads share out C, never k: the bits of the result do not depend
//! on their number.
//!
//! # Products by a BLAS library
//!
//! The cargo features `openblas`, `blis`, `mkl` and `accelerate` hand products to that library, which
//! must be installed; enable at most one. Without them nothing of BLAS is compiled or linked. With one:
//!
//! - Products whose operands are stored by rows or by columns, in lines that do not overlap, are the
//!   library's; all others stay with the kernels here. The epilogue runs over C afterwards, shared by rows.
//! - The bits of a product are the library's. BLAS promises nothing about them: they may differ between
//!   versions and machines, and with the number of threads.
//! - The library's threads are its own, for [`Threads::One`] too, and it knows nothing of those of layercake.
//!   Their number is set as it provides: `OPENBLAS_NUM_THREADS`, `BLIS_NUM_THREADS`, `MKL_NUM_THREADS`,
//!   `VECLIB_MAXIMUM_THREADS`. Where layercake's threads multiply at the same time, as they do in convolutions,
//!   one thread for the library is best.

#[cfg(feature = "blas")]
mod blas;
mod blocks;
mod cuts;
mod finish;
pub(in crate::cpu) mod kernels;
pub(in crate::cpu) mod pack;
mod prepared;
mod scratch;
mod short;
#[cfg(test)]
mod tests;

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::Real;
use crate::cpu::isa::{Isa, isa};
use crate::cpu::threads;
use blocks::Product;
use finish::finish;
pub(crate) use prepared::Prepared;

/// The element types that a matrix product exists for: `f32` and `f64`.
#[cfg(not(feature = "blas"))]
#[allow(private_bounds)]
pub trait Multiply: kernels::Kernel + scratch::Pack {}
/// The element types that a matrix product exists for: `f32` and `f64`.
#[cfg(feature = "blas")]
#[allow(private_bounds)]
pub trait Multiply: kernels::Kernel + scratch::Pack + blas::Blas {}
impl Multiply for f32 {}
impl Multiply for f64 {}

/// How many threads share in a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// The calling thread alone.
    One,
    /// As many as the current rayon pool has, when the product is large enough to be worth it.
    All,
}

impl Threads {
    /// How many these are for a product that is worth several, or is not.
    pub(in crate::cpu) fn count(self, is_worth: bool) -> usize {
        if self == Threads::All && is_worth { threads::count() } else { 1 }
    }
}

/// What is done to C after the product, piece by piece, while the piece is in cache.
pub trait Epilogue<T>: Sync {
    /// Changes `values`, which are the final sums of `C[row, column..column + values.len()]`.
    ///
    /// It is called exactly once for each element of C, in no certain order and on any thread.
    /// Mark it `#[inline(always)]` to have it compiled for the vector instructions in use.
    fn apply(&self, row: usize, column: usize, values: &mut [T]);

    /// The same for several rows, from `row` on: so many columns each, of which the first start `stride` elements
    /// after each other.
    #[inline(always)]
    fn apply_rows(&self, row: usize, column: usize, [columns, stride]: [usize; 2], values: &mut [T]) {
        for (number, values) in values.chunks_mut(stride).enumerate() {
            self.apply(row + number, column, &mut values[..columns]);
        }
    }
}

/// The epilogue that changes nothing, at no cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl<T> Epilogue<T> for Identity {
    #[inline(always)]
    fn apply(&self, _: usize, _: usize, _: &mut [T]) {}
}

/// Who computes products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Provider {
    /// The kernels of an instruction set, which the processor must have.
    BuiltIn(Isa),
    /// The library that a cargo feature links.
    #[cfg(feature = "blas")]
    Blas,
}

impl Provider {
    /// The one in use: the library if there is one.
    fn chosen() -> Provider {
        #[cfg(feature = "blas")]
        return Provider::Blas;
        #[cfg(not(feature = "blas"))]
        Provider::BuiltIn(isa())
    }
}

/// C = A·B, or C += A·B if `accumulate`; then `epilogue` once on each piece of a row of C.
///
/// `a` is (m, k), `b` is (k, n), `c` is (m, n). A and B may have any strides; unit strides are
/// fast. The values that C held are not read unless `accumulate`. With k = 0 the product is zero.
///
/// Each element is summed in an order that depends on the shapes and strides alone, not on the
/// number of threads; unless a BLAS library computes it, see [the module](self).
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
    gemm_with(Provider::chosen(), threads, a, b, accumulate, c, epilogue)
}

/// [`gemm`] by a given provider.
fn gemm_with<T: Real>(
    provider: Provider,
    threads: Threads,
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    accumulate: bool,
    mut c: ArrayViewMut2<T>,
    epilogue: &impl Epilogue<T>,
) {
    check(&a, &b, &c);
    if c.is_empty() {
        return;
    }
    if a.ncols() == 0 {
        if !accumulate {
            c.fill(T::zero());
        }
        return finish(isa(), threads, c, epilogue);
    }
    match provider {
        Provider::BuiltIn(isa) => Product::new(isa, a, b, accumulate, c, epilogue).run(threads),
        #[cfg(feature = "blas")]
        Provider::Blas => {
            if blas::multiply(a, b, accumulate, c.view_mut()) {
                finish(isa(), threads, c, epilogue)
            } else {
                gemm_with(Provider::BuiltIn(isa()), threads, a, b, accumulate, c, epilogue)
            }
        }
    }
}

/// [`gemm`] by the kernels of an instruction set, for a product of few rows, which takes as long as reading B: with factors
/// [rounded](crate::cpu::round::Factor), those of B as they are read. If the product is another one, does nothing and
/// returns false.
///
/// # Panics
///
/// As [`gemm`].
pub(in crate::cpu) fn rounded_if_short<T: Real>(
    isa: Isa,
    threads: Threads,
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    accumulate: bool,
    c: ArrayViewMut2<T>,
    epilogue: &impl Epilogue<T>,
) -> bool {
    check(&a, &b, &c);
    if c.is_empty() || a.is_empty() {
        return false;
    }
    let product = Product::new(isa, a, b, accumulate, c, epilogue);
    let threads = product.threads(threads);
    product.run_rounded_if_short(a, threads)
}

/// Sees to it that this thread has memory for [`gemm`]: a product that is computed in another way may be followed by one of a
/// smaller batch that is not, and that then allocates nothing.
///
/// # Panics
///
/// As [`gemm`].
pub(in crate::cpu) fn reserve<T: Real>(
    threads: Threads,
    a: ArrayView2<T>,
    b: ArrayView2<T>,
    c: ArrayViewMut2<T>,
) {
    check(&a, &b, &c);
    if !c.is_empty() && !a.is_empty() {
        Product::new(isa(), a, b, false, c, &Identity).reserve(threads);
    }
}

/// Panics unless the product of `a` and `b` fits `c`, whose rows are to be written one by one.
pub(in crate::cpu) fn check<T>(a: &ArrayView2<T>, b: &ArrayView2<T>, c: &ArrayViewMut2<T>) {
    let ((m, k), (b_rows, n)) = (a.dim(), b.dim());
    assert!(
        k == b_rows && c.dim() == (m, n),
        "gemm: a ({m}, {k}) and b ({b_rows}, {n}) do not give c {:?}",
        c.dim()
    );
    assert!(
        c.is_empty() || (n == 1 || c.strides()[1] == 1) && (m == 1 || c.strides()[0] >= n as isize),
        "gemm: the rows of c must be contiguous and apart; its strides are {:?} with {n} columns",
        c.strides()
    );
}
