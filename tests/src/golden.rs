//! Golden values: inputs, outputs and gradients of layers.
//!
//! Those that Lasagne itself computed lie in a folder next to the workspace, or where the environment variable
//! `LAYERCAKE_GOLDEN` says. Without the folder a test that needs them is skipped, which it says on stderr. More, computed
//! by Theano from the definitions of Lasagne's layers, lie in `golden/` of this package and are always there.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use ndarray::{Array, ArrayD, ArrayViewD, Dimension, IxDyn, ShapeBuilder};
use npyz::{NpyFile, Order};
use serde_json::Value;
use zip::ZipArchive;

/// How far a value in f64 may be from the golden one, relative to the largest of its array.
pub const TOLERANCE: f64 = 1e-10;

/// One case: arrays by name.
#[derive(Clone, Debug)]
pub struct Case {
    name: String,
    arrays: BTreeMap<String, Values>,
}

/// What the index says of a case.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The case's name.
    pub name: String,
    /// The layer, with Lasagne's name, or the kind of the case.
    pub layer: String,
    /// The options, with Lasagne's names.
    pub config: Value,
}

#[derive(Clone, Debug)]
enum Values {
    Reals(ArrayD<f64>),
    Integers(ArrayD<i64>),
}

/// All cases that there are here, those of Lasagne itself first.
///
/// # Panics
/// If an index cannot be read.
pub fn index() -> Vec<Entry> {
    folders().iter().flat_map(|folder| read_index(folder)).collect()
}

/// Whether the cases of Lasagne itself are here.
pub fn is_complete() -> bool {
    folders().len() > 1
}

impl Case {
    /// The case with this name; `None` if it is none of this package and those of Lasagne itself are not here.
    ///
    /// # Panics
    /// If the case should be there and is not, or cannot be read.
    pub fn load(name: &str) -> Option<Case> {
        let folders = folders();
        match folders.iter().find(|folder| folder.join(format!("{name}.npz")).is_file()) {
            Some(folder) => Some(Case::read(folder, name)),
            None if is_complete() => fail(name, format!("no such case in {folders:?}")),
            None => {
                eprintln!("skipped: no golden values of Lasagne itself for `{name}`");
                None
            }
        }
    }

    fn read(folder: &Path, name: &str) -> Case {
        let path = folder.join(format!("{name}.npz"));
        let file = File::open(&path).unwrap_or_else(|error| fail(path.display(), &error));
        Case { name: name.to_owned(), arrays: read_arrays(file, &path) }
    }

    /// The case's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has an array of this name.
    pub fn has(&self, array: &str) -> bool {
        self.arrays.contains_key(array)
    }

    /// An array; integers become reals, `false` and `true` 0 and 1.
    ///
    /// # Panics
    /// If there is none of this name.
    pub fn array(&self, name: &str) -> ArrayD<f64> {
        match self.values(name) {
            Values::Reals(array) => array.clone(),
            Values::Integers(array) => array.mapv(|value| value as f64),
        }
    }

    /// An array with a number of axes that the type says.
    ///
    /// # Panics
    /// If there is none of this name, or it has another number of axes.
    pub fn typed<R: Dimension>(&self, name: &str) -> Array<f64, R> {
        self.array(name).into_dimensionality().unwrap_or_else(|error| self.fail(name, error))
    }

    /// An array of integers, such as classes; `false` and `true` are 0 and 1.
    ///
    /// # Panics
    /// If there is none of this name, or it holds reals.
    pub fn integers(&self, name: &str) -> ArrayD<i64> {
        match self.values(name) {
            Values::Integers(array) => array.clone(),
            Values::Reals(_) => self.fail(name, "it holds reals, not integers"),
        }
    }

    /// The arrays called `{prefix}{number}.{name}`, in the order of their numbers, with their full names. The
    /// prefix is `param.` for the parameters in Lasagne's order, or `grad.param.` for the gradients of those that
    /// are trainable.
    ///
    /// # Panics
    /// If the name of such an array has no number.
    pub fn parameters(&self, prefix: &str) -> Vec<(String, ArrayD<f64>)> {
        let number = |name: &str| {
            let rest = name.strip_prefix(prefix)?;
            let number = rest.split('.').next()?.parse::<usize>();
            Some(number.unwrap_or_else(|error| self.fail(name, error)))
        };
        let mut found: Vec<_> = self.arrays.keys().filter_map(|name| Some((number(name)?, name))).collect();
        found.sort();
        found.into_iter().map(|(_, name)| (name.clone(), self.array(name))).collect()
    }

    fn values(&self, name: &str) -> &Values {
        self.arrays.get(name).unwrap_or_else(|| {
            let names: Vec<_> = self.arrays.keys().collect();
            self.fail(name, format!("there is no such array, only {names:?}"))
        })
    }

    fn fail(&self, array: &str, why: impl Display) -> ! {
        panic!("golden case `{}`, array `{array}`: {why}", self.name)
    }
}

impl Entry {
    /// Whether the case shows the layer in inference, not in training.
    pub fn is_deterministic(&self) -> bool {
        self.config.get("deterministic").is_none_or(|value| value == true)
    }
}

/// Compares every element, with a tolerance relative to the largest expected value.
///
/// # Panics
/// If the shapes differ or an element does; `what` names the case and the array in the message.
pub fn assert_close(what: &str, found: ArrayViewD<f64>, expected: ArrayViewD<f64>, tolerance: f64) {
    assert_eq!(found.shape(), expected.shape(), "{what}: found another shape than expected");
    if let Some((index, found, expected)) = first_difference(found, expected, tolerance) {
        panic!("{what}, element {:?}: found {found}, expected {expected}", index.slice());
    }
}

/// The first element that differs: its index, what was found and what was expected.
fn first_difference(
    found: ArrayViewD<f64>,
    expected: ArrayViewD<f64>,
    tolerance: f64,
) -> Option<(IxDyn, f64, f64)> {
    let finite = expected.iter().filter(|value| value.is_finite());
    let largest = finite.fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    // The comparison is also false for NaN.
    let is_close =
        |found: f64, expected: f64| found == expected || (found - expected).abs() <= tolerance * largest;
    let pairs = expected.indexed_iter().zip(&found);
    pairs.map(|((index, &expected), &found)| (index, found, expected)).find(|&(_, f, e)| !is_close(f, e))
}

/// The folder of Lasagne's own values, or those that the environment variable names, and that of this package: those that are
/// there, each once.
fn folders() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = match std::env::var_os("LAYERCAKE_GOLDEN") {
        Some(folders) => std::env::split_paths(&folders).collect(),
        None => vec![here.join("../../shared/golden")],
    };
    let mut folders = Vec::new();
    for folder in named.into_iter().chain([here.join("golden")]) {
        if let Ok(folder) = folder.canonicalize()
            && !folders.contains(&folder)
        {
            folders.push(folder);
        }
    }
    folders
}

fn read_index(folder: &Path) -> Vec<Entry> {
    let path = folder.join("index.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| fail(path.display(), &error));
    let entries: Vec<Value> =
        serde_json::from_str(&text).unwrap_or_else(|error| fail(path.display(), &error));
    let text = |entry: &Value, key: &str| match entry[key].as_str() {
        Some(text) => text.to_owned(),
        None => fail(path.display(), format!("an entry without the text `{key}`: {entry}")),
    };
    entries
        .iter()
        .map(|entry| Entry {
            name: text(entry, "name"),
            layer: text(entry, "layer"),
            config: entry["config"].clone(),
        })
        .collect()
}

fn read_arrays(file: impl Read + Seek, path: &Path) -> BTreeMap<String, Values> {
    let mut archive = ZipArchive::new(file).unwrap_or_else(|error| fail(path.display(), &error));
    let mut arrays = BTreeMap::new();
    for place in 0..archive.len() {
        let member = archive.by_index(place).unwrap_or_else(|error| fail(path.display(), &error));
        let name = member.name().unwrap_or_else(|error| fail(path.display(), &error)).into_owned();
        let array = read_array(member)
            .unwrap_or_else(|error| fail(format_args!("{}, member `{name}`", path.display()), &error));
        arrays.insert(name.trim_end_matches(".npy").to_owned(), array);
    }
    arrays
}

fn read_array(member: impl Read) -> std::io::Result<Values> {
    let file = NpyFile::new(member)?;
    let file = match elements::<f64, _>(file)? {
        Ok(array) => return Ok(Values::Reals(array)),
        Err(file) => file,
    };
    let file = match elements::<i32, _>(file)? {
        Ok(array) => return Ok(Values::Integers(array.mapv(i64::from))),
        Err(file) => file,
    };
    let file = match elements::<i64, _>(file)? {
        Ok(array) => return Ok(Values::Integers(array)),
        Err(file) => file,
    };
    match elements::<bool, _>(file)? {
        Ok(array) => Ok(Values::Integers(array.mapv(i64::from))),
        Err(file) => Err(std::io::Error::other(format!("elements of the type {}", file.dtype().descr()))),
    }
}

/// The array in standard layout, whatever the file's; or the file again if its elements have another type.
fn elements<T: npyz::Deserialize + Clone, R: Read>(
    file: NpyFile<R>,
) -> std::io::Result<Result<ArrayD<T>, NpyFile<R>>> {
    let axes: Vec<usize> = file.shape().iter().map(|&len| len as usize).collect();
    let shape = IxDyn(&axes).set_f(file.order() == Order::Fortran);
    match file.try_data() {
        Ok(values) => {
            let array = Array::from_shape_vec(shape, values.collect::<Result<_, _>>()?);
            Ok(Ok(array.map_err(std::io::Error::other)?.as_standard_layout().into_owned()))
        }
        Err(file) => Ok(Err(file)),
    }
}

fn fail(what: impl Display, why: impl Display) -> ! {
    panic!("golden values, {what}: {why}")
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use ndarray::{Array1, Array2, arr0, array};
    use npyz::{AutoSerialize, WriteOptions, WriterBuilder};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn npy<T: AutoSerialize + Clone>(order: Order, shape: &[u64], values: &[T]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let options = WriteOptions::new().default_dtype().shape(shape).order(order);
        let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
        writer.extend(values.iter().cloned()).unwrap();
        writer.finish().unwrap();
        bytes
    }

    fn case(members: &[(&str, Vec<u8>)]) -> Case {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        let file = writer.finish().unwrap();
        Case { name: String::from("made"), arrays: read_arrays(file, Path::new("made.npz")) }
    }

    #[test]
    fn arrays_of_every_type_and_order() {
        let case = case(&[
            ("rows", npy(Order::C, &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
            ("columns", npy(Order::Fortran, &[2, 3], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0])),
            ("scalar", npy(Order::C, &[], &[0.5])),
            ("classes", npy(Order::C, &[3], &[2_i32, 0, -1])),
            ("large", npy(Order::C, &[1], &[1_i64 << 40])),
            ("flags", npy(Order::C, &[2], &[true, false])),
        ]);
        assert_eq!(case.name(), "made");
        assert_eq!(case.array("rows"), array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].into_dyn());
        assert_eq!(case.array("columns"), case.array("rows"));
        assert!(case.array("columns").is_standard_layout());
        assert_eq!(case.typed("rows"), Array2::from_shape_fn((2, 3), |(i, j)| (3 * i + j + 1) as f64));
        assert_eq!(case.array("scalar"), arr0(0.5).into_dyn());
        assert_eq!(case.integers("classes"), array![2, 0, -1].into_dyn());
        assert_eq!(case.typed("classes"), array![2.0, 0.0, -1.0]);
        assert_eq!(case.integers("large"), array![1 << 40].into_dyn());
        assert_eq!(case.integers("flags"), array![1, 0].into_dyn());
        assert!(case.has("flags") && !case.has("flags.npy"));
    }

    #[test]
    fn parameters_come_in_the_order_of_their_numbers() {
        let one = |value: f64| npy(Order::C, &[1], &[value]);
        let case = case(&[
            ("param.10.b", one(10.0)),
            ("param.2.W", one(2.0)),
            ("grad.param.2.W", one(20.0)),
            ("param.0.a.c", one(0.0)),
        ]);
        let names = |prefix| case.parameters(prefix).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names("param."), ["param.0.a.c", "param.2.W", "param.10.b"]);
        assert_eq!(names("grad.param."), ["grad.param.2.W"]);
        assert_eq!(case.parameters("param.")[2].1, array![10.0].into_dyn());
    }

    #[test]
    #[should_panic(expected = "golden case `made`, array `y`: there is no such array, only [\"x\"]")]
    fn a_missing_array_is_named() {
        case(&[("x", npy(Order::C, &[1], &[1.0]))]).array("y");
    }

    #[test]
    #[should_panic(expected = "golden case `made`, array `x`: it holds reals, not integers")]
    fn reals_are_not_integers() {
        case(&[("x", npy(Order::C, &[1], &[1.0]))]).integers("x");
    }

    #[test]
    #[should_panic(expected = "golden case `made`, array `x`")]
    fn the_number_of_axes_must_fit() {
        let _: Array1<f64> = case(&[("x", npy(Order::C, &[1, 1], &[1.0]))]).typed("x");
    }

    #[test]
    #[should_panic(expected = "no such case.npz")]
    fn a_missing_case_is_named() {
        Case::read(Path::new(env!("CARGO_MANIFEST_DIR")), "no such case");
    }

    #[test]
    fn close_is_relative_to_the_largest() {
        let check = |found: [f64; 2], expected: [f64; 2]| {
            let (found, expected) = (array![found[0], found[1]], array![expected[0], expected[1]]);
            first_difference(found.view().into_dyn(), expected.view().into_dyn(), TOLERANCE).is_none()
        };
        assert!(check([1e3 + 5e-8, 5e-8], [1e3, 0.0]));
        assert!(!check([1e3, 2e-7], [1e3, 0.0]));
        assert!(check([0.0, 0.0], [0.0, 0.0]));
        assert!(!check([1e-300, 0.0], [0.0, 0.0]));
        assert!(!check([f64::NAN, 0.0], [0.0, 0.0]));
        assert!(!check([f64::NAN, 0.0], [f64::NAN, 0.0]));
        assert!(check([f64::INFINITY, 1.0], [f64::INFINITY, 1.0]));
        assert!(!check([1.0, 1.0], [f64::INFINITY, 1.0]));
        assert!(!check([f64::INFINITY, 2.0], [f64::INFINITY, 1.0]));
    }

    #[test]
    #[should_panic(expected = "dense, y, element [1, 0]: found 3, expected 2")]
    fn a_difference_is_named() {
        let (found, expected) = (array![[1.0], [3.0]].into_dyn(), array![[1.0], [2.0]].into_dyn());
        assert_close("dense, y", found.view(), expected.view(), TOLERANCE);
    }

    #[test]
    #[should_panic(expected = "y: found another shape than expected")]
    fn another_shape_is_no_match() {
        let values = array![1.0, 2.0];
        assert_close("y", values.view().into_dyn(), values.slice(ndarray::s![..1]).into_dyn(), TOLERANCE);
    }
}
