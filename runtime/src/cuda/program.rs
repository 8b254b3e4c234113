//! Kernels as text, with the constants that they are compiled for.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt::Write;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, OnceLock};

use super::driver::as_int;
use super::lock;
use crate::Real;

/// A file of kernels with what it includes.
#[derive(Debug)]
pub(crate) struct Source {
    /// The file's name.
    pub name: &'static str,
    /// Names and texts, in order.
    pub parts: &'static [(&'static str, &'static str)],
}

/// The source `kernels/$name`, which may use what stands in the other files.
macro_rules! source {
    ($name:literal $(, $included:literal)*) => {
        $crate::cuda::program::Source {
            name: $name,
            parts: &[
                ("prelude.cuh", $crate::cuda::program::kernels!("prelude.cuh")),
                $(($included, $crate::cuda::program::kernels!($included)),)*
                ($name, $crate::cuda::program::kernels!($name)),
            ],
        }
    };
}
pub(crate) use source;

/// The text of a file in `kernels/`.
macro_rules! kernels {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cuda/kernels/", $name))
    };
}
pub(crate) use kernels;

/// Sources that were made: by the type that they are of, a name or file and a code.
type Made = Mutex<HashMap<(TypeId, &'static str, &'static str), &'static Source>>;

impl Source {
    /// What `make` makes for a type the first time that it is asked for.
    pub fn of<K: 'static>(name: &'static str, make: impl FnOnce() -> &'static Source) -> &'static Source {
        Self::once((TypeId::of::<K>(), name, ""), make)
    }

    /// The source of kernels that a piece of code completes, made once: in the files `name` stands for it.
    pub fn with_code(
        name: &'static str,
        code: &'static str,
        files: &[(&'static str, &'static str)],
    ) -> &'static Source {
        let file = files.last().map_or(name, |(file, _)| file);
        Self::once((TypeId::of::<()>(), file, code), || {
            Source::leak(format!("#define {name} {}\n", code.replace('\n', " ")), files)
        })
    }

    fn once(
        key: (TypeId, &'static str, &'static str),
        make: impl FnOnce() -> &'static Source,
    ) -> &'static Source {
        static MADE: OnceLock<Made> = OnceLock::new();
        lock(MADE.get_or_init(Mutex::default)).entry(key).or_insert_with(make)
    }

    /// A source made of a text of its own, which stands before the files: the last one has the kernels. It is kept for
    /// good.
    pub fn leak(own: String, files: &[(&'static str, &'static str)]) -> &'static Source {
        let own: &'static str = Box::leak(own.into_boxed_str());
        let mut parts = vec![("prelude.cuh", kernels!("prelude.cuh")), ("own", own)];
        parts.extend_from_slice(files);
        let name = parts[parts.len() - 1].0;
        Box::leak(Box::new(Source { name, parts: Box::leak(parts.into_boxed_slice()) }))
    }
}

/// The most constants of a program.
const MOST_DEFINES: usize = 40;

/// A source with the element type and the constants that it is compiled for. It is a key: comparing it allocates
/// nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    /// The text.
    pub source: &'static Source,
    /// The element type, `f32` or `f64`.
    pub real: &'static str,
    defines: [Define; MOST_DEFINES],
    count: usize,
    too_large: Option<usize>,
}

/// A constant with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Define {
    /// The name, in capitals.
    pub name: &'static str,
    /// The value.
    pub value: Value,
}

/// The value of a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    /// A number that kernels use in expressions alone, not as a length of an array or in `#if`: shapes are such.
    Int(i32),
    /// A real number, by its bits; likewise.
    Real(u64),
    /// A number that may stand anywhere, so that the emulator has to compile anew for each: lengths of tiles.
    Fixed(i32),
}

impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.source, other.source)
            && self.real == other.real
            && self.defines() == other.defines()
    }
}

impl Eq for Program {}

impl Hash for Program {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.source).hash(state);
        self.real.hash(state);
        self.defines().hash(state);
    }
}

impl Program {
    /// A source for elements of type `T`, without constants.
    pub fn new<T: Real>(source: &'static Source) -> Self {
        let none = Define { name: "", value: Value::Int(0) };
        Program { source, real: T::NAME, defines: [none; MOST_DEFINES], count: 0, too_large: None }
    }

    /// With a constant that kernels use in expressions, such as an axis of a shape.
    pub fn int(self, name: &'static str, value: usize) -> Self {
        self.number(name, value, Value::Int)
    }

    /// The same for a number that may be negative, such as a stride.
    pub fn signed(self, name: &'static str, value: isize) -> Self {
        let Ok(small) = i32::try_from(value) else {
            return self.number(name, value.unsigned_abs(), Value::Int);
        };
        self.with(name, Value::Int(small))
    }

    /// With a real constant that kernels use in expressions.
    pub fn real(self, name: &'static str, value: f64) -> Self {
        self.with(name, Value::Real(value.to_bits()))
    }

    /// With a constant that may stand anywhere.
    pub fn fixed(self, name: &'static str, value: usize) -> Self {
        self.number(name, value, Value::Fixed)
    }

    fn number(mut self, name: &'static str, number: usize, value: fn(i32) -> Value) -> Self {
        self = self.within(number);
        self.with(name, value(as_int(number).unwrap_or(i32::MAX)))
    }

    /// The same, whose kernels make numbers up to this one of the constants, as `int`.
    pub fn within(mut self, number: usize) -> Self {
        if as_int(number).is_none() {
            self.too_large = Some(number);
        }
        self
    }

    /// A number that kernels cannot count to, if one of the constants, or what they make of them, is such: the program is not
    /// run.
    pub fn too_large(&self) -> Option<usize> {
        self.too_large
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.defines[self.count] = Define { name, value };
        self.count += 1;
        self
    }

    /// The constants.
    pub fn defines(&self) -> &[Define] {
        &self.defines[..self.count]
    }

    /// The text that a compiler reads, after the declarations that `constant` makes of the constants.
    pub fn text(&self, constant: impl Fn(&Define) -> String) -> String {
        let mut text = format!("typedef {} real;\n", if self.real == "f32" { "float" } else { "double" });
        let _ = writeln!(text, "#define REAL_IS_FLOAT {}", u8::from(self.real == "f32"));
        for define in self.defines() {
            let _ = writeln!(text, "{}", constant(define));
        }
        for (name, part) in self.source.parts {
            let _ = writeln!(text, "#line 1 \"{name}\"\n{part}");
        }
        text
    }

    /// The text for NVRTC: every constant is one.
    pub fn cuda_text(&self) -> String {
        self.text(|Define { name, value }| match value {
            Value::Int(value) | Value::Fixed(value) => format!("#define {name} ({value})"),
            Value::Real(bits) => format!("#define {name} ({:e})", f64::from_bits(*bits)),
        })
    }
}
