//! What changes from step to step lies in device memory, so that a recorded step can be replayed: the random numbers'
//! step, the update's number and settings, the loss, and which minibatch of a data set comes next ([`Feed`]).
//!
//! The host knows what the device holds. Where the next step's numbers are the last one's plus one, a kernel that is
//! recorded with the step counts on; anything else is set anew, which cannot be recorded.

use std::mem::offset_of;
use std::sync::Arc;

use super::driver::{Argument, Grid, Pointer};
use super::error::CudaError;
use super::feed::Feed;
use super::kernels::STEP;
use super::memory::{bytes, bytes_mut};
use super::pool::{MISSING, Memory, Pool};
use super::program::Program;
use super::updates::Settings;
use super::{Cuda, lock};
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
    pub random: Random,
    pub rule: Option<Settings>,
    pub feed: Option<Feed>,
    pub recording: bool,
    /// Where numbers stand on their way to the device.
    pub staging: Vec<u8>,
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

/// The kernels that go from step to step.
pub(super) fn program() -> Program {
    Program::new::<f64>(&STEP)
}

impl Cuda {
    /// Compiles what a step may ask for while it is recorded, and not before.
    pub(super) fn prepare_steps(&self) {
        const KERNELS: [&str; 7] =
            ["next_draw", "set_draw", "add_loss", "clear", "begin_part", "end_step", "gather"];
        self.attempt(|driver| {
            KERNELS.iter().try_for_each(|kernel| self.function(driver, &program(), kernel).map(drop))
        });
    }

    /// What this thread's steps hold; `None` after a failure.
    pub(super) fn with_steps<R>(&self, then: impl FnOnce(&mut Steps) -> R) -> Option<R> {
        self.work().map(|work| then(&mut lock(&work.steps)))
    }

    /// Where kernels find and leave what changes from step to step: they add to the loss, and see whether a step failed. These
    /// few bytes do not count.
    pub(crate) fn step_cell(&self) -> Argument {
        Argument::array::<u8>(self.with_steps(|steps| steps.at(0)).unwrap_or(MISSING), 0)
    }

    /// Sees to it that the device draws these random numbers; returns where kernels find them.
    pub(crate) fn random(&self, random: Random) -> Argument {
        let (place, random) = (self.step_cell(), random.layer(0));
        self.with_steps(|steps| {
            if steps.random == random {
                return;
            }
            if steps.random.next_step() == random {
                self.launch(&program(), "next_draw", Grid::THREAD, &[place]);
            } else if steps.recording {
                self.fail(unrecordable("random numbers of another step than the next"));
            } else {
                let (seed, step) = random.seed_and_step();
                self.launch(&program(), "set_draw", Grid::THREAD, &[place, seed.into(), step.into()]);
            }
            steps.random = random;
        });
        place
    }

    /// Sees to it that the device holds the settings of this step of an update; returns where kernels find them.
    pub(crate) fn update_settings(&self, rule: Settings) -> Argument {
        let place = self.step_cell();
        if self.with_steps(|steps| steps.rule) != Some(Some(rule)) {
            self.hold(Settings { step: rule.step - 1, ..rule });
            self.launch(&Program::new::<f64>(rule.source), "next_update", Grid::THREAD, &[place]);
            self.with_steps(|steps| steps.rule = Some(rule));
        }
        place
    }

    /// Sees to it that the device is after this step of an update.
    pub(crate) fn hold(&self, rule: Settings) {
        self.with_steps(|steps| {
            if steps.rule == Some(rule) {
                return;
            }
            if steps.recording {
                return self.fail(unrecordable("other settings of the update"));
            }
            self.attempt(|driver| {
                // SAFETY: both lie within the memory of a layout.
                unsafe {
                    driver.upload(bytes(&[rule.step]), steps.at(offset_of!(Layout, update)))?;
                    driver.upload(bytes(&rule.settings), steps.at(offset_of!(Layout, settings)))
                }
            });
            steps.rule = Some(rule);
        });
    }

    /// The sum of squares; NaN after a failure, which the device then tells.
    pub(super) fn squares(&self) -> f64 {
        self.read(offset_of!(Layout, squares))
    }

    /// The loss that kernels have added up since the last call; 0 while it is gathered on the device instead, and NaN
    /// after a failure, which the device then tells.
    pub(crate) fn take_loss(&self) -> f64 {
        if self.is_fed() {
            return 0.0;
        }
        let loss = self.read(offset_of!(Layout, loss));
        self.with_steps(|steps| {
            // SAFETY: it lies within the memory of a layout.
            self.attempt(|driver| unsafe {
                driver.zero(steps.at(offset_of!(Layout, loss)), size_of::<f64>())
            })
        });
        loss
    }

    fn read(&self, offset: usize) -> f64 {
        let mut number = [f64::NAN];
        self.with_steps(|steps| {
            // SAFETY: the offset is that of a field of the layout.
            self.attempt(|driver| unsafe { driver.download(steps.at(offset), bytes_mut(&mut number)) })
        });
        number[0]
    }
}

/// What only a step that is not recorded may ask for.
pub(super) fn unrecordable(what: &str) -> CudaError {
    CudaError::Call { function: "recording a step", reason: format!("the step asks for {what}") }
}
