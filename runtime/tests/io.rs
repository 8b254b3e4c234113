//! Files of networks' values: round trips, files of NumPy's own, wrong files and hostile ones.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use layercake::Real;
use layercake::io::{self, LoadErrorKind, SaveErrorKind};
use layercake::prelude::*;
use ndarray::ArrayD;
use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

network! { struct Small < input(3) => dense(2, relu) => dense(4, softmax) > }

network! {
    struct Images <
        input(1, 6, 6)
        => first: conv2d(2, 3, tanh)
        => max_pool2d(2)
        => dense(5, relu, b = none)
        => dropout
        => dense(3, softmax)
    >
}

const FORMATS: [&str; 2] = ["npz", "safetensors"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Every value as its bits, so that no two of them pass for one.
fn bits<N: Network>(net: &N) -> Vec<Vec<u64>> {
    let bits = |array: ArrayD<N::Real>| array.iter().map(|value| value.to_f64().to_bits()).collect();
    net.parameter_values().into_iter().map(bits).collect()
}

fn to_bytes<N: Network>(net: &N, format: &str) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    match format {
        "npz" => io::npz::write(net, &mut file).unwrap(),
        _ => io::safetensors::write(net, &mut file).unwrap(),
    }
    file.into_inner()
}

fn of_bytes<N: Network>(net: &mut N, format: &str, bytes: &[u8]) -> Result<(), LoadErrorKind> {
    match format {
        "npz" => io::npz::read(net, Cursor::new(bytes)),
        _ => io::safetensors::read(net, bytes),
    }
}

/// The error of a file; the network must have kept its values.
fn error<N: Network>(net: &mut N, format: &str, bytes: &[u8]) -> LoadErrorKind {
    let before = bits(net);
    let error = of_bytes(net, format, bytes).expect_err("the file is wrong");
    assert_eq!(bits(net), before, "after: {error}");
    error
}

fn error_of_fixture<T: Real>(name: &str) -> LoadErrorKind
where
    Small<T>: Network<Real = T>,
{
    let mut net = Small::<T>::new(1);
    let before = bits(&net);
    let path = fixture(name);
    let error = io::load(&mut net, &path).expect_err("the file is wrong");
    assert_eq!(bits(&net), before);
    assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    error.kind
}

/// Values count up by 1/8, as `make.py` has them.
fn counting(net: &impl Network) -> bool {
    let values = net.parameter_values();
    let values = values.iter().flatten().map(|value| value.to_f64());
    values.zip(1..).all(|(value, i)| value == f64::from(i) / 8.0)
}

#[test]
fn values_come_back_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let path = folder.path().join("net").with_extension(format);

        let mut saved = Images::<f32>::new(1);
        let odd = [f32::NAN, f32::from_bits(0x7fa0_1234), f32::NEG_INFINITY, -0.0, f32::MIN_POSITIVE / 8.0];
        for (value, odd) in saved.dense1.w.view_mut().iter_mut().zip(odd) {
            *value = odd;
        }
        io::save(&saved, &path).unwrap();
        let mut loaded = Images::<f32>::new(2);
        assert_ne!(bits(&loaded), bits(&saved));
        io::load(&mut loaded, &path).unwrap();
        let exact = |net: &Images<f32>| net.dense1.w.view().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(exact(&loaded), exact(&saved));
        assert_eq!(bits(&loaded), bits(&saved));

        // Over the file that is there.
        let saved = Images::<f64>::new(3);
        io::save(&saved, &path).unwrap();
        let mut loaded = Images::<f64>::new(4);
        io::load(&mut loaded, &path).unwrap();
        assert_eq!(bits(&loaded), bits(&saved));
        assert_eq!(fs::read(&path).unwrap(), to_bytes(&saved, format), "the same values, other bytes");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), FORMATS.len(), "nothing else was left behind");
}

#[test]
fn files_of_numpy_load() {
    for name in ["f32.npz", "compressed.npz", "fortran.npz", "big_endian.npz"] {
        let mut net = Small::<f32>::new(1);
        io::load(&mut net, fixture(name)).unwrap();
        assert!(counting(&net), "{name}: {:?}", net.parameter_values());
    }
    for name in ["f64.npz", "big_endian_fortran_f64.npz"] {
        let mut net = Small::<f64>::new(1);
        io::load(&mut net, fixture(name)).unwrap();
        assert!(counting(&net), "{name}: {:?}", net.parameter_values());
    }
}

#[test]
fn wrong_files_of_numpy_are_named_errors() {
    let error = error_of_fixture::<f32>("wrong_shape.npz");
    assert!(
        matches!(&error, LoadErrorKind::WrongShape { name, found, expected }
            if name.array == "arr_2.npy" && name.parameter == "dense2.w" && *found == [4, 2] && *expected == [2, 4]),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.starts_with("the array `arr_2.npy` (the parameter `dense2.w`) has shape [4, 2], "),
        "{text}"
    );

    let error = error_of_fixture::<f32>("wrong_dtype.npz");
    assert!(
        matches!(&error, LoadErrorKind::WrongDtype { name, found, expected: "f32" }
            if name.parameter == "dense1.b" && found == "i64"),
        "{error}"
    );
    assert!(error.to_string().contains("array.astype(\"float32\")"), "{error}");
    for (error, found, expected) in [
        (error_of_fixture::<f32>("f64.npz"), "f64", "f32"),
        (error_of_fixture::<f64>("f32.npz"), "f32", "f64"),
    ] {
        let text = error.to_string();
        assert!(
            text.contains(&format!("has elements of dtype {found}, and the network of {expected};")),
            "{text}"
        );
        let of_numpy = expected.replace('f', "float");
        assert!(text.contains(&format!("array.astype(\"{of_numpy}\")")), "{text}");
        assert!(text.ends_with(&format!("load it into a network of {found}")), "{text}");
    }

    let error = error_of_fixture::<f32>("missing.npz");
    assert!(
        matches!(&error, LoadErrorKind::MissingArrays { missing, found, expected: 4 }
            if missing.len() == 1 && missing[0].parameter == "dense2.b" && found.len() == 3),
        "{error}"
    );
    assert!(
        error.to_string().starts_with("holds no array `arr_3.npy` (the parameter `dense2.b`); "),
        "{error}"
    );
    let error = error_of_fixture::<f32>("extra.npz");
    assert!(
        matches!(&error, LoadErrorKind::ExtraArrays { extra, expected: 4 } if *extra == ["arr_4.npy"]),
        "{error}"
    );
    let error = error_of_fixture::<f32>("named.npz");
    assert!(error.to_string().contains("its arrays are `w.npy`, `b.npy`"), "{error}");
}

#[test]
fn a_list_saved_as_one_array_is_explained() {
    network! { struct One < input(3) => dense(2, linear, b = none) > }
    let mut net = One::<f32>::new(1);
    let error = io::load(&mut net, fixture("objects.npz")).unwrap_err();
    assert!(error.to_string().contains("dtype object, "), "{error}");
    assert!(error.to_string().ends_with("np.savez(file, *values)"), "{error}");
}

/// A safetensors file with these arrays of zeros.
fn tensors(tensors: &[(&str, Dtype, &[usize])]) -> Vec<u8> {
    let zeros = vec![0; 1024];
    let views = tensors.iter().map(|&(name, dtype, shape)| {
        let size = shape.iter().product::<usize>() * dtype.bitsize() / 8;
        (name, TensorView::new(dtype, shape.to_vec(), &zeros[..size]).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn wrong_safetensors_are_named_errors() {
    use Dtype::{BF16, F32, F64};
    let mut net = Small::<f32>::new(1);
    let good: [(&str, Dtype, &[usize]); 4] = [
        ("dense1.w", F32, &[3, 2]),
        ("dense1.b", F32, &[2]),
        ("dense2.w", F32, &[2, 4]),
        ("dense2.b", F32, &[4]),
    ];
    let mut with = |number: usize, tensor| {
        let mut all = good.to_vec();
        all[number] = tensor;
        error(&mut net, "safetensors", &tensors(&all))
    };

    let wrong = with(1, ("dense1.b", F32, &[2, 1]));
    assert!(
        matches!(&wrong, LoadErrorKind::WrongShape { name, found, expected }
            if name.parameter == "dense1.b" && *found == [2, 1] && *expected == [2]),
        "{wrong}"
    );
    assert!(
        wrong.to_string().starts_with("the array `dense1.b` has shape [2, 1], and the parameter [2]"),
        "{wrong}"
    );
    for (dtype, name) in [(F64, "f64"), (BF16, "bf16")] {
        let wrong = with(3, ("dense2.b", dtype, &[4]));
        assert!(matches!(&wrong, LoadErrorKind::WrongDtype { found, .. } if found == name), "{wrong}");
    }
    let wrong = with(2, ("dense3.w", F32, &[2, 4]));
    assert!(matches!(&wrong, LoadErrorKind::MissingArrays { missing, .. } if missing[0].array == "dense2.w"));
    let extra: Vec<_> = good.into_iter().chain([("dense3.w", F32, &[1][..])]).collect();
    let wrong = error(&mut net, "safetensors", &tensors(&extra));
    assert!(matches!(&wrong, LoadErrorKind::ExtraArrays { extra, .. } if *extra == ["dense3.w"]), "{wrong}");

    of_bytes(&mut net, "safetensors", &tensors(&good)).unwrap();
    assert!(net.parameter_values().iter().flatten().all(|&value| value == 0.0));
}

#[test]
fn safetensors_of_other_orders_load() {
    // Another program's file: arrays in an order of its own, and words about them.
    let header = r#"{"__metadata__":{"format":"pt"},
        "dense2.b":{"dtype":"F32","shape":[4],"data_offsets":[64,80]},
        "dense1.b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
        "dense2.w":{"dtype":"F32","shape":[2,4],"data_offsets":[32,64]},
        "dense1.w":{"dtype":"F32","shape":[3,2],"data_offsets":[8,32]}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.bytes());
    file.extend([7., 8., 1., 2., 3., 4., 5., 6.].map(|i| i / 8.0).iter().flat_map(|i: &f32| i.to_le_bytes()));
    file.extend((9..=20).flat_map(|i: u8| (f32::from(i) / 8.0).to_le_bytes()));
    let mut net = Small::<f32>::new(1);
    of_bytes(&mut net, "safetensors", &file).unwrap();
    assert!(counting(&net), "{:?}", net.parameter_values());
}

#[test]
fn every_file_cut_off_is_an_error() {
    let mut net = Small::<f32>::new(1);
    for format in FORMATS {
        let whole = to_bytes(&Small::<f32>::new(2), format);
        for end in 0..whole.len() {
            error(&mut net, format, &whole[..end]);
        }
        of_bytes(&mut net, format, &whole).unwrap();
    }
    let compressed = fs::read(fixture("compressed.npz")).unwrap();
    for end in 0..compressed.len() {
        error(&mut net, "npz", &compressed[..end]);
    }
}

#[test]
fn bytes_after_the_last_array_are_an_error() {
    let mut net = Small::<f32>::new(1);
    let mut file = to_bytes(&net, "safetensors");
    file.push(0);
    let wrong = error(&mut net, "safetensors", &file);
    assert!(matches!(wrong, LoadErrorKind::Corrupt { format: "safetensors", .. }), "{wrong}");
}

/// An archive of `input(3) => dense(2, linear, b = none)` whose only array has these bytes, compressed.
fn archive(array: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    archive.start_file("arr_0.npy", options).unwrap();
    archive.write_all(array).unwrap();
    archive.finish().unwrap().into_inner()
}

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

#[test]
fn claims_are_not_trusted() {
    network! { struct One < input(3) => dense(2, linear, b = none) > }
    let mut net = One::<f32>::new(1);
    let header = |shape| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
    of_bytes(&mut net, "npz", &archive(&npy(&header("(3, 2)"), &[0; 24]))).unwrap();
    let mut wrong = |array: &[u8]| error(&mut net, "npz", &archive(array)).to_string();

    // Lengths beyond memory, and lengths whose product wraps around to 6.
    for shape in ["(1000000000000, 2)", "(18446744073709551615, 2)", "(9223372036854775809, 6)"] {
        assert!(wrong(&npy(&header(shape), &[0; 24])).contains("has shape ["), "{shape}");
    }
    assert!(wrong(&npy(&header("(18446744073709551616, 2)"), &[0; 24])).contains("header cannot be read"));
    // Sixteen megabytes in a small file, as elements and as a header.
    assert!(wrong(&npy(&header("(3, 2)"), &[0; 1 << 24])).contains("it goes on after its 24 bytes"));
    let spaces = [b"\x93NUMPY\x02\x00", &(1_u32 << 24).to_le_bytes()[..], &[b' '; 1 << 24]].concat();
    assert!(wrong(&spaces).contains("claims 16777216 bytes"));
    assert!(wrong(&npy(&header("(3, 2)"), &[0; 23])).contains("it ends after 23 of 24 bytes"));
    assert!(wrong(b"no array").contains("an NPY header was expected"));

    let mut wrong = |file: &[u8]| error(&mut net, "safetensors", file).to_string();
    assert!(wrong(&u64::MAX.to_le_bytes()).contains("claims a header of 18446744073709551615 bytes"));
    assert!(
        wrong(&[0xff, 0xff, 0x0f, 0, 0, 0, 0, 0, b'{']).contains("it ends after 1 of its header's 1048575")
    );
    for (shape, end) in [("[1000000000000,2]", "8000000000000"), ("[9223372036854775809,6]", "24")] {
        let header = format!(r#"{{"dense1.w":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{end}]}}}}"#);
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 24]].concat();
        wrong(&file);
    }
    let nested = "[".repeat(100_000);
    wrong(&[&(nested.len() as u64).to_le_bytes()[..], nested.as_bytes()].concat());
}

#[test]
fn an_archive_of_many_files_is_an_error() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..1000 {
        archive.start_file(format!("{i}\u{1b}[31m"), SimpleFileOptions::default()).unwrap();
    }
    let file = archive.finish().unwrap().into_inner();
    let wrong = error(&mut Small::<f32>::new(1), "npz", &file).to_string();
    assert!(wrong.contains(" and 995 more"), "{wrong}");
    assert!(!wrong.contains('\u{1b}'), "a name in a file can hide nothing in a message");
}

proptest! {
    #[test]
    fn random_bytes_are_errors(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut net = Small::<f32>::new(1);
        for format in FORMATS {
            error(&mut net, format, &bytes);
        }
    }

    /// Changed bytes are an error, or change no value: the archive's checksums guard those. Safetensors has none.
    #[test]
    fn changed_bytes_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        number in 0..4_usize,
    ) {
        let (format, mut file) = match number {
            0 => ("npz", to_bytes(&Small::<f32>::new(2), "npz")),
            1 => ("npz", fs::read(fixture("compressed.npz")).unwrap()),
            2 => ("npz", fs::read(fixture("fortran.npz")).unwrap()),
            _ => ("safetensors", to_bytes(&Small::<f32>::new(2), "safetensors")),
        };
        let mut net = Small::<f32>::new(3);
        of_bytes(&mut net, format, &file).unwrap();
        let whole = bits(&net);
        for (index, byte) in changes {
            let index = index.index(file.len());
            file[index] = byte;
        }
        let mut net = Small::<f32>::new(1);
        let before = bits(&net);
        match of_bytes(&mut net, format, &file) {
            Err(_) => prop_assert_eq!(bits(&net), before),
            Ok(()) if format == "npz" => prop_assert_eq!(bits(&net), whole),
            Ok(()) => {}
        }
        let shapes: Vec<_> = net.parameter_values().iter().map(|array| array.shape().to_vec()).collect();
        prop_assert_eq!(shapes, [vec![3, 2], vec![2], vec![2, 4], vec![4]]);
    }
}

#[test]
fn the_name_says_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut net = Small::<f32>::new(1);
    for (name, end) in
        [("net.pkl", "in .pkl, "), ("net", "no extension that says the format; "), ("net.npz.gz", "in .gz, ")]
    {
        let path = folder.path().join(name);
        let error = io::save(&net, &path).unwrap_err();
        assert!(matches!(error.kind, SaveErrorKind::UnknownFormat(_)), "{error}");
        assert!(
            error.to_string().contains(end) && error.to_string().ends_with(".npz or .safetensors"),
            "{error}"
        );
        let error = io::load(&mut net, &path).unwrap_err();
        assert!(matches!(error.kind, LoadErrorKind::UnknownFormat(_)), "{error}");
    }
    let path = folder.path().join("NET.NPZ");
    io::save(&net, &path).unwrap();
    io::load(&mut net, &path).unwrap();
    assert!(fs::read(&path).unwrap().starts_with(b"PK"));
}

#[test]
fn files_out_of_reach_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let mut net = Small::<f32>::new(1);
    for format in FORMATS {
        let path = folder.path().join("absent/net").with_extension(format);
        assert!(matches!(io::save(&net, &path).unwrap_err().kind, SaveErrorKind::Io(_)));
        assert!(matches!(io::load(&mut net, &path).unwrap_err().kind, LoadErrorKind::Io(_)));
        // A folder of that name is left alone.
        let path = folder.path().join("folder").with_extension(format);
        fs::create_dir(&path).unwrap();
        assert!(matches!(io::save(&net, &path).unwrap_err().kind, SaveErrorKind::Io(_)));
        assert!(path.is_dir());
        let error = io::load(&mut net, &path).unwrap_err().to_string();
        assert_eq!(error, format!("{}: is a folder, and must be a file: name one within it", path.display()));
        fs::remove_dir(&path).unwrap();
        fs::write(&path, "").unwrap();
        let error = io::load(&mut net, &path).unwrap_err().to_string();
        assert_eq!(error, format!("{}: is empty: fetch or save it again", path.display()));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), FORMATS.len(), "nothing else was left behind");
}
