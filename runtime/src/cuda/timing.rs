//! How long each kernel of a piece of work takes, for the benchmark.

use std::time::Instant;

use super::driver::Driver;
use super::error::CudaError;
use super::{Cuda, lock};

/// Kernels that were timed so far.
#[derive(Debug)]
pub(super) struct Timing {
    repetitions: u32,
    times: Vec<KernelTime>,
}

/// How long a kernel, or a library's product, took.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KernelTime {
    /// Its name.
    pub kernel: &'static str,
    /// The mean of its repetitions.
    pub seconds: f64,
    /// Multiply-adds that the result needs, where these are its limit; else 0.
    pub multiply_adds: usize,
}

impl Cuda {
    /// Does some work, and repeats each of its kernels to time it: what the work leaves on the device then is of no use. A kernel
    /// that takes less time than its start, some 2 us, is not told from one that takes as long.
    #[doc(hidden)]
    pub fn time_kernels<R>(&self, repetitions: u32, work: impl FnOnce() -> R) -> (R, Vec<KernelTime>) {
        let timing = &self.shared.timing;
        *lock(timing) = Some(Timing { repetitions: repetitions.max(1), times: Vec::new() });
        let result = work();
        (result, lock(timing).take().map_or_else(Vec::new, |timing| timing.times))
    }

    /// Multiply-adds of `f32` in a second, without tensor cores, at the highest clock; `None` on the device for tests.
    #[doc(hidden)]
    pub fn multiply_adds_per_second(&self) -> Option<f64> {
        self.shared.pool.driver().multiply_adds_per_second()
    }

    /// Repeats what was just asked for, if kernels are timed.
    pub(super) fn time(
        &self,
        driver: &dyn Driver,
        (kernel, multiply_adds): (&'static str, usize),
        again: impl Fn() -> Result<(), CudaError>,
    ) -> Result<(), CudaError> {
        let Some(Timing { repetitions, times }) = &mut *lock(&self.shared.timing) else { return Ok(()) };
        driver.synchronize()?;
        let start = Instant::now();
        (0..*repetitions).try_for_each(|_| again())?;
        driver.synchronize()?;
        let seconds = start.elapsed().as_secs_f64() / f64::from(*repetitions);
        times.push(KernelTime { kernel, seconds, multiply_adds });
        Ok(())
    }
}
