//! A driver with its memory: one thread's call at a time, and what failed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};

use super::driver::{Driver, Pointer};
use super::error::CudaError;
use super::lock;

/// Stands for memory that could not be had: a kernel that is given it is not run. Any address from here on does, so that
/// a part of such memory does as well.
pub(super) const MISSING: Pointer = 1 << 63;

/// A driver, how often memory of it was given back (a recording made before may name memory that is gone), and failures
/// that nobody has been told of.
#[derive(Debug)]
pub(super) struct Pool {
    driver: ReentrantMutex<Box<dyn Driver>>,
    frees: AtomicU64,
    failures: Mutex<Failures>,
}

#[derive(Debug, Default)]
struct Failures {
    /// What ended all work, once and for all.
    broken: Option<CudaError>,
    /// The first failure of each thread's work.
    of_threads: HashMap<ThreadId, CudaError>,
}

impl Failures {
    fn of_this_thread(&self) -> Option<&CudaError> {
        self.broken.as_ref().or_else(|| self.of_threads.get(&thread::current().id()))
    }
}

impl Pool {
    pub fn new(driver: Box<dyn Driver>) -> Arc<Self> {
        let driver = ReentrantMutex::new(driver);
        Arc::new(Pool { driver, frees: AtomicU64::new(0), failures: Mutex::default() })
    }

    /// The driver, for this thread alone: what is asked for between recording's begin and end is recorded, and must be of
    /// one thread.
    pub fn driver(&self) -> ReentrantMutexGuard<'_, Box<dyn Driver>> {
        self.driver.lock()
    }

    /// How often memory was given back.
    pub fn frees(&self) -> u64 {
        self.frees.load(Ordering::Relaxed)
    }

    /// Does something unless this thread's work failed before, and remembers its failure.
    pub fn attempt<R>(&self, work: impl FnOnce(&dyn Driver) -> Result<R, CudaError>) -> Option<R> {
        let driver = self.driver();
        if lock(&self.failures).of_this_thread().is_some() {
            return None;
        }
        work(&**driver).map_err(|error| self.fail(error)).ok()
    }

    /// Remembers a failure, if it is this thread's first.
    pub fn fail(&self, error: CudaError) {
        let mut failures = lock(&self.failures);
        if failures.of_this_thread().is_some() {
            return;
        }
        if matches!(error, CudaError::Broken { .. }) {
            failures.broken = Some(error);
        } else {
            failures.of_threads.insert(thread::current().id(), error);
        }
    }

    /// This thread's failure, if there is one, which is then forgotten, unless the device is broken.
    pub fn take_failure(&self) -> Option<CudaError> {
        let mut failures = lock(&self.failures);
        let own = failures.of_threads.remove(&thread::current().id());
        failures.broken.clone().or(own)
    }
}

/// Whether none of these stands for memory that could not be had.
pub(super) fn present(pointers: impl IntoIterator<Item = Pointer>) -> Result<(), CudaError> {
    if pointers.into_iter().any(|pointer| pointer >= MISSING) { Err(CudaError::Missing) } else { Ok(()) }
}

/// Memory that is given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(super) pool: Arc<Pool>,
    /// Its first byte.
    pub pointer: Pointer,
    /// Its length.
    pub bytes: usize,
}

impl Memory {
    /// Memory that holds zeros.
    pub fn new(pool: &Arc<Pool>, bytes: usize) -> Result<Self, CudaError> {
        let driver = pool.driver();
        // No memory is a place as well: kernels are given it for an empty batch.
        let pointer = driver.allocate(bytes.max(1))?;
        let memory = Memory { pool: Arc::clone(pool), pointer, bytes };
        // SAFETY: it was just allocated.
        unsafe { driver.zero(pointer, bytes)? };
        Ok(memory)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.pool.frees.fetch_add(1, Ordering::Relaxed);
        // SAFETY: it is this value's own. Recordings that name it are not replayed: `frees` tells.
        unsafe { self.pool.driver().free(self.pointer) };
    }
}
