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
use super::memory::{Memory, Pool, bytes, bytes_mut};
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
    staging: Vec<i32>,
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
}
