//! NumPy's npz: an archive of arrays named `arr_0`, `arr_1` and so on, in the order of the network's parameters.
//!
//! Those are the files that users of Lasagne keep:
//!
//! ```python
//! np.savez("model.npz", *lasagne.layers.get_all_param_values(network))          # Lasagne saves, layercake loads
//!
//! with np.load("model.npz") as file:                                            # layercake saves, Lasagne loads
//!     values = [file["arr_%d" % i] for i in range(len(file.files))]
//! lasagne.layers.set_all_param_values(network, values)
//! ```
//!
//! Compressed archives (`np.savez_compressed`), arrays in Fortran's order and big-endian ones load as well. The
//! element type must be the network's.

use std::io::{self, Read, Seek, Write};
use std::path::Path;

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::expected::{Expected, arrays, check_names, set_values};
use super::npy::{header, read_header};
use super::{LoadError, LoadErrorKind, SaveError, atomic, open};
use crate::{Network, Real};

/// Saves the values of all parameters to an npz file, as `np.savez` does: not compressed.
///
/// # Errors
/// If the file cannot be written; a file of that name stays as it was.
pub fn save<N: Network>(net: &N, path: impl AsRef<Path>) -> Result<(), SaveError> {
    let path = path.as_ref();
    atomic::replace(path, |file| write(net, file)).map_err(|error| SaveError::new(path, error.into()))
}

/// Loads the values of all parameters from an npz file.
///
/// # Errors
/// If the file cannot be read, or its arrays are not the network's: more or fewer, or of another shape or element
/// type. The network then keeps its values.
pub fn load<N: Network>(net: &mut N, path: impl AsRef<Path>) -> Result<(), LoadError> {
    let path = path.as_ref();
    open(path).and_then(|file| read(net, file)).map_err(|kind| LoadError::new(path, kind))
}

/// Writes the archive to anything.
///
/// # Errors
/// If writing fails, or the network's device cannot give its values.
pub fn write<N: Network>(net: &N, writer: impl Write + Seek) -> io::Result<()> {
    let mut archive = ZipWriter::new(writer);
    let descr = format!("<f{}", size_of::<N::Real>());
    for (i, parameter) in net.parameters().into_iter().enumerate() {
        let values = parameter.read().map_err(io::Error::other)?;
        let bytes = N::Real::to_bytes(values.as_slice().expect("in standard layout"));
        let header = header(&descr, parameter.shape());
        // One time for all files, so that the same values give the same bytes.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .large_file(header.len() + bytes.len() > u32::MAX as usize);
        archive.start_file(entry_name(i), options)?;
        archive.write_all(&header)?;
        archive.write_all(&bytes)?;
    }
    archive.finish()?.flush()
}

/// Reads an archive from anything.
///
/// # Errors
/// As for [`load`].
pub fn read<N: Network>(net: &mut N, reader: impl Read + Seek) -> Result<(), LoadErrorKind> {
    let expected = arrays(&net.parameters(), |i, _| entry_name(i));
    let mut archive = ZipArchive::new(reader).map_err(|error| of_zip(error, corrupt))?;
    if archive.has_duplicate_names() {
        return Err(corrupt("it holds two arrays of one name".to_owned()));
    }
    let names = archive.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned());
    check_names(&expected, names.collect())?;
    let mut values = Vec::with_capacity(expected.len());
    for expected in &expected {
        let entry = archive.by_name(&expected.name.array);
        let mut entry = entry.map_err(|error| of_zip(error, |reason| expected.corrupt(reason)))?;
        values.push(read_array::<N::Real>(&mut entry, expected)?);
    }
    set_values(net, &values)
}

/// The name, within the archive, of what NumPy calls `arr_0`.
fn entry_name(i: usize) -> String {
    format!("arr_{i}.npy")
}

/// Reads the array if it is the one expected; so no more memory is used than that one takes, whatever it claims.
fn read_array<T: Real>(entry: &mut impl Read, expected: &Expected) -> Result<ArrayD<T>, LoadErrorKind> {
    let failed = |error| LoadErrorKind::of_read(error, |reason| expected.corrupt(reason));
    let header = read_header(entry).map_err(failed)?;
    expected.check::<T>(&header.dtype, &header.shape)?;
    let size = expected.size::<T>();
    let mut bytes = Vec::with_capacity(size);
    entry.take(size as u64).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() < size {
        return Err(expected.corrupt(format!("it ends after {} of {size} bytes of elements", bytes.len())));
    }
    // Reading on to the end also compares the checksum.
    if entry.read(&mut [0]).map_err(failed)? > 0 {
        return Err(expected.corrupt(format!("it goes on after its {size} bytes of elements")));
    }
    if header.big_endian {
        bytes.chunks_exact_mut(size_of::<T>()).for_each(<[u8]>::reverse);
    }
    let shape = IxDyn(&expected.shape).set_f(header.fortran_order);
    Ok(ArrayD::from_shape_vec(shape, T::from_bytes(&bytes)).expect("as many elements as the shape says"))
}

/// An error on the way to the file as it is, one about the content as `corrupt` says it.
fn of_zip(error: ZipError, corrupt: impl FnOnce(String) -> LoadErrorKind) -> LoadErrorKind {
    match error {
        ZipError::Io(error) => LoadErrorKind::of_read(error, corrupt),
        other => corrupt(other.to_string()),
    }
}

fn corrupt(reason: String) -> LoadErrorKind {
    LoadErrorKind::Corrupt { format: "npz", reason }
}
