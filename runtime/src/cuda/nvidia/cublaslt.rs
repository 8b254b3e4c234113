//! Matrix products by cuBLASLt, with bias and rectifier in their last step.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use cudarc::cublaslt::result::{self, CublasError};
use cudarc::cublaslt::sys;
use cudarc::driver::sys::CUstream;

use super::super::driver::{Operand, Pointer, Product};
use super::super::error::CudaError;
use super::owned::owned;
use crate::Precision;

/// Memory that products may use, as NVIDIA recommends it for the largest GPUs.
pub(super) const WORKSPACE: usize = 32 << 20;

/// The library, with the plans of products seen so far.
#[derive(Debug)]
pub(super) struct CublasLt {
    /// Given back before the library's own handle.
    plans: Mutex<HashMap<Shape, Option<Plan>>>,
    handle: Handle,
}

/// What a plan depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shape {
    lengths: [usize; 3],
    transposed: [bool; 2],
    bias: bool,
    relu: bool,
    sums: bool,
    precision: u8,
    alignments: [u32; 3],
}

/// How a product is computed.
#[derive(Debug)]
struct Plan {
    description: Description,
    a: Layout,
    b: Layout,
    c: Layout,
    algorithm: sys::cublasLtMatmulAlgo_t,
}

owned! {
    Description(sys::cublasLtMatmulDesc_t): result::destroy_matmul_desc;
    Layout(sys::cublasLtMatrixLayout_t): result::destroy_matrix_layout;
    Preference(sys::cublasLtMatmulPreference_t): result::destroy_matmul_pref;
    Handle(sys::cublasLtHandle_t): result::destroy_handle;
}

// SAFETY: cuBLASLt may be called from any thread; its descriptions are used under a lock.
unsafe impl Send for CublasLt {}
// SAFETY: as above.
unsafe impl Sync for CublasLt {}

fn fail(function: &'static str) -> impl Fn(CublasError) -> CudaError {
    move |error| CudaError::Call { function, reason: error.to_string() }
}

/// What an epilogue reads or writes for each column: biases, or sums over rows of B.
fn vector(product: &Product) -> Pointer {
    if product.sums == 0 { product.bias } else { product.sums }
}

/// What the addresses of A, B and C are multiples of, as far as it matters: those of a part of a larger matrix may be of less
/// than memory of its own is.
fn alignments(product: &Product) -> [u32; 3] {
    [product.a.pointer, product.b.pointer, product.c].map(|pointer| 1 << pointer.trailing_zeros().min(8))
}

fn address<T>(value: &T) -> *const c_void {
    std::ptr::from_ref(value).cast()
}

impl CublasLt {
    /// The library, if it is installed; else this crate's own kernels compute products.
    pub fn find() -> Result<Option<Self>, CudaError> {
        // SAFETY: it only tries to load libraries of cuBLASLt's names.
        if !unsafe { sys::is_culib_present() } {
            return Ok(None);
        }
        let handle = result::create_handle().map_err(fail("cublasLtCreate"))?;
        Ok(Some(CublasLt { plans: Mutex::default(), handle: Handle(handle) }))
    }

    /// Computes a product; false if the library has no way to.
    pub fn multiply(
        &self,
        product: &Product,
        workspace: Pointer,
        stream: CUstream,
    ) -> Result<bool, CudaError> {
        let shape = Shape {
            lengths: [product.rows, product.columns, product.depth],
            transposed: [product.a.transposed, product.b.transposed],
            bias: product.bias != 0,
            relu: product.relu,
            sums: product.sums != 0,
            precision: product.precision as u8,
            alignments: alignments(product),
        };
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = match plans.entry(shape) {
            Entry::Occupied(plan) => plan.into_mut(),
            Entry::Vacant(place) => place.insert(self.plan(product).map_err(fail("planning a product"))?),
        };
        let Some(plan) = plan else { return Ok(false) };
        let (one, beta) = (1_f32, if product.accumulate { 1_f32 } else { 0_f32 });
        // SAFETY: the plan's descriptions are alive, and were made for operands of these shapes, whose memory the caller
        // vouches for; scalars are read during the call.
        unsafe {
            let vector = vector(product);
            if vector != 0 {
                result::set_matmul_desc_attribute(
                    plan.description.0,
                    sys::cublasLtMatmulDescAttributes_t::CUBLASLT_MATMUL_DESC_BIAS_POINTER,
                    address(&vector),
                    size_of::<Pointer>(),
                )
                .map_err(fail("cublasLtMatmulDescSetAttribute"))?;
            }
            // Row by row, C is A B; column by column, as the library sees the same memory, it is B A.
            result::matmul(
                self.handle.0,
                plan.description.0,
                address(&one),
                address(&beta),
                product.b.pointer as *const c_void,
                plan.a.0,
                product.a.pointer as *const c_void,
                plan.b.0,
                product.c as *const c_void,
                plan.c.0,
                product.c as *mut c_void,
                plan.c.0,
                &plan.algorithm,
                workspace as *mut c_void,
                WORKSPACE,
                stream.cast(),
            )
            .map_err(fail("cublasLtMatmul"))?;
        }
        Ok(true)
    }

    /// The library's own choice among algorithms whose sums are always in the same order.
    fn plan(&self, product: &Product) -> Result<Option<Plan>, CublasError> {
        let compute = match product.precision {
            Precision::F32 => sys::cublasComputeType_t::CUBLAS_COMPUTE_32F,
            Precision::Tf32 => sys::cublasComputeType_t::CUBLAS_COMPUTE_32F_FAST_TF32,
            Precision::Bf16 => sys::cublasComputeType_t::CUBLAS_COMPUTE_32F_FAST_16BF,
        };
        let real = sys::cudaDataType_t::CUDA_R_32F;
        // As it lies in memory, column by column.
        let layout = |operand: &Operand, rows: usize, columns: usize| {
            let (rows, columns) = if operand.transposed { (columns, rows) } else { (rows, columns) };
            result::create_matrix_layout(real, columns as u64, rows as u64, columns.max(1) as i64).map(Layout)
        };
        let (m, n, k) = (product.rows, product.columns, product.depth);
        let description = Description(result::create_matmul_desc(compute, real)?);
        let (a, b) = (layout(&product.b, k, n)?, layout(&product.a, m, k)?);
        let c = Layout(result::create_matrix_layout(real, n as u64, m as u64, n.max(1) as i64)?);
        let preference = Preference(result::create_matmul_pref()?);
        use sys::cublasLtEpilogue_t as Epilogue;
        use sys::cublasLtMatmulDescAttributes_t as Attribute;
        let vector = vector(product);
        let epilogue = match (product.bias != 0, product.relu) {
            // As the library sees the memory, B is the first factor.
            _ if product.sums != 0 => Epilogue::CUBLASLT_EPILOGUE_BGRADA,
            (false, false) => Epilogue::CUBLASLT_EPILOGUE_DEFAULT,
            (false, true) => Epilogue::CUBLASLT_EPILOGUE_RELU,
            (true, false) => Epilogue::CUBLASLT_EPILOGUE_BIAS,
            (true, true) => Epilogue::CUBLASLT_EPILOGUE_RELU_BIAS,
        };
        // CUBLAS_OP_N is 0, CUBLAS_OP_T is 1.
        let (of_a, of_b) = (i32::from(product.b.transposed), i32::from(product.a.transposed));
        // Sums in place by whichever block comes first would be in another order each time.
        use sys::cublasLtReductionScheme_t as Scheme;
        let schemes = Scheme::CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE as u32
            | Scheme::CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE as u32;
        use sys::cublasLtMatmulPreferenceAttributes_t as Wish;
        // SAFETY: the descriptions were just made, and each attribute is given a value of its type.
        let found = unsafe {
            let set = |attribute, value: *const c_void, size| {
                result::set_matmul_desc_attribute(description.0, attribute, value, size)
            };
            set(Attribute::CUBLASLT_MATMUL_DESC_TRANSA, address(&of_a), size_of_val(&of_a))?;
            set(Attribute::CUBLASLT_MATMUL_DESC_TRANSB, address(&of_b), size_of_val(&of_b))?;
            set(Attribute::CUBLASLT_MATMUL_DESC_EPILOGUE, address(&epilogue), size_of_val(&epilogue))?;
            if vector != 0 {
                set(Attribute::CUBLASLT_MATMUL_DESC_BIAS_POINTER, address(&vector), size_of_val(&vector))?;
            }
            let wish = |attribute, value: *const c_void, size| {
                result::set_matmul_pref_attribute(preference.0, attribute, value, size)
            };
            let [of_b, of_a, of_c] = alignments(product);
            for (attribute, alignment) in [
                (Wish::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, of_a),
                (Wish::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, of_b),
                (Wish::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, of_c),
                (Wish::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, of_c),
            ] {
                wish(attribute, address(&alignment), size_of::<u32>())?;
            }
            wish(Wish::CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, address(&WORKSPACE), size_of::<usize>())?;
            wish(Wish::CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, address(&schemes), size_of::<u32>())?;
            let handles = (self.handle.0, description.0, a.0, b.0, c.0, preference.0);
            let (handle, description, a, b, c, preference) = handles;
            result::get_matmul_algo_heuristic(handle, description, a, b, c, c, preference)
        };
        match found {
            Ok(found) => Ok(Some(Plan { description, a, b, c, algorithm: found.algo })),
            // The library has no way for this product; any other error is one.
            Err(CublasError(sys::cublasStatus_t::CUBLAS_STATUS_NOT_SUPPORTED)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
