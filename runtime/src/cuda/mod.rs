//! Networks on an NVIDIA GPU; the cargo feature `cuda`.
//!
//! ```no_run
//! use layercake::cuda::Cuda;
//! use layercake::prelude::*;
//!
//! network! { pub struct Mlp < input(1, 28, 28) => dense(800, relu) => dense(10, softmax) > }
//!
//! let net = Mlp::<f32>::new(1).to(&Cuda::new(0)?)?;
//! let mut trainer = Trainer::new(net, CategoricalCrossentropy, nesterov_momentum(0.01, 0.9));
//! // ... as on the processor
//! let net = trainer.net.to(&Cpu::default())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The driver, the compiler of kernels (NVRTC) and NVIDIA's libraries are loaded when [`Cuda::new`] is called, and must
//! then be installed; to build this crate nothing of them is needed.
#![doc = include_str!("README.md")]

mod axes;
pub(crate) mod batch_norm;
pub(crate) mod biases;
mod cache;
pub(crate) mod convolution;
mod correlate;
pub(crate) mod cudnn;
pub(crate) mod differences;
mod driver;
pub(crate) mod dropout;
pub(crate) mod embedding;
mod emulator;
mod epoch;
mod error;
mod expression;
mod feed;
pub(crate) mod gaussian_noise;
pub(crate) mod gemm;
pub(crate) mod groups;
mod kernels;
pub(crate) mod locally_connected;
pub(crate) mod map;
mod memory;
pub(crate) mod merge;
mod nvidia;
pub(crate) mod objectives;
mod passes;
pub(crate) mod penalties;
mod pool;
pub(crate) mod pooling;
mod program;
pub(crate) mod pyramid;
mod recording;
pub(crate) mod recurrent;
pub(crate) mod response;
pub(crate) mod rrelu;
pub(crate) mod sample;
pub(crate) mod sequences;
pub(crate) mod shared_parameters;
pub(crate) mod shared_sums;
pub(crate) mod sharing;
pub(crate) mod standardization;
mod step;
pub(crate) mod strided;
mod threads;
mod timing;
pub(crate) mod updates;
pub(crate) mod upscale;
mod windows;
pub(crate) mod winners;

use std::collections::HashMap;
use std::fmt::{Debug, Formatter};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use driver::Argument;
pub(crate) use epoch::HostData;
pub use error::CudaError;
pub(crate) use memory::room_for;
pub use memory::{Buffer, Slice, SliceMut};
pub(crate) use program::Source;
#[doc(hidden)]
pub use timing::{KernelTime, Limits, Work};

use crate::Precision;
use driver::{Driver, Function, Grid, MOST, MOST_ARGUMENTS};
use pool::{Memory, Pool, present};
use program::Program;
use threads::Threads;
use timing::Timing;

/// An NVIDIA GPU, to compute on.
///
/// Cloning it is cheap and gives the same device: one stream of work, in the order of the calls. Any thread may use it.
///
/// What fails within a pass ends that pass: nothing more is computed, and the thread that made it is told the error once, by
/// the pass or, after a backward pass, by whatever it asks for next that returns an error: a pass, a training step,
/// [`Parameter::read`](crate::Parameter::read), `to`, `save` or [`status`](Self::status). Parameters keep their values, and the
/// next pass begins anew. Only [`CudaError::Broken`] stays: the device then computes no more.
#[derive(Clone)]
pub struct Cuda {
    shared: Arc<Shared>,
    precision: Precision,
    data_limit: Option<usize>,
}

/// What all clones of a device share.
struct Shared {
    pool: Arc<Pool>,
    functions: Mutex<HashMap<(Program, &'static str), Function>>,
    threads: Threads,
    /// While kernels are timed.
    timing: Mutex<Option<Timing>>,
}

impl Debug for Cuda {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Cuda({}, {})", self.name(), self.precision)
    }
}

impl Cuda {
    /// The GPU with this number, the first being 0, with products in [`Precision::F32`].
    ///
    /// # Errors
    /// If a library is missing or there is no such device; the error says what to install.
    pub fn new(ordinal: usize) -> Result<Self, CudaError> {
        Self::with_driver(Box::new(nvidia::Nvidia::new(ordinal)?))
    }

    /// A device on the processor that runs the same kernels, compiled by the C++ compiler, for tests without a GPU.
    ///
    /// # Errors
    /// If there is no C++ compiler.
    #[doc(hidden)]
    pub fn emulated() -> Result<Self, CudaError> {
        Self::with_driver(Box::new(emulator::Emulator::new(false, None)?))
    }

    /// The same with a library of products, as GPUs have it.
    ///
    /// # Errors
    /// If there is no C++ compiler.
    #[doc(hidden)]
    pub fn emulated_with_products() -> Result<Self, CudaError> {
        Self::with_driver(Box::new(emulator::Emulator::new(true, None)?))
    }

    /// The same with so many bytes of memory, which may change.
    ///
    /// # Errors
    /// If there is no C++ compiler.
    #[doc(hidden)]
    pub fn emulated_with_room(bytes: Arc<AtomicUsize>) -> Result<Self, CudaError> {
        Self::with_driver(Box::new(emulator::Emulator::new(false, Some(bytes))?))
    }

    fn with_driver(driver: Box<dyn Driver>) -> Result<Self, CudaError> {
        let (functions, threads, timing) = (Mutex::default(), Threads::default(), Mutex::default());
        let shared = Shared { pool: Pool::new(driver), functions, threads, timing };
        let cuda = Cuda { shared: Arc::new(shared), precision: Precision::default(), data_limit: None };
        cuda.prepare_steps();
        cuda.status()?;
        Ok(cuda)
    }

    /// The same device with products of networks in `f32` in another precision.
    pub fn with_precision(self, precision: Precision) -> Self {
        Cuda { precision, ..self }
    }

    /// The same device with at most so many bytes for a data set in [`Trainer::epoch`](crate::train::Trainer::epoch): one
    /// that is larger is sent in parts, each while the steps of the part before it are done. By default it may take
    /// three quarters of the memory that is left.
    pub fn with_data_limit(self, bytes: usize) -> Self {
        Cuda { data_limit: Some(bytes), ..self }
    }

    /// What products are computed in.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The device's name.
    pub fn name(&self) -> String {
        self.shared.pool.driver().name()
    }

    /// Whether all that this thread has asked for since it was last told of a failure could be done.
    ///
    /// # Errors
    /// The first failure since then; a second call returns it again only if the device is
    /// [`Broken`](CudaError::Broken).
    pub fn status(&self) -> Result<(), CudaError> {
        self.shared.pool.take_failure().map_or(Ok(()), Err)
    }

    /// Waits until all work is done.
    ///
    /// # Errors
    /// If any of it failed.
    pub fn synchronize(&self) -> Result<(), CudaError> {
        self.attempt(|driver| driver.synchronize());
        self.status()
    }

    /// Does something unless this thread's work failed before, and remembers its failure.
    pub(crate) fn attempt<R>(&self, work: impl FnOnce(&dyn Driver) -> Result<R, CudaError>) -> Option<R> {
        self.shared.pool.attempt(work)
    }

    /// Remembers a failure, if it is this thread's first.
    pub(crate) fn fail(&self, error: CudaError) {
        self.shared.pool.fail(error);
    }

    /// Whether this thread's work failed, which it has not been told of.
    fn has_failed(&self) -> bool {
        self.attempt(|_| Ok(())).is_none()
    }

    /// The bytes that a data set may take.
    fn room_for_data(&self) -> usize {
        let room = || self.attempt(|driver| driver.room()).unwrap_or_default() / 4 * 3;
        self.data_limit.unwrap_or_else(room)
    }

    fn allocate(&self, bytes: usize) -> Option<Memory> {
        self.attempt(|_| Memory::new(&self.shared.pool, bytes))
    }

    /// Runs the kernel of this name, compiling it the first time. A grid without threads is nothing to do.
    pub(crate) fn launch(&self, program: &Program, kernel: &'static str, grid: Grid, arguments: &[Argument]) {
        self.launch_counted(program, (kernel, 0), grid, arguments);
    }

    /// The same for one whose limit is arithmetic, with the multiply-adds that its result needs.
    pub(crate) fn launch_counted(
        &self,
        program: &Program,
        (kernel, multiply_adds): (&'static str, usize),
        grid: Grid,
        arguments: &[Argument],
    ) {
        if grid.blocks.contains(&0) {
            return;
        }
        self.attempt(|driver| {
            present(arguments.iter().filter_map(Argument::pointer))?;
            let number = arguments.iter().find_map(|argument| match argument {
                Argument::TooLarge(number) => Some(*number),
                _ => None,
            });
            let too_many = grid.blocks.into_iter().zip(MOST).find(|(blocks, most)| blocks > most);
            let number = number.or(too_many.map(|(blocks, _)| blocks as usize)).or(program.too_large());
            if let Some(number) = number {
                return Err(CudaError::TooLarge { kernel, number });
            }
            if arguments.len() > MOST_ARGUMENTS {
                let reason =
                    format!("it has {} arguments, and {MOST_ARGUMENTS} are the most", arguments.len());
                return Err(CudaError::Launch { kernel: kernel.to_owned(), reason });
            }
            let function = self.function(driver, program, kernel)?;
            // SAFETY: kernels are this crate's, or made of text whose author vouches for it, and arguments are what these
            // methods were lent.
            let launch = || unsafe { driver.launch(function, grid, arguments) };
            launch()?;
            let bytes = arguments.iter().map(Argument::bytes).sum();
            self.time(driver, Work { kernel, multiply_adds, bytes }, launch)
        });
    }

    fn function(
        &self,
        driver: &dyn Driver,
        program: &Program,
        kernel: &'static str,
    ) -> Result<Function, CudaError> {
        let mut functions = lock(&self.shared.functions);
        if let Some(&function) = functions.get(&(*program, kernel)) {
            return Ok(function);
        }
        let function = driver.load(program, kernel)?;
        functions.insert((*program, kernel), function);
        Ok(function)
    }
}

/// Locks. A panic of another thread leaves these values as good as any error does.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernels::STEP;

    /// What a kernel or a grid cannot count to is refused before anything is computed.
    #[test]
    fn a_launch_that_is_too_large_is_an_error() {
        let Ok(cuda) = Cuda::emulated() else { return eprintln!("skipped: no C++ compiler") };
        let program = Program::new::<f64>(&STEP);
        let too_large = || match cuda.status() {
            Err(CudaError::TooLarge { number, .. }) => Some(number),
            _ => None,
        };
        let launch = |program: &Program, blocks: [u32; 2], length: usize| {
            let grid = Grid { blocks, threads: [1, 1] };
            cuda.launch(program, "begin_part", grid, &[cuda.step_cell(), Argument::int(length)]);
            too_large()
        };
        assert_eq!(launch(&program, [1, 1], 1 << 40), Some(1 << 40));
        assert_eq!(launch(&program, [1, 70_000], 1), Some(70_000));
        assert_eq!(launch(&program, [driver::blocks(1 << 40), 1], 1), Some(u32::MAX as usize));
        assert_eq!(launch(&program.int("N", 1 << 33), [1, 1], 1), Some(1 << 33));
        assert_eq!(launch(&program.int("N", 1 << 20).within(1 << 40), [1, 1], 1), Some(1 << 40));
        assert_eq!(Argument::int_of(3, 1 << 31), Argument::TooLarge(1 << 31));
        assert_eq!(Argument::int_of(3, 1 << 30), Argument::Int(3));
        // Loops go past the last number that there is.
        let most = driver::MOST_INT;
        assert_eq!(Argument::int(most + 1), Argument::TooLarge(most + 1));
        assert_eq!(Argument::int(most), Argument::Int(i32::MAX - 1024));

        // Lengths beyond 32 bits, of memory that nothing reads: each method says what it cannot count to.
        let [mut long, short] = ["long", "short"].map(|name| cuda.scratch_slice::<f32>(name, 16));
        long.len = 1 << 33;
        cuda.sum_rows(1 << 32, long.read(), &short);
        assert_eq!(too_large(), Some(1 << 32));
        cuda.repeat(long.read(), &short);
        assert_eq!(too_large(), Some(1 << 33));
        cuda.bias_gradients(2, 1 << 33, long.read(), &short);
        assert_eq!(too_large(), Some(1 << 32));
        let sequences = sequences::Sequences { batch: 1 << 32, time: 2, features: 1, backwards: false };
        cuda.to_steps(sequences, long.read(), &short);
        assert_eq!(too_large(), Some(1 << 32));
        let blocks = crate::geometry::Blocks { input: [1 << 11; 3], scale: [1; 3], filled: true };
        cuda.upscale(&blocks, long.read(), &short);
        assert_eq!(too_large(), Some(1 << 33));
    }
}
