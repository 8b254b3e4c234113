//! What can go wrong between here and the GPU.

use crate::device::DeviceError;

/// Why a GPU cannot be used, or stopped working.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CudaError {
    /// A library is not on this machine.
    #[error("cuda: {library} was not found; looked for {} on the loader's paths; {remedy}", files.join(", "))]
    Library {
        /// What the library is.
        library: &'static str,
        /// The files that were looked for.
        files: Vec<String>,
        /// What to install.
        remedy: &'static str,
    },
    /// A library is too old, and may be without functions that are needed.
    #[error("cuda: {library} is of version {found}, and must be of {needed} or later; {remedy}")]
    TooOld {
        /// What the library is.
        library: &'static str,
        /// Its version.
        found: String,
        /// The first that will do.
        needed: &'static str,
        /// What to install.
        remedy: &'static str,
    },
    /// There is no GPU of this number.
    #[error(
        "cuda: there is no device {ordinal}: the driver sees {count} device(s), and the first is number 0"
    )]
    NoDevice {
        /// The number asked for.
        ordinal: usize,
        /// How many devices there are.
        count: usize,
    },
    /// The device has too little memory.
    #[error("cuda: {bytes} bytes of device memory could not be had; a smaller batch needs less")]
    OutOfMemory {
        /// What was asked for.
        bytes: usize,
    },
    /// The device stopped working, for the rest of this process: what it has in its memory is lost.
    #[error(
        "cuda: the device stopped working: {function} failed: {reason}; what is in its memory is lost, and this \
             process cannot use it any more"
    )]
    Broken {
        /// The function that said so.
        function: &'static str,
        /// What it says.
        reason: String,
    },
    /// A call needs memory that could not be had before.
    #[error(
        "cuda: this needs memory that could not be had before, of which an earlier error told; make the network or \
         what it keeps between calls anew"
    )]
    Missing,
    /// More than a kernel or library can count to.
    #[error(
        "cuda: `{kernel}` counts in 32 bits, and these sizes need {number}; a smaller batch may need less"
    )]
    TooLarge {
        /// The kernel, or what a library computes.
        kernel: &'static str,
        /// What it would have to count to.
        number: usize,
    },
    /// A function of a library failed.
    #[error("cuda: {function} failed: {reason}")]
    Call {
        /// The function.
        function: &'static str,
        /// What it says.
        reason: String,
    },
    /// A layer asks for a way of computing that is there on a processor alone.
    #[error("cuda: there are no kernels for the {kind} `{name}` with {option}; use {instead}")]
    NoKernels {
        /// The layer's name in the network.
        name: &'static str,
        /// Its kind.
        kind: &'static str,
        /// The option that has none.
        option: String,
        /// The options that have.
        instead: &'static str,
    },
    /// A kernel does not compile: a defect of this crate, or a compiler that is too old for the device.
    #[error("cuda: the kernels `{kernels}` did not compile: {log}")]
    Compile {
        /// The file of kernels.
        kernels: String,
        /// What the compiler says.
        log: String,
    },
    /// A kernel was called in a way that it was not made for: a defect of this crate.
    #[error("cuda: the kernel `{kernel}`: {reason}")]
    Launch {
        /// The kernel.
        kernel: String,
        /// What is wrong.
        reason: String,
    },
}

impl From<CudaError> for DeviceError {
    fn from(error: CudaError) -> Self {
        DeviceError::new(error)
    }
}
