//! A product of few rows that reads B once, in the order of memory.

use super::Vector;

/// The rows of B that are read side by side.
pub const STEPS: usize = 8;

/// A product, and where its operands lie. Strides count elements.
pub struct Stream<T> {
    pub rows: usize,
    pub columns: usize,
    /// The extent of k, at least 1.
    pub depth: usize,
    /// `depth` values side by side for every row.
    pub a: *const T,
    pub a_row_stride: isize,
    /// `columns` values side by side for every step of k.
    pub b: *const T,
    pub b_k_stride: isize,
    /// `rows` by `columns` values without gaps, to be written.
    pub c: *mut T,
}

/// Computes the product.
///
/// # Safety
///
/// As for [`StreamKernel`](super::StreamKernel).
#[inline(always)]
pub unsafe fn stream<V: Vector>(product: &Stream<V::Element>) {
    let whole = product.depth / STEPS * STEPS;
    // SAFETY: the steps are within the product.
    unsafe {
        for k in (0..whole).step_by(STEPS) {
            add_steps::<V, STEPS>(product, k);
        }
        for k in whole..product.depth {
            add_steps::<V, 1>(product, k);
        }
    }
}

/// Adds the products of `N` steps of k to C; the first of all write it.
#[inline(always)]
unsafe fn add_steps<V: Vector, const N: usize>(product: &Stream<V::Element>, k: usize) {
    let rest = product.columns % V::LANES;
    // SAFETY: the contract of `stream`, for the columns of a vector or those of the mask.
    unsafe {
        for column in (0..product.columns - rest).step_by(V::LANES) {
            add_to_vector::<V, N, false>(product, k, column, V::mask(0));
        }
        if rest > 0 {
            add_to_vector::<V, N, true>(product, k, product.columns - rest, V::mask(rest));
        }
    }
}

/// The same for one vector of columns.
#[inline(always)]
unsafe fn add_to_vector<V: Vector, const N: usize, const MASKED: bool>(
    product: &Stream<V::Element>,
    k: usize,
    column: usize,
    mask: V::Mask,
) {
    // SAFETY: the caller's contract.
    unsafe {
        let load = |from| if MASKED { V::load_masked(from, mask) } else { V::load(from) };
        let mut b = [V::zero(); N];
        for (step, b) in b.iter_mut().enumerate() {
            *b = load(product.b.offset((k + step) as isize * product.b_k_stride).add(column));
        }
        let (mut a, mut c) = (product.a.add(k), product.c.add(column));
        for _ in 0..product.rows {
            let mut sum = if k > 0 { load(c) } else { V::zero() };
            for (step, &b) in b.iter().enumerate() {
                sum = sum.add_product(V::splat(*a.add(step)), b);
            }
            if MASKED {
                sum.store_masked(c, mask)
            } else {
                sum.store(c)
            }
            a = a.wrapping_offset(product.a_row_stride);
            c = c.wrapping_add(product.columns);
        }
    }
}
