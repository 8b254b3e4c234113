//! Discrete Fourier transforms of real numbers, as `realfft` plans them, for the element types of layercake.
//!
//! They are a crate of their own for the sake of compile time: `realfft` is generic, and its transforms are compiled where an
//! element type is named. Within `layercake` that was more code than all of its own, anew for each set of features and for its
//! tests.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use realfft::RealFftPlanner;
pub use realfft::num_complex::Complex;
pub use realfft::{ComplexToReal, RealToComplex};

/// The transforms of one length: from numbers to their frequencies, and back, which leaves out the factor of 1 / length.
pub type Plans<T> = (Arc<dyn RealToComplex<T>>, Arc<dyn ComplexToReal<T>>);

/// Element types that have transforms: `f32` and `f64`.
pub trait Fourier: Sized {
    /// Both ways of so many numbers. They are planned once for each length, and kept.
    fn plans(len: usize) -> Plans<Self>;
}

macro_rules! fourier {
    ($($type:ident)*) => {$(
        impl Fourier for $type {
            // Else what calls it would be compiled with the transforms once more.
            #[inline(never)]
            fn plans(len: usize) -> Plans<$type> {
                static PLANNER: LazyLock<Mutex<RealFftPlanner<$type>>> = LazyLock::new(Default::default);
                let mut planner = PLANNER.lock().unwrap_or_else(PoisonError::into_inner);
                (planner.plan_fft_forward(len), planner.plan_fft_inverse(len))
            }
        }
    )*};
}

fourier! { f32 f64 }

#[cfg(test)]
mod tests {
    use super::*;

    /// One period of a cosine has one frequency, and comes back times its length.
    #[test]
    fn a_cosine_is_one_frequency() {
        for len in [2, 12, 30, 31, 64, 210] {
            let (forward, backward) = f64::plans(len);
            let angle = |i: usize| 2.0 * std::f64::consts::PI * i as f64 / len as f64;
            let line: Vec<f64> = (0..len).map(|i| angle(i).cos()).collect();
            let mut spectrum = forward.make_output_vec();
            forward.process(&mut line.clone(), &mut spectrum).expect("lengths of the plan");
            for (number, frequency) in spectrum.iter().enumerate() {
                // At half of the length the cosine's two frequencies, of 1 and of -1, are one.
                let expected = if number == 1 { len as f64 / if len == 2 { 1.0 } else { 2.0 } } else { 0.0 };
                assert!(
                    (frequency.re - expected).abs() < 1e-12 && frequency.im.abs() < 1e-12,
                    "{len}: {spectrum:?}"
                );
            }
            let mut back = backward.make_output_vec();
            let ends = [0, spectrum.len() - 1];
            ends.into_iter().filter(|&end| end == 0 || len % 2 == 0).for_each(|end| spectrum[end].im = 0.0);
            backward.process(&mut spectrum, &mut back).expect("lengths of the plan");
            for (value, expected) in back.iter().zip(&line) {
                assert!((value / len as f64 - expected).abs() < 1e-12, "{len}");
            }
        }
    }
}
