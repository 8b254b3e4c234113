//! NVRTC, NVIDIA's compiler of kernels at run time.

use std::ffi::{CString, c_char};

use cudarc::nvrtc::{result, sys as nvrtc};

use super::super::error::CudaError;

const REMEDY: &str = "install the CUDA toolkit 12 or 13, or the Python package nvidia-cuda-nvrtc-cu12, and name its \
                      library folder in LD_LIBRARY_PATH";

/// Looks whether NVRTC is there, which the bindings would panic without.
///
/// # Errors
/// If it is not, or too old to have all functions.
pub(crate) fn find() -> Result<(), CudaError> {
    // SAFETY: it only tries to load libraries of NVRTC's names.
    if unsafe { nvrtc::is_culib_present() } {
        return match version()? {
            (major, minor) if major < 12 => Err(CudaError::TooOld {
                library: "NVRTC, the compiler of kernels,",
                found: format!("{major}.{minor}"),
                needed: "12.0",
                remedy: REMEDY,
            }),
            _ => Ok(()),
        };
    }
    Err(CudaError::Library {
        library: "NVRTC, the compiler of kernels,",
        files: cudarc::get_lib_name_candidates("nvrtc"),
        remedy: REMEDY,
    })
}

fn check(function: &'static str, result: nvrtc::nvrtcResult) -> Result<(), CudaError> {
    result.result().map_err(|error| CudaError::Call { function, reason: error.to_string() })
}

/// Its version, such as (12, 4).
pub(crate) fn version() -> Result<(i32, i32), CudaError> {
    let (mut major, mut minor) = (0, 0);
    // SAFETY: NVRTC writes two numbers.
    check("nvrtcVersion", unsafe { nvrtc::nvrtcVersion(&mut major, &mut minor) })?;
    Ok((major, minor))
}

/// The compute capabilities that it compiles for, such as 90 for 9.0.
pub(crate) fn capabilities() -> Result<Vec<u32>, CudaError> {
    let mut count = 0;
    // SAFETY: NVRTC writes a number.
    check("nvrtcGetNumSupportedArchs", unsafe { nvrtc::nvrtcGetNumSupportedArchs(&mut count) })?;
    let mut capabilities = vec![0; count as usize];
    // SAFETY: there is room for as many numbers as NVRTC says that it writes.
    check("nvrtcGetSupportedArchs", unsafe { nvrtc::nvrtcGetSupportedArchs(capabilities.as_mut_ptr()) })?;
    Ok(capabilities.into_iter().map(|capability| capability as u32).collect())
}

/// The options to compile for a device: machine code if NVRTC knows it, else code for the newest that it knows, which the
/// driver translates.
pub(crate) fn options(capability: u32) -> Result<Vec<String>, CudaError> {
    let known = capabilities()?;
    let architecture = match known.iter().copied().filter(|&known| known <= capability).max() {
        Some(best) if best == capability => format!("sm_{capability}"),
        Some(best) => format!("compute_{best}"),
        None => format!("sm_{capability}"),
    };
    Ok(options_for(&architecture))
}

/// The options to compile for an architecture such as `sm_90`.
pub(crate) fn options_for(architecture: &str) -> Vec<String> {
    vec![format!("--gpu-architecture={architecture}"), String::from("--std=c++17")]
}

/// Compiles a text for the architecture that the options name: machine code, or PTX.
///
/// # Errors
/// If the text has an error, or NVRTC does not know the architecture.
pub(crate) fn compile(name: &str, text: &str, options: &[String]) -> Result<Vec<u8>, CudaError> {
    let c_string = |text: &str| {
        CString::new(text)
            .map_err(|error| CudaError::Compile { kernels: name.to_owned(), log: error.to_string() })
    };
    let program = result::create_program(&c_string(text)?, Some(&c_string(name)?));
    let program = program
        .map_err(|error| CudaError::Call { function: "nvrtcCreateProgram", reason: error.to_string() })?;
    // SAFETY: the program was just made, and is destroyed below only.
    let compiled = match unsafe { result::compile_program(program, options) } {
        Ok(()) if options.iter().any(|option| option.contains("=sm_")) => {
            image(program, "nvrtcGetCUBIN", nvrtc::nvrtcGetCUBINSize, nvrtc::nvrtcGetCUBIN)
        }
        Ok(()) => image(program, "nvrtcGetPTX", nvrtc::nvrtcGetPTXSize, nvrtc::nvrtcGetPTX),
        // SAFETY: the program has been compiled, though in vain.
        Err(error) => Err(match unsafe { result::get_program_log(program) } {
            Ok(log) => {
                let log: Vec<u8> = log.into_iter().map(|byte| byte as u8).collect();
                let log = String::from_utf8_lossy(&log).trim_end_matches('\0').to_owned();
                CudaError::Compile { kernels: name.to_owned(), log: format!("{error}: {log}") }
            }
            Err(_) => CudaError::Compile { kernels: name.to_owned(), log: error.to_string() },
        }),
    };
    // SAFETY: the program is not used from here on.
    let _ = unsafe { result::destroy_program(program) };
    compiled
}

/// What a compiled program became.
fn image(
    program: nvrtc::nvrtcProgram,
    function: &'static str,
    size: unsafe fn(nvrtc::nvrtcProgram, *mut usize) -> nvrtc::nvrtcResult,
    get: unsafe fn(nvrtc::nvrtcProgram, *mut c_char) -> nvrtc::nvrtcResult,
) -> Result<Vec<u8>, CudaError> {
    let mut len = 0;
    // SAFETY: NVRTC writes a number.
    check(function, unsafe { size(program, &mut len) })?;
    let mut image = vec![0_u8; len];
    // SAFETY: there is room for as many bytes as NVRTC said that it writes.
    check(function, unsafe { get(program, image.as_mut_ptr().cast()) })?;
    Ok(image)
}
