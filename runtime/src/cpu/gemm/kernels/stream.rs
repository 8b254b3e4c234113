//! Products of few rows that read B once, in the order of memory.

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
    /// For [`stream`] `columns` values side by side for every step of k, for [`dots`] `depth` values for every
    /// column.
    pub b: *const T,
    /// From a step of k to the next, or from a column to the next.
    pub b_stride: isize,
    /// `columns` values side by side for every row, to be written.
    pub c: *mut T,
    pub c_row_stride: isize,
}

/// Numbers of B as they are multiplied.
#[inline(always)]
unsafe fn factor<V: Vector, const ROUNDED: bool>(numbers: V) -> V {
    // SAFETY: the caller's contract.
    if ROUNDED { unsafe { numbers.rounded() } } else { numbers }
}

/// Computes the product with a B whose rows are contiguous; if `ROUNDED`, its numbers are [rounded](Vector::rounded) first.
///
/// # Safety
///
/// As for [`StreamKernel`](super::StreamKernel).
#[inline(always)]
pub unsafe fn stream<V: Vector, const ROUNDED: bool>(product: &Stream<V::Element>) {
    let whole = product.depth / STEPS * STEPS;
    // SAFETY: the steps are within the product.
    unsafe {
        for k in (0..whole).step_by(STEPS) {
            add_steps::<V, STEPS, ROUNDED>(product, k);
        }
        for k in whole..product.depth {
            add_steps::<V, 1, ROUNDED>(product, k);
        }
    }
}

/// Adds the products of `N` steps of k to C; the first of all write it.
#[inline(always)]
unsafe fn add_steps<V: Vector, const N: usize, const ROUNDED: bool>(product: &Stream<V::Element>, k: usize) {
    let rest = product.columns % V::LANES;
    // SAFETY: the contract of `stream`, for the columns of a vector or those of the mask.
    unsafe {
        for column in (0..product.columns - rest).step_by(V::LANES) {
            add_to_vector::<V, N, ROUNDED, false>(product, k, column, V::mask(0));
        }
        if rest > 0 {
            add_to_vector::<V, N, ROUNDED, true>(product, k, product.columns - rest, V::mask(rest));
        }
    }
}

/// The same for one vector of columns.
#[inline(always)]
unsafe fn add_to_vector<V: Vector, const N: usize, const ROUNDED: bool, const MASKED: bool>(
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
            *b = factor::<V, ROUNDED>(load(
                product.b.offset((k + step) as isize * product.b_stride).add(column),
            ));
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
            c = c.wrapping_offset(product.c_row_stride);
        }
    }
}

/// Computes the product with a B whose columns are contiguous; if `ROUNDED`, its numbers are rounded first.
///
/// # Safety
///
/// As for [`StreamKernel`](super::StreamKernel).
#[inline(always)]
pub unsafe fn dots<V: Vector, const ROUNDED: bool>(product: &Stream<V::Element>) {
    const SIDE_BY_SIDE: usize = 4;
    let whole = product.columns / SIDE_BY_SIDE * SIDE_BY_SIDE;
    // SAFETY: the columns are within the product.
    unsafe {
        for column in (0..whole).step_by(SIDE_BY_SIDE) {
            dots_of_columns::<V, SIDE_BY_SIDE, ROUNDED>(product, column);
        }
        for column in whole..product.columns {
            dots_of_columns::<V, 1, ROUNDED>(product, column);
        }
    }
}

/// The same for `N` columns.
#[inline(always)]
unsafe fn dots_of_columns<V: Vector, const N: usize, const ROUNDED: bool>(
    product: &Stream<V::Element>,
    column: usize,
) {
    let rest = product.depth % V::LANES;
    // SAFETY: the contract of `dots`, for the steps of a vector or those of the mask.
    unsafe {
        let mask = V::mask(rest);
        let b = product.b.wrapping_offset(column as isize * product.b_stride);
        let (mut a, mut c) = (product.a, product.c.wrapping_add(column));
        for _ in 0..product.rows {
            let mut sums = [V::zero(); N];
            for k in (0..product.depth - rest).step_by(V::LANES) {
                let a_values = V::load(a.add(k));
                for (column, sum) in sums.iter_mut().enumerate() {
                    let b = b.wrapping_offset(column as isize * product.b_stride);
                    *sum = sum.add_product(a_values, factor::<V, ROUNDED>(V::load(b.add(k))));
                }
            }
            if rest > 0 {
                let k = product.depth - rest;
                let a_values = V::load_masked(a.add(k), mask);
                for (column, sum) in sums.iter_mut().enumerate() {
                    let b = b.wrapping_offset(column as isize * product.b_stride);
                    *sum = sum.add_product(a_values, factor::<V, ROUNDED>(V::load_masked(b.add(k), mask)));
                }
            }
            for (column, sum) in sums.into_iter().enumerate() {
                *c.add(column) = sum.total();
            }
            a = a.wrapping_offset(product.a_row_stride);
            c = c.wrapping_offset(product.c_row_stride);
        }
    }
}
