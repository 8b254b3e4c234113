//! What a GPU is to this crate: memory, kernels, and recorded sequences of both.
//!
//! Two implementations: [`nvidia`](super::nvidia) is the real one, [`emulator`](super::emulator) runs the same kernels
//! on the processor, so that they can be tested where there is no GPU.

use std::ffi::c_void;
use std::fmt::Debug;

use super::error::CudaError;
use super::program::Program;
use super::timing::Limits;
use crate::Precision;

/// An address in device memory.
pub(crate) type Pointer = u64;

/// A compiled kernel, as its driver knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Function(pub u64);

/// A recorded sequence, as its driver knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Graph(pub u64);

/// How many threads run a kernel: blocks along two axes, each of threads along two axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// Blocks along x and y.
    pub blocks: [u32; 2],
    /// Threads of each block along x and y.
    pub threads: [u32; 2],
}

/// Threads of a block where nothing speaks for another number.
pub(crate) const THREADS: u32 = 256;

/// The most blocks where each thread loops over what is left: enough to fill any GPU.
const MOST_BLOCKS: u32 = 4096;

impl Grid {
    /// Threads that share `len` elements in a loop (`FOR_EACH` of the kernels).
    pub fn over(len: usize) -> Self {
        let blocks = len.div_ceil(THREADS as usize).clamp(1, MOST_BLOCKS as usize);
        Grid { blocks: [blocks as u32, 1], threads: [THREADS, 1] }
    }

    /// Warps that share `rows` rows, one row each (`FOR_EACH_ROW` of the kernels).
    pub fn rows(rows: usize) -> Self {
        let blocks = rows.div_ceil(4).clamp(1, MOST_BLOCKS as usize);
        Grid { blocks: [blocks as u32, 1], threads: [32, 4] }
    }

    /// One block of threads.
    pub const BLOCK: Self = Grid { blocks: [1, 1], threads: [THREADS, 1] };

    /// One thread.
    pub const THREAD: Self = Grid { blocks: [1, 1], threads: [1, 1] };
}

/// One argument of a kernel: in CUDA C a pointer, `int`, `unsigned`, `unsigned long long` or `double`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Argument {
    /// An array, and how many bytes of device memory a kernel reads and writes for it at least: each that its result needs, once.
    Array {
        pointer: Pointer,
        bytes: usize,
    },
    Int(i32),
    Unsigned(u32),
    Long(u64),
    Double(f64),
    /// A number that a kernel cannot take: it is not launched.
    TooLarge(usize),
}

/// The largest number that kernels take as `int`: their loops and tiles go past it, by at most a block's threads.
pub(super) const MOST_INT: usize = i32::MAX as usize - 1024;

/// A number as `int`, if kernels can count to it.
pub(super) fn as_int(number: usize) -> Option<i32> {
    i32::try_from(number).ok().filter(|_| number <= MOST_INT)
}

/// So many blocks; more than a grid can have if that does not fit, so that it is not launched.
pub(crate) fn blocks(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Argument {
    /// A length that kernels take as `int`.
    pub fn int(length: usize) -> Self {
        as_int(length).map_or(Argument::TooLarge(length), Argument::Int)
    }

    /// A length for a kernel that counts to `most`, which is larger, in 32 bits.
    pub fn int_of(length: usize, most: usize) -> Self {
        if as_int(most).is_some() { Argument::int(length) } else { Argument::TooLarge(most) }
    }

    /// An array that is not there.
    pub const NONE: Self = Argument::Array { pointer: 0, bytes: 0 };

    /// An array, of which a kernel reads or writes `len` values.
    pub fn array<T>(pointer: Pointer, len: usize) -> Self {
        Argument::Array { pointer, bytes: if pointer == 0 { 0 } else { len * size_of::<T>() } }
    }

    /// The address, if it is one.
    pub fn pointer(&self) -> Option<Pointer> {
        if let Argument::Array { pointer, .. } = self { Some(*pointer) } else { None }
    }

    /// The bytes of device memory that a kernel reads and writes for it.
    pub fn bytes(&self) -> usize {
        if let Argument::Array { bytes, .. } = self { *bytes } else { 0 }
    }

    /// Where the value lies.
    pub fn address(&self) -> *mut c_void {
        match self {
            Argument::Array { pointer: value, .. } | Argument::Long(value) => {
                std::ptr::from_ref(value) as *mut c_void
            }
            Argument::Int(value) => std::ptr::from_ref(value) as *mut c_void,
            Argument::Unsigned(value) => std::ptr::from_ref(value) as *mut c_void,
            Argument::Double(value) => std::ptr::from_ref(value) as *mut c_void,
            Argument::TooLarge(value) => std::ptr::from_ref(value) as *mut c_void,
        }
    }
}

macro_rules! arguments {
    ($($type:ty => $variant:ident)*) => {$(
        impl From<$type> for Argument {
            fn from(value: $type) -> Self {
                Argument::$variant(value)
            }
        }
    )*};
}

arguments! { i32 => Int u32 => Unsigned u64 => Long f64 => Double }

/// The most blocks along x and y.
pub(crate) const MOST: [u32; 2] = [i32::MAX as u32, 0xffff];

/// The most arguments of a kernel.
pub(crate) const MOST_ARGUMENTS: usize = 24;

/// A matrix product of `f32` that a library may compute: C (rows, columns) = A (rows, depth) B (depth, columns), or
/// C += A B; then bias and rectifier. All are stored row by row without gaps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product {
    pub a: Operand,
    pub b: Operand,
    pub c: Pointer,
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
    pub accumulate: bool,
    /// A value for each column, or 0.
    pub bias: Pointer,
    pub relu: bool,
    /// Where the sums over the rows of B go, one for each column, or 0; then there is neither bias nor rectifier.
    pub sums: Pointer,
    /// What factors are rounded to.
    pub precision: Precision,
}

/// A factor of a product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    pub pointer: Pointer,
    /// Whether it is the transpose that is stored.
    pub transposed: bool,
}

/// Which of a convolution's three products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wanted {
    /// The sums, from images and filters.
    Sums,
    /// The gradient with respect to the images, from that with respect to the sums and the filters.
    Images,
    /// The gradient with respect to the filters, from images and the gradient with respect to the sums.
    Filters,
}

/// What a library needs to know of a convolution before it computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConvolutionShape {
    pub wanted: Wanted,
    /// The element type, `f32` or `f64`.
    pub real: &'static str,
    /// What factors of type `f32` are rounded to.
    pub precision: Precision,
    pub batch: usize,
    pub channels: usize,
    pub num_filters: usize,
    pub num_groups: usize,
    pub flip_filters: bool,
    /// Depth, rows and columns, 1 where there is none, of images, output and filters.
    pub input: [usize; 3],
    pub output: [usize; 3],
    pub filter_size: [usize; 3],
    pub stride: [usize; 3],
    /// Before and after an image.
    pub pad: [usize; 3],
}

/// A convolution that a library may compute. Images are (batch, channels, axes...), filters (filters, channels of a group,
/// axes...), sums (batch, filters, axes...).
#[derive(Clone, Copy, Debug)]
pub(crate) struct LibraryConvolution {
    pub shape: ConvolutionShape,
    pub images: Pointer,
    pub filters: Pointer,
    pub sums: Pointer,
}

/// A GPU. All work is done in the order in which it is asked for.
///
/// Between [`begin_recording`](Self::begin_recording) and [`end_recording`](Self::end_recording) kernels, copies and
/// zeroing are written down instead of done; nothing may be allocated, uploaded or downloaded.
///
/// # Safety
/// What reads or writes the device's memory is `unsafe`: who calls it vouches that each address is that of memory of this driver
/// which was not given back, as long as the call says; that a kernel is given its own arguments and stays within what they
/// name; and that all of it is still there when a recording is replayed.
pub(crate) trait Driver: Debug + Send + Sync {
    /// The device's name, for people.
    fn name(&self) -> String;

    /// Memory, which holds anything.
    fn allocate(&self, bytes: usize) -> Result<Pointer, CudaError>;

    /// Gives memory back, once what was asked for so far is done.
    unsafe fn free(&self, pointer: Pointer);

    /// Sets bytes to zero.
    unsafe fn zero(&self, pointer: Pointer, bytes: usize) -> Result<(), CudaError>;

    /// Copies from the host, which may change `values` afterwards.
    unsafe fn upload(&self, values: &[u8], to: Pointer) -> Result<(), CudaError>;

    /// Copies to the host, once what was asked for so far is done.
    unsafe fn download(&self, from: Pointer, values: &mut [u8]) -> Result<(), CudaError>;

    /// Copies within the device.
    unsafe fn copy(&self, from: Pointer, to: Pointer, bytes: usize) -> Result<(), CudaError>;

    /// A kernel of a program, compiled if it has not been.
    fn load(&self, program: &Program, kernel: &'static str) -> Result<Function, CudaError>;

    /// Runs a kernel.
    unsafe fn launch(&self, function: Function, grid: Grid, arguments: &[Argument]) -> Result<(), CudaError>;

    /// Computes a product by a library; false if there is none that can.
    unsafe fn multiply(&self, product: &Product) -> Result<bool, CudaError> {
        let _ = product;
        Ok(false)
    }

    /// Computes a convolution by a library.
    unsafe fn convolve(&self, convolution: &LibraryConvolution) -> Result<(), CudaError>;

    /// What it can do in a second.
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// The bytes of memory that are left.
    fn room(&self) -> Result<usize, CudaError>;

    /// Copies `bytes` bytes, which `fill` writes into memory of the host, to the device while it does other work: place
    /// `place` of a few. Waits until what the place held before has been sent, and copies once it was released.
    unsafe fn send(
        &self,
        place: usize,
        bytes: usize,
        to: Pointer,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), CudaError>;

    /// Work from here on comes after what was sent last by this place.
    fn receive(&self, place: usize) -> Result<(), CudaError>;

    /// What is sent next by this place comes after all work up to here.
    fn release(&self, place: usize) -> Result<(), CudaError>;

    /// From here on, work is written down.
    fn begin_recording(&self) -> Result<(), CudaError>;

    /// Up to here.
    fn end_recording(&self) -> Result<Graph, CudaError>;

    /// Does what was recorded.
    unsafe fn replay(&self, graph: Graph) -> Result<(), CudaError>;

    /// Forgets a recording.
    fn forget(&self, graph: Graph);

    /// Waits until all is done.
    fn synchronize(&self) -> Result<(), CudaError>;
}
