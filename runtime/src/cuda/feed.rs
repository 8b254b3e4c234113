//! A data set on the device that feeds the steps: minibatches are gathered there, and losses written down.

use super::Cuda;
use super::driver::{Argument, Grid, Pointer, THREADS};
use super::memory::{Number, bytes};
use super::pool::present;
use super::step::program;
use super::{lock};
use crate::Real;

/// A data set on the device from which minibatches are gathered, and where losses go.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    /// The arrays, in the order in which a step reads them: inputs, then targets.
    pub arrays: Vec<Resident>,
    /// The order of the examples.
    pub order: Pointer,
    /// A loss for each minibatch.
    pub losses: Pointer,
    /// The array that is read next.
    next: usize,
}

/// One array of a data set on the device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resident {
    /// Its first byte.
    pub pointer: Pointer,
    /// The bytes of one example, a multiple of 4.
    pub row: usize,
}

impl Cuda {
    /// Numbers of the host, on the device; or those of the data set that feeds the steps.
    pub(crate) fn numbers(&self, numbers: impl Iterator<Item = i32>, len: usize) -> Pointer {
        let place = self.scratch("numbers", len * size_of::<i32>());
        if !self.gather(place, len * size_of::<i32>()) {
            let staging = &mut lock(&self.shared.steps).staging;
            staging.clear();
            staging.extend(numbers);
            self.attempt(|driver| driver.upload(bytes(staging), place));
        }
        place
    }

    /// Values of the host, on the device; or those of the data set that feeds the steps.
    pub(crate) fn values<T: Real>(&self, values: impl Iterator<Item = T>, len: usize) -> Pointer {
        let place = self.scratch("values", len * size_of::<T>());
        if !self.gather(place, len * size_of::<T>()) {
            let values: Vec<T> = values.collect();
            self.attempt(|driver| driver.upload(bytes(&values), place));
        }
        place
    }

    /// While a data set feeds the steps, copies the next of its arrays' minibatch to `to`; false if none does.
    pub(super) fn gather(&self, to: Pointer, bytes: usize) -> bool {
        let mut steps = lock(&self.shared.steps);
        let step = Argument::Pointer(steps.at(0));
        let Some(feed) = &mut steps.feed else { return false };
        let Some(&Resident { pointer, row }) = feed.arrays.get(feed.next) else { return false };
        feed.next += 1;
        let arguments = [
            step,
            Argument::Pointer(feed.order),
            Argument::Pointer(pointer),
            Argument::Pointer(to),
            (row as u64 / 4).into(),
        ];
        drop(steps);
        let grid = Grid { blocks: [(bytes / row.max(1)) as u32, 1], threads: [THREADS, 1] };
        self.launch(&program(), "gather", grid, &arguments);
        true
    }

    /// From now on a data set gives inputs and targets, and losses stay on the device.
    pub(crate) fn begin_feed(&self, order: Pointer, losses: Pointer) {
        let mut steps = lock(&self.shared.steps);
        self.launch(&program(), "begin_epoch", Grid::THREAD, &[Argument::Pointer(steps.at(0))]);
        steps.feed = Some(Feed { arrays: Vec::new(), order, losses, next: 0 });
    }

    /// From now on these arrays of a data set do, from their first example on.
    pub(crate) fn feed_part(&self, arrays: Vec<Resident>) {
        let mut steps = lock(&self.shared.steps);
        self.launch(&program(), "begin_part", Grid::THREAD, &[Argument::Pointer(steps.at(0))]);
        if let Some(feed) = &mut steps.feed {
            (feed.arrays, feed.next) = (arrays, 0);
        }
    }

    /// Ends a step of `batch` examples of the feed: its loss is written down, and the next step reads the next ones.
    pub(crate) fn end_fed_step(&self, batch: usize) {
        let mut steps = lock(&self.shared.steps);
        let step = Argument::Pointer(steps.at(0));
        let Some(feed) = &mut steps.feed else { return };
        feed.next = 0;
        let arguments = [step, Argument::Pointer(feed.losses), (batch as u32).into()];
        drop(steps);
        self.launch(&program(), "end_step", Grid::THREAD, &arguments);
    }

    /// Inputs and targets come from the host again.
    pub(crate) fn end_feed(&self) {
        lock(&self.shared.steps).feed = None;
    }
}
