//! What one kind of recurrent layer computes in a step.

use crate::Real;

/// What is computed in one step for one item of the batch.
pub(super) trait Cell<T>: Sync {
    /// Blocks of columns for the gates. Products of the hidden state go to the first ones.
    const BLOCKS: usize;
    /// The first block that products of the input go to.
    const FIRST_OF_INPUT: usize;
    /// Whether there is a cell's state beside the hidden one.
    const HAS_CELL: bool;
    /// Blocks of further values that the backward pass needs.
    const KEPT: usize;
    /// Blocks of sums over steps and batch that the backward pass makes.
    const SUMS: usize;

    /// From the states before to those after.
    fn forward(&self, row: ForwardRow<'_, T>);

    /// From the gradients with respect to the states after to those with respect to the sums and the states before.
    fn backward(&self, row: BackwardRow<'_, T>);
}

/// One item at one step. What is of the cell is empty where there is none.
pub(super) struct ForwardRow<'a, T> {
    /// The sums, to be replaced by what the backward pass needs.
    pub gates: &'a mut [T],
    pub hid_before: &'a [T],
    pub cell_before: &'a [T],
    pub hid: &'a mut [T],
    pub cell: &'a mut [T],
    pub kept: &'a mut [T],
}

/// One item at one step, on the way back.
pub(super) struct BackwardRow<'a, T> {
    /// What the forward pass left, to be replaced by the gradient with respect to the sums.
    pub gates: &'a mut [T],
    pub hid_before: &'a [T],
    pub cell_before: &'a [T],
    pub hid: &'a [T],
    pub cell: &'a [T],
    pub kept: &'a [T],
    /// With respect to the state after the step; to be replaced by that with respect to the state before, without
    /// what comes through the gates' sums.
    pub hid_gradient: &'a mut [T],
    /// The same for the cell's state, to be replaced by all of it.
    pub cell_gradient: &'a mut [T],
    /// To be added to.
    pub sums: &'a mut [T],
    /// As long as `gates`, of no particular content.
    pub scratch: &'a mut [T],
    /// What the gradients with respect to the sums are clipped by.
    pub clip: Clip<T>,
}

/// Clips gradients to an interval around zero.
#[derive(Clone, Copy)]
pub(super) struct Clip<T>(Option<T>);

impl<T: Real> Clip<T> {
    /// To plus and minus `limit`; 0 does not clip.
    pub fn by(limit: f64) -> Self {
        Clip((limit > 0.0).then(|| T::of(limit)))
    }

    #[inline(always)]
    pub fn apply(self, gradients: &mut [T]) {
        if let Some(limit) = self.0 {
            // Written so that NaN passes through: it must be seen.
            gradients.iter_mut().filter(|gradient| gradient.abs() > limit).for_each(|gradient| {
                *gradient = limit.copysign(*gradient);
            });
        }
    }
}
