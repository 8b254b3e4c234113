//! What the machine could do at best: multiply-adds in registers, and copies.

use std::fmt::{self, Display, Formatter};
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use layercake::cpu::isa::{Work as Compiled, isa};

/// What a computation cannot do without.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// Multiplications, each with an addition.
    pub multiply_adds: f64,
    /// Bytes read and written.
    pub bytes: f64,
}

/// The machine's limits, as measured.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Multiply-adds a second in `f32`, of all threads.
    pub multiply_adds: f64,
    /// For arrays of so many bytes in all, bytes read and written a second by a copy, of all threads.
    pub copies: Vec<(f64, f64)>,
}

/// The sizes of arrays that are copied: from the first-level cache to memory.
const SIZES: [usize; 7] = [1 << 15, 1 << 17, 1 << 19, 1 << 21, 1 << 23, 1 << 25, 1 << 28];

impl Limits {
    /// Measures them on so many threads, in about two seconds.
    #[must_use]
    pub fn measure(threads: usize) -> Self {
        let copies = SIZES.map(|size| (size as f64, copies(threads, size)));
        Limits { multiply_adds: multiply_adds(threads), copies: copies.into() }
    }

    /// The least seconds that the work takes: for its multiply-adds or for its bytes, whichever is longer. Bytes go at
    /// the speed of a copy of the next larger size.
    #[must_use]
    pub fn seconds(&self, work: Work) -> f64 {
        let fits = self.copies.iter().find(|(size, _)| work.bytes <= *size).or(self.copies.last());
        let bandwidth = fits.map_or(f64::INFINITY, |(_, speed)| *speed);
        (work.multiply_adds / self.multiply_adds).max(work.bytes / bandwidth)
    }
}

impl Display for Limits {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "Limits: {:.0} billion multiply-adds a second (f32);", self.multiply_adds / 1e9)?;
        let copies = self
            .copies
            .iter()
            .map(|(size, speed)| format!("{:.0} GB/s ({} KiB)", speed / 1e9, size / 1024.0));
        writeln!(formatter, "copies, read and written: {}.", copies.collect::<Vec<_>>().join(", "))
    }
}

/// Sums that are kept in registers: enough of them that none need wait for its last multiply-add, and few enough for
/// 32 registers of 16 sums.
const SUMS: usize = 192;
const STEPS: usize = 1 << 16;

struct MultiplyAdds(f32);

impl Compiled for MultiplyAdds {
    type Output = [f32; SUMS];

    #[inline(always)]
    fn run(self) -> [f32; SUMS] {
        let mut sums = [self.0; SUMS];
        for _ in 0..STEPS {
            sums.iter_mut().for_each(|sum| *sum = sum.mul_add(self.0, self.0));
        }
        sums
    }
}

fn multiply_adds(threads: usize) -> f64 {
    let seconds = on_all(threads, 40, |(): &mut ()| {
        black_box(isa().run(MultiplyAdds(black_box(0.5))));
    });
    (threads * STEPS * SUMS) as f64 / seconds
}

fn copies(threads: usize, size: usize) -> f64 {
    // Half is read, half is written; each thread has its part.
    let part = size / 2 / threads;
    let rounds = ((1 << 24) / size).max(1);
    let seconds = on_all(threads, 12, |arrays: &mut (Vec<u8>, Vec<u8>)| {
        arrays.0.resize(part, 1);
        arrays.1.resize(part, 1);
        for _ in 0..rounds {
            arrays.1.copy_from_slice(black_box(&arrays.0));
            black_box(&mut arrays.1);
        }
    });
    (rounds * 2 * part * threads) as f64 / seconds
}

/// The least seconds, over repetitions, that all threads need for a call each; the first does not count.
fn on_all<S: Default>(threads: usize, repetitions: usize, call: impl Fn(&mut S) + Sync) -> f64 {
    let barrier = Barrier::new(threads);
    let of_thread = || {
        let mut state = S::default();
        call(&mut state);
        let mut least = f64::INFINITY;
        for _ in 0..repetitions {
            barrier.wait();
            let start = Instant::now();
            call(&mut state);
            barrier.wait();
            least = least.min(start.elapsed().as_secs_f64());
        }
        least
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(of_thread)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).fold(0.0, f64::max)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_of_two_limits_counts() {
        let limits = Limits { multiply_adds: 10.0, copies: vec![(100.0, 50.0), (1000.0, 20.0)] };
        let seconds = |multiply_adds, bytes| limits.seconds(Work { multiply_adds, bytes });
        assert_eq!(seconds(30.0, 100.0), 3.0);
        assert_eq!(seconds(0.0, 100.0), 2.0);
        assert_eq!(seconds(0.0, 200.0), 10.0);
        assert_eq!(seconds(0.0, 4000.0), 200.0);
    }
}
