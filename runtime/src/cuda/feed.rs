//! A data set on the device that feeds the steps: minibatches are gathered there, and losses written down.

use super::Cuda;
use super::driver::{Argument, Grid, Pointer, THREADS, blocks};
use super::memory::{Number, bytes};
use super::pool::present;
use super::step::program;
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
    /// Whether a data set feeds the steps: what the host holds then only tells shapes.
    pub(crate) fn is_fed(&self) -> bool {
        self.with_steps(|steps| steps.feed.is_some()).unwrap_or_default()
    }

    /// Numbers of the host, on the device; or those of the data set that feeds the steps.
    pub(crate) fn numbers<N: Number>(&self, numbers: impl Iterator<Item = N>, len: usize) -> Pointer {
        let place = self.scratch("numbers", len * size_of::<N>());
        if !self.gather(place, len * size_of::<N>()) {
            self.stage(numbers, place);
        }
        place
    }

    /// Weights of the host, on the device.
    pub(crate) fn weights<T: Real>(&self, weights: impl Iterator<Item = T>, len: usize) -> Pointer {
        let place = self.scratch("weights", len * size_of::<T>());
        self.stage(weights.take(len), place);
        place
    }

    /// Copies numbers of the host, wherever they lie there, to `to`.
    fn stage<N: Number>(&self, numbers: impl Iterator<Item = N>, to: Pointer) {
        self.with_steps(|steps| {
            steps.staging.clear();
            numbers.for_each(|number| steps.staging.extend_from_slice(bytes(&[number])));
            self.attempt(|driver| {
                present([to])?;
                // SAFETY: the caller has made room for as many numbers.
                unsafe { driver.upload(&steps.staging, to) }
            });
        });
    }

    /// While a data set feeds the steps, copies the next of its arrays' minibatch to `to`; false if none does.
    pub(super) fn gather(&self, to: Pointer, bytes: usize) -> bool {
        let next = self.with_steps(|steps| {
            let feed = steps.feed.as_mut()?;
            let resident = *feed.arrays.get(feed.next)?;
            feed.next += 1;
            Some((feed.order, resident))
        });
        let Some((order, Resident { pointer, row })) = next.flatten() else { return false };
        let examples = bytes / row.max(1);
        let [from, to] = [pointer, to].map(|pointer| Argument::array::<u8>(pointer, bytes));
        let order = Argument::array::<u32>(order, examples);
        let arguments = [self.step_cell(), order, from, to, (row as u64 / 4).into()];
        let grid = Grid { blocks: [blocks(examples), 1], threads: [THREADS, 1] };
        self.launch(&program(), "gather", grid, &arguments);
        true
    }

    /// From now on a data set gives inputs and targets, and losses stay on the device.
    pub(crate) fn begin_feed(&self, order: Pointer, losses: Pointer) {
        self.launch(&program(), "clear", Grid::THREAD, &[self.step_cell()]);
        self.with_steps(|steps| steps.feed = Some(Feed { arrays: Vec::new(), order, losses, next: 0 }));
    }

    /// From now on these arrays of a data set do, from their first example on.
    pub(crate) fn feed_part(&self, arrays: Vec<Resident>) {
        self.launch(&program(), "begin_part", Grid::THREAD, &[self.step_cell()]);
        self.with_steps(|steps| {
            if let Some(feed) = &mut steps.feed {
                (feed.arrays, feed.next) = (arrays, 0);
            }
        });
    }

    /// Ends a step of `batch` examples of the feed: its loss is written down, and the next step reads the next ones.
    pub(crate) fn end_fed_step(&self, batch: usize) {
        let losses = self.with_steps(|steps| {
            let feed = steps.feed.as_mut()?;
            feed.next = 0;
            Some(feed.losses)
        });
        let Some(losses) = losses.flatten() else { return };
        let arguments = [self.step_cell(), Argument::array::<f64>(losses, 1), Argument::int(batch)];
        self.launch(&program(), "end_step", Grid::THREAD, &arguments);
    }

    /// Inputs and targets come from the host again, and a failed step of the epoch stops no further ones.
    pub(crate) fn end_feed(&self) {
        self.with_steps(|steps| steps.feed = None);
        self.launch(&program(), "clear", Grid::THREAD, &[self.step_cell()]);
    }
}
