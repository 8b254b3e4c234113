//! NVIDIA's compiler on what the emulator runs: where the environment variable `LAYERCAKE_NVRTC` names compute
//! capabilities, such as `75,80,90,100`, programs are also compiled by NVRTC, which needs no GPU.
//!
//! Each file of kernels, with each element type and piece of code that completes it, is compiled for all of them. Of programs that
//! differ in their constants alone, such as tiles' lengths, that is the first; each other one is compiled for one capability,
//! always the same: there are many, and they are most of the time.

use super::super::cache;
use super::super::error::CudaError;
use super::super::nvidia::nvrtc;
use super::super::program::Program;

/// Compiles a program, whose library has this key, for the architectures that the environment asks for.
///
/// # Errors
/// If NVRTC is missing, does not know an architecture, or finds a mistake.
pub(super) fn check(program: &Program, key: &str) -> Result<(), CudaError> {
    let Ok(capabilities) = std::env::var("LAYERCAKE_NVRTC") else { return Ok(()) };
    let capabilities = capabilities.split(',').map(str::trim).filter(|capability| !capability.is_empty());
    nvrtc::find()?;
    let version = format!("{:?}", nvrtc::version()?);
    let kernels = cache::key(program.source.parts.iter().map(|(_, text)| *text).chain([program.real]));
    let own = own(key, capabilities.clone().count());
    for (number, capability) in capabilities.enumerate() {
        let options = nvrtc::options_for(&format!("sm_{capability}"));
        let what = if number == own { key } else { &kernels };
        let name = cache::key([version.as_str(), &options.join(" "), what]);
        cache::file(&format!("{name}.cubin"), |file| {
            cache::write(file, &nvrtc::compile(program.source.name, &program.cuda_text(), &options)?)
        })?;
    }
    Ok(())
}

/// Which of `count` capabilities is a program's own.
fn own(key: &str, count: usize) -> usize {
    key.bytes().map(usize::from).sum::<usize>() % count.max(1)
}
