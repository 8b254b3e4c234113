//! One step of all items of a batch, item by item.

use std::ops::Range;

use ndarray::ArrayView2;

use super::cell::{BackwardRow, Cell, Clip, ForwardRow};
use crate::Real;
use crate::cpu::rows::RowWork;

/// A step forward: from gates' sums to the states after it. What is of the cell is empty where there is none.
pub(super) struct ForwardStep<'a, T, C> {
    pub cell: &'a C,
    /// (batch), or empty.
    pub mask: &'a [T],
    /// The part of an item's output that the step writes.
    pub output: Option<Range<usize>>,
    /// (batch, units)
    pub hid_before: &'a [T],
    pub cell_before: &'a [T],
}

impl<T: Real, C: Cell<T>> RowWork<T, 5> for ForwardStep<'_, T, C> {
    #[inline(always)]
    fn row(&self, item: usize, [gates, hid, next, kept, y]: [&mut [T]; 5], _: &mut [T]) {
        let hid_before = &self.hid_before[item * hid.len()..][..hid.len()];
        let cell_before = &self.cell_before[item * next.len()..][..next.len()];
        if is_masked(self.mask, item) {
            hid.copy_from_slice(hid_before);
            next.copy_from_slice(cell_before);
        } else {
            self.cell.forward(ForwardRow {
                gates,
                hid_before,
                cell_before,
                hid: &mut *hid,
                cell: next,
                kept,
            });
        }
        if let Some(output) = self.output.clone() {
            y[output].copy_from_slice(hid);
        }
    }
}

/// A step backward: from the gradients with respect to the states after it to those with respect to the gates' sums and
/// the states before.
pub(super) struct BackwardStep<'a, T, C> {
    pub cell: &'a C,
    /// (batch), or empty.
    pub mask: &'a [T],
    /// The part of an item's output that the step has written.
    pub output: Option<Range<usize>>,
    /// The gradient with respect to the output.
    pub dy: ArrayView2<'a, T>,
    /// (batch, units)
    pub hid_before: &'a [T],
    pub cell_before: &'a [T],
    pub hid: &'a [T],
    pub cell_after: &'a [T],
    /// (batch, kept)
    pub kept: &'a [T],
    pub clip: Clip<T>,
}

impl<T: Real, C: Cell<T>> RowWork<T, 3> for BackwardStep<'_, T, C> {
    #[inline(always)]
    fn row(&self, item: usize, [gates, hid_gradient, cell_gradient]: [&mut [T]; 3], work: &mut [T]) {
        let (units, cell_units) = (hid_gradient.len(), cell_gradient.len());
        if let Some(output) = self.output.clone() {
            let dy = &self.dy.row(item).to_slice().expect("rows are contiguous")[output];
            hid_gradient.iter_mut().zip(dy).for_each(|(sum, &dy)| *sum += dy);
        }
        if is_masked(self.mask, item) {
            return gates.fill(T::zero());
        }
        let (sums, scratch) = work.split_at_mut(C::SUMS * units);
        self.cell.backward(BackwardRow {
            gates,
            hid_before: &self.hid_before[item * units..][..units],
            cell_before: &self.cell_before[item * cell_units..][..cell_units],
            hid: &self.hid[item * units..][..units],
            cell: &self.cell_after[item * cell_units..][..cell_units],
            kept: &self.kept[item * C::KEPT * units..][..C::KEPT * units],
            hid_gradient,
            cell_gradient,
            sums,
            scratch,
            clip: self.clip,
        });
    }
}

/// Whether an item keeps its state in a step; the mask is empty where there is none.
pub(super) fn is_masked<T: Real>(mask: &[T], item: usize) -> bool {
    mask.get(item).is_some_and(|mask| mask.is_zero())
}
