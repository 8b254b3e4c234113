//! Matrix products of factors rounded to bfloat16, with sums in `f32`.
//!
//! The same interface as [`gemm`](crate::cpu::gemm::gemm). Both operands are packed first, by all threads: rounded to
//! nearest with ties to even, two steps of k side by side in a word, in panels of 32 rows of A or columns of B that the
//! kernels read from front to back. The threads then share out C, 32 rows by 32 columns at a time.
//!
//! A product of few rows takes as long as packing B would: its rows or columns are read where they lie, and rounded in
//! registers.
//!
//! Every kernel multiplies the same rounded numbers. They add the products in orders of their own, and the hardware's
//! take subnormal numbers for zeros, so results differ between kernels in the last bits of `f32`. On one kernel they
//! depend neither on the number of threads nor on how the operands are stored.

mod blocks;
pub mod convolution;
mod kernels;
pub mod parts;
mod target;
#[cfg(test)]
mod tests;

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::cpu::gemm::{Epilogue, Threads, check, rounded_if_short};
use crate::cpu::isa::{Bf16, bf16, isa};
use crate::cpu::pieces::{each, write};
use crate::cpu::scratch;
use blocks::Product;
use kernels::{Kernels, Order, PANEL, Panel, STEP, STEP_WORDS};
use target::Target;

/// Less work than this, some tens of microseconds, is done by the calling thread.
const LEAST_PARALLEL_WORK: usize = 8 << 20;

/// How many multiplications take as long as packing one element.
const WORK_PER_ELEMENT: usize = 64;

/// C = A·B, or C += A·B if `accumulate`, with factors rounded to bfloat16; then `epilogue` once on each piece of a
/// row of C.
///
/// `a` is (m, k), `b` is (k, n), `c` is (m, n). A and B may have any strides; unit strides are fast. The values that C
/// held are not read unless `accumulate`. With k = 0 the product is zero.
///
/// # Panics
///
/// When the shapes disagree, or the elements of a row of C are not side by side, or its rows overlap.
pub fn gemm(
    threads: Threads,
    a: ArrayView2<f32>,
    b: ArrayView2<f32>,
    accumulate: bool,
    mut c: ArrayViewMut2<f32>,
    epilogue: &impl Epilogue<f32>,
) {
    // Few rows need no packed copy of B, which would take longer than all else.
    if !rounded_if_short(isa(), threads, a, b, accumulate, c.view_mut(), epilogue) {
        gemm_with(bf16(), threads, a, b, accumulate, c, epilogue)
    }
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
    if c.is_empty() {
        return;
    }
    let ((m, k), n) = (a.dim(), b.ncols());
    let work = m * n * k + WORK_PER_ELEMENT * (m * k + k * n + m * n);
    let threads = threads.count(work >= LEAST_PARALLEL_WORK);
    let kernels = kernels::kernels(by);
    // A panel of no steps still has a place, so that the loops below need not know of it.
    let panel_words = k.div_ceil(STEP).max(1) * STEP_WORDS;
    let a_words = m.div_ceil(PANEL) * panel_words;
    scratch::with(a_words + n.div_ceil(PANEL) * panel_words, |words: &mut [u32]| {
        if threads == 1 {
            let (a_words, b_words) = words.split_at_mut(a_words);
            let (a_panels, b_panels) = (a_words.chunks_mut(panel_words), b_words.chunks_mut(panel_words));
            for (i, to) in a_panels.enumerate() {
                pack(kernels, a, Order::Lanes, i, to);
            }
            for (i, to) in b_panels.enumerate() {
                pack(kernels, b.t(), Order::Pairs, i, to);
            }
        } else {
            let panels = m.div_ceil(PANEL);
            each(write(words, panel_words), |i, to| {
                match i.checked_sub(panels) {
                    None => pack(kernels, a, Order::Lanes, i, to),
                    Some(i) => pack(kernels, b.t(), Order::Pairs, i, to),
                };
            });
        }
        let (a, b) = words.split_at(a_words);
        let target = Target::new(isa(), c, accumulate, epilogue);
        Product { kernels, a, b, panel_words, steps: k.div_ceil(STEP), target }.run(threads);
    });
}

/// Packs panel `index` of an operand (lanes, k). Returns false if it has a number that cannot be.
fn pack(kernels: &Kernels, from: ArrayView2<f32>, order: Order, index: usize, to: &mut [u32]) -> bool {
    let first = index * PANEL;
    let (lanes, depth) = from.dim();
    let panel = Panel {
        from: from.as_ptr().wrapping_offset(first as isize * from.strides()[0]),
        lane_stride: from.strides()[0],
        k_stride: from.strides()[1],
        lanes: PANEL.min(lanes - first),
        depth,
        order,
    };
    assert!(to.len() >= depth.div_ceil(STEP) * kernels.step_words);
    // SAFETY: the panel is within the view, and `to` has room for it; the processor has the kernels' instructions.
    unsafe { (kernels.pack)(&panel, to.as_mut_ptr()) }
}
