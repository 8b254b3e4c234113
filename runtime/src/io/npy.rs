//! The header of an NPY file, the format of each array in an npz archive (NumPy Enhancement Proposal 1).
//!
//! It is `\x93NUMPY`, a version, the length of the rest, and the literal of a Python dictionary:
//! `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }`.
//!
//! It is read here and not by a crate for NPY: the one at hand (`npyz`) allocates whatever length the file claims,
//! up to 4 GiB, before it reads, and brings a parser generator for a dictionary of three entries.

use std::io::{self, Read};

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The longest header that is read, as NumPy's own limit. Without it a header could be gigabytes of spaces.
const LONGEST: u32 = 10_000;

/// What a whole header is a multiple of, so that the elements are aligned in memory.
const ALIGNMENT: usize = 64;

/// What an NPY file says of its array.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The element type, by the names of [`Real::NAME`](crate::Real::NAME) where it has one.
    pub dtype: String,
    /// Whether the bytes of each element are in reverse.
    pub big_endian: bool,
    /// Whether the first axis is the one that varies fastest.
    pub fortran_order: bool,
    pub shape: Vec<usize>,
}

/// Reads the header; the elements follow. An error of the kind `InvalidData` is about the content.
pub(super) fn read_header(reader: &mut impl Read) -> io::Result<Header> {
    let mut start = [0; 8];
    reader.read_exact(&mut start)?;
    let [magic @ .., major, _] = start;
    if magic != *MAGIC {
        return Err(invalid(format!(
            "it starts with the bytes {magic:02x?}, where an NPY header was expected"
        )));
    }
    let length = match major {
        1 => {
            let mut length = [0; 2];
            reader.read_exact(&mut length)?;
            u16::from_le_bytes(length).into()
        }
        2 | 3 => {
            let mut length = [0; 4];
            reader.read_exact(&mut length)?;
            u32::from_le_bytes(length)
        }
        _ => return Err(invalid(format!("its NPY header is of version {major}, and 1 to 3 are known"))),
    };
    if length > LONGEST {
        return Err(invalid(format!(
            "its NPY header claims {length} bytes, and at most {LONGEST} were expected"
        )));
    }
    let mut text = vec![0; length as usize];
    reader.read_exact(&mut text)?;
    let text = str::from_utf8(&text).map_err(|_| invalid("its NPY header is not text".to_owned()))?;
    parse(text).ok_or_else(|| invalid(format!("its NPY header cannot be read: {:?}", text.trim_end())))
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// The header of an array of little-endian elements in row-major order; `descr` is NumPy's code for them.
pub(super) fn header(descr: &str, shape: &[usize]) -> Vec<u8> {
    let lengths: String = shape.iter().map(|length| format!("{length}, ")).collect();
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}", lengths.trim_end());
    let before = MAGIC.len() + 4;
    let length = (before + text.len() + 1).next_multiple_of(ALIGNMENT) - before;
    let mut header = MAGIC.to_vec();
    header.extend([1, 0]);
    header.extend(u16::try_from(length).expect("a layer's shape has few axes").to_le_bytes());
    header.extend(text.bytes());
    header.resize(before + length - 1, b' ');
    header.push(b'\n');
    header
}

fn parse(text: &str) -> Option<Header> {
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    let mut literal = Literal(text);
    literal.symbol('{')?;
    while literal.symbol('}').is_none() {
        let key = literal.string()?;
        literal.symbol(':')?;
        let is_new = match key {
            "descr" => descr.replace(literal.string()?).is_none(),
            "fortran_order" => fortran_order.replace(literal.flag()?).is_none(),
            "shape" => shape.replace(literal.shape()?).is_none(),
            _ => false,
        };
        if !is_new || (literal.symbol(',').is_none() && !literal.0.trim_start().starts_with('}')) {
            return None;
        }
    }
    if !literal.0.trim().is_empty() {
        return None;
    }
    let (dtype, big_endian) = dtype(descr?);
    Some(Header { dtype, big_endian, fortran_order: fortran_order?, shape: shape? })
}

/// The name of the element type that NumPy's code stands for, and whether it is big-endian: `f32` for `<f4`.
fn dtype(descr: &str) -> (String, bool) {
    let unknown = (descr.to_owned(), false);
    let (Some(order), Some(kind), Some(size)) = (descr.get(..1), descr.get(1..2), descr.get(2..)) else {
        return unknown;
    };
    // Digits alone: `parse` takes a sign as well.
    let size = size.bytes().all(|byte| byte.is_ascii_digit()).then(|| size.parse::<u8>().ok()).flatten();
    match (order, kind, size) {
        ("<" | ">" | "|", "f" | "i" | "u", Some(1)) => (format!("{kind}8"), false),
        ("<" | ">", "f" | "i" | "u", Some(size @ (2 | 4 | 8))) => {
            (format!("{kind}{}", 8 * size), order == ">")
        }
        ("|", "b", Some(1)) => ("bool".to_owned(), false),
        ("|", "O", _) => ("object".to_owned(), false),
        _ => unknown,
    }
}

/// What is left of the Python literal. All methods skip spaces first.
struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    fn symbol(&mut self, symbol: char) -> Option<()> {
        self.0 = self.0.trim_start().strip_prefix(symbol)?;
        Some(())
    }

    /// A string without escapes: no key or element type needs one.
    fn string(&mut self) -> Option<&'a str> {
        let quote = if self.symbol('\'').is_some() { '\'' } else { self.symbol('"').map(|()| '"')? };
        let (string, rest) = self.0.split_once(quote)?;
        self.0 = rest;
        (!string.contains('\\')).then_some(string)
    }

    fn flag(&mut self) -> Option<bool> {
        let text = self.0.trim_start();
        let (flag, rest) = match text.strip_prefix("True") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("False")?),
        };
        self.0 = rest;
        Some(flag)
    }

    fn shape(&mut self) -> Option<Vec<usize>> {
        self.symbol('(')?;
        let mut shape = Vec::new();
        while self.symbol(')').is_none() {
            shape.push(self.length()?);
            // `(3)` would be a number in Python, and is here the end of a tuple; no file has it.
            if self.symbol(',').is_none() {
                self.symbol(')')?;
                break;
            }
        }
        Some(shape)
    }

    fn length(&mut self) -> Option<usize> {
        let text = self.0.trim_start();
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        // Python 2, of Lasagne's days, wrote long numbers as `3L`.
        self.0 = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Header, String> {
        read_header(&mut &bytes[..]).map_err(|error| error.to_string())
    }

    fn of_text(text: &str) -> Option<Header> {
        parse(text)
    }

    #[test]
    fn a_header_written_is_the_one_read() {
        for shape in [vec![], vec![3], vec![3, 2], vec![1, 20, 300, 4000]] {
            let bytes = header("<f4", &shape);
            assert_eq!(bytes.len() % ALIGNMENT, 0);
            assert_eq!(bytes.last(), Some(&b'\n'));
            let expected = Header { dtype: "f32".to_owned(), big_endian: false, fortran_order: false, shape };
            assert_eq!(read(&bytes), Ok(expected));
        }
        let text = header("<f8", &[7]);
        assert!(text[10..].starts_with(b"{'descr': '<f8', 'fortran_order': False, 'shape': (7,), } "));
    }

    #[test]
    fn other_spellings_are_read() {
        let expected = Some(Header {
            dtype: "f64".to_owned(),
            big_endian: true,
            fortran_order: true,
            shape: vec![3, 4],
        });
        assert_eq!(of_text("{'descr': '>f8', 'fortran_order': True, 'shape': (3, 4), }  \n"), expected);
        assert_eq!(of_text("{\"shape\":(3L,4L),\"fortran_order\":True,\"descr\":\">f8\"}"), expected);
        let scalar = of_text("{'descr': '|O', 'fortran_order': False, 'shape': ()}").unwrap();
        assert_eq!((&*scalar.dtype, &*scalar.shape), ("object", &[][..]));
    }

    #[test]
    fn element_types_have_names() {
        let name = |descr| dtype(descr).0;
        assert_eq!(["<f4", ">i8", "|u1", "|b1", "<f2"].map(name), ["f32", "i64", "u8", "bool", "f16"]);
        // Codes without a name, or of no type at all, stay as they are.
        for code in ["<c8", "<U12", "f4", "", "<", "|f4", "<f16", "µf4", "<f-4", "<f+4"] {
            assert_eq!(name(code), code);
        }
    }

    #[test]
    fn broken_headers_are_errors() {
        for text in [
            "",
            "{",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), ",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } more",
            "{'descr': '<f4', 'fortran_order': False}",
            "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
            "{'descr': '<f4' 'fortran_order': False, 'shape': (3,)}",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}",
            "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3 4)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'more': 1}",
        ] {
            assert_eq!(of_text(text), None, "{text}");
        }
        assert!(read(b"\x93NUMPX\x01\x00\x00\x00").unwrap_err().contains("4e, 55, 4d, 50, 58"));
        assert!(read(b"\x93NUMPY\x09\x00\x00\x00").unwrap_err().contains("version 9"));
        assert!(read(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}").unwrap_err().contains("4294967295"));
        assert!(read(b"\x93NUMPY\x01\x00\x02\x00\xff\xff").unwrap_err().contains("not text"));
        let whole = header("<f4", &[3]);
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err());
        }
    }
}
