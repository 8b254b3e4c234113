//! What can go wrong between a network and a file.

use std::fmt::{self, Display};
use std::io;
use std::path::Path;

use thiserror::Error;

use crate::{DeviceError, ValuesError};

/// How many names a message lists before it counts the rest.
const LISTED: usize = 5;

/// A network that could not be saved: the file's name, and why.
#[derive(Debug, Error)]
#[error("{file}: {kind}")]
pub struct SaveError {
    /// The file, as it was named by the caller.
    pub file: String,
    /// What went wrong.
    pub kind: SaveErrorKind,
}

impl SaveError {
    pub(super) fn new(path: &Path, kind: SaveErrorKind) -> Self {
        SaveError { file: path.display().to_string(), kind }
    }
}

/// Why a network could not be saved.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SaveErrorKind {
    /// The name ends in no known format.
    #[error(transparent)]
    UnknownFormat(#[from] UnknownFormat),
    /// The file could not be written.
    #[error("cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// A file whose values could not be loaded: its name, and what is wrong.
#[derive(Debug, Error)]
#[error("{file}: {kind}")]
pub struct LoadError {
    /// The file, as it was named by the caller.
    pub file: String,
    /// What is wrong.
    pub kind: LoadErrorKind,
}

impl LoadError {
    pub(super) fn new(path: &Path, kind: LoadErrorKind) -> Self {
        LoadError { file: path.display().to_string(), kind }
    }
}

/// What can be wrong with a file of values.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadErrorKind {
    /// The name ends in no known format.
    #[error(transparent)]
    UnknownFormat(#[from] UnknownFormat),
    /// The file could not be opened or read.
    #[error("cannot be read: {0}")]
    Io(#[source] io::Error),
    /// There is a folder of that name.
    #[error("is a folder, and must be a file: name one within it")]
    Folder,
    /// The file has no content.
    #[error("is empty: fetch or save it again")]
    Empty,
    /// The network's device cannot take the values.
    #[error("its values did not reach the network: {0}")]
    Device(#[from] DeviceError),
    /// The file is not of its format.
    #[error(
        "not a whole {format} file: {reason}; it is of another kind, was cut off or is corrupt: fetch or save it \
         again"
    )]
    Corrupt {
        /// The format.
        format: &'static str,
        /// What shows it.
        reason: String,
    },
    /// One array within the file is broken.
    #[error("the array {name} is corrupt: {reason}; fetch or save the file again")]
    CorruptArray {
        /// The array.
        name: ArrayName,
        /// What shows it.
        reason: String,
    },
    /// Parameters have no array.
    #[error(
        "holds no array {}; its arrays are {}, and {expected} are expected: it was saved from another network, or \
         the network's text has changed since",
        List(missing),
        Quoted(found)
    )]
    MissingArrays {
        /// The arrays that are missing.
        missing: Vec<ArrayName>,
        /// The names of those in the file.
        found: Vec<String>,
        /// The number of arrays that a file must have.
        expected: usize,
    },
    /// Arrays have no parameter.
    #[error(
        "holds arrays that are no parameter's: {}; {expected} are expected: it was saved from another network, or \
         the network's text has changed since",
        Quoted(extra)
    )]
    ExtraArrays {
        /// The names of the arrays that are too many.
        extra: Vec<String>,
        /// The number of arrays that a file must have.
        expected: usize,
    },
    /// The file holds more than a network: a training.
    #[error(
        "is the checkpoint of a training, with what its update remembers; load it by `Trainer::load` or \
         `io::checkpoint::load`, into the same rule of update"
    )]
    Checkpoint,
    /// An array has elements of another type.
    #[error(
        "the array {name} has elements of dtype {found}, and the network of {expected}; {}",
        dtype_hint(found, expected)
    )]
    WrongDtype {
        /// The array.
        name: ArrayName,
        /// The type in the file.
        found: String,
        /// The network's element type.
        expected: &'static str,
    },
    /// An array has other axes.
    #[error(
        "the array {name} has shape {found:?}, and the parameter {expected:?}; the file was saved from another \
         network, or the network's text has changed since"
    )]
    WrongShape {
        /// The array.
        name: ArrayName,
        /// The shape in the file.
        found: Vec<usize>,
        /// The parameter's shape.
        expected: Vec<usize>,
    },
    /// The file does not say where a training was.
    #[error(
        "holds no training to go on from: {reason}; take a file that `Trainer::save` wrote, or load the network alone, \
         with `io::load`"
    )]
    NoTraining {
        /// What shows it.
        reason: String,
    },
    /// The file has the memory of another rule.
    #[error(
        "holds of each value {}, and the rule of this update remembers {}; go on with the rule that it was saved with",
        Quoted(found),
        Quoted(expected)
    )]
    OtherRule {
        /// The names of what the file has of each value.
        found: Vec<String>,
        /// The names of what the rule remembers.
        expected: Vec<String>,
    },
    /// The network did not take the values.
    #[error(transparent)]
    Values(#[from] ValuesError),
}

impl LoadErrorKind {
    /// An error on the way to the file as it is, one about the content as `corrupt` says it.
    pub(super) fn of_read(error: io::Error, corrupt: impl FnOnce(String) -> Self) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                corrupt(error.to_string())
            }
            _ => LoadErrorKind::Io(error),
        }
    }
}

/// A file name that ends in no known format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "the name {}; use one that ends in .npz or .safetensors",
    if extension.is_empty() {
        "has no extension that says the format".to_owned()
    } else {
        format!("ends in .{extension}, which is no format that is known")
    }
)]
pub struct UnknownFormat {
    /// What the name ends in after its last dot, empty if it has none.
    pub extension: String,
}

/// The array of one parameter: `arr_2.npy` (the parameter `dense2.w`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrayName {
    /// Its name in the file.
    pub array: String,
    /// The name of its parameter.
    pub parameter: String,
}

impl Display for ArrayName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ArrayName { array, parameter } = self;
        if array == parameter {
            write!(formatter, "`{array}`")
        } else {
            write!(formatter, "`{array}` (the parameter `{parameter}`)")
        }
    }
}

fn dtype_hint(found: &str, expected: &str) -> String {
    // NumPy does not know `f32`.
    let expected = expected.replace('f', "float");
    match found {
        "object" => {
            "it was saved from a list: give NumPy the arrays one by one, np.savez(file, *values)".to_owned()
        }
        "f32" | "f64" => format!(
            "convert it, with NumPy by `array.astype(\"{expected}\")`, or load it into a network of {found}",
        ),
        _ => format!("convert it, with NumPy by `array.astype(\"{expected}\")`"),
    }
}

/// Names with commas, the first few of many.
struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().take(LISTED).enumerate() {
            write!(formatter, "{}{name}", if i > 0 { ", " } else { "" })?;
        }
        match self.0.len().saturating_sub(LISTED) {
            0 if self.0.is_empty() => formatter.write_str("none"),
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}

/// Names from a file, quoted: they may be anything.
struct Quoted<'a>(&'a [String]);

impl Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<_> = self.0.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
        List(&quoted).fmt(formatter)
    }
}
