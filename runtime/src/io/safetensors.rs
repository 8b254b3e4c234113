//! The safetensors format: arrays by the names of the network's parameters, `dense1.w`.
//!
//! A file is the length of its header (64 bits, little-endian), the header, which is JSON, and the elements. It
//! is read here array by array, once the header is known to be that of this network; the header itself is the
//! format's own crate's matter.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

use ndarray::{ArrayD, IxDyn};
use safetensors::View;
use safetensors::tensor::{Dtype, Metadata};

use super::expected::{Expected, arrays, check_names, set_values};
use super::{LoadError, LoadErrorKind, SaveError, atomic, checkpoint, open};
use crate::{Device, DeviceError, Network, Parameter, Real};

/// How long a header may be: this and a line for each array. Without a limit a header could be gigabytes.
const LONGEST_HEADER: u64 = 1 << 20;

/// What one array may add to a header's length: much more than any does.
const LONGEST_LINE: u64 = 1 << 10;

/// Saves the values of all parameters to a safetensors file.
///
/// # Errors
/// If the file cannot be written; a file of that name stays as it was.
pub fn save<N: Network>(net: &N, path: impl AsRef<Path>) -> Result<(), SaveError> {
    let path = path.as_ref();
    atomic::replace(path, |file| write(net, file)).map_err(|error| SaveError::new(path, error.into()))
}

/// Loads the values of all parameters from a safetensors file.
///
/// # Errors
/// If the file cannot be read, or its arrays are not the network's: others, or of another shape or element type.
/// The network then keeps its values.
pub fn load<N: Network>(net: &mut N, path: impl AsRef<Path>) -> Result<(), LoadError> {
    let path = path.as_ref();
    open(path).and_then(|file| read(net, file)).map_err(|kind| LoadError::new(path, kind))
}

/// Writes the file to anything.
///
/// # Errors
/// If writing fails, or the network's device cannot give its values.
pub fn write<N: Network>(net: &N, writer: impl Write) -> io::Result<()> {
    write_arrays(net.parameters(), None, writer)
}

/// Reads a file from anything.
///
/// # Errors
/// As for [`load`].
pub fn read<N: Network>(net: &mut N, mut reader: impl Read) -> Result<(), LoadErrorKind> {
    let expected = expected(&net.parameters());
    let header = read_header(&mut reader, expected.len())?;
    let values = read_arrays(&expected, &header, reader).map_err(|kind| match kind {
        LoadErrorKind::ExtraArrays { .. } if checkpoint::is_one(&header) => LoadErrorKind::Checkpoint,
        kind => kind,
    })?;
    set_values(net, &values)
}

/// Writes parameters' values by their names, with words about them.
pub(super) fn write_arrays<T: Real, D: Device>(
    parameters: Vec<&Parameter<T, D>>,
    words: Option<HashMap<String, String>>,
    mut writer: impl Write,
) -> io::Result<()> {
    let tensors = parameters.into_iter().map(|parameter| Ok((parameter.name(), Tensor(parameter.read()?))));
    let tensors = tensors.collect::<Result<Vec<_>, DeviceError>>().map_err(io::Error::other)?;
    writer.write_all(&safetensors::serialize(tensors, words).map_err(io::Error::other)?)?;
    writer.flush()
}

/// The arrays of these parameters.
pub(super) fn expected<T: Real, D: Device>(parameters: &[&Parameter<T, D>]) -> Vec<Expected> {
    arrays(parameters, |_, name| name.to_owned())
}

/// Reads all arrays of a file with this header, to its end.
pub(super) fn read_arrays<T: Real>(
    expected: &[Expected],
    header: &Metadata,
    mut reader: impl Read,
) -> Result<Vec<ArrayD<T>>, LoadErrorKind> {
    check_names(expected, header.offset_keys())?;
    for expected in expected {
        let info = header.info(&expected.name.array).expect("no name is missing");
        expected.check::<T>(&format!("{:?}", info.dtype).to_lowercase(), &info.shape)?;
    }
    // The arrays follow in the file's order, which need not be the network's.
    let numbers: HashMap<&str, usize> =
        expected.iter().enumerate().map(|(i, e)| (&*e.name.array, i)).collect();
    let mut values: Vec<ArrayD<T>> = vec![ArrayD::zeros(IxDyn(&[])); expected.len()];
    for name in header.offset_keys() {
        let number = numbers[&*name];
        values[number] = read_array(&mut reader, &expected[number])?;
    }
    if reader.read(&mut [0]).map_err(LoadErrorKind::Io)? > 0 {
        return Err(corrupt("more bytes follow its last array".to_owned()));
    }
    Ok(values)
}

/// Reads the header. The crate has then checked that the arrays' places follow each other without gaps, each of
/// the size that its shape takes.
pub(super) fn read_header(reader: &mut impl Read, arrays: usize) -> Result<Metadata, LoadErrorKind> {
    let failed = |error: io::Error| {
        LoadErrorKind::of_read(error, |_| corrupt("it ends within the length of its header".to_owned()))
    };
    let mut length = [0; 8];
    reader.read_exact(&mut length).map_err(failed)?;
    let length = u64::from_le_bytes(length);
    let longest = LONGEST_HEADER + LONGEST_LINE * arrays as u64;
    if length > longest {
        let reason = format!("it claims a header of {length} bytes, and at most {longest} were expected");
        return Err(corrupt(reason));
    }
    // The buffer grows with the bytes that arrive, never with what the file claims.
    let mut header = Vec::new();
    let found = reader.take(length).read_to_end(&mut header).map_err(LoadErrorKind::Io)?;
    if (found as u64) < length {
        return Err(corrupt(format!("it ends after {found} of its header's {length} bytes")));
    }
    serde_json::from_slice(&header).map_err(|error| corrupt(format!("its header is wrong: {error}")))
}

/// Reads the array, which is known to be of the element type and shape expected.
fn read_array<T: Real>(reader: &mut impl Read, expected: &Expected) -> Result<ArrayD<T>, LoadErrorKind> {
    let size = expected.size::<T>();
    let mut bytes = Vec::with_capacity(size);
    reader.take(size as u64).read_to_end(&mut bytes).map_err(LoadErrorKind::Io)?;
    if bytes.len() < size {
        return Err(expected.corrupt(format!("the file ends after {} of its {size} bytes", bytes.len())));
    }
    Ok(ArrayD::from_shape_vec(IxDyn(&expected.shape), T::from_bytes(&bytes)).expect("the header was checked"))
}

fn corrupt(reason: String) -> LoadErrorKind {
    LoadErrorKind::Corrupt { format: "safetensors", reason }
}

/// A parameter's values as the format's crate sees arrays.
struct Tensor<T>(ArrayD<T>);

impl<T: Real> View for Tensor<T> {
    fn dtype(&self) -> Dtype {
        if size_of::<T>() == 4 { Dtype::F32 } else { Dtype::F64 }
    }

    fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        T::to_bytes(self.0.as_slice().expect("in standard layout")).into()
    }

    fn data_len(&self) -> usize {
        self.0.len() * size_of::<T>()
    }
}
