use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use ndarray::{Array1, Array2, Array3, Ix1, Ix3, array};
use proptest::prelude::*;

use super::*;

fn idx(code: u8, shape: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, code, shape.len() as u8];
    shape.iter().for_each(|length| file.extend(length.to_be_bytes()));
    file.extend(elements);
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn parse_as<T: Element, D: Dimension>(bytes: &[u8]) -> Result<Array<T, D>, IdxErrorKind> {
    from_reader("memory", bytes).map_err(|error| {
        assert!(error.to_string().starts_with("memory: "), "{error}");
        error.kind
    })
}

fn sample() -> Vec<u8> {
    idx(0x08, &[2, 1, 3], &[1, 2, 3, 4, 5, 255])
}

#[test]
fn plain_and_compressed() {
    let expected: Array3<u8> = array![[[1, 2, 3]], [[4, 5, 255]]];
    assert_eq!(parse_as::<u8, Ix3>(&sample()).unwrap(), expected);
    assert_eq!(parse_as::<u8, Ix3>(&gzip(&sample())).unwrap(), expected);
    assert_eq!(parse_as::<u8, IxDyn>(&sample()).unwrap(), expected.into_dyn());
}

#[test]
fn every_element_type() {
    let bytes = idx(0x09, &[2], &[0xff, 7]);
    assert_eq!(parse_as::<i8, Ix1>(&bytes).unwrap(), array![-1, 7]);
    let bytes = idx(0x0b, &[2], &[0x01, 0x02, 0xff, 0xfe]);
    assert_eq!(parse_as::<i16, Ix1>(&bytes).unwrap(), array![0x0102, -2]);
    let bytes = idx(0x0c, &[1], &[0x80, 0, 0, 1]);
    assert_eq!(parse_as::<i32, Ix1>(&bytes).unwrap(), array![i32::MIN + 1]);
    let bytes = idx(0x0d, &[1, 1], &(-1.5f32).to_be_bytes());
    assert_eq!(from_reader::<f32, _>("m", &bytes[..]).unwrap(), array![[-1.5f32]]);
    let bytes = idx(0x0e, &[1], &0.1f64.to_be_bytes());
    assert_eq!(parse_as::<f64, Ix1>(&bytes).unwrap(), array![0.1]);
}

#[test]
fn empty_arrays() {
    let array: Array2<u8> = parse_as(&idx(0x08, &[0, 28], &[])).unwrap();
    assert_eq!(array.dim(), (0, 28));
}

#[test]
fn from_the_file_system() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("digits.gz");
    let error = read_u8(&path).unwrap_err();
    assert!(error.to_string().contains("digits.gz: cannot be read"), "{error}");
    std::fs::write(&path, gzip(&sample())).unwrap();
    assert_eq!(read_u8(&path).unwrap().shape(), [2, 1, 3]);
}

#[test]
fn not_idx() {
    for start in [*b"PK\x03\x04", [0, 0, 0x0a, 1], [0, 0, 0x08, 0], [0, 1, 0x08, 1]] {
        let kind = parse_as::<u8, IxDyn>(&start).unwrap_err();
        assert!(matches!(kind, IdxErrorKind::NotIdx(found) if found == start), "{kind}");
    }
}

#[test]
fn another_type_or_rank() {
    let kind = parse_as::<f32, Ix3>(&sample()).unwrap_err();
    assert!(matches!(kind, IdxErrorKind::WrongType { found: ElementType::U8, expected: ElementType::F32 }));
    assert!(kind.to_string().contains("type u8, but f32 was asked for"), "{kind}");
    let kind = parse_as::<u8, Ix1>(&sample()).unwrap_err();
    assert!(matches!(kind, IdxErrorKind::WrongRank { found: 3, expected: 1 }), "{kind}");
}

#[test]
fn cut_off_or_too_long() {
    let whole = sample();
    for length in 0..whole.len() {
        let kind = parse_as::<u8, Ix3>(&whole[..length]).unwrap_err();
        match kind {
            IdxErrorKind::TruncatedHeader { found } => assert!(found == length && length < 16),
            IdxErrorKind::Truncated { shape, expected, found } => {
                assert_eq!((shape, expected, found), (vec![2, 1, 3], 6, length - 16));
            }
            other => panic!("{other}"),
        }
    }
    let kind = parse_as::<u8, Ix3>(&[whole, vec![0]].concat()).unwrap_err();
    assert!(matches!(kind, IdxErrorKind::TrailingBytes { expected: 6, .. }), "{kind}");
}

#[test]
fn a_header_alone_allocates_nothing() {
    // The first claims 4 GiB, the second just what an address can say, the others more.
    let kind = parse_as::<u8, Ix1>(&idx(0x08, &[u32::MAX], &[1])).unwrap_err();
    assert!(matches!(kind, IdxErrorKind::Truncated { found: 1, .. }), "{kind}");
    let kind = parse_as::<u8, IxDyn>(&idx(0x08, &[u32::MAX, 1 << 31], &[])).unwrap_err();
    assert!(matches!(kind, IdxErrorKind::Truncated { found: 0, .. }), "{kind}");
    for shape in [&[u32::MAX; 3][..], &[u32::MAX, 0, u32::MAX, u32::MAX], &[u32::MAX; 255]] {
        let kind = parse_as::<u8, IxDyn>(&idx(0x08, shape, &[])).unwrap_err();
        assert!(matches!(kind, IdxErrorKind::TooLarge(_)), "{kind}");
    }
    let kind = parse_as::<f64, IxDyn>(&idx(0x0e, &[1 << 31, 1 << 30], &[])).unwrap_err();
    assert!(matches!(kind, IdxErrorKind::TooLarge(_)), "{kind}");
}

#[test]
fn a_bomb_is_read_no_further_than_its_header() {
    let mut bomb = idx(0x08, &[3], &[1, 2, 3]);
    bomb.resize(64 << 20, 0);
    let kind = parse_as::<u8, Ix1>(&gzip(&bomb)).unwrap_err();
    assert!(matches!(kind, IdxErrorKind::TrailingBytes { expected: 3, .. }), "{kind}");
}

#[test]
fn broken_gzip() {
    let whole = gzip(&sample());
    for length in 2..whole.len() {
        let kind = parse_as::<u8, Ix3>(&whole[..length]).unwrap_err();
        assert!(matches!(kind, IdxErrorKind::Gzip(_)), "cut to {length}: {kind}");
    }
    let mut checksum = whole.clone();
    checksum[whole.len() - 6] ^= 1;
    let kind = parse_as::<u8, Ix3>(&checksum).unwrap_err();
    assert!(matches!(kind, IdxErrorKind::Gzip(_)), "{kind}");
    let kind = parse_as::<u8, Ix3>(&[whole, b"tail".to_vec()].concat()).unwrap_err();
    assert!(matches!(kind, IdxErrorKind::Gzip(_)), "{kind}");
}

/// Whatever parses is as large as its header and its bytes say.
fn check(bytes: &[u8]) {
    fn consistent<T: Element>(bytes: &[u8]) {
        if let Ok(array) = parse_as::<T, IxDyn>(bytes)
            && !bytes.starts_with(&GZIP_MAGIC)
        {
            assert_eq!(array.ndim(), usize::from(bytes[3]));
            assert_eq!(bytes.len(), 4 + 4 * array.ndim() + size_of::<T>() * array.len());
        }
    }
    consistent::<u8>(bytes);
    consistent::<i16>(bytes);
    consistent::<f64>(bytes);
    let _ = parse_as::<u8, Ix3>(bytes);
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let shape = prop::collection::vec(0u32..6, 1..4);
    (shape, prop::sample::select(&[0x08u8, 0x0b, 0x0e][..]), any::<u8>(), any::<bool>()).prop_map(
        |(shape, code, fill, compressed)| {
            let width = match code {
                0x08 => 1,
                0x0b => 2,
                _ => 8,
            };
            let size = shape.iter().product::<u32>() as usize * width;
            let file = idx(code, &shape, &vec![fill; size]);
            if compressed { gzip(&file) } else { file }
        },
    )
}

proptest! {
    #[test]
    fn whole_files_parse(shape in prop::collection::vec(0u32..6, 1..5), seed in any::<u8>(), compressed: bool) {
        let elements: Vec<u8> = (0..shape.iter().product()).map(|i: u32| seed.wrapping_add(i as u8)).collect();
        let file = idx(0x08, &shape, &elements);
        let file = if compressed { gzip(&file) } else { file };
        let array = parse_as::<u8, IxDyn>(&file).unwrap();
        prop_assert!(array.shape().iter().map(|&length| length as u32).eq(shape));
        prop_assert_eq!(array.into_raw_vec_and_offset().0, elements);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes);
        check(&[&[0, 0, 0x08], &bytes[..]].concat());
        check(&[&GZIP_MAGIC, &[8, 0][..], &bytes].concat());
        check(&gzip(&bytes));
    }

    #[test]
    fn cut_files_are_errors(file in any_file(), cut in any::<prop::sample::Index>()) {
        let file = &file[..cut.index(file.len())];
        check(file);
        prop_assert!(parse_as::<u8, IxDyn>(file).is_err());
        prop_assert!(parse_as::<f64, IxDyn>(file).is_err());
    }

    #[test]
    fn flipped_bits_never_panic(mut file in any_file(), bit in any::<prop::sample::Index>()) {
        let bit = bit.index(8 * file.len());
        file[bit / 8] ^= 1 << (bit % 8);
        check(&file);
    }
}

/// Labels are read as they are written elsewhere in this project: `Array1<u8>`.
#[test]
fn the_array_type_alone_says_what_is_asked_for() {
    let labels: Array1<u8> = from_reader("labels", &idx(0x08, &[3], &[7, 2, 1])[..]).unwrap();
    assert_eq!(labels, array![7, 2, 1]);
}
