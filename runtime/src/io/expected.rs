//! The arrays that parameters expect of a file, and the checks that all formats share.

use std::collections::HashSet;

use ndarray::ArrayD;

use super::{ArrayName, LoadErrorKind};
use crate::{Device, Network, Parameter, Real};

/// The array that one parameter expects.
pub(super) struct Expected {
    pub name: ArrayName,
    pub shape: Vec<usize>,
}

/// The arrays of these parameters in order, named in the file by `array` from number and name.
pub(super) fn arrays<T: Real, D: Device>(
    parameters: &[&Parameter<T, D>],
    array: impl Fn(usize, &str) -> String,
) -> Vec<Expected> {
    let arrays = parameters.iter().enumerate().map(|(i, parameter)| Expected {
        name: ArrayName { array: array(i, parameter.name()), parameter: parameter.name().to_owned() },
        shape: parameter.shape().to_vec(),
    });
    arrays.collect()
}

/// Whether a file with the arrays `found` holds each one expected, and no others.
pub(super) fn check_names(expected: &[Expected], found: Vec<String>) -> Result<(), LoadErrorKind> {
    let count = expected.len();
    let in_file: HashSet<&str> = found.iter().map(String::as_str).collect();
    let missing =
        expected.iter().map(|expected| &expected.name).filter(|name| !in_file.contains(&*name.array));
    let missing: Vec<_> = missing.cloned().collect();
    if !missing.is_empty() {
        return Err(LoadErrorKind::MissingArrays { missing, found, expected: count });
    }
    let known: HashSet<&str> = expected.iter().map(|expected| &*expected.name.array).collect();
    let extra: Vec<_> = found.iter().filter(|name| !known.contains(name.as_str())).cloned().collect();
    if extra.is_empty() { Ok(()) } else { Err(LoadErrorKind::ExtraArrays { extra, expected: count }) }
}

/// Gives a network the values of a file.
pub(super) fn set_values<N: Network>(net: &mut N, values: &[ArrayD<N::Real>]) -> Result<(), LoadErrorKind> {
    net.set_parameter_values(values)?;
    Ok(net.device().status()?)
}

impl Expected {
    /// Whether an array of this element type and shape is the one expected.
    pub(super) fn check<T: Real>(&self, dtype: &str, shape: &[usize]) -> Result<(), LoadErrorKind> {
        if dtype != T::NAME {
            let (name, found) = (self.name.clone(), dtype.to_owned());
            return Err(LoadErrorKind::WrongDtype { name, found, expected: T::NAME });
        }
        if shape != self.shape {
            let (name, found, expected) = (self.name.clone(), shape.to_vec(), self.shape.clone());
            return Err(LoadErrorKind::WrongShape { name, found, expected });
        }
        Ok(())
    }

    /// The size of the values of this array.
    pub(super) fn size<T: Real>(&self) -> usize {
        self.shape.iter().product::<usize>() * size_of::<T>()
    }

    /// This array is corrupt.
    pub(super) fn corrupt(&self, reason: impl Into<String>) -> LoadErrorKind {
        LoadErrorKind::CorruptArray { name: self.name.clone(), reason: reason.into() }
    }
}
