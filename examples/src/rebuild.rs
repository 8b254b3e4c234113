//! Running a program again with another network in it.

use std::error::Error;
use std::process::Command;
use std::{env, process};

use crate::custom_mlp::{Specification, VARIABLE};

/// Builds this program anew with the network of `specification` and runs it with the same arguments.
///
/// # Errors
/// If cargo cannot be started, or has built another network than asked for.
pub fn and_run(specification: &Specification) -> Result<(), Box<dyn Error + Send + Sync>> {
    if env::var(VARIABLE).is_ok_and(|built| built == specification.to_string()) {
        return Err(format!("the build with {VARIABLE}={specification} did not take effect").into());
    }
    eprintln!("A network is part of the program: rebuilding with custom_mlp:{specification}.");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    command.args(["run", "--quiet", "--bin", "mnist"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    if cfg!(feature = "cuda") {
        command.args(["--features", "cuda"]);
    }
    let status = command
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .arg("--")
        .args(env::args_os().skip(1))
        .env(VARIABLE, specification.to_string())
        .status()
        .map_err(|error| {
            format!(
                "{} could not be started to rebuild with custom_mlp:{specification}: {error}",
                cargo.to_string_lossy()
            )
        })?;
    process::exit(status.code().unwrap_or(1));
}
