//! Times of calls, and their medians.

use std::time::{Duration, Instant};

/// The middle of the values; of an even number the upper of the two.
///
/// # Panics
/// Panics if there are none.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Seconds that each of `repetitions` calls takes.
pub fn seconds(repetitions: usize, mut call: impl FnMut()) -> Vec<f64> {
    (0..repetitions).map(|_| time(&mut call)).collect()
}

/// The least time of calls that are repeated for `seconds`, at least once; `prepare` comes before each and does not
/// count. Of short calls the least is what the machine needs when nothing else does.
pub fn least_time<S>(seconds: f64, state: &mut S, prepare: impl Fn(&mut S), call: impl Fn(&mut S)) -> f64 {
    let (start, limit) = (Instant::now(), Duration::from_secs_f64(seconds));
    let mut least = f64::INFINITY;
    while least.is_infinite() || start.elapsed() < limit {
        prepare(state);
        least = least.min(time(|| call(state)));
    }
    least
}

fn time(call: impl FnOnce()) -> f64 {
    let start = Instant::now();
    call();
    start.elapsed().as_secs_f64()
}

/// A time as a table shows it.
#[must_use]
pub fn time_text(seconds: f64) -> String {
    match seconds {
        1.0.. => format!("{seconds:.2} s"),
        0.01.. => format!("{:.1} ms", 1e3 * seconds),
        0.001.. => format!("{:.2} ms", 1e3 * seconds),
        _ => format!("{:.0} us", 1e6 * seconds),
    }
}
