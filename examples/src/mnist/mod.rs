//! MNIST: 70,000 handwritten digits (LeCun et al., "Gradient-based learning applied to document recognition",
//! 1998), divided and scaled as in Lasagne's tutorial.

mod fetch;
mod files;

use std::fmt;
use std::path::{Path, PathBuf};

use layercake::data::idx::IdxError;
use ndarray::{Array1, Array4, ArrayView3, Axis, s};
use thiserror::Error;

use crate::{digits, progress};
use fetch::Fetcher;
use files::Files;

/// This many of the training images, the last ones, are kept for validation.
pub const VALIDATION: usize = 10_000;

/// How many images a generated set has for training (and validation), as MNIST has.
const GENERATED_TRAIN: u64 = 60_000;

/// How many images a generated set has for the test, as MNIST has.
const GENERATED_TEST: u64 = 10_000;

/// Why a folder given by the user cannot be taken for MNIST.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The folder is not there.
    #[error("{}: no such folder; give the folder that holds MNIST's four IDX files", .0.display())]
    NoFolder(PathBuf),
    /// One of the four files is not there.
    #[error(
        "{}: holds neither {name} nor {name}.gz; all four of MNIST's IDX files must be there (or give no folder: they \
         are then downloaded)",
        folder.display()
    )]
    MissingFile {
        /// Where it was looked for.
        folder: PathBuf,
        /// Its usual name.
        name: &'static str,
    },
    /// A file is broken, or is something else.
    #[error(transparent)]
    Idx(#[from] IdxError),
    /// Images and labels do not belong together.
    #[error("{name}: {labels} labels for {images} images; take both files from the same data set")]
    CountMismatch {
        /// The file of labels.
        name: String,
        /// How many labels it has.
        labels: usize,
        /// How many images there are.
        images: usize,
    },
    /// The images are not MNIST's size.
    #[error(
        "{name}: images of {rows} x {columns} pixels, but 28 x 28 were expected; check that it is the right file"
    )]
    ImageSize {
        /// The file of images.
        name: String,
        /// Its images' height.
        rows: usize,
        /// Its images' width.
        columns: usize,
    },
    /// A label is no digit.
    #[error(
        "{name}: label {place} is {label}, but labels from 0 to 9 were expected; check that it is the right file"
    )]
    Label {
        /// The file of labels.
        name: String,
        /// Which label it is, from 0.
        place: usize,
        /// What it is.
        label: u8,
    },
    /// There are not enough images.
    #[error(
        "{name}: {found} images, but at least {needed} were expected (the last 10,000 for training validate)"
    )]
    TooFew {
        /// The file of images.
        name: String,
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: usize,
    },
}

/// Where a data set came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The folder that the user gave.
    Folder(PathBuf),
    /// The public mirrors, or the cache of what they gave before.
    Mirrors,
    /// A program: these are not MNIST's digits.
    Generated,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "the files in {}", path.display()),
            Self::Mirrors => f.write_str("MNIST"),
            Self::Generated => f.write_str("generated digits (not MNIST)"),
        }
    }
}

/// The data set: images (examples, channel, rows, columns) with pixels from 0 (paper) to 255/256 (ink), and
/// labels (examples) from 0 to 9.
#[derive(Debug, Clone)]
pub struct Mnist {
    /// Images to train on: (50000, 1, 28, 28).
    pub x_train: Array4<f32>,
    /// Their labels.
    pub t_train: Array1<u8>,
    /// Images to validate on: (10000, 1, 28, 28), the last ones of MNIST's training set.
    pub x_valid: Array4<f32>,
    /// Their labels.
    pub t_valid: Array1<u8>,
    /// Images for the final test: (10000, 1, 28, 28).
    pub x_test: Array4<f32>,
    /// Their labels.
    pub t_test: Array1<u8>,
    /// Where all this came from.
    pub source: Source,
}

impl Mnist {
    /// Loads MNIST from `folder`, or, if none is given, from the cache (`~/.cache/layercake/mnist` on Unix) or
    /// the public mirrors. If these cannot be reached either, digits are generated from `seed` in its place, and
    /// standard error says so.
    ///
    /// The folder must hold the four IDX files under their usual names, plain or gzip-compressed. They may be those
    /// of a variant such as Fashion-MNIST, with at least 10,001 images for training.
    ///
    /// # Errors
    ///
    /// If `folder` is given, and it lacks a file, or one is corrupt or does not fit.
    pub fn load(folder: Option<&Path>, seed: u64) -> Result<Self, DataError> {
        if let Some(folder) = folder {
            return Ok(Self::divide(Files::in_folder(folder)?, Source::Folder(folder.to_owned())));
        }
        match Fetcher::new().fetch() {
            Ok(files) => Ok(Self::divide(files, Source::Mirrors)),
            Err(error) => {
                eprintln!(
                    "MNIST could not be downloaded: {error}\n\
                     Training on GENERATED digits instead. They look like handwriting, but accuracies on them are not \
                     accuracies on MNIST.\n\
                     For the real ones, put its four IDX files into a folder, and name that with --data-dir or in \
                     MNIST_DIR."
                );
                Ok(Self::generate(seed))
            }
        }
    }

    /// A set of generated digits, as large as MNIST.
    #[must_use]
    pub fn generate(seed: u64) -> Self {
        let bar = progress::counting(GENERATED_TRAIN + GENERATED_TEST, "drawing digits");
        let train = digits::draw(seed, 0..GENERATED_TRAIN, &bar);
        let test = digits::draw(seed, GENERATED_TRAIN..GENERATED_TRAIN + GENERATED_TEST, &bar);
        bar.finish_and_clear();
        Self::divide(Files { train, test }, Source::Generated)
    }

    /// Sets the images for validation apart, and scales all pixels.
    fn divide(Files { train, test }: Files, source: Source) -> Self {
        let count = train.labels.len() - VALIDATION;
        Self {
            x_train: scaled(train.images.slice(s![..count, .., ..])),
            t_train: train.labels.slice(s![..count]).to_owned(),
            x_valid: scaled(train.images.slice(s![count.., .., ..])),
            t_valid: train.labels.slice(s![count..]).to_owned(),
            x_test: scaled(test.images.view()),
            t_test: test.labels,
            source,
        }
    }
}

/// Bytes (examples, rows, columns) as fractions of 256 (examples, 1, rows, columns), as in Lasagne's tutorial.
fn scaled(images: ArrayView3<u8>) -> Array4<f32> {
    images.mapv(|pixel| f32::from(pixel) / 256.0).insert_axis(Axis(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The real files, if this machine has them.
    fn real_folder() -> Option<PathBuf> {
        let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/mnist");
        std::env::var_os("MNIST_DIR").map(PathBuf::from).or_else(|| usual.is_dir().then_some(usual))
    }

    #[test]
    fn the_real_files() {
        let Some(folder) = real_folder() else {
            println!("skipped: MNIST_DIR is not set");
            return;
        };
        let mnist = Mnist::load(Some(&folder), 0).unwrap();
        assert_eq!(mnist.source, Source::Folder(folder));
        assert_eq!(mnist.x_train.dim(), (50_000, 1, 28, 28));
        assert_eq!(mnist.x_valid.dim(), (10_000, 1, 28, 28));
        assert_eq!(mnist.x_test.dim(), (10_000, 1, 28, 28));
        // The sets begin and end as Lasagne's do.
        assert_eq!(mnist.t_train.slice(s![..5]).to_vec(), [5, 0, 4, 1, 9]);
        assert_eq!(mnist.t_valid.slice(s![..3]).to_vec(), [3, 8, 6]);
        assert_eq!(mnist.t_valid[9_999], 8);
        assert_eq!(mnist.t_test.slice(s![..5]).to_vec(), [7, 2, 1, 0, 4]);
        assert!(mnist.x_train.iter().all(|pixel| (0.0..=255.0 / 256.0).contains(pixel)));
        // The mean pixel is known to be 0.1307 of 255.
        let pixels = mnist.x_train.iter().chain(&mnist.x_valid);
        let mean = pixels.map(|&pixel| f64::from(pixel)).sum::<f64>() / (60_000.0 * 784.0);
        assert!((mean - 0.1307 * 255.0 / 256.0).abs() < 1e-4, "{mean}");
    }

    #[test]
    fn a_folder_that_will_not_do_is_an_error_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let error = Mnist::load(Some(folder.path()), 0).unwrap_err();
        assert!(matches!(error, DataError::MissingFile { .. }), "{error}");
    }

    #[test]
    fn generated_sets_have_the_real_ones_shape() {
        let mnist = Mnist::generate(1);
        assert_eq!(mnist.x_train.dim(), (50_000, 1, 28, 28));
        assert_eq!(mnist.x_valid.dim(), (10_000, 1, 28, 28));
        assert_eq!(mnist.x_test.dim(), (10_000, 1, 28, 28));
        assert_eq!([mnist.t_train.len(), mnist.t_valid.len(), mnist.t_test.len()], [50_000, 10_000, 10_000]);
        assert!(mnist.x_test.iter().all(|pixel| (0.0..1.0).contains(pixel)));
        assert_ne!(mnist.x_valid, mnist.x_test);
    }
}
