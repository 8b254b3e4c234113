//! IDX, the file format of the MNIST database: one array of numbers, plain or compressed by gzip.
//!
//! A file is `0 0 type rank`, then for each axis its length (32 bits), then the elements in row-major order;
//! all numbers are big-endian (LeCun et al., "The MNIST database of handwritten digits").
//!
//! ```no_run
//! use layercake::data::idx;
//! use ndarray::{Array1, Array3};
//!
//! let images: Array3<u8> = idx::read("train-images-idx3-ubyte.gz")?;
//! let labels: Array1<u8> = idx::read("train-labels-idx1-ubyte.gz")?;
//! # Ok::<(), idx::IdxError>(())
//! ```

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use ndarray::{Array, ArrayD, Dimension, IxDyn};
use thiserror::Error;

/// The first two bytes of a gzip file (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A file that cannot be read as the IDX array asked for: its name, and what is wrong.
#[derive(Debug, Error)]
#[error("{name}: {kind}")]
pub struct IdxError {
    /// The file, as it was named by the caller.
    pub name: String,
    /// What is wrong.
    pub kind: IdxErrorKind,
}

/// What can be wrong with an IDX file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdxErrorKind {
    /// The file could not be opened or read.
    #[error("cannot be read: {0}")]
    Io(#[source] io::Error),
    /// The gzip wrapping is broken.
    #[error("its gzip compression is corrupt or cut off ({0}); fetch the file again")]
    Gzip(#[source] io::Error),
    /// The file starts with something else than an IDX header.
    #[error(
        "not an IDX file: it starts with the bytes {0:02x?}, but two zeros, a type from 0x08 to 0x0e and a rank \
         of at least 1 were expected; check that it is the right file, and fetch it again if so"
    )]
    NotIdx([u8; 4]),
    /// The elements are of another type.
    #[error("holds elements of type {found}, but {expected} was asked for; read it as {found}")]
    WrongType {
        /// The type in the file's header.
        found: ElementType,
        /// The type of the array asked for.
        expected: ElementType,
    },
    /// The array has another number of axes.
    #[error(
        "holds an array of rank {found}, but rank {expected} was asked for; check that it is the right file (labels \
         are of rank 1, grey images of rank 3)"
    )]
    WrongRank {
        /// The number of axes in the file's header.
        found: usize,
        /// The number of axes of the array asked for.
        expected: usize,
    },
    /// The array could not be addressed.
    #[error(
        "its header claims the shape {0:?}, more than memory can address; the file is corrupt: fetch it again"
    )]
    TooLarge(Vec<usize>),
    /// The file ends within its header.
    #[error("ends after {found} bytes, within its header; the file was cut off: fetch it again")]
    TruncatedHeader {
        /// How many bytes there are.
        found: usize,
    },
    /// The file ends before its elements do.
    #[error(
        "its header claims the shape {shape:?}, {expected} bytes of elements, but only {found} follow; the file was \
         cut off: fetch it again"
    )]
    Truncated {
        /// The shape in the file's header.
        shape: Vec<usize>,
        /// How many bytes it takes.
        expected: usize,
        /// How many bytes there are.
        found: usize,
    },
    /// The file goes on after its elements.
    #[error(
        "its header claims the shape {shape:?}, {expected} bytes of elements, but more bytes follow; the file is \
         corrupt, or is not one array: fetch it again"
    )]
    TrailingBytes {
        /// The shape in the file's header.
        shape: Vec<usize>,
        /// How many bytes it takes.
        expected: usize,
    },
}

/// The element types of IDX, with their codes in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "Rust's own names")]
#[repr(u8)]
pub enum ElementType {
    U8 = 0x08,
    I8 = 0x09,
    I16 = 0x0b,
    I32 = 0x0c,
    F32 = 0x0d,
    F64 = 0x0e,
}

impl ElementType {
    const ALL: [Self; 6] = [Self::U8, Self::I8, Self::I16, Self::I32, Self::F32, Self::F64];

    fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|&element| element as u8 == code)
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

/// A type that IDX files can hold: `u8`, `i8`, `i16`, `i32`, `f32`, `f64`. The trait is closed.
pub trait Element: sealed::Decode {
    /// The type as the header names it.
    const TYPE: ElementType;
}

mod sealed {
    pub trait Decode: Sized {
        /// Whole elements, big-endian, to the machine's own.
        fn decode(bytes: Vec<u8>) -> Vec<Self>;
    }
}

impl Element for u8 {
    const TYPE: ElementType = ElementType::U8;
}

impl sealed::Decode for u8 {
    fn decode(bytes: Vec<u8>) -> Vec<Self> {
        bytes
    }
}

macro_rules! elements {
    ($($type:ident $code:ident)*) => {$(
        impl Element for $type {
            const TYPE: ElementType = ElementType::$code;
        }

        impl sealed::Decode for $type {
            fn decode(bytes: Vec<u8>) -> Vec<Self> {
                let (elements, rest) = bytes.as_chunks();
                debug_assert!(rest.is_empty());
                elements.iter().map(|&element| Self::from_be_bytes(element)).collect()
            }
        }
    )*};
}

elements! { i8 I8  i16 I16  i32 I32  f32 F32  f64 F64 }

/// Reads the array in an IDX file, plain or compressed by gzip (told by the content, not the name).
///
/// The array's rank is that of the type asked for: `Array3<u8>` takes nothing but images; `ArrayD<u8>` takes
/// any rank.
///
/// # Errors
///
/// If the file cannot be read, is not an IDX file, is of another type or rank, or does not hold exactly the
/// elements that its header claims. No header makes it allocate more than the file really holds.
pub fn read<T: Element, D: Dimension>(path: impl AsRef<Path>) -> Result<Array<T, D>, IdxError> {
    let path = path.as_ref();
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => from_reader(&name, file),
        Err(error) => Err(IdxError { name, kind: IdxErrorKind::Io(error) }),
    }
}

/// Reads an array of bytes, of any rank: `read` for the most common of IDX files.
///
/// # Errors
///
/// As for [`read`].
pub fn read_u8(path: impl AsRef<Path>) -> Result<ArrayD<u8>, IdxError> {
    read::<u8, IxDyn>(path)
}

/// Reads an array from anything that can be read; `name` is what errors call it.
///
/// It reads to the end: nothing may follow the array.
///
/// # Errors
///
/// As for [`read`].
pub fn from_reader<T: Element, D: Dimension>(name: &str, reader: impl Read) -> Result<Array<T, D>, IdxError> {
    unpack(reader).map_err(|kind| IdxError { name: name.to_owned(), kind })
}

/// Takes gzip off, if it is on.
fn unpack<T: Element, D: Dimension>(mut reader: impl Read) -> Result<Array<T, D>, IdxErrorKind> {
    let mut start = Vec::with_capacity(GZIP_MAGIC.len());
    reader.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut start).map_err(IdxErrorKind::Io)?;
    let compressed = start == GZIP_MAGIC;
    let whole = BufReader::new(Cursor::new(start).chain(reader));
    if compressed {
        parse(BufReader::new(MultiGzDecoder::new(whole)), |error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                IdxErrorKind::Gzip(error)
            }
            _ => IdxErrorKind::Io(error),
        })
    } else {
        parse(whole, IdxErrorKind::Io)
    }
}

fn parse<T: Element, D: Dimension>(
    mut reader: impl BufRead,
    failed: impl Fn(io::Error) -> IdxErrorKind,
) -> Result<Array<T, D>, IdxErrorKind> {
    let magic = header::<4>(&mut reader, 0, &failed)?;
    let found = match magic {
        [0, 0, code, 1..=255] => ElementType::of_code(code),
        _ => None,
    }
    .ok_or(IdxErrorKind::NotIdx(magic))?;
    if found != T::TYPE {
        return Err(IdxErrorKind::WrongType { found, expected: T::TYPE });
    }
    let rank = usize::from(magic[3]);
    if let Some(expected) = D::NDIM
        && expected != rank
    {
        return Err(IdxErrorKind::WrongRank { found: rank, expected });
    }

    let mut shape = Vec::with_capacity(rank);
    for axis in 0..rank {
        let length = u32::from_be_bytes(header(&mut reader, 4 + 4 * axis, &failed)?);
        shape.push(usize::try_from(length).map_err(|_| IdxErrorKind::TooLarge(shape.clone()))?);
    }
    let Some(expected) = size_in_bytes::<T>(&shape) else { return Err(IdxErrorKind::TooLarge(shape)) };

    // The buffer grows with the bytes that arrive, never with what the header claims.
    let mut bytes = Vec::new();
    reader.by_ref().take(expected as u64).read_to_end(&mut bytes).map_err(&failed)?;
    if bytes.len() < expected {
        return Err(IdxErrorKind::Truncated { shape, expected, found: bytes.len() });
    }
    // For gzip this also reads, and so verifies, the checksum.
    if !reader.fill_buf().map_err(&failed)?.is_empty() {
        return Err(IdxErrorKind::TrailingBytes { shape, expected });
    }

    let array = ArrayD::from_shape_vec(IxDyn(&shape), T::decode(bytes));
    let array = array.map_err(|_| IdxErrorKind::TooLarge(shape))?;
    Ok(array.into_dimensionality().expect("the rank was compared above"))
}

/// The next `N` bytes of the header, `before` bytes of which have been read.
fn header<const N: usize>(
    reader: &mut impl BufRead,
    before: usize,
    failed: impl Fn(io::Error) -> IdxErrorKind,
) -> Result<[u8; N], IdxErrorKind> {
    let mut bytes = Vec::with_capacity(N);
    reader.take(N as u64).read_to_end(&mut bytes).map_err(failed)?;
    bytes.try_into().map_err(|bytes: Vec<u8>| IdxErrorKind::TruncatedHeader { found: before + bytes.len() })
}

/// The size of an array, if it can be addressed. A length of 0 does not excuse the other lengths: `ndarray`
/// bounds their product all the same.
fn size_in_bytes<T>(shape: &[usize]) -> Option<usize> {
    let addressable = shape
        .iter()
        .filter(|&&length| length != 0)
        .try_fold(size_of::<T>(), |size, &length| size.checked_mul(length))
        .filter(|&size| isize::try_from(size).is_ok())?;
    Some(if shape.contains(&0) { 0 } else { addressable })
}

#[cfg(test)]
mod tests;
