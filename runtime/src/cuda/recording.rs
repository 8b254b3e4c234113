//! Steps that are recorded once and replayed.

use std::sync::Arc;

use super::driver::Graph;
use super::error::CudaError;
use super::pool::Pool;
use super::{Cuda, lock};
use crate::random::Random;

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

impl Cuda {
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
