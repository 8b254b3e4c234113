//! Dropout and noise.

use super::*;

golden! {
    on every device;
    gaussian_noise, "gaussian_noise_deterministic": inference { input(3) => gaussian_noise }
    gaussian_noise_of_nothing, "gaussian_noise_deterministic": { input(3) => gaussian_noise(sigma = 0) }
}
