//! MNIST's four files, and what must be true of them.

use std::path::{Path, PathBuf};

use layercake::data::idx;

use super::{DataError, VALIDATION};
use crate::digits::{Digits, SIZE};

/// Names of the files, as they were first published: images and labels for training, images and labels for the
/// test.
pub(super) const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// The files' content, checked: at least one more training image than is kept for validation, a test image, 28 x 28
/// pixels, a label from 0 to 9 for each.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) train: Digits,
    pub(super) test: Digits,
}

impl Files {
    /// Reads and checks the files in a folder that the user gave.
    pub(super) fn in_folder(folder: &Path) -> Result<Self, DataError> {
        if !folder.is_dir() {
            return Err(DataError::NoFolder(folder.to_owned()));
        }
        // All four are looked for before any is read: a missing one is told at once.
        let [train_images, train_labels, test_images, test_labels] = NAMES.map(|name| find(folder, name));
        let (train, test) = ((train_images?, train_labels?), (test_images?, test_labels?));
        let read = |(images, labels): (PathBuf, PathBuf), needed| {
            let digits = Digits { images: idx::read(&images)?, labels: idx::read(&labels)? };
            check(digits, &images.display().to_string(), &labels.display().to_string(), needed)
        };
        Ok(Self { train: read(train, VALIDATION + 1)?, test: read(test, 1)? })
    }

    /// Takes the files from memory, in the order of [`NAMES`], decompressed.
    pub(super) fn in_memory(
        [train_images, train_labels, test_images, test_labels]: [&[u8]; 4],
    ) -> Result<Self, DataError> {
        let train = Digits {
            images: idx::from_reader(NAMES[0], train_images)?,
            labels: idx::from_reader(NAMES[1], train_labels)?,
        };
        let test = Digits {
            images: idx::from_reader(NAMES[2], test_images)?,
            labels: idx::from_reader(NAMES[3], test_labels)?,
        };
        Ok(Self {
            train: check(train, NAMES[0], NAMES[1], VALIDATION + 1)?,
            test: check(test, NAMES[2], NAMES[3], 1)?,
        })
    }
}

/// The file under its usual name or with a dot in place of its second hyphen (as some archives unpack it), plain or
/// compressed.
fn find(folder: &Path, name: &'static str) -> Result<PathBuf, DataError> {
    let dotted = name.replace("-idx", ".idx");
    [name.to_owned(), format!("{name}.gz"), dotted.clone(), format!("{dotted}.gz")]
        .into_iter()
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| DataError::MissingFile { folder: folder.to_owned(), name })
}

fn check(digits: Digits, images_name: &str, labels_name: &str, needed: usize) -> Result<Digits, DataError> {
    let (images, rows, columns) = digits.images.dim();
    if (rows, columns) != (SIZE, SIZE) {
        return Err(DataError::ImageSize { name: images_name.to_owned(), rows, columns });
    }
    let labels = digits.labels.len();
    if labels != images {
        return Err(DataError::CountMismatch { name: labels_name.to_owned(), labels, images });
    }
    if images < needed {
        return Err(DataError::TooFew { name: images_name.to_owned(), found: images, needed });
    }
    if let Some((place, &label)) = digits.labels.iter().enumerate().find(|&(_, &label)| label > 9) {
        return Err(DataError::Label { name: labels_name.to_owned(), place, label });
    }
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// An IDX file of bytes.
    fn idx_file(shape: &[u32], fill: u8) -> Vec<u8> {
        let mut file = vec![0, 0, 8, shape.len() as u8];
        shape.iter().for_each(|length| file.extend(length.to_be_bytes()));
        file.resize(file.len() + shape.iter().product::<u32>() as usize, fill);
        file
    }

    /// The smallest folder that will do.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let count = VALIDATION as u32 + 1;
        let contents = [
            idx_file(&[count, 28, 28], 1),
            idx_file(&[count], 2),
            idx_file(&[2, 28, 28], 3),
            idx_file(&[2], 4),
        ];
        for (name, content) in NAMES.iter().zip(contents) {
            fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    fn error_after(change: impl FnOnce(&Path)) -> DataError {
        let folder = folder();
        change(folder.path());
        let error = Files::in_folder(folder.path()).unwrap_err();
        assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
        error
    }

    #[test]
    fn every_usual_name() {
        let folder = folder();
        let rename =
            |from: &str, to: &str| fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
        rename(NAMES[0], "train-images.idx3-ubyte");
        rename(NAMES[2], "t10k-images-idx3-ubyte.gz");
        rename(NAMES[3], "t10k-labels.idx1-ubyte.gz");
        let files = Files::in_folder(folder.path()).unwrap();
        assert_eq!(files.train.images.dim(), (VALIDATION + 1, 28, 28));
        assert_eq!(files.test.labels, ndarray::array![4, 4]);
    }

    #[test]
    fn a_folder_or_file_is_missing() {
        let error = Files::in_folder(Path::new("no/such/folder")).unwrap_err();
        assert!(matches!(error, DataError::NoFolder(_)), "{error}");
        for name in NAMES {
            let error = error_after(|folder| fs::remove_file(folder.join(name)).unwrap());
            assert!(
                matches!(error, DataError::MissingFile { name: missing, .. } if missing == name),
                "{error}"
            );
        }
    }

    #[test]
    fn a_file_is_corrupt() {
        for name in NAMES {
            let error = error_after(|folder| {
                let whole = fs::read(folder.join(name)).unwrap();
                fs::write(folder.join(name), &whole[..whole.len() - 1]).unwrap();
            });
            assert!(matches!(error, DataError::Idx(_)) && error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn files_do_not_fit() {
        let write = |name: &'static str, content: Vec<u8>| {
            error_after(move |folder| fs::write(folder.join(name), content).unwrap())
        };
        let error = write(NAMES[3], idx_file(&[3], 0));
        assert!(matches!(error, DataError::CountMismatch { labels: 3, images: 2, .. }), "{error}");
        let error = write(NAMES[2], idx_file(&[2, 28, 27], 0));
        assert!(matches!(error, DataError::ImageSize { rows: 28, columns: 27, .. }), "{error}");
        let error = write(NAMES[3], idx_file(&[2], 10));
        assert!(matches!(error, DataError::Label { place: 0, label: 10, .. }), "{error}");
        let error = error_after(|folder| {
            fs::write(folder.join(NAMES[0]), idx_file(&[VALIDATION as u32, 28, 28], 0)).unwrap();
            fs::write(folder.join(NAMES[1]), idx_file(&[VALIDATION as u32], 0)).unwrap();
        });
        assert!(matches!(error, DataError::TooFew { found: VALIDATION, .. }), "{error}");
    }
}
