//! A Python script in a process of its own, which answers a line for each line that it is sent.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The process. It ends when this is dropped.
pub struct Script {
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Script {
    /// Starts a Python with the text of a script.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(python: &Path, text: &str, arguments: &[&str]) -> Result<Self, String> {
        let mut process = Command::new(python)
            .args(["-c", text])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} could not be started: {error}", python.display()))?;
        let (to, from) = (process.stdin.take(), process.stdout.take());
        let from = BufReader::new(from.expect("its output is piped"));
        Ok(Script { process, to, from })
    }

    /// Sends a line; returns the answer.
    ///
    /// # Errors
    /// If the process has ended; it says why on standard error.
    pub fn ask(&mut self, question: &impl Display) -> Result<String, String> {
        let mut answer = String::new();
        let to = self.to.as_mut().expect("open until it is dropped");
        writeln!(to, "{question}")
            .and_then(|()| to.flush())
            .and_then(|()| self.from.read_line(&mut answer))
            .map_err(|error| format!("PyTorch does not answer: {error}"))?;
        Ok(answer)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // Without input it ends by itself.
        self.to = None;
        let _ = self.process.wait();
    }
}
