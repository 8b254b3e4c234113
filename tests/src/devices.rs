//! The devices to test on beside the processor.

use layercake::cuda::Cuda;

/// The emulated device, which needs a C++ compiler, and the first GPU, if there is one.
pub fn cuda() -> Vec<Cuda> {
    let mut devices = Vec::new();
    match Cuda::emulated() {
        Ok(device) => devices.push(device),
        Err(error) => eprintln!("skipped: no C++ compiler: {error}"),
    }
    match Cuda::new(0) {
        Ok(device) => devices.push(device),
        Err(error) => eprintln!("skipped: no CUDA device: {error}"),
    }
    devices
}
