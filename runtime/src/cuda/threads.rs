//! What each thread that uses a device has of its own there: passes on several threads then run between each other without
//! harm, though all work is done in one order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use super::driver::Pointer;
use super::error::CudaError;
use super::pool::{MISSING, Memory, Pool};
use super::step::Steps;
use super::{Cuda, Shared, lock};

/// One thread's state on a device.
#[derive(Debug)]
pub(super) struct Work {
    /// Memory by its purpose.
    scratch: Mutex<HashMap<&'static str, Memory>>,
    nested: Mutex<Nested>,
    pub steps: Mutex<Steps>,
}

/// Memory for calls within calls, each with memory of its own.
#[derive(Debug, Default)]
struct Nested {
    /// Of each depth.
    memories: Vec<Option<Memory>>,
    depth: usize,
}

/// Of every thread that has used the device and lives.
#[derive(Debug, Default)]
pub(super) struct Threads(Mutex<Vec<(Weak<()>, Arc<Work>)>>);

thread_local! {
    /// Lives as long as its thread.
    static THREAD: Arc<()> = Arc::default();
}

impl Threads {
    fn work(&self, pool: &Arc<Pool>) -> Result<Arc<Work>, CudaError> {
        THREAD.with(|thread| {
            let mut threads = lock(&self.0);
            if let Some((_, work)) = threads.iter().find(|(other, _)| other.as_ptr() == Arc::as_ptr(thread)) {
                return Ok(Arc::clone(work));
            }
            let steps = Mutex::new(Steps::new(pool)?);
            let work = Arc::new(Work { scratch: Mutex::default(), nested: Mutex::default(), steps });
            threads.retain(|(thread, _)| thread.strong_count() > 0);
            threads.push((Arc::downgrade(thread), Arc::clone(&work)));
            Ok(work)
        })
    }
}

/// Leaves a nested call, also when it panics.
struct Depth<'a>(&'a Work);

impl Drop for Depth<'_> {
    fn drop(&mut self) {
        lock(&self.0.nested).depth -= 1;
    }
}

impl Cuda {
    /// This thread's state; `None` after a failure.
    pub(super) fn work(&self) -> Option<Arc<Work>> {
        let Shared { threads, pool, .. } = &*self.shared;
        match threads.work(pool) {
            Ok(work) => Some(work),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// Memory for what one call hands from kernel to kernel, kept between calls. Calls for other purposes have other
    /// names; what a call left there is gone after this thread's next call for the same purpose.
    pub(crate) fn scratch(&self, purpose: &'static str, bytes: usize) -> Pointer {
        let Some(work) = self.work() else { return MISSING };
        let mut scratch = lock(&work.scratch);
        if scratch.get(purpose).is_none_or(|memory| memory.bytes < bytes) {
            scratch.remove(purpose);
            match self.allocate(bytes) {
                Some(memory) => drop(scratch.insert(purpose, memory)),
                None => return MISSING,
            }
        }
        scratch[purpose].pointer
    }

    /// Calls `then` with memory of so many bytes; calls may nest.
    pub(super) fn with_nested<R>(&self, bytes: usize, then: impl FnOnce(Pointer) -> R) -> R {
        let Some(work) = self.work() else { return then(MISSING) };
        let mut nested = lock(&work.nested);
        let depth = nested.depth;
        nested.depth += 1;
        let _depth = Depth(&work);
        if nested.memories.len() <= depth {
            nested.memories.push(None);
        }
        let memory = &mut nested.memories[depth];
        if memory.as_ref().is_none_or(|memory| memory.bytes < bytes) {
            *memory = None;
            *memory = self.allocate(bytes);
        }
        let pointer = memory.as_ref().map_or(MISSING, |memory| memory.pointer);
        drop(nested);
        then(pointer)
    }
}
