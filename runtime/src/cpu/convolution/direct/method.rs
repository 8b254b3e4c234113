//! The three products as a [`Method`].

use super::Direct;
use crate::Real;
use crate::cpu::convolution::{Images, ImagesMut, Method, Prepared, Product, Room};
use crate::cpu::gemm::{Epilogue, Identity, Threads};
use crate::cpu::scratch;

/// Images at once have about so many positions, so that sums are read and written seldom ...
const POSITIONS_AT_ONCE: usize = 512;

/// ... and so many elements, which stay in the second-level cache.
const ELEMENTS_AT_ONCE: usize = 1 << 17;

impl Direct {
    /// The origins and segments that are prepared for sums.
    fn windows_len(&self) -> usize {
        self.windows.positions() + self.segments_len()
    }

    fn prepare_windows(&self, places: &mut [u32]) {
        let (origins, segments) = places.split_at_mut(self.windows.positions());
        self.origins(origins);
        self.segments(segments);
    }

    /// The sums of one image, given packed filters and windows.
    fn image<T: Real>(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        x: &[T],
        finish: &dyn Epilogue<T>,
        y: &mut [T],
    ) {
        let positions = self.windows.positions();
        let (origins, segments) = given.places.split_at(positions);
        scratch::with(self.input_len(), |channels_last| {
            self.channels_last(x, channels_last);
            let channels_last = &*channels_last;
            self.each_block(threads, positions, y, |(first, width), y| {
                let block = (first, width);
                self.block_sums(block, given.numbers, origins, segments, 1, channels_last, |places, sums| {
                    self.sums_to(width.min(self.filters - first), places.start, sums, width, y);
                    let lie = [places.len(), positions];
                    finish.apply_rows(first, places.start, lie, &mut y[places.start..]);
                });
            });
        });
    }

    fn input_of_sums(&self) -> Direct {
        self.reversed().expect("the gradient of the input is asked for where it is a convolution")
    }
}

impl<T: Real> Method<T> for Direct {
    fn room(&self, product: Product) -> Room {
        match product {
            Product::Sums => Room { numbers: self.packed_len::<T>(), places: self.windows_len() },
            Product::InputGradient => {
                let reversed = self.input_of_sums();
                Room { numbers: reversed.packed_len::<T>(), places: reversed.windows_len() }
            }
            Product::FilterGradient => {
                let lines = Method::<T>::images_at_once(self, product) * self.lines_len();
                Room { numbers: 0, places: self.windows.taps() + lines }
            }
        }
    }

    fn prepare(&self, product: Product, w: &[T], to: Prepared<&mut [T], &mut [u32]>) {
        match product {
            Product::Sums => {
                self.pack(w, to.numbers);
                self.prepare_windows(to.places);
            }
            Product::InputGradient => {
                let reversed = self.input_of_sums();
                reversed.pack_reversed(w, to.numbers);
                reversed.prepare_windows(to.places);
            }
            Product::FilterGradient => {
                let (taps, lines) = to.places.split_at_mut(self.windows.taps());
                self.taps(taps);
                self.lines(lines);
            }
        }
    }

    fn images_at_once(&self, product: Product) -> usize {
        if product != Product::FilterGradient {
            return 1;
        }
        let elements = self.input_len() + self.blocks_len::<T>();
        (POSITIONS_AT_ONCE / self.windows.positions()).min(ELEMENTS_AT_ONCE / elements).max(1)
    }

    fn sums(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        x: Images<'_, T>,
        finish: &dyn Epilogue<T>,
        y: ImagesMut<'_, T>,
    ) {
        for (x, y) in x.each().zip(y.each()) {
            self.image(threads, given, x, finish, y);
        }
    }

    fn input_gradient(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        gradient: Images<'_, T>,
        x: ImagesMut<'_, T>,
    ) {
        Method::sums(&self.input_of_sums(), threads, given, gradient, &Identity, x);
    }

    fn gradient_len(&self) -> usize {
        self.packed_len::<T>()
    }

    fn add_filter_gradients(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        x: Images<'_, T>,
        gradient: Images<'_, T>,
        sums: &mut [T],
    ) {
        let count = x.count();
        let (taps, lines) = given.places.split_at(self.windows.taps());
        let (input, blocks) = (self.input_len(), self.blocks_len::<T>());
        scratch::with(count * (input + blocks), |images: &mut [T]| {
            let (channels_last, by_blocks) = images.split_at_mut(count * input);
            for (x, to) in x.each().zip(channels_last.chunks_exact_mut(input)) {
                self.channels_last(x, to);
            }
            for (image, gradient) in gradient.each().enumerate() {
                self.by_blocks(gradient, image, count, by_blocks);
            }
            let lines = &lines[..count * self.lines_len()];
            Direct::add_filter_gradients(self, threads, taps, lines, channels_last, by_blocks, sums);
        });
    }

    fn filter_gradients(&self, sums: &[T], w: &mut [T]) {
        self.unpack(sums, w);
    }
}
