//! Kernels compiled as C++ and loaded.

use std::collections::HashMap;
use std::ffi::c_void;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use libloading::Symbol;

use super::super::cache;
use super::super::error::CudaError;
use super::super::lock;
use super::super::program::{Define, Program, Value};
use super::architectures;

/// The entry of a kernel: grid (blocks along x and y, threads along x and y), addresses of the arguments, their kinds
/// and number.
pub(super) type Run = unsafe extern "C" fn(*const u32, *mut *mut c_void, *const u32, u32) -> i32;

/// What stands for CUDA.
const SHIM: &str = include_str!("shim.h");

/// How the kernels are compiled. Products and sums are not contracted, so that they are the same on all processors.
const OPTIONS: [&str; 8] = ["-x", "c++", "-std=c++17", "-O1", "-w", "-shared", "-fPIC", "-ffp-contract=off"];

/// A loaded library of kernels; never unloaded, as several devices may use it.
#[derive(Debug)]
pub(super) struct Library {
    library: libloading::Library,
    set_constants: unsafe extern "C" fn(*const i32, *const f64),
}

/// Where a library is once it is loaded.
type Place = Arc<Mutex<Option<&'static Library>>>;

/// The C++ compiler's name, and what it says of its version.
pub(super) fn compiler() -> Result<&'static (String, String), CudaError> {
    static COMPILER: OnceLock<Option<(String, String)>> = OnceLock::new();
    let found = COMPILER.get_or_init(|| {
        let name = std::env::var("CXX").unwrap_or_else(|_| String::from("c++"));
        let output = Command::new(&name).arg("--version").output().ok()?;
        output.status.success().then(|| (name, String::from_utf8_lossy(&output.stdout).into_owned()))
    });
    found.as_ref().ok_or_else(|| CudaError::Library {
        library: "a C++ compiler, which the emulated device needs,",
        files: vec![std::env::var("CXX").unwrap_or_else(|_| String::from("c++"))],
        remedy: "install one (g++ on Debian and Ubuntu), or name it in the environment variable CXX",
    })
}

impl Library {
    /// The library of a program's kernels, compiled if no process has done so yet.
    pub fn of(program: &Program) -> Result<&'static Library, CudaError> {
        static LOADED: OnceLock<Mutex<HashMap<String, Place>>> = OnceLock::new();
        let (compiler, version) = compiler()?;
        let text = text(program);
        let key = cache::key([version.as_str(), &OPTIONS.join(" "), &text]);
        let place = Arc::clone(lock(LOADED.get_or_init(Mutex::default)).entry(key.clone()).or_default());
        // Others meanwhile compile other ones.
        let mut loaded = lock(&place);
        if let Some(library) = *loaded {
            return Ok(library);
        }
        architectures::check(program, &key)?;
        let (file, _) = cache::file(&format!("{key}.so"), |file| compile(program, compiler, &text, file))?;
        Ok(loaded.insert(Box::leak(Box::new(Library::load(program, &file)?))))
    }

    fn load(program: &Program, file: &Path) -> Result<Library, CudaError> {
        let fail = |error: libloading::Error| CudaError::Compile {
            kernels: program.source.name.to_owned(),
            log: error.to_string(),
        };
        // SAFETY: the library was compiled from this crate's own text; it runs nothing when it is loaded.
        let library = unsafe { libloading::Library::new(file) }.map_err(fail)?;
        // SAFETY: `text` defines it with this signature.
        let set_constants = *unsafe { library.get(b"emulate_constants\0") }.map_err(fail)?;
        Ok(Library { library, set_constants })
    }

    /// The entry of a kernel.
    pub fn entry(&self, kernel: &str) -> Result<Run, CudaError> {
        // SAFETY: `text` defines entries with this signature.
        let entry: Result<Symbol<'_, Run>, _> =
            unsafe { self.library.get(format!("emulate_{kernel}\0").as_bytes()) };
        entry
            .map(|entry| *entry)
            .map_err(|error| CudaError::Launch { kernel: kernel.to_owned(), reason: error.to_string() })
    }

    /// Sets the constants of this thread's launches.
    pub fn set_constants(&self, ints: &[i32], reals: &[f64]) {
        // SAFETY: the function reads as many of each as the program that it was made for has, and all programs that
        // share it have the same names.
        unsafe { (self.set_constants)(ints.as_ptr(), reals.as_ptr()) }
    }
}

/// The C++ of a program: constants become variables, so that one library serves all shapes.
fn text(program: &Program) -> String {
    let mut text = format!("{SHIM}\n");
    text += &program.text(|Define { name, value }| match value {
        Value::Int(_) => format!("static thread_local int {name};"),
        Value::Real(_) => format!("static thread_local double {name};"),
        Value::Fixed(value) => format!("#define {name} {value}"),
    });
    let (mut setters, mut ints, mut reals) = (String::new(), 0, 0);
    for Define { name, value } in program.defines() {
        let (array, place) = match value {
            Value::Int(_) => ("ints", &mut ints),
            Value::Real(_) => ("reals", &mut reals),
            Value::Fixed(_) => continue,
        };
        setters += &format!(" {name} = {array}[{place}];");
        *place += 1;
    }
    text += &format!(
        "extern \"C\" void emulate_constants(const int *ints, const double *reals) {{{setters} }}\n"
    );
    // The prelude only offers ways to wait.
    let own = || program.source.parts.iter().skip(1).map(|(_, text)| *text);
    let waits = own().any(waits);
    for kernel in own().flat_map(kernels_of) {
        text += &format!("EMULATE({kernel}, {waits})\n");
    }
    text
}

/// The names of the kernels in a text.
pub(crate) fn kernels_of(text: &str) -> impl Iterator<Item = &str> {
    text.split("__global__ void ").skip(1).filter_map(|rest| {
        let rest = rest
            .strip_prefix("__launch_bounds__(")
            .map_or(Some(rest), |rest| rest.split_once(')').map(|(_, rest)| rest.trim_start()))?;
        rest.split_once('(').map(|(name, _)| name)
    })
}

/// Whether threads wait for each other: else they need no stacks of their own.
fn waits(text: &str) -> bool {
    ["__sync", "__shfl", "warp_", "block_"].iter().any(|word| text.contains(word))
}

fn compile(program: &Program, compiler: &str, text: &str, file: &Path) -> Result<(), CudaError> {
    let fail = |log: String| CudaError::Compile { kernels: program.source.name.to_owned(), log };
    let source = file.with_extension("cpp");
    std::fs::write(&source, text).map_err(|error| fail(format!("{}: {error}", source.display())))?;
    let output = Command::new(compiler)
        .args(OPTIONS)
        .arg(&source)
        .arg("-o")
        .arg(file)
        .output()
        .map_err(|error| fail(format!("{compiler}: {error}")))?;
    if !output.status.success() {
        return Err(fail(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let _ = std::fs::remove_file(source);
    Ok(())
}
