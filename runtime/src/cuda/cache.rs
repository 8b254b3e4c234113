//! Compiled kernels on disk, so that each is compiled once a machine. Each file ends in the hash of what is before it: one
//! that was cut off or changed is made anew.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use super::error::CudaError;

/// The length of a hash.
const HASH: usize = 32;

/// A name for what is made of these texts.
pub(crate) fn key<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The file of this name, which `make` writes if it is not there as a whole, and its content. Processes that make it at the
/// same time do not disturb each other.
pub(crate) fn file(
    name: &str,
    make: impl FnOnce(&Path) -> Result<(), CudaError>,
) -> Result<(PathBuf, Vec<u8>), CudaError> {
    file_in(&folder()?, name, make)
}

fn file_in(
    folder: &Path,
    name: &str,
    make: impl FnOnce(&Path) -> Result<(), CudaError>,
) -> Result<(PathBuf, Vec<u8>), CudaError> {
    let file = folder.join(name);
    if let Some(content) = whole(&file) {
        return Ok((file, content));
    }
    let fail = |error| failure(folder, &error);
    create(folder).map_err(fail)?;
    let own = tempfile::tempdir_in(folder).map_err(fail)?;
    let unfinished = own.path().join(name);
    make(&unfinished)?;
    let content = fs::read(&unfinished).map_err(fail)?;
    fs::write(&unfinished, [&content[..], &Sha256::digest(&content)[..]].concat()).map_err(fail)?;
    fs::rename(&unfinished, &file).map_err(fail)?;
    Ok((file, content))
}

/// Writes what was made.
pub(crate) fn write(file: &Path, image: &[u8]) -> Result<(), CudaError> {
    fs::write(file, image).map_err(|error| failure(file, &error))
}

/// The content of a file that is there as it was written.
fn whole(file: &Path) -> Option<Vec<u8>> {
    let mut content = fs::read(file).ok()?;
    let hash = content.split_off(content.len().checked_sub(HASH)?);
    (Sha256::digest(&content)[..] == hash[..]).then_some(content)
}

fn failure(place: &Path, error: &io::Error) -> CudaError {
    CudaError::Call {
        function: "writing compiled kernels",
        reason: format!(
            "{}: {error}; name a folder that can be written in the environment variable LAYERCAKE_KERNELS",
            place.display()
        ),
    }
}

/// Makes a folder that only its owner may change: what is in it is run.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// `~/.cache/layercake/kernels`, or where the environment variable `LAYERCAKE_KERNELS` says.
fn folder() -> Result<PathBuf, CudaError> {
    if let Some(folder) = std::env::var_os("LAYERCAKE_KERNELS") {
        return Ok(folder.into());
    }
    let base = etcetera::choose_base_strategy();
    let base = base.map_err(|error| failure(Path::new("~/.cache"), &io::Error::other(error)))?;
    Ok(base.cache_dir().join("layercake/kernels"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_cut_off_or_changed_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("kernels");
        let get = |made: &[u8]| file_in(&folder, "image", |file| write(file, made)).unwrap().1;
        assert_eq!(get(b"first"), b"first");
        assert_eq!(get(b"second"), b"first");
        let file = folder.join("image");
        let stored = fs::read(&file).unwrap();
        for damaged in [&stored[..stored.len() - 1], &stored[1..], &[], &[stored.as_slice(), b"x"].concat()] {
            fs::write(&file, damaged).unwrap();
            assert_eq!(get(b"third"), b"third");
            fs::write(&file, &stored).unwrap();
        }
        assert_eq!(get(b"fourth"), b"first");
    }
}
