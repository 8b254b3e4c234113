//! NVIDIA's compiler on what the emulator runs: where the environment variable `LAYERCAKE_NVRTC` names compute
//! capabilities, such as `75,80,90,100`, each program is also compiled by NVRTC for each of them, which needs no GPU.

use super::super::cache;
use super::super::error::CudaError;
use super::super::nvidia::nvrtc;
use super::super::program::Program;

/// Compiles a program for the architectures that the environment asks for.
///
/// # Errors
/// If NVRTC is missing, does not know an architecture, or finds a mistake.
pub(super) fn check(program: &Program) -> Result<(), CudaError> {
    let Ok(capabilities) = std::env::var("LAYERCAKE_NVRTC") else { return Ok(()) };
    nvrtc::find()?;
    let text = program.cuda_text();
    for capability in capabilities.split(',').map(str::trim).filter(|capability| !capability.is_empty()) {
        let options = nvrtc::options_for(&format!("sm_{capability}"));
        let key = cache::key([format!("{:?}", nvrtc::version()?).as_str(), &options.join(" "), &text]);
        cache::file(&format!("{key}.cubin"), |file| {
            let image = nvrtc::compile(program.source.name, &text, &options)?;
            cache::write(file, &image)
        })?;
    }
    Ok(())
}
