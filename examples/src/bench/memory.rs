//! Peak resident memory of a training process.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use layercake::prelude::*;
use ndarray::{Array1, Array4};

use super::table::Table;
use crate::models::Mlp;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// The same training in PyTorch; prints its peak in bytes.
const TORCH: &str = include_str!("memory.py");

/// Steps of training, all on one minibatch: there is no data set beside it.
const STEPS: usize = 20;
const BATCH: usize = 500;

/// Peak resident memory of training the MLP, of a process of layercake and one of PyTorch each, if a Python is given:
/// with all of the program and its libraries, without a data set.
///
/// # Errors
/// If a process fails.
pub fn memory(threads: usize, python: Option<&Path>) -> Result<Table> {
    let mut table = Table::new(&["training of the mlp, batch 500", "peak resident memory"]);
    let threads = threads.to_string();
    let ours = peak(Command::new(std::env::current_exe()?).args(["--peak-memory", "--threads", &threads]))?;
    table.row([String::from("layercake"), text(ours)]);
    if let Some(python) = python {
        let torch = peak(Command::new(python).args(["-c", TORCH, &threads]))?;
        table.row([String::from("PyTorch"), text(torch)]);
        table.row([String::from("times as much"), format!("{:.1}", torch / ours)]);
    }
    Ok(table)
}

fn text(bytes: f64) -> String {
    format!("{:.0} MB", bytes / 1e6)
}

/// The number that a process prints.
fn peak(command: &mut Command) -> Result<f64> {
    let output = command.output().map_err(|error| format!("{command:?} could not be started: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    printed.trim().parse().map_err(|_| {
        let errors = String::from_utf8_lossy(&output.stderr);
        format!("the process that trains printed {printed:?} in place of its memory: {errors}").into()
    })
}

/// What the process of layercake does: trains, and returns its peak in bytes.
///
/// # Errors
/// If training fails, or the system does not tell the peak (Linux does).
pub fn train() -> Result<f64> {
    let images = Array4::from_shape_fn((BATCH, 1, 28, 28), |(image, _, row, column)| {
        ((image * 31 + row * 7 + column) % 256) as f32 / 256.0
    });
    let digits = Array1::from_shape_fn(BATCH, |image| (image % 10) as u8);
    let mut trainer = Trainer::new(Mlp::new(1), CategoricalCrossentropy, nesterov_momentum(0.01, 0.9));
    for _ in 0..STEPS {
        trainer.step(&images, &digits)?;
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    let kilobytes: f64 = peak.ok_or("the system tells no peak of resident memory")?.trim().parse()?;
    Ok(1024.0 * kilobytes)
}
