//! How long each kernel of a piece of work takes, and what part of the device's limits it reaches, for the benchmark.

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

/// What a kernel, or a library's product, has to do.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// Its name.
    pub kernel: &'static str,
    /// Multiply-adds that the result needs, where these may be its limit; else 0.
    pub multiply_adds: usize,
    /// Bytes of device memory that it reads and writes at least: of each argument what the result needs, once, whatever caches
    /// hold or miss.
    pub bytes: usize,
}

/// How long that took.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KernelTime {
    pub work: Work,
    /// The mean of its repetitions.
    pub seconds: f64,
}

/// What a device can do in a second, as far as its driver tells.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Multiply-adds of `f32`, without tensor cores, at the highest clock.
    pub multiply_adds: Option<f64>,
    /// Bytes of device memory, read or written.
    pub bytes: Option<f64>,
}

impl Limits {
    /// Of a compute capability such as 90 for 9.0: multiprocessors with their clock in kHz, and the memory's clock in kHz, of which
    /// both edges count, with the bits of its bus. What is 0 is not known.
    pub(super) fn new(
        capability: u32,
        [multiprocessors, clock]: [u32; 2],
        [memory_clock, bus_width]: [u32; 2],
    ) -> Self {
        let lanes = if (70..=80).contains(&capability) { 64 } else { 128 };
        let product = |factors: [u32; 3]| {
            let product = factors.into_iter().map(f64::from).product::<f64>();
            (product > 0.0).then_some(1e3 * product)
        };
        Limits {
            multiply_adds: product([lanes, multiprocessors, clock]),
            bytes: product([2, memory_clock, bus_width]).map(|bits| bits / 8.0),
        }
    }
}

impl KernelTime {
    /// What part of its limit it reaches, and which one that is: of arithmetic and memory, as far as they are known, the one that
    /// leaves it no more time. More than 1 where the caches have what it reads.
    pub fn reached(&self, limits: &Limits) -> Option<(f64, &'static str)> {
        let part = |needed: usize, in_a_second: Option<f64>, name| {
            let part = needed as f64 / in_a_second? / self.seconds;
            (needed > 0).then_some((part, name))
        };
        let parts = [
            part(self.work.multiply_adds, limits.multiply_adds, "arithmetic"),
            part(self.work.bytes, limits.bytes, "memory"),
        ];
        parts.into_iter().flatten().max_by(|(a, _), (b, _)| a.total_cmp(b))
    }
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

    /// What it can do in a second; unknown of the device for tests.
    #[doc(hidden)]
    pub fn limits(&self) -> Limits {
        self.shared.pool.driver().limits()
    }

    /// Repeats what was just asked for, if kernels are timed.
    pub(super) fn time(
        &self,
        driver: &dyn Driver,
        work: Work,
        again: impl Fn() -> Result<(), CudaError>,
    ) -> Result<(), CudaError> {
        let Some(Timing { repetitions, times }) = &mut *lock(&self.shared.timing) else { return Ok(()) };
        driver.synchronize()?;
        let start = Instant::now();
        (0..*repetitions).try_for_each(|_| again())?;
        driver.synchronize()?;
        let seconds = start.elapsed().as_secs_f64() / f64::from(*repetitions);
        times.push(KernelTime { work, seconds });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::feed::Resident;
    use super::super::gemm::{Finish, Matrix};
    use super::super::memory::Slice;
    use super::*;
    use crate::nonlinearities::relu;

    /// Against numbers counted by hand: each argument once, what is written in place twice, and of a table what is taken.
    #[test]
    fn bytes_are_those_that_the_result_needs() {
        let Ok(cuda) = Cuda::emulated() else { return eprintln!("skipped: no C++ compiler") };
        let kernels = |work: &dyn Fn()| -> Vec<(&str, usize, usize)> {
            let ((), times) = cuda.time_kernels(2, work);
            cuda.status().unwrap();
            times.iter().map(|time| (time.work.kernel, time.work.multiply_adds, time.work.bytes)).collect()
        };
        let [a, b, c] = ["a", "b", "c"].map(|name| cuda.scratch_slice::<f32>(name, 12));
        let double = cuda.scratch_slice::<f64>("double", 12);
        assert_eq!(kernels(&|| cuda.nonlinearity(relu(), 1, a.read(), &b)), [("forward", 0, 48 + 48)]);
        assert_eq!(kernels(&|| cuda.nonlinearity(relu(), 1, a.read(), &a)), [("forward", 0, 48 + 48)]);
        let backward = || cuda.nonlinearity_backward(relu(), 1, double.read(), &double);
        assert_eq!(kernels(&backward), [("backward", 0, 96 + 2 * 96)]);
        assert_eq!(kernels(&|| cuda.sum_rows(3, a.read(), &b.part(0..3))), [("sum_rows", 0, 48 + 12)]);

        let product = |accumulate, bias| {
            let (a, b) = (Matrix::new(a.read(), 4), Matrix::new(b.read(), 3));
            cuda.gemm(a, b, accumulate, &c.part(0..9), Finish { bias, ..Finish::NONE });
        };
        let bias = a.part(0..3);
        assert_eq!(kernels(&|| product(false, bias.read())), [("gemm", 36, 48 + 48 + 36 + 12)]);
        assert_eq!(kernels(&|| product(true, Slice::NONE)), [("gemm", 36, 48 + 48 + 2 * 36)]);

        // Two of six rows; and two examples of eight bytes, by their numbers.
        let (numbers, rows) = (a.part(0..2), c.part(0..4));
        let look_up = || cuda.look_up(2, numbers.read(), b.read(), &rows);
        assert_eq!(kernels(&look_up), [("look_up", 0, 8 + 16 + 16)]);
        let examples = cuda.scratch_slice::<i32>("examples", 12).pointer;
        let order = cuda.scratch_slice::<u32>("order", 6).pointer;
        cuda.begin_feed(order, double.pointer);
        cuda.feed_part(vec![Resident { pointer: examples, row: 8 }]);
        let gather = || {
            cuda.numbers(0..4, 4);
        };
        assert_eq!(kernels(&gather), [("gather", 0, 8 + 16 + 16)]);
        assert_eq!(kernels(&|| cuda.end_fed_step(2)), [("end_step", 0, 8)]);
        cuda.end_feed();
    }

    #[test]
    fn the_tighter_limit_is_named() {
        let limits = Limits::new(90, [132, 1_980_000], [3_201_000, 6144]);
        let [multiply_adds, bytes] = [limits.multiply_adds, limits.bytes].map(Option::unwrap);
        assert!((multiply_adds / 33.45e12 - 1.0).abs() < 1e-3, "{limits:?}");
        assert!((bytes / 4.917e12 - 1.0).abs() < 1e-3, "{limits:?}");
        let time = |multiply_adds, bytes| KernelTime {
            work: Work { kernel: "kernel", multiply_adds, bytes },
            seconds: 1e-6,
        };
        let limits = Limits { multiply_adds: Some(4e12), bytes: Some(2e12) };
        assert_eq!(time(2_000_000, 500_000).reached(&limits), Some((0.5, "arithmetic")));
        assert_eq!(time(400_000, 500_000).reached(&limits), Some((0.25, "memory")));
        assert_eq!(time(0, 0).reached(&limits), None);
        // A driver that does not tell a clock.
        let unknown = Limits::new(90, [132, 1_980_000], [0, 6144]);
        assert_eq!(unknown.bytes, None);
        assert_eq!(time(0, 500_000).reached(&unknown), None);
        assert!(time(1, 500_000).reached(&unknown).is_some_and(|(_, limit)| limit == "arithmetic"));
        assert_eq!(Limits::new(90, [132, 0], [0, 0]), Limits::default());
    }
}
