//! What changes from step to step lies in device memory, so that a recorded step can be replayed: the random numbers'
//! step, the update's number and settings, the loss, and which minibatch of a data set comes next.
//!
//! The host knows what the device holds. Where the next step's numbers are the last one's plus one, a kernel that is
//! recorded with the step counts on; anything else is set anew, which cannot be recorded.

use std::mem::offset_of;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::driver::{Argument, Graph, Grid, Pointer, THREADS};
use super::error::CudaError;
use super::kernels::STEP;
use super::memory::{Memory, Number, Pool, bytes, bytes_mut};
use super::program::Program;
use super::updates::Settings;
use super::{Cuda, lock};
use crate::Real;
use crate::random::Random;

/// The most settings of an update rule.
const MOST_SETTINGS: usize = 8;

/// What lies in device memory; `Step` of `kernels/prelude.cuh`.
#[repr(C)]
struct Layout {
    seed: u64,
    draw: u64,
    update: u64,
    settings: [f64; MOST_SETTINGS],
    derived: [f64; MOST_SETTINGS],
    loss: f64,
    squares: f64,
    failed: u32,
    first: u32,
    batches: u32,
}

/// The device's copy, and what the host knows of it.
#[derive(Debug)]
pub(super) struct Steps {
    memory: Memory,
    random: Random,
    rule: Option<Settings>,
    feed: Option<Feed>,
    recording: bool,
    /// Where numbers stand on their way to the device.
    staging: Vec<u8>,
}

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

/// A step, to be replayed.
#[derive(Debug)]
pub(crate) struct Recording {
    pool: Arc<Pool>,
    graph: Graph,
    frees: u64,
    /// Whether the step draws random numbers.
    draws: bool,
    /// Whether it updates parameters.
    updates: bool,
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.pool.driver.forget(self.graph);
    }
}

impl Steps {
    pub fn new(pool: &Arc<Pool>) -> Result<Self, CudaError> {
        let memory = Memory::new(pool, size_of::<Layout>())?;
        Ok(Steps {
            memory,
            random: Random::new(0),
            rule: None,
            feed: None,
            recording: false,
            staging: Vec::new(),
        })
    }

    fn at(&self, offset: usize) -> Pointer {
        self.memory.pointer + offset as Pointer
    }
}

fn program() -> Program {
    Program::new::<f64>(&STEP)
}

impl Cuda {
    /// Sees to it that the device draws these random numbers; returns where kernels find them.
    pub(crate) fn random(&self, random: Random) -> Argument {
        let mut steps = lock(&self.shared.steps);
        let place = Argument::Pointer(steps.at(0));
        let random = random.layer(0);
        if steps.random != random {
            if steps.random.next_step() == random {
                self.launch(&program(), "next_draw", Grid::THREAD, &[place]);
            } else if steps.recording {
                self.fail(unrecordable("random numbers of another step than the next"));
            } else {
                let (seed, step) = random.seed_and_step();
                self.launch(&program(), "set_draw", Grid::THREAD, &[place, seed.into(), step.into()]);
            }
            steps.random = random;
        }
        place
    }

    /// Sees to it that the device holds the settings of this step of an update; returns where kernels find them.
    pub(crate) fn update_settings(&self, rule: Settings) -> Argument {
        let steps = lock(&self.shared.steps);
        let place = Argument::Pointer(steps.at(0));
        if steps.rule != Some(rule) {
            drop(steps);
            self.hold(Settings { step: rule.step - 1, ..rule });
            self.launch(&Program::new::<f64>(rule.source), "next_update", Grid::THREAD, &[place]);
            lock(&self.shared.steps).rule = Some(rule);
        }
        place
    }

    /// Sees to it that the device is after this step of an update.
    pub(crate) fn hold(&self, rule: Settings) {
        let mut steps = lock(&self.shared.steps);
        if steps.rule == Some(rule) {
            return;
        }
        if steps.recording {
            return self.fail(unrecordable("other settings of the update"));
        }
        self.attempt(|driver| {
            driver.upload(bytes(&[rule.step]), steps.at(offset_of!(Layout, update)))?;
            driver.upload(bytes(&rule.settings), steps.at(offset_of!(Layout, settings)))
        });
        steps.rule = Some(rule);
    }

    /// Where kernels add to the loss, and find whether a step failed.
    pub(crate) fn loss_cell(&self) -> Argument {
        Argument::Pointer(lock(&self.shared.steps).at(0))
    }

    /// Where the sum of squares lies; `None` while steps stay on the device.
    pub(super) fn squares_cell(&self) -> Option<Pointer> {
        let steps = lock(&self.shared.steps);
        steps.feed.is_none().then(|| steps.at(offset_of!(Layout, squares)))
    }

    /// The loss that kernels have added up since the last call; 0 while it is gathered on the device instead.
    pub(crate) fn take_loss(&self) -> f64 {
        let steps = lock(&self.shared.steps);
        if steps.feed.is_some() {
            return 0.0;
        }
        let place = steps.at(offset_of!(Layout, loss));
        let mut loss = [f64::NAN];
        self.attempt(|driver| {
            driver.download(place, bytes_mut(&mut loss))?;
            driver.zero(place, size_of::<f64>())
        });
        loss[0]
    }

    /// Whether a data set feeds the steps: what the host holds then only tells shapes.
    pub(crate) fn is_fed(&self) -> bool {
        lock(&self.shared.steps).feed.is_some()
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
        let staging = &mut lock(&self.shared.steps).staging;
        staging.clear();
        numbers.for_each(|number| staging.extend_from_slice(bytes(&[number])));
        self.attempt(|driver| driver.upload(staging, to));
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

    /// Records what `step` asks for, without doing it.
    pub(crate) fn record<R>(&self, step: impl FnOnce() -> R) -> (R, Option<Recording>) {
        let (random, rule) = {
            let mut steps = lock(&self.shared.steps);
            steps.recording = true;
            (steps.random, steps.rule)
        };
        self.attempt(|driver| driver.begin_recording());
        let result = step();
        let graph = self.shared.pool.driver.end_recording();
        let mut steps = lock(&self.shared.steps);
        let (draws, updates) = (steps.random != random, steps.rule != rule);
        (steps.recording, steps.random, steps.rule) = (false, random, rule);
        let pool = Arc::clone(&self.shared.pool);
        let frees = pool.frees.load(Ordering::Relaxed);
        let recording = |graph| Recording { pool, graph, frees, draws, updates };
        (result, self.attempt(|_| graph).map(recording))
    }

    /// Whether all memory that a recording names is still there.
    pub(crate) fn can_replay(&self, recording: &Recording) -> bool {
        recording.frees == self.shared.pool.frees.load(Ordering::Relaxed)
    }

    /// Does a recorded step, after one with the random numbers `before`.
    pub(crate) fn replay(&self, recording: &Recording, before: Random) {
        if recording.draws {
            self.random(before);
        }
        self.attempt(|driver| driver.replay(recording.graph));
        let mut steps = lock(&self.shared.steps);
        if recording.draws {
            steps.random = before.next_step().layer(0);
        }
        if let Some(rule) = steps.rule.as_mut().filter(|_| recording.updates) {
            rule.step += 1;
        }
    }
}

fn unrecordable(what: &str) -> CudaError {
    CudaError::Call { function: "recording a step", reason: format!("the step asks for {what}") }
}
