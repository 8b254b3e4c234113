//! The real driver: NVIDIA's, with kernels compiled by NVRTC, and products by cuBLASLt where it is installed. The
//! libraries are loaded at run time.

mod cublaslt;
mod cudnn;
mod lanes;
pub(super) mod nvrtc;
mod owned;
mod staging;

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::mem::ManuallyDrop;
use std::sync::{Mutex, PoisonError};

use cudarc::driver::sys::{self as cuda, CUresult};

use super::cache;
use super::driver::{
    Argument, Driver, Function, Graph, Grid, LibraryConvolution, MOST_ARGUMENTS, Pointer, Product,
};
use super::error::CudaError;
use super::program::Program;
use super::timing::Limits;
use cublaslt::CublasLt;
use cudnn::CuDnn;
use owned::owned;
use staging::{Link, Staging};

/// The oldest driver that has all functions which are called.
const OLDEST: i32 = 12_000;

/// A GPU: its context, and one stream of work. What comes first is given back first.
#[derive(Debug)]
pub(super) struct Nvidia {
    /// The library of products, with memory for it.
    cublaslt: Option<(CublasLt, DeviceMemory)>,
    /// The library of convolutions, once one asks for it.
    cudnn: Mutex<Option<CuDnn>>,
    staging: Mutex<Staging>,
    modules: Mutex<HashMap<Program, Module>>,
    stream: Stream,
    context: cuda::CUcontext,
    /// Whose context it is.
    _device: PrimaryContext,
    name: String,
    /// The compute capability, such as 90 for 9.0.
    capability: u32,
    /// The driver's version, such as 12040.
    version: i32,
    limits: Limits,
}

owned! {
    Stream(cuda::CUstream): cuda::cuStreamDestroy_v2;
    Module(cuda::CUmodule): cuda::cuModuleUnload;
    DeviceMemory(Pointer): cuda::cuMemFree_v2;
    PrimaryContext(cuda::CUdevice): cuda::cuDevicePrimaryCtxRelease_v2;
}

// SAFETY: the driver's functions may be called from any thread once the context is current there, which `bind` sees to;
// handles are only passed to them.
unsafe impl Send for Nvidia {}
// SAFETY: as above.
unsafe impl Sync for Nvidia {}

fn check(function: &'static str, result: CUresult) -> Result<(), CudaError> {
    if result == CUresult::CUDA_SUCCESS {
        return Ok(());
    }
    let mut text = std::ptr::null();
    // SAFETY: the driver writes the address of a static string, or none.
    unsafe { cuda::cuGetErrorString(result, &mut text) };
    let reason = if text.is_null() {
        format!("{result:?}")
    } else {
        // SAFETY: a static string of the driver, with a zero at its end.
        format!("{} ({result:?})", unsafe { CStr::from_ptr(text) }.to_string_lossy())
    };
    Err(if is_final(result) {
        CudaError::Broken { function, reason }
    } else {
        CudaError::Call { function, reason }
    })
}

/// Whether the driver returns this error of every call from now on.
fn is_final(result: CUresult) -> bool {
    use CUresult::*;
    matches!(
        result,
        CUDA_ERROR_DEINITIALIZED
            | CUDA_ERROR_CONTEXT_IS_DESTROYED
            | CUDA_ERROR_ECC_UNCORRECTABLE
            | CUDA_ERROR_NVLINK_UNCORRECTABLE
            | CUDA_ERROR_ILLEGAL_ADDRESS
            | CUDA_ERROR_LAUNCH_TIMEOUT
            | CUDA_ERROR_ASSERT
            | CUDA_ERROR_HARDWARE_STACK_ERROR
            | CUDA_ERROR_ILLEGAL_INSTRUCTION
            | CUDA_ERROR_MISALIGNED_ADDRESS
            | CUDA_ERROR_INVALID_ADDRESS_SPACE
            | CUDA_ERROR_INVALID_PC
            | CUDA_ERROR_LAUNCH_FAILED
            | CUDA_ERROR_UNKNOWN
    )
}

/// Calls a function of the driver and turns what it returns into a `Result`.
macro_rules! call {
    ($function:ident($($argument:expr),* $(,)?)) => {
        // SAFETY: the arguments are what the driver's manual asks for: handles that the driver made and that are still
        // alive, and addresses that are valid for the time of the call.
        check(stringify!($function), unsafe { cuda::$function($($argument),*) })
    };
}

use call;

/// A new stream of work.
fn stream() -> Result<Stream, CudaError> {
    let mut stream = std::ptr::null_mut();
    call!(cuStreamCreate(&mut stream, cuda::CUstream_flags_enum::CU_STREAM_NON_BLOCKING as u32))?;
    Ok(Stream(stream))
}

/// New memory of this thread's context.
fn allocate(bytes: usize) -> Result<DeviceMemory, CudaError> {
    let mut pointer = 0;
    // SAFETY: the driver writes the address of the memory.
    match unsafe { cuda::cuMemAlloc_v2(&mut pointer, bytes) } {
        CUresult::CUDA_ERROR_OUT_OF_MEMORY => Err(CudaError::OutOfMemory { bytes }),
        result => check("cuMemAlloc", result).map(|()| DeviceMemory(pointer)),
    }
}

impl Nvidia {
    /// The GPU of this number.
    pub fn new(ordinal: usize) -> Result<Self, CudaError> {
        // SAFETY: it only tries to load libraries of the driver's names.
        if !unsafe { cuda::is_culib_present() } {
            return Err(CudaError::Library {
                library: "the NVIDIA driver",
                files: cudarc::get_lib_name_candidates("cuda"),
                remedy: "install the NVIDIA driver for this GPU (a machine without an NVIDIA GPU has no use for it)",
            });
        }
        nvrtc::find()?;
        call!(cuInit(0))?;
        let mut version = 0;
        call!(cuDriverGetVersion(&mut version))?;
        if version < OLDEST {
            return Err(CudaError::TooOld {
                library: "the NVIDIA driver",
                found: format!("CUDA {}.{}", version / 1000, version % 1000 / 10),
                needed: "CUDA 12.0",
                remedy: "install a newer driver, 525 or later",
            });
        }
        let mut count = 0;
        call!(cuDeviceGetCount(&mut count))?;
        let count = count as usize;
        if ordinal >= count {
            return Err(CudaError::NoDevice { ordinal, count });
        }
        let mut device = 0;
        call!(cuDeviceGet(&mut device, ordinal as i32))?;
        let attribute = |attribute| {
            let mut value = 0;
            call!(cuDeviceGetAttribute(&mut value, attribute, device)).map(|()| value as u32)
        };
        use cuda::CUdevice_attribute::{
            CU_DEVICE_ATTRIBUTE_CLOCK_RATE as CLOCK, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR as MAJOR,
            CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR as MINOR,
            CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH as BUS_WIDTH,
            CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE as MEMORY_CLOCK,
            CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT as MULTIPROCESSORS,
        };
        let capability = 10 * attribute(MAJOR)? + attribute(MINOR)?;
        // Drivers that do not know a clock say 0, or that there is no such attribute.
        let [multiprocessors, clock, memory_clock, bus_width] =
            [MULTIPROCESSORS, CLOCK, MEMORY_CLOCK, BUS_WIDTH].map(|wanted| attribute(wanted).unwrap_or(0));
        let limits = Limits::new(capability, [multiprocessors, clock], [memory_clock, bus_width]);
        let mut name = [0; 128];
        call!(cuDeviceGetName(name.as_mut_ptr(), name.len() as i32, device))?;
        // SAFETY: the driver ended the name with a zero.
        let name = unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned();
        let mut context = std::ptr::null_mut();
        call!(cuDevicePrimaryCtxRetain(&mut context, device))?;
        let device = PrimaryContext(device);
        call!(cuCtxSetCurrent(context))?;
        let (stream, staging) = (stream()?, Mutex::new(Staging::new()?));
        let cublaslt = match CublasLt::find()? {
            Some(library) => Some((library, allocate(cublaslt::WORKSPACE)?)),
            None => None,
        };
        Ok(Nvidia {
            cublaslt,
            cudnn: Mutex::default(),
            staging,
            modules: Mutex::default(),
            stream,
            context,
            _device: device,
            name,
            capability,
            version,
            limits,
        })
    }

    /// Makes the context that of this thread.
    fn bind(&self) -> Result<(), CudaError> {
        call!(cuCtxSetCurrent(self.context))
    }

    /// Memory of the device, to copy in the order of its work.
    fn link(&self, device: Pointer) -> Link {
        Link { device, stream: self.stream.0, context: self.context }
    }

    fn module(&self, program: &Program) -> Result<cuda::CUmodule, CudaError> {
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = modules.get(program) {
            return Ok(module.0);
        }
        let text = program.cuda_text();
        let options = nvrtc::options(self.capability)?;
        let version = format!("{} {:?}", self.version, nvrtc::version()?);
        let key = cache::key([version.as_str(), &options.join(" "), &text]);
        let (_, image) = cache::file(&format!("{key}.cubin"), |file| {
            cache::write(file, &nvrtc::compile(program.source.name, &text, &options)?)
        })?;
        let mut module = std::ptr::null_mut();
        call!(cuModuleLoadData(&mut module, image.as_ptr().cast()))?;
        modules.insert(*program, Module(module));
        Ok(module)
    }
}

impl Driver for Nvidia {
    fn name(&self) -> String {
        let products = if self.cublaslt.is_some() { "cuBLASLt" } else { "kernels of this crate" };
        let (major, minor) = (self.capability / 10, self.capability % 10);
        format!("{}, compute capability {major}.{minor}, products by {products}", self.name)
    }

    fn allocate(&self, bytes: usize) -> Result<Pointer, CudaError> {
        self.bind()?;
        allocate(bytes).map(|memory| ManuallyDrop::new(memory).0)
    }

    unsafe fn free(&self, pointer: Pointer) {
        // Freeing waits for all work. That it fails has been said by the call that broke the context.
        let _ = self.bind().and_then(|()| call!(cuMemFree_v2(pointer)));
    }

    unsafe fn zero(&self, pointer: Pointer, bytes: usize) -> Result<(), CudaError> {
        // Of no bytes at all the driver's manual says nothing.
        if bytes == 0 {
            return Ok(());
        }
        self.bind()?;
        call!(cuMemsetD8Async(pointer, 0, bytes, self.stream.0))
    }

    unsafe fn upload(&self, values: &[u8], to: Pointer) -> Result<(), CudaError> {
        self.bind()?;
        // The driver would record it: a replay would copy what the memory of the host holds by then.
        let mut status = cuda::CUstreamCaptureStatus_enum::CU_STREAM_CAPTURE_STATUS_NONE;
        call!(cuStreamIsCapturing(self.stream.0, &mut status))?;
        if status != cuda::CUstreamCaptureStatus_enum::CU_STREAM_CAPTURE_STATUS_NONE {
            return Err(CudaError::Call {
                function: "upload",
                reason: String::from("a step is being recorded"),
            });
        }
        self.staging.lock().unwrap_or_else(PoisonError::into_inner).upload(values, self.link(to))
    }

    unsafe fn download(&self, from: Pointer, values: &mut [u8]) -> Result<(), CudaError> {
        self.bind()?;
        self.staging.lock().unwrap_or_else(PoisonError::into_inner).download(self.link(from), values)
    }

    unsafe fn copy(&self, from: Pointer, to: Pointer, bytes: usize) -> Result<(), CudaError> {
        self.bind()?;
        call!(cuMemcpyDtoDAsync_v2(to, from, bytes, self.stream.0))
    }

    fn load(&self, program: &Program, kernel: &'static str) -> Result<Function, CudaError> {
        self.bind()?;
        let module = self.module(program)?;
        let name = CString::new(kernel).unwrap_or_default();
        let mut function = std::ptr::null_mut();
        call!(cuModuleGetFunction(&mut function, module, name.as_ptr()))?;
        Ok(Function(function as u64))
    }

    unsafe fn launch(&self, function: Function, grid: Grid, arguments: &[Argument]) -> Result<(), CudaError> {
        self.bind()?;
        let mut addresses = [std::ptr::null_mut(); MOST_ARGUMENTS];
        for (address, argument) in addresses.iter_mut().zip(arguments) {
            *address = argument.address();
        }
        let Grid { blocks: [blocks_x, blocks_y], threads: [threads_x, threads_y] } = grid;
        call!(cuLaunchKernel(
            function.0 as cuda::CUfunction,
            blocks_x,
            blocks_y,
            1,
            threads_x,
            threads_y,
            1,
            0,
            self.stream.0,
            addresses.as_mut_ptr(),
            std::ptr::null_mut(),
        ))
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn room(&self) -> Result<usize, CudaError> {
        self.bind()?;
        let (mut free, mut total) = (0, 0);
        call!(cuMemGetInfo_v2(&mut free, &mut total))?;
        Ok(free)
    }

    unsafe fn send(
        &self,
        place: usize,
        bytes: usize,
        to: Pointer,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), CudaError> {
        self.bind()?;
        self.staging.lock().unwrap_or_else(PoisonError::into_inner).send(place, bytes, to, fill)
    }

    fn receive(&self, place: usize) -> Result<(), CudaError> {
        self.bind()?;
        self.staging.lock().unwrap_or_else(PoisonError::into_inner).receive(place, self.stream.0)
    }

    fn release(&self, place: usize) -> Result<(), CudaError> {
        self.bind()?;
        self.staging.lock().unwrap_or_else(PoisonError::into_inner).release(place, self.stream.0)
    }

    unsafe fn multiply(&self, product: &Product) -> Result<bool, CudaError> {
        let Some((library, workspace)) = &self.cublaslt else { return Ok(false) };
        self.bind()?;
        library.multiply(product, workspace.0, self.stream.0)
    }

    unsafe fn convolve(&self, convolution: &LibraryConvolution) -> Result<(), CudaError> {
        self.bind()?;
        let mut cudnn = self.cudnn.lock().unwrap_or_else(PoisonError::into_inner);
        let library = match &mut *cudnn {
            Some(library) => library,
            none => none.insert(CuDnn::find()?),
        };
        library.convolve(convolution, self.stream.0, allocate)
    }

    fn begin_recording(&self) -> Result<(), CudaError> {
        self.bind()?;
        let mode = cuda::CUstreamCaptureMode_enum::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
        call!(cuStreamBeginCapture_v2(self.stream.0, mode))
    }

    fn end_recording(&self) -> Result<Graph, CudaError> {
        self.bind()?;
        let mut graph = std::ptr::null_mut();
        call!(cuStreamEndCapture(self.stream.0, &mut graph))?;
        let mut executable = std::ptr::null_mut();
        let instantiated = call!(cuGraphInstantiateWithFlags(&mut executable, graph, 0));
        call!(cuGraphDestroy(graph))?;
        instantiated.map(|()| Graph(executable as u64))
    }

    unsafe fn replay(&self, graph: Graph) -> Result<(), CudaError> {
        self.bind()?;
        call!(cuGraphLaunch(graph.0 as cuda::CUgraphExec, self.stream.0))
    }

    fn forget(&self, graph: Graph) {
        let _ = self.bind().and_then(|()| call!(cuGraphExecDestroy(graph.0 as cuda::CUgraphExec)));
    }

    fn synchronize(&self) -> Result<(), CudaError> {
        self.bind()?;
        call!(cuStreamSynchronize(self.stream.0))
    }
}

impl Drop for Nvidia {
    /// All is done, and the context this thread's, before anything is given back.
    fn drop(&mut self) {
        let _ = self.synchronize();
    }
}
