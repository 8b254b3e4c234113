//! Steps that are recorded once and replayed.

use std::sync::Arc;

use super::Cuda;
use super::driver::Graph;
use super::pool::Pool;
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
        self.pool.driver().forget(self.graph);
    }
}

impl Cuda {
    /// Records what `step` asks for, without doing it.
    pub(crate) fn record<R>(&self, step: impl FnOnce() -> R) -> (R, Option<Recording>) {
        let pool = &self.shared.pool;
        // What other threads ask for meanwhile waits, or it would be recorded as well.
        let driver = pool.driver();
        let before = self.with_steps(|steps| {
            steps.recording = true;
            (steps.random, steps.rule)
        });
        let begun = self.attempt(|driver| driver.begin_recording()).is_some();
        let result = step();
        let graph = begun.then(|| driver.end_recording());
        let (mut draws, mut updates) = (false, false);
        self.with_steps(|steps| {
            steps.recording = false;
            if let Some((random, rule)) = before {
                (draws, updates) = (steps.random != random, steps.rule != rule);
                (steps.random, steps.rule) = (random, rule);
            }
        });
        let recording =
            |graph| Recording { pool: Arc::clone(pool), graph, frees: pool.frees(), draws, updates };
        // One that failed on its way is given back.
        let recording = graph.map(|graph| graph.map(recording));
        (result, recording.and_then(|recording| self.attempt(|_| recording)))
    }

    /// Whether all memory that a recording names is still there.
    pub(crate) fn can_replay(&self, recording: &Recording) -> bool {
        recording.frees == self.shared.pool.frees()
    }

    /// Does a recorded step, after one with the random numbers `before`.
    pub(crate) fn replay(&self, recording: &Recording, before: Random) {
        if recording.draws {
            self.random(before);
        }
        // SAFETY: callers have seen that it can be replayed: no memory was given back since it was recorded.
        self.attempt(|driver| unsafe { driver.replay(recording.graph) });
        self.with_steps(|steps| {
            if recording.draws {
                steps.random = before.next_step().layer(0);
            }
            if let Some(rule) = steps.rule.as_mut().filter(|_| recording.updates) {
                rule.step += 1;
            }
        });
    }
}
