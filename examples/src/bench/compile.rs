//! How long a network takes to compile.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use super::Table;

/// Seconds that `cargo build --release` takes for a program with a network of so many layers, the library itself
/// being built: a table over the numbers of layers.
///
/// # Errors
/// If cargo cannot be started or fails, or the temporary folder cannot be written to.
pub fn compile_times(layers: &[usize]) -> Result<Table, Box<dyn Error + Send + Sync>> {
    let folder = tempfile::tempdir()?;
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::create_dir(folder.path().join("src"))?;
    fs::copy(workspace.join("Cargo.lock"), folder.path().join("Cargo.lock"))?;
    let runtime = workspace.join("runtime").canonicalize()?;
    fs::write(folder.path().join("Cargo.toml"), manifest(&runtime))?;
    build(folder.path(), 1)?;
    let mut table = Table::new(&["layers", "cargo build --release of the program"]);
    for &layers in layers {
        let start = Instant::now();
        build(folder.path(), layers)?;
        table.row([layers.to_string(), format!("{:.1} s", start.elapsed().as_secs_f64())]);
    }
    Ok(table)
}

fn manifest(runtime: &Path) -> String {
    format!(
        "[package]\nname = \"deep\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nlayercake = {{ path = {:?} }}\n",
        runtime.display()
    )
}

/// A network in training, so that both of its passes are compiled.
fn program(layers: usize) -> String {
    format!(
        "use layercake::prelude::*;\n\n\
         network! {{ struct Deep < input(64) => repeat({layers}) {{ dense(64, relu) }} => dense(10, softmax) > }}\n\n\
         fn main() {{\n    \
         let mut net = Deep::<f32>::new(1);\n    \
         let mut training = net.training(1);\n    \
         net.backward(&mut training);\n    \
         println!(\"{{}}\", net.count_parameters());\n\
         }}\n"
    )
}

fn build(folder: &Path, layers: usize) -> Result<(), Box<dyn Error + Send + Sync>> {
    fs::write(folder.join("src/main.rs"), program(layers))?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--offline", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(())
}
