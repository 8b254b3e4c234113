//! The devices to test on beside the processor.

use layercake::cuda::{Cuda, CudaError};

/// The emulated device, which needs a C++ compiler, and the first GPU, if there is one.
///
/// # Panics
/// If the environment variable `LAYERCAKE_TEST_DEVICES` is `gpu` and there is none: it then is the only one.
pub fn cuda() -> Vec<Cuda> {
    among([Cuda::emulated])
}

/// The same, and the emulated device with a library of products: for tests of what multiplies.
///
/// # Panics
/// As [`cuda`].
pub fn cuda_with_products() -> Vec<Cuda> {
    among([Cuda::emulated, Cuda::emulated_with_products])
}

fn among<const N: usize>(emulated: [fn() -> Result<Cuda, CudaError>; N]) -> Vec<Cuda> {
    if std::env::var("LAYERCAKE_TEST_DEVICES").is_ok_and(|devices| devices == "gpu") {
        return vec![Cuda::new(0).unwrap_or_else(|error| panic!("{error}"))];
    }
    let mut devices = Vec::new();
    for device in emulated {
        match device() {
            Ok(device) => devices.push(device),
            Err(error) => eprintln!("skipped: no C++ compiler: {error}"),
        }
    }
    match Cuda::new(0) {
        Ok(device) => devices.push(device),
        Err(error) => eprintln!("skipped: no CUDA device: {error}"),
    }
    devices
}
