//! The MNIST networks in other frameworks, in processes of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use layercake::Precision;

use super::timing::median;

/// Another framework's program, timed in a process of its own.
#[derive(Clone, Debug)]
pub struct Peer {
    /// As the table says it.
    pub name: &'static str,
    /// What its products are computed in.
    pub precision: Precision,
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
        let peer = |name, precision, script, mode| Peer { name, precision, script, mode };
        let torch = |name, mode| peer(name, Precision::F32, "torch_mnist.py", Some(mode));
        let torch_bf16 = |name, mode| peer(name, Precision::Bf16, "torch_mnist.py", Some(mode));
        let mut peers = vec![torch("PyTorch eager", "eager"), torch("PyTorch compile", "compile")];
        if model == "cnn" {
            peers.push(torch("PyTorch channels_last", "channels_last"));
            peers.push(torch_bf16("PyTorch channels_last bf16", "channels_last_bf16"));
        } else {
            peers.push(torch_bf16("PyTorch bf16", "bf16"));
        }
        peers.push(peer("JAX jit", Precision::F32, "jax_mnist.py", None));
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
