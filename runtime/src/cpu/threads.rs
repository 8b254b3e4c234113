//! Parallel loops: the calling thread and its helpers share out numbered parts.
//!
//! A training step is a chain of some twenty loops of 0.05 to 2 ms each, and to wake a sleeping thread takes about
//! 80 us. So a helper that has run out of parts stays awake for [`PATIENCE`] and watches for the next loop; then it
//! sleeps. (To yield meanwhile would be worse: where another program runs, it gets the processor for milliseconds.)
//! Nothing is allocated once the helpers have been started.
//!
//! Which thread gets which part is no part of the result: parts are cut by sizes, and sums of parts added in order.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::cell::Cell;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a thread that waits stays awake.
const PATIENCE: Duration = Duration::from_micros(300);

/// The most threads that share a loop.
const MOST_THREADS: usize = 64;

/// The number of threads that share a loop, the calling one included: as many as the current rayon pool has.
pub fn count() -> usize {
    // Miri takes helpers that outlive the program for an error.
    if cfg!(miri) { 1 } else { rayon::current_num_threads().min(MOST_THREADS) }
}

/// Calls `work` once on every thread that takes part, with the numbers below `parts` that fall to it: each number
/// falls to one thread. A thread begins with its own range of the numbers, and then helps out in those of others.
///
/// Within another loop, or while another thread's loop has the helpers, the calling thread does all parts.
pub fn share(parts: usize, work: impl Fn(Parts<'_>) + Sync) {
    let threads = if parts < 2 { 1 } else { count().min(parts) };
    if threads < 2 || BUSY.get() || !TEAM.lead(threads, parts, &work) {
        work(Parts::Alone(0..parts));
    }
}

/// Calls `work` with each number below `parts`.
pub fn for_each(parts: usize, work: impl Fn(usize) + Sync) {
    share(parts, |numbers| numbers.for_each(&work));
}

/// The numbers that a thread begins with.
fn own_range(thread: usize, threads: usize, parts: usize) -> [usize; 2] {
    [thread, thread + 1].map(|thread| parts * thread.min(threads) / threads)
}

/// The part that is as far from the last one of its thread as `part` is from the first: a loop that follows on one over
/// the same data and goes through it backwards finds in the cache what was read last. `threads` is the [count] where the
/// loop was begun; a helper has none of its own.
pub fn mirrored(part: usize, parts: usize, threads: usize) -> usize {
    let threads = threads.min(parts);
    let of_thread = |thread| own_range(thread, threads, parts);
    let own = (0..threads).map(of_thread).find(|&[start, end]| (start..end).contains(&part));
    own.map_or(part, |[start, end]| start + end - 1 - part)
}

/// The numbers of the parts that fall to one thread.
pub enum Parts<'a> {
    /// All that are left.
    Alone(std::ops::Range<usize>),
    /// Those of `own`'s range, and then what is left of the others.
    Shared { ranges: &'a [Range], own: usize },
}

impl Iterator for Parts<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        match self {
            Parts::Alone(numbers) => numbers.next(),
            Parts::Shared { ranges, own } => ranges[*own]
                .take_first()
                .or_else(|| (1..ranges.len()).find_map(|i| ranges[(*own + i) % ranges.len()].take_last())),
        }
    }
}

/// A range of numbers that several threads take from, on a cache line of its own: the start in the lower half, the
/// end in the upper one.
#[repr(align(64))]
pub struct Range(AtomicU64);

impl Range {
    fn new(start: usize, end: usize) -> Range {
        Range(AtomicU64::new(start as u64 | (end as u64) << 32))
    }

    fn take_first(&self) -> Option<usize> {
        self.take(|start, end| (start, [start + 1, end]))
    }

    fn take_last(&self) -> Option<usize> {
        self.take(|start, end| (end - 1, [start, end - 1]))
    }

    fn take(&self, cut: impl Fn(u64, u64) -> (u64, [u64; 2])) -> Option<usize> {
        // The numbers alone pass between the threads here, so no order of memory is asked for.
        let mut range = self.0.load(Relaxed);
        loop {
            let (start, end) = (range & u64::from(u32::MAX), range >> 32);
            if start >= end {
                return None;
            }
            let (taken, [start, end]) = cut(start, end);
            match self.0.compare_exchange_weak(range, start | end << 32, Relaxed, Relaxed) {
                Ok(_) => return Some(taken as usize),
                Err(changed) => range = changed,
            }
        }
    }
}

thread_local! {
    /// Whether this thread takes part in a loop, or is a helper.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

static TEAM: Team = Team::new();

/// A loop that helpers may join, on the stack of the thread that leads it.
struct Loop<'a> {
    work: &'a (dyn Fn(Parts<'_>) + Sync),
    ranges: &'a [Range],
    /// What a helper panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// The helpers of all loops.
struct Team {
    /// Whether a loop has the helpers.
    led: AtomicBool,
    /// The loop that helpers may join; null if there is none.
    current: AtomicPtr<Loop<'static>>,
    /// How many loops there have been: a helper joins each at most once.
    loops: AtomicUsize,
    /// The helpers within the current loop, or about to look whether there is one.
    inside: AtomicUsize,
    /// The helpers that sleep or are about to.
    asleep: AtomicUsize,
    /// Whether the leader sleeps, or is about to, until no helper is inside.
    leader_waits: AtomicBool,
    /// The number of helpers; held by whoever is about to sleep, or wakes a sleeper.
    helpers: Mutex<usize>,
    begun: Condvar,
    left: Condvar,
}

impl Team {
    const fn new() -> Team {
        Team {
            led: AtomicBool::new(false),
            current: AtomicPtr::new(ptr::null_mut()),
            loops: AtomicUsize::new(0),
            inside: AtomicUsize::new(0),
            asleep: AtomicUsize::new(0),
            leader_waits: AtomicBool::new(false),
            helpers: Mutex::new(0),
            begun: Condvar::new(),
            left: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.helpers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a loop with helpers; does nothing and returns false if another thread's loop has them.
    fn lead(&'static self, threads: usize, parts: usize, work: &(dyn Fn(Parts<'_>) + Sync)) -> bool {
        let fits = u32::try_from(parts).is_ok();
        if !fits || self.led.compare_exchange(false, true, Acquire, Relaxed).is_err() {
            return false;
        }
        self.start_helpers(threads - 1);
        let ranges: [Range; MOST_THREADS] = std::array::from_fn(|thread| {
            // Those that no thread has are not computed: that would take as long as handing over.
            let [start, end] = if thread < threads { own_range(thread, threads, parts) } else { [0; 2] };
            Range::new(start, end)
        });
        let ranges = &ranges[..threads];
        let shared = Loop { work, ranges, panic: Mutex::new(None) };
        {
            let _open = Open::new(self, &shared);
            work(Parts::Shared { ranges, own: 0 });
        }
        let panic = shared.panic.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(payload) = panic {
            resume_unwind(payload);
        }
        true
    }

    /// Starts helpers until there are `wanted`, or the system refuses.
    fn start_helpers(&'static self, wanted: usize) {
        let mut helpers = self.lock();
        while *helpers < wanted {
            let number = *helpers + 1;
            let name = format!("layercake-{number}");
            if thread::Builder::new().name(name).spawn(move || self.help(number)).is_err() {
                // The leader does what no helper takes.
                break;
            }
            *helpers = number;
        }
    }

    /// A helper's life.
    fn help(&self, number: usize) {
        BUSY.set(true);
        let mut seen = 0;
        loop {
            seen = self.next_loop(seen);
            // In the order of all these operations, a loop that is found here ends after this helper has entered:
            // its leader then waits.
            self.inside.fetch_add(1, SeqCst);
            let current = self.current.load(SeqCst);
            if !current.is_null() {
                // SAFETY: the leader keeps the loop until no helper is inside.
                unsafe { &*current }.join(number);
            }
            if self.inside.fetch_sub(1, SeqCst) == 1 && self.leader_waits.load(SeqCst) {
                drop(self.lock());
                self.left.notify_all();
            }
        }
    }

    /// Waits until there have been other than `seen` loops, and returns how many.
    fn next_loop(&self, seen: usize) -> usize {
        let begun = || self.loops.load(SeqCst) != seen;
        if !patiently(begun) {
            let mut helpers = self.lock();
            self.asleep.fetch_add(1, SeqCst);
            while !begun() {
                helpers = self.begun.wait(helpers).unwrap_or_else(PoisonError::into_inner);
            }
            self.asleep.fetch_sub(1, SeqCst);
        }
        self.loops.load(SeqCst)
    }
}

impl Loop<'_> {
    fn join(&self, number: usize) {
        if number >= self.ranges.len() {
            return;
        }
        let parts = Parts::Shared { ranges: self.ranges, own: number };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| (self.work)(parts))) {
            *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(payload);
        }
    }
}

/// A loop while helpers may join it. When it is dropped, also by a panic, none is inside any more.
struct Open(&'static Team);

impl Open {
    fn new(team: &'static Team, shared: &Loop<'_>) -> Open {
        BUSY.set(true);
        team.current.store(ptr::from_ref(shared).cast::<Loop<'static>>().cast_mut(), SeqCst);
        team.loops.fetch_add(1, SeqCst);
        if team.asleep.load(SeqCst) > 0 {
            drop(team.lock());
            team.begun.notify_all();
        }
        Open(team)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let team = self.0;
        team.current.store(ptr::null_mut(), SeqCst);
        let alone = || team.inside.load(SeqCst) == 0;
        if !patiently(alone) {
            let mut helpers = team.lock();
            team.leader_waits.store(true, SeqCst);
            while !alone() {
                helpers = team.left.wait(helpers).unwrap_or_else(PoisonError::into_inner);
            }
            team.leader_waits.store(false, SeqCst);
        }
        BUSY.set(false);
        team.led.store(false, Release);
    }
}

/// Watches for `condition` without sleep, for a short while. Returns whether it came true.
fn patiently(condition: impl Fn() -> bool) -> bool {
    let mut start = None;
    loop {
        for _ in 0..64 {
            if condition() {
                return true;
            }
            spin_loop();
        }
        if start.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
            return false;
        }
    }
}
