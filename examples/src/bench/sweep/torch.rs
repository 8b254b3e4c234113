//! PyTorch, in a process of its own that times a layer for each line it is sent.

use std::path::Path;

use super::{Case, Times};
use crate::bench::python::Script;

/// What runs in the process: a line of JSON for a line with two times.
const SCRIPT: &str = include_str!("sweep.py");

/// The process.
pub struct Torch(Script);

impl Torch {
    /// Starts a Python, which must have PyTorch, with so many threads.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(python: &Path, threads: usize) -> Result<Self, String> {
        Script::start(python, SCRIPT, &[&threads.to_string()]).map(Torch)
    }

    /// Times a case, each pass for this long.
    ///
    /// # Errors
    /// If the process ends or answers with anything but two times; it says why on standard error.
    pub fn time(&mut self, case: &Case, seconds: f64) -> Result<Times<f64>, String> {
        let mut question = case.peer.clone();
        question["seconds"] = seconds.into();
        let answer = self.0.ask(&question)?;
        times(&answer).ok_or_else(|| format!("PyTorch gave no times of {question}: it said {answer:?}"))
    }
}

/// Reads `0.0012 0.0034`.
fn times(answer: &str) -> Option<Times<f64>> {
    let (forward, step) = answer.trim().split_once(' ')?;
    Some(Times { forward: forward.parse().ok()?, step: step.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        assert_eq!(times("0.0012 3.5e-05\n"), Some(Times { forward: 0.0012, step: 3.5e-5 }));
        for bad in ["", "0.1\n", "0.1 fast\n"] {
            assert_eq!(times(bad), None);
        }
    }

    #[test]
    fn a_python_that_is_not_there_is_named() {
        let error = Torch::start(Path::new("/no/such/python"), 1).err().unwrap();
        assert!(error.starts_with("/no/such/python could not be started"), "{error}");
    }
}
