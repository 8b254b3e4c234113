//! How the items of a batch are shared out to threads.

use std::ops::Range;

use crate::cpu::gemm::Threads;
use crate::cpu::rows;

/// Weights of the hidden state of this size, in bytes, stay in the second-level cache of each core.
const WEIGHTS_IN_CACHE: usize = 1 << 20;

/// The fewest items of a group, where there are enough: with fewer, weights take longer to be read than to be multiplied.
const ITEMS: usize = 8;

/// The most groups: what begins and ends a step takes less of large ones.
const GROUPS: usize = 8;

/// Groups of items, each of which goes through all steps by itself: its thread never waits for another one. They depend
/// on the lengths alone, never on the number of threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Groups {
    /// The items of a group; the last may have fewer.
    pub items: usize,
    /// The items of a piece of a group: a thread's share of a step, with sums of its own.
    pub piece: usize,
    /// Those that share in the product of a step.
    pub threads: Threads,
}

impl Groups {
    /// For so many items of so many units, with weights of the hidden state of so many bytes. If these do not stay in a
    /// core's cache, all items are one group, and threads share each step.
    pub fn new(batch: usize, units: usize, weights: usize) -> Groups {
        let groups = (batch / ITEMS).clamp((batch / 4).clamp(1, 2), GROUPS);
        if groups == 1 || weights > WEIGHTS_IN_CACHE {
            Groups { items: batch.max(1), piece: rows::piece(batch, units), threads: Threads::All }
        } else {
            let items = batch.div_ceil(groups);
            Groups { items, piece: items, threads: Threads::One }
        }
    }

    /// The items of group `number`.
    pub fn group(&self, number: usize, batch: usize) -> Range<usize> {
        number * self.items..batch.min((number + 1) * self.items)
    }

    /// The pieces of a group.
    pub fn pieces(&self) -> usize {
        self.items.div_ceil(self.piece)
    }

    /// The pieces of all groups.
    pub fn all_pieces(&self, batch: usize) -> usize {
        batch.div_ceil(self.items).max(1) * self.pieces()
    }
}
