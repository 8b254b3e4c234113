//! The three products as a [`Method`].

use super::Fft;
use super::product::{Matrix, Product as Spectra};
use super::transform::{Frequencies, LANES, Transform};
use crate::Real;
use crate::cpu::convolution::{Images, ImagesMut, Method, Prepared, Product, Room};
use crate::cpu::gemm::{Epilogue, Threads};
use crate::cpu::pieces::{each, write};
use crate::cpu::scratch;

/// As many images use the spectra of filters while they are in a near cache.
const IMAGES_AT_ONCE: usize = 8;

impl Fft {
    /// Writes the spectra, or their conjugates, of so many lines: `fill` is called with the number of each.
    fn spectra<T: Real>(&self, conjugate: bool, to: &mut [T], fill: impl Fn(usize, &mut [T]) + Sync) {
        let transform = self.transform::<T>();
        each(write(to, self.spectrum_len()), |number, to| {
            transform.forward(conjugate, |line| fill(number, line), frequencies_mut(to));
        });
    }

    /// The spectra, or their conjugates, of images: (images, channels).
    fn with_images<T: Real>(&self, x: Images<'_, T>, work: impl FnOnce(&[Frequencies<T>])) {
        let plane = self.line.windows.plane();
        scratch::with(x.count() * self.channels * self.spectrum_len(), |to: &mut [T]| {
            self.spectra(false, to, |number, line| {
                let start = number / self.channels * x.stride + number % self.channels * plane;
                self.line_of_image(&x.values[start..][..plane], line);
            });
            work(frequencies(to));
        });
    }

    /// The same of the gradients of images' sums: (images, filters).
    fn with_sums<T: Real>(&self, conjugate: bool, sums: Images<'_, T>, work: impl FnOnce(&[Frequencies<T>])) {
        let positions = self.line.windows.positions();
        scratch::with(sums.count() * self.filters * self.spectrum_len(), |to: &mut [T]| {
            self.spectra(conjugate, to, |number, line| {
                let start = number / self.filters * sums.stride + number % self.filters * positions;
                self.line_of_sums(&sums.values[start..][..positions], line);
            });
            work(frequencies(to));
        });
    }

    /// Adds the products of all frequencies to `sums`: vector by vector (rows, columns).
    fn add_products<T: Real>(
        &self,
        a: (&[Frequencies<T>], [usize; 2]),
        b: (&[Frequencies<T>], [usize; 2]),
        [rows, depth, columns]: [usize; 3],
        sums: &mut [T],
    ) {
        let vectors = self.vectors();
        each(write(sums, rows * columns * 2 * LANES), |vector, sums| {
            let [a, b] = [a, b].map(|(values, strides)| Matrix {
                values: &values[vector..],
                strides: strides.map(|stride| stride * vectors),
            });
            Spectra { a, b, depth, columns, sums: frequencies_mut(sums) }.run(self.line.isa);
        });
    }

    /// The line of spectrum `number` of so many, which lie vector by vector.
    fn line_of<T: Real>(
        &self,
        transform: &Transform<T>,
        spectra: &[T],
        number: usize,
        read: impl FnOnce(&[T]),
    ) {
        let spectra = frequencies(spectra);
        let stride = spectra.len() / self.vectors();
        transform.backward(spectra[number..].iter().step_by(stride), read);
    }
}

fn frequencies<T>(spectra: &[T]) -> &[Frequencies<T>] {
    spectra.as_chunks().0.as_chunks().0
}

fn frequencies_mut<T>(spectra: &mut [T]) -> &mut [Frequencies<T>] {
    spectra.as_chunks_mut().0.as_chunks_mut().0
}

impl<T: Real> Method<T> for Fft {
    /// Spectra of the filters (filters, channels).
    fn room(&self, product: Product) -> Room {
        let filters = self.filters * self.channels * self.spectrum_len();
        Room { numbers: if product == Product::FilterGradient { 0 } else { filters }, places: 0 }
    }

    fn prepare(&self, product: Product, w: &[T], to: Prepared<&mut [T], &mut [u32]>) {
        let window = self.line.windows.window();
        self.spectra(product == Product::Sums, to.numbers, |number, line| {
            self.line_of_filter(&w[number * window..][..window], line);
        });
    }

    fn images_at_once(&self, _: Product) -> usize {
        IMAGES_AT_ONCE
    }

    fn sums(
        &self,
        _: Threads,
        given: Prepared<&[T], &[u32]>,
        x: Images<'_, T>,
        finish: &dyn Epilogue<T>,
        y: ImagesMut<'_, T>,
    ) {
        let (count, filters, channels) = (x.count(), self.filters, self.channels);
        let (transform, positions) = (self.transform::<T>(), self.line.windows.positions());
        scratch::with(count * filters * self.spectrum_len(), |sums: &mut [T]| {
            sums.fill(T::zero());
            self.with_images(x, |x| {
                let weights = (frequencies(given.numbers), [1, channels]);
                self.add_products((x, [channels, 1]), weights, [count, channels, filters], sums);
            });
            for (image, y) in y.each().enumerate() {
                each(write(y, positions), |filter, y| {
                    self.line_of(&transform, sums, image * filters + filter, |line| {
                        self.sums_of_line(line, y)
                    });
                    finish.apply(filter, 0, y);
                });
            }
        });
    }

    fn input_gradient(
        &self,
        _: Threads,
        given: Prepared<&[T], &[u32]>,
        gradient: Images<'_, T>,
        x: ImagesMut<'_, T>,
    ) {
        let (count, filters, channels) = (gradient.count(), self.filters, self.channels);
        let (transform, plane) = (self.transform::<T>(), self.line.windows.plane());
        scratch::with(count * channels * self.spectrum_len(), |sums: &mut [T]| {
            sums.fill(T::zero());
            self.with_sums(false, gradient, |gradient| {
                let weights = (frequencies(given.numbers), [channels, 1]);
                self.add_products((gradient, [filters, 1]), weights, [count, filters, channels], sums);
            });
            for (image, x) in x.each().enumerate() {
                each(write(x, plane), |channel, x| {
                    self.line_of(&transform, sums, image * channels + channel, |line| {
                        self.line.channels_first(line, x);
                    });
                });
            }
        });
    }

    /// Spectra of the filters, vector by vector (filters, channels).
    fn gradient_len(&self) -> usize {
        self.filters * self.channels * self.spectrum_len()
    }

    fn has_large_gradient(&self) -> bool {
        true
    }

    fn add_filter_gradients(
        &self,
        _: Threads,
        _: Prepared<&[T], &[u32]>,
        x: Images<'_, T>,
        gradient: Images<'_, T>,
        sums: &mut [T],
    ) {
        let (count, filters, channels) = (x.count(), self.filters, self.channels);
        self.with_images(x, |x| {
            self.with_sums(true, gradient, |gradient| {
                let gradient = (gradient, [1, filters]);
                self.add_products(gradient, (x, [channels, 1]), [filters, count, channels], sums);
            });
        });
    }

    fn filter_gradients(&self, sums: &[T], w: &mut [T]) {
        let transform = self.transform::<T>();
        each(write(w, self.line.windows.window()), |number, w| {
            self.line_of(&transform, sums, number, |line| self.filter_of_line(line, w));
        });
    }
}
