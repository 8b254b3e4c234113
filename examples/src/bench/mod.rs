//! What the benchmark measures with: medians, peers in other processes, tables in Markdown.

mod compile;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use layercake::cpu::gemm::{Identity, Threads, gemm};
use ndarray::Array2;

pub use compile::compile_times;

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
    let mut time = || {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    };
    (0..repetitions).map(|_| time()).collect()
}

/// Billions of multiplications and additions a second in a product (m, k) by (k, n), in `f32`: the median.
#[must_use]
pub fn gemm_speed(threads: Threads, (m, n, k): (usize, usize, usize)) -> f64 {
    let a = Array2::from_shape_fn((m, k), |(row, column)| ((row * 7 + column) % 13) as f32 - 6.0);
    let b = Array2::from_shape_fn((k, n), |(row, column)| ((row + column * 5) % 11) as f32 - 5.0);
    let mut c = Array2::zeros((m, n));
    let times = seconds(15, || gemm(threads, a.view(), b.view(), false, c.view_mut(), &Identity));
    2.0 * (m * n * k) as f64 / median(&times) / 1e9
}

/// Another framework's program, timed in a process of its own.
#[derive(Clone, Debug)]
pub struct Peer {
    /// As the table says it.
    pub name: &'static str,
    script: &'static str,
    mode: Option<&'static str>,
}

/// What a peer printed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timing {
    /// Seconds of an epoch, the median of its epochs.
    pub epoch: f64,
    /// Seconds of a forward pass of 500 images and of one, if it printed them.
    pub forward: [Option<f64>; 2],
}

impl Timing {
    /// How many times as long each took.
    #[must_use]
    pub fn over(&self, other: &Timing) -> Timing {
        let ratio = |place: usize| Some(self.forward[place]? / other.forward[place]?);
        Timing { epoch: self.epoch / other.epoch, forward: [ratio(0), ratio(1)] }
    }
}

impl Peer {
    /// The peers of a model (`mlp` or `cnn`).
    #[must_use]
    pub fn of(model: &str) -> Vec<Peer> {
        let torch = |name, mode| Peer { name, script: "torch_mnist.py", mode: Some(mode) };
        let mut peers = vec![torch("PyTorch eager", "eager")];
        if model == "cnn" {
            peers.push(torch("PyTorch channels_last", "channels_last"));
        }
        peers.push(torch("PyTorch compile", "compile"));
        peers.push(Peer { name: "JAX jit", script: "jax_mnist.py", mode: None });
        peers
    }

    /// Runs the peer once, for an epoch to warm up and two to be timed.
    ///
    /// # Errors
    /// If it cannot be started, fails, or prints no time: what it wrote on standard error.
    pub fn run(&self, python: &Path, folder: &Path, model: &str) -> Result<Timing, String> {
        let script: PathBuf = folder.join(self.script);
        let output = Command::new(python)
            .arg(&script)
            .args([model, "3"])
            .args(self.mode)
            .output()
            .map_err(|error| format!("{} could not be started: {error}", python.display()))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            let last = errors.lines().last().unwrap_or("it said nothing").to_owned();
            return Err(format!("{} failed: {last}", script.display()));
        }
        timing(&String::from_utf8_lossy(&output.stdout))
            .ok_or_else(|| format!("{} printed no time of an epoch", script.display()))
    }
}

/// Reads `... epoch median 2.94 ...` or several `... epoch 4.03`, and `forward batch 500: median 4700 us ...`.
fn timing(printed: &str) -> Option<Timing> {
    let number = |line: &str, after: &str| {
        line.split_once(after)?.1.split_whitespace().next()?.trim_end_matches(',').parse::<f64>().ok()
    };
    let mut timing = Timing::default();
    let mut epochs = Vec::new();
    for line in printed.lines() {
        if let Some(seconds) = number(line, "epoch median ") {
            timing.epoch = seconds;
        } else if let Some(seconds) = number(line, "epoch ") {
            epochs.push(seconds);
        }
        for (forward, batch) in timing.forward.iter_mut().zip(["batch 500: median ", "batch 1: median "]) {
            *forward = forward.or(number(line, batch).map(|microseconds| microseconds * 1e-6));
        }
    }
    if timing.epoch == 0.0 {
        // The first epoch includes compilation.
        timing.epoch = median(epochs.get(1..).filter(|epochs| !epochs.is_empty())?);
    }
    Some(timing)
}

/// The processor's name, as far as the system tells, and how it is used.
#[must_use]
pub fn machine(threads: usize) -> String {
    let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let name = name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned());
    format!("{name}, {threads} thread(s), kernels for {:?}", layercake::cpu::isa::isa())
}

/// A table in Markdown.
#[derive(Clone, Debug, Default)]
pub struct Table(Vec<Vec<String>>);

impl Table {
    /// A table with these headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        let rule = vec![String::from("---"); headings.len()];
        Table(vec![headings.iter().map(|&heading| heading.to_owned()).collect(), rule])
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        for row in &self.0 {
            writeln!(text, "| {} |", row.join(" | "))?;
        }
        formatter.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_peers_print_is_read() {
        let torch = "mlp eager epoch median 2.94 min 2.9\n  forward batch 500: median 4700 us min 4600\n  \
                     forward batch 1: median 124 us min 120\n";
        let expected = Timing { epoch: 2.94, forward: [Some(4700.0 * 1e-6), Some(124.0 * 1e-6)] };
        assert_eq!(timing(torch), Some(expected));
        let jax = "mlp jax epoch 9.5\nmlp jax epoch 4.1\nmlp jax epoch 4.0\n";
        assert_eq!(timing(jax), Some(Timing { epoch: 4.1, forward: [None, None] }));
        assert_eq!(timing("nothing of use"), None);
        assert_eq!(timing("mlp jax epoch 9.5\n"), None);
    }
}
