//! Compiled kernels on disk, so that each is compiled once a machine.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use super::error::CudaError;

/// A name for what is made of these texts.
pub(crate) fn key<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The file of this name, which `make` writes if it is not there. Processes that make it at the same time do not
/// disturb each other.
pub(crate) fn file(
    name: &str,
    make: impl FnOnce(&Path) -> Result<(), CudaError>,
) -> Result<PathBuf, CudaError> {
    let folder = folder();
    let file = folder.join(name);
    if file.is_file() {
        return Ok(file);
    }
    let fail = |error: std::io::Error| CudaError::Call {
        function: "writing compiled kernels",
        reason: format!(
            "{}: {error}; name a folder that can be written in the environment variable LAYERCAKE_KERNELS",
            folder.display()
        ),
    };
    std::fs::create_dir_all(&folder).map_err(fail)?;
    let own = tempfile::tempdir_in(&folder).map_err(fail)?;
    let unfinished = own.path().join(name);
    make(&unfinished)?;
    std::fs::rename(&unfinished, &file).map_err(fail)?;
    Ok(file)
}

/// Writes what was made.
pub(crate) fn write(file: &Path, image: &[u8]) -> Result<(), CudaError> {
    std::fs::write(file, image).map_err(|error| CudaError::Call {
        function: "writing compiled kernels",
        reason: format!("{}: {error}", file.display()),
    })
}

/// `~/.cache/layercake/kernels`, or where the environment variable `LAYERCAKE_KERNELS` says.
fn folder() -> PathBuf {
    match std::env::var_os("LAYERCAKE_KERNELS") {
        Some(folder) => folder.into(),
        None => etcetera::choose_base_strategy()
            .map_or_else(|_| std::env::temp_dir(), |base| base.cache_dir())
            .join("layercake/kernels"),
    }
}
