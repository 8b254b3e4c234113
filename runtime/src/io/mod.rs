//! Networks' values in files: NumPy's npz, in the order of Lasagne's, and safetensors, by name.
//!
//! ```
//! use layercake::{io, prelude::*};
//!
//! network! { pub struct Mlp < input(4) => dense(8, relu) => dense(3, softmax) > }
//!
//! # let folder = tempfile::tempdir()?;
//! # let (trained, path) = (Mlp::<f32>::new(1), folder.path().join("mlp.npz"));
//! io::save(&trained, &path)?;
//! let mut net = Mlp::<f32>::new(2);
//! io::load(&mut net, &path)?;
//! assert_eq!(net.dense1.w.view(), trained.dense1.w.view());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Saving replaces the file in one step: whoever reads it sees the old file or the new one, and an error leaves
//! the old one. Loading is all or nothing: after an error the network has the values that it had.
//!
//! A training that is to go on another day is saved as a [`checkpoint`].
//!
//! A file can come from anywhere. No file, however corrupt, makes loading panic or allocate much more than the
//! network's values and the file's own list of its arrays take.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::Network;

mod atomic;
pub mod checkpoint;
mod errors;
mod expected;
mod npy;
pub mod npz;
pub mod safetensors;

pub use errors::{ArrayName, LoadError, LoadErrorKind, SaveError, SaveErrorKind, UnknownFormat};

/// Saves the values of all parameters to a file, in the format that its name ends in: `.npz` or `.safetensors`.
///
/// # Errors
/// If the name ends in anything else, or the file cannot be written; a file of that name stays as it was.
pub fn save<N: Network>(net: &N, path: impl AsRef<Path>) -> Result<(), SaveError> {
    let path = path.as_ref();
    match Format::of(path) {
        Ok(Format::Npz) => npz::save(net, path),
        Ok(Format::Safetensors) => safetensors::save(net, path),
        Err(unknown) => Err(SaveError::new(path, unknown.into())),
    }
}

/// Loads the values of all parameters from a file, in the format that its name ends in: `.npz` or `.safetensors`.
///
/// # Errors
/// If the name ends in anything else, the file cannot be read, or its arrays are not the network's: others, or of
/// another shape or element type. The network then keeps its values.
pub fn load<N: Network>(net: &mut N, path: impl AsRef<Path>) -> Result<(), LoadError> {
    let path = path.as_ref();
    match Format::of(path) {
        Ok(Format::Npz) => npz::load(net, path),
        Ok(Format::Safetensors) => safetensors::load(net, path),
        Err(unknown) => Err(LoadError::new(path, unknown.into())),
    }
}

/// The formats of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// See [`npz`].
    Npz,
    /// See [`safetensors`].
    Safetensors,
}

impl Format {
    /// The format that a file's name ends in, in capitals or not.
    ///
    /// # Errors
    /// If it ends in anything but `.npz` and `.safetensors`.
    pub fn of(path: &Path) -> Result<Self, UnknownFormat> {
        let extension = path.extension().unwrap_or(OsStr::new(""));
        if extension.eq_ignore_ascii_case("npz") {
            Ok(Format::Npz)
        } else if extension.eq_ignore_ascii_case("safetensors") {
            Ok(Format::Safetensors)
        } else {
            Err(UnknownFormat { extension: extension.to_string_lossy().into_owned() })
        }
    }
}

/// A file to read, which has content.
fn open(path: &Path) -> Result<BufReader<File>, LoadErrorKind> {
    // Of a folder some systems tell this, some that permission is missing.
    if path.is_dir() {
        return Err(LoadErrorKind::Folder);
    }
    let mut file = File::open(path).map(BufReader::new).map_err(LoadErrorKind::Io)?;
    if file.fill_buf().map_err(LoadErrorKind::Io)?.is_empty() {
        return Err(LoadErrorKind::Empty);
    }
    Ok(file)
}
