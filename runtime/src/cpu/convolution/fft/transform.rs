//! Spectra of lines: discrete Fourier transforms of real numbers.

use std::sync::Arc;

use layercake_fourier::{Complex, ComplexToReal, RealToComplex};

use crate::Real;
use crate::cpu::scratch;

/// Frequencies of a vector. A spectrum is vectors of real parts and of imaginary parts, in turn, filled up with zeros.
pub const LANES: usize = 16;

/// A vector of frequencies: their real parts and their imaginary parts.
pub type Frequencies<T> = [[T; LANES]; 2];

/// Transforms of lines of one length.
pub struct Transform<T> {
    forward: Arc<dyn RealToComplex<T>>,
    backward: Arc<dyn ComplexToReal<T>>,
}

impl<T: Real> Transform<T> {
    /// Of lines of so many numbers, an even one.
    pub fn new(len: usize) -> Self {
        let (forward, backward) = T::plans(len);
        Transform { forward, backward }
    }

    /// The spectrum, or its conjugate, of a line that `fill` writes.
    pub fn forward(&self, conjugate: bool, fill: impl FnOnce(&mut [T]), spectrum: &mut [Frequencies<T>]) {
        let sign = if conjugate { -T::one() } else { T::one() };
        let extra = self.forward.get_scratch_len();
        self.with_line(extra, |line, frequencies, extra| {
            fill(line);
            self.forward
                .process_with_scratch(line, frequencies, extra)
                .expect("buffers of the plan's lengths");
            spectrum.fill([[T::zero(); LANES]; 2]);
            for ([re, im], frequencies) in spectrum.iter_mut().zip(frequencies.chunks(LANES)) {
                for (lane, frequency) in frequencies.iter().enumerate() {
                    (re[lane], im[lane]) = (frequency.re, sign * frequency.im);
                }
            }
        });
    }

    /// Calls `read` with the line of a spectrum.
    pub fn backward<'a>(&self, spectrum: impl Iterator<Item = &'a Frequencies<T>>, read: impl FnOnce(&[T])) {
        let extra = self.backward.get_scratch_len();
        // The transforms leave out the factor.
        let factor = T::one() / T::of(self.forward.len() as f64);
        self.with_line(extra, |line, frequencies, extra| {
            for ([re, im], frequencies) in spectrum.zip(frequencies.chunks_mut(LANES)) {
                for (lane, frequency) in frequencies.iter_mut().enumerate() {
                    *frequency = Complex { re: factor * re[lane], im: factor * im[lane] };
                }
            }
            // Those of a real line are real at both ends, up to rounding, and the transform refuses others.
            for end in [0, frequencies.len() - 1] {
                frequencies[end].im = T::zero();
            }
            self.backward
                .process_with_scratch(frequencies, line, extra)
                .expect("buffers of the plan's lengths");
            read(line);
        });
    }

    /// Calls `work` with room for a line, its frequencies and so many further ones.
    fn with_line(&self, extra: usize, work: impl FnOnce(&mut [T], &mut [Complex<T>], &mut [Complex<T>])) {
        let (len, count) = (self.forward.len(), self.forward.complex_len());
        scratch::with(len + 2 * (count + extra), |numbers: &mut [T]| {
            let (line, rest) = numbers.split_at_mut(len);
            let (frequencies, extra) = complex(rest).split_at_mut(count);
            work(line, frequencies, extra);
        });
    }
}

/// Numbers as real and imaginary parts in turn.
fn complex<T>(numbers: &mut [T]) -> &mut [Complex<T>] {
    // SAFETY: a complex number is laid out as two numbers, without gaps and with their alignment.
    unsafe { std::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast(), numbers.len() / 2) }
}
