//! Convolutions by cuDNN, with algorithms whose sums are always in the same order. Compiled, and never run yet: no GPU was at
//! hand.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;

use cudarc::cudnn::result::{self, CudnnError};
use cudarc::cudnn::sys;
use cudarc::driver::sys::CUstream;

use super::super::driver::{ConvolutionShape, LibraryConvolution, Pointer, Wanted};
use super::super::error::CudaError;
use super::DeviceMemory;
use super::owned::owned;
use crate::Precision;

/// The most memory that an algorithm may work in.
const MOST_WORKSPACE: usize = 1 << 30;

/// The most algorithms to choose among, more than there are.
const MOST_ALGORITHMS: usize = 16;

/// The library, with the plans of convolutions seen so far and the memory that each works in.
#[derive(Debug)]
pub(super) struct CuDnn {
    /// Given back before the library's own handle.
    plans: HashMap<ConvolutionShape, (Plan, DeviceMemory)>,
    handle: Handle,
}

owned! {
    Tensor(sys::cudnnTensorDescriptor_t): result::destroy_tensor_descriptor;
    Filters(sys::cudnnFilterDescriptor_t): result::destroy_filter_descriptor;
    Description(sys::cudnnConvolutionDescriptor_t): result::destroy_convolution_descriptor;
    Handle(sys::cudnnHandle_t): result::destroy_handle;
}

// SAFETY: cuDNN may be called from any thread, by one at a time, which the lock around this value sees to.
unsafe impl Send for CuDnn {}

/// How a convolution is computed.
#[derive(Debug)]
struct Plan {
    images: Tensor,
    sums: Tensor,
    filters: Filters,
    convolution: Description,
    algorithm: Algorithm,
    /// The bytes that it works in.
    bytes: usize,
}

/// An algorithm for one of the three products.
#[derive(Clone, Copy, Debug)]
enum Algorithm {
    Sums(sys::cudnnConvolutionFwdAlgo_t),
    Images(sys::cudnnConvolutionBwdDataAlgo_t),
    Filters(sys::cudnnConvolutionBwdFilterAlgo_t),
}

fn fail(error: CudnnError) -> CudaError {
    CudaError::Call { function: "a convolution by cuDNN", reason: format!("{:?}", error.0) }
}

/// Asks for algorithms by one of the library's three functions, and takes the fastest that is allowed, with its memory.
macro_rules! choose {
    ($get:ident, $found:ident, $product:ident, $allowed:expr, [$($argument:expr),*]) => {{
        let mut found = [const { MaybeUninit::<sys::$found>::uninit() }; MOST_ALGORITHMS];
        let mut count: c_int = 0;
        // SAFETY: handle and descriptors are alive, and there is room for as many answers as are asked for.
        unsafe {
            let (asked, to) = (MOST_ALGORITHMS as c_int, found.as_mut_ptr().cast());
            result::$get($($argument,)* asked, &mut count, to)?;
        }
        // SAFETY: the library has written as many as it says, the fastest first.
        let mut found = found[..count as usize].iter().map(|found| unsafe { found.assume_init() });
        let allowed = found.find(|found| {
            found.status == sys::cudnnStatus_t::CUDNN_STATUS_SUCCESS
                && found.determinism == sys::cudnnDeterminism_t::CUDNN_DETERMINISTIC
                && found.memory <= MOST_WORKSPACE
                && $allowed(found.mathType)
        });
        allowed.map(|found| (Algorithm::$product(found.algo), found.memory, found.mathType))
    }};
}

impl CuDnn {
    /// The library.
    ///
    /// # Errors
    /// If it is not installed.
    pub fn find() -> Result<Self, CudaError> {
        // SAFETY: it only tries to load libraries of cuDNN's names.
        if !unsafe { sys::is_culib_present() } {
            return Err(CudaError::Library {
                library: "cuDNN, for which algorithm = cudnn asks,",
                files: cudarc::get_lib_name_candidates("cudnn"),
                remedy: "install cuDNN 9, or the Python package nvidia-cudnn-cu12 or nvidia-cudnn-cu13, and name its library \
                         folder in LD_LIBRARY_PATH; or take another algorithm",
            });
        }
        Ok(CuDnn { plans: HashMap::new(), handle: Handle(result::create_handle().map_err(fail)?) })
    }

    /// Computes a convolution. Memory to work in is allocated with the first of a shape.
    pub fn convolve(
        &mut self,
        of: &LibraryConvolution,
        stream: CUstream,
        allocate: impl FnOnce(usize) -> Result<DeviceMemory, CudaError>,
    ) -> Result<(), CudaError> {
        let (plan, workspace) = match self.plans.entry(of.shape) {
            Entry::Occupied(plan) => plan.into_mut(),
            Entry::Vacant(place) => {
                let found = plan(&self.handle, &of.shape).map_err(fail)?;
                let plan = found.ok_or_else(|| CudaError::Call {
                    function: "a convolution by cuDNN",
                    reason: format!("it has no algorithm with sums in a fixed order for {:?}", of.shape),
                })?;
                // Of no memory there is no address.
                let workspace = allocate(plan.bytes.max(1))?;
                place.insert((plan, workspace))
            }
        };
        plan.run(&self.handle, workspace.0, of, stream).map_err(fail)
    }
}

impl Plan {
    fn run(
        &self,
        handle: &Handle,
        workspace: Pointer,
        of: &LibraryConvolution,
        stream: CUstream,
    ) -> Result<(), CudnnError> {
        let Plan { images: Tensor(images), sums: Tensor(sums), filters: Filters(filters), .. } = *self;
        let Plan { convolution: Description(convolution), algorithm, bytes, .. } = *self;
        let (handle, workspace) = (handle.0, workspace as *mut c_void);
        // Factors are of the element's type.
        let (single, double) = ([1_f32, 0.0], [1_f64, 0.0]);
        let address = |place: usize| -> *const c_void {
            if of.shape.real == "f32" {
                (&raw const single[place]).cast()
            } else {
                (&raw const double[place]).cast()
            }
        };
        let (one, zero) = (address(0), address(1));
        let read = |pointer: Pointer| pointer as *const c_void;
        let write = |pointer: Pointer| pointer as *mut c_void;
        // SAFETY: handle and descriptors are alive and were made for values of these shapes, whose memory the caller
        // vouches for; the workspace is as large as the library asked for; factors are read during the call.
        unsafe {
            result::set_stream(handle, stream.cast())?;
            match algorithm {
                Algorithm::Sums(algorithm) => result::convolution_forward(
                    handle,
                    one,
                    images,
                    read(of.images),
                    filters,
                    read(of.filters),
                    convolution,
                    algorithm,
                    workspace,
                    bytes,
                    zero,
                    sums,
                    write(of.sums),
                ),
                Algorithm::Images(algorithm) => result::convolution_backward_data(
                    handle,
                    one,
                    filters,
                    read(of.filters),
                    sums,
                    read(of.sums),
                    convolution,
                    algorithm,
                    workspace,
                    bytes,
                    zero,
                    images,
                    write(of.images),
                ),
                Algorithm::Filters(algorithm) => result::convolution_backward_filter(
                    handle,
                    one,
                    images,
                    read(of.images),
                    sums,
                    read(of.sums),
                    convolution,
                    algorithm,
                    workspace,
                    bytes,
                    zero,
                    filters,
                    write(of.filters),
                ),
            }
        }
    }
}

/// The library's own choice among the algorithms that are allowed; without memory yet.
fn plan(handle: &Handle, shape: &ConvolutionShape) -> Result<Option<Plan>, CudnnError> {
    use sys::cudnnConvolutionMode_t::{CUDNN_CONVOLUTION, CUDNN_CROSS_CORRELATION};
    use sys::cudnnMathType_t::{CUDNN_DEFAULT_MATH, CUDNN_FMA_MATH, CUDNN_TENSOR_OP_MATH};
    let single = shape.real == "f32";
    let real =
        if single { sys::cudnnDataType_t::CUDNN_DATA_FLOAT } else { sys::cudnnDataType_t::CUDNN_DATA_DOUBLE };
    // Exact factors, or those of TF32; of values in `f32` the library has no products of bfloat16.
    let exact = !single || shape.precision == Precision::F32;
    let math = if exact { CUDNN_FMA_MATH } else { CUDNN_TENSOR_OP_MATH };
    let allowed = |found| !exact || found == CUDNN_FMA_MATH || found == CUDNN_DEFAULT_MATH;

    // At least two axes beside the channels, and three only where there is depth.
    let has_depth = [shape.input, shape.output, shape.filter_size].iter().any(|lengths| lengths[0] != 1);
    let first = usize::from(!has_depth);
    let axes = |lengths: [usize; 3]| -> Vec<c_int> {
        lengths[first..].iter().map(|&length| length as c_int).collect()
    };
    let with = |outer: [usize; 2], lengths: [usize; 3]| -> Vec<c_int> {
        outer.iter().map(|&length| length as c_int).chain(axes(lengths)).collect()
    };
    let tensor = |dims: Vec<c_int>| {
        let mut strides = vec![1; dims.len()];
        for axis in (1..dims.len()).rev() {
            strides[axis - 1] = strides[axis] * dims[axis];
        }
        let tensor = Tensor(result::create_tensor_descriptor()?);
        // SAFETY: the descriptor was just made, and both lists have as many elements as there are axes.
        unsafe {
            let count = dims.len() as c_int;
            result::set_tensornd_descriptor(tensor.0, real, count, dims.as_ptr(), strides.as_ptr())?;
        }
        Ok(tensor)
    };
    let images = tensor(with([shape.batch, shape.channels], shape.input))?;
    let sums = tensor(with([shape.batch, shape.num_filters], shape.output))?;
    let filters = Filters(result::create_filter_descriptor()?);
    let convolution = Description(result::create_convolution_descriptor()?);
    let dims = with([shape.num_filters, shape.channels / shape.num_groups], shape.filter_size);
    let (pad, stride, dilation) = (axes(shape.pad), axes(shape.stride), axes([1; 3]));
    let mode = if shape.flip_filters { CUDNN_CONVOLUTION } else { CUDNN_CROSS_CORRELATION };
    let format = sys::cudnnTensorFormat_t::CUDNN_TENSOR_NCHW;
    // SAFETY: the descriptors were just made, and the lists have as many elements as there are axes.
    unsafe {
        result::set_filternd_descriptor(filters.0, real, format, dims.len() as c_int, dims.as_ptr())?;
        let (count, [pad, stride, dilation]) =
            (pad.len() as c_int, [&pad, &stride, &dilation].map(|list| list.as_ptr()));
        result::set_convolutionnd_descriptor(convolution.0, count, pad, stride, dilation, mode, real)?;
        result::set_convolution_group_count(convolution.0, shape.num_groups as i32)?;
        result::set_convolution_math_type(convolution.0, math)?;
    }

    let handle = handle.0;
    let chosen = match shape.wanted {
        Wanted::Sums => choose!(
            get_convolution_forward_algorithm,
            cudnnConvolutionFwdAlgoPerf_t,
            Sums,
            allowed,
            [handle, images.0, filters.0, convolution.0, sums.0]
        ),
        Wanted::Images => choose!(
            get_convolution_backward_data_algorithm,
            cudnnConvolutionBwdDataAlgoPerf_t,
            Images,
            allowed,
            [handle, filters.0, sums.0, convolution.0, images.0]
        ),
        Wanted::Filters => choose!(
            get_convolution_backward_filter_algorithm,
            cudnnConvolutionBwdFilterAlgoPerf_t,
            Filters,
            allowed,
            [handle, images.0, sums.0, convolution.0, filters.0]
        ),
    };
    let Some((algorithm, bytes, found)) = chosen else { return Ok(None) };
    // SAFETY: the descriptor is alive.
    unsafe { result::set_convolution_math_type(convolution.0, if exact { math } else { found })? };
    Ok(Some(Plan { images, sums, filters, convolution, algorithm, bytes }))
}
