//! The three products as a [`Method`].

use super::tile::{Gradients, Piece, Sums};
use super::*;
use crate::cpu::convolution::{Images, ImagesMut, Method, Prepared, Product, Room, each_block};
use crate::cpu::gemm::{Epilogue, Identity, Threads};
use crate::cpu::scratch;
use crate::cpu::transpose::{Rows, transpose};

/// Sums between two calls of what finishes them, at most: they stay in the first-level cache.
const SUMS: usize = 4096;

impl Planes {
    /// The convolution that the gradient of the input is.
    fn reversed(&self) -> Planes {
        let reversed = self.direct.reversed().and_then(Planes::new);
        reversed.expect("the gradient of the input is asked for where it is a convolution")
    }

    /// Offsets, and the numbers of pieces.
    fn room_for<T: Real>(&self) -> Room {
        let windows = &self.direct.windows;
        Room {
            numbers: self.direct.filters * windows.taps(),
            places: windows.taps() + Piece::NUMBERS * self.pieces_len::<T>(),
        }
    }

    fn prepare_places<T: Real>(&self, places: &mut [u32]) {
        let (offsets, pieces) = places.split_at_mut(self.direct.windows.taps());
        self.offsets(offsets);
        self.pieces::<T>(pieces.as_chunks_mut().0);
    }

    fn places<'a>(&self, places: &'a [u32]) -> (&'a [u32], &'a [[u32; Piece::NUMBERS]]) {
        let (offsets, pieces) = places.split_at(self.direct.windows.taps());
        (offsets, pieces.as_chunks().0)
    }

    /// Packs filters in blocks, (taps, filters of the block), given what writes some, from the first on, so many elements apart.
    fn pack<T: Real>(&self, packed: &mut [T], block: impl Fn(usize, usize, &mut [T])) {
        let (rows, taps) = (self.rows::<T>(), self.direct.windows.taps());
        for (number, packed) in packed.chunks_mut(rows * taps).enumerate() {
            block(number * rows, packed.len() / taps, packed);
        }
    }

    /// The sums of a block of filters at all positions of an image.
    fn block_sums<T: Real>(
        &self,
        first: usize,
        given: Prepared<&[T], &[u32]>,
        planes: &[T],
        finish: &dyn Epilogue<T>,
        y: &mut [T],
    ) {
        let windows = &self.direct.windows;
        let (positions, taps) = (windows.positions(), windows.taps());
        let (offsets, pieces) = self.places(given.places);
        let filters = y.len() / positions;
        let weights = &given.numbers[first * taps..][..filters * taps];
        let of_line = windows.output[2].div_ceil(self.kernels::<T>().lanes);
        let lines = (SUMS / (filters * windows.output[2])).max(1);
        assert!(planes.len() >= self.planes_len::<T>(), "an image of this convolution");
        for (number, pieces) in pieces.chunks(lines * of_line).enumerate() {
            let start = number * lines * windows.output[2];
            let len = pieces.len() / of_line * windows.output[2];
            let tile = &mut Sums { planes, offsets, weights, pieces, sums: &mut *y, stride: positions };
            // SAFETY: offsets and pieces are of this convolution, so that every window lies in the planes, with a vector's
            // lanes behind them; weights are as many as these filters have taps, sums as they have positions; the kernels are
            // of an instruction set that the processor has.
            unsafe { self.kernels::<T>().sums[filters - 1](tile) };
            finish.apply_rows(first, start, [len, positions], &mut y[start..]);
        }
    }

    /// Adds what an image gives to the gradient of the filters of a tile.
    fn add_block_gradients<T: Real>(&self, places: &[u32], planes: &[T], gradient: &[T], sums: &mut [T]) {
        let windows = &self.direct.windows;
        let (kernels, positions, taps) = (self.kernels::<T>(), windows.positions(), windows.taps());
        let (offsets, pieces) = self.places(places);
        // Tiles of nearly as many taps each.
        let of_tile = taps.div_ceil(taps.div_ceil(kernels.gradients.len()));
        assert!(planes.len() >= self.planes_len::<T>(), "an image of this convolution");
        let filters = sums.len() / taps;
        for (tile, offsets) in offsets.chunks(of_tile).enumerate() {
            let sums = &mut sums[tile * of_tile..];
            let strides = [positions, taps];
            let tile = &mut Gradients { planes, offsets, gradient, pieces, sums, strides, filters };
            // SAFETY: as in `block_sums`; the gradient has as many positions for each filter.
            unsafe { kernels.gradients[offsets.len() - 1](tile) };
        }
    }
}

impl<T: Real> Method<T> for Planes {
    fn room(&self, product: Product) -> Room {
        match product {
            Product::Sums => self.room_for::<T>(),
            Product::InputGradient => self.reversed().room_for::<T>(),
            Product::FilterGradient => Room { numbers: 0, ..self.room_for::<T>() },
        }
    }

    fn prepare(&self, product: Product, w: &[T], to: Prepared<&mut [T], &mut [u32]>) {
        let (taps, window) = (self.direct.windows.taps(), self.direct.windows.window());
        match product {
            Product::Sums => {
                self.pack(to.numbers, |first, filters, to| {
                    let lie = Rows { rows: filters, columns: taps, stride: taps };
                    transpose(lie, &w[first * taps..], to, filters);
                });
                self.prepare_places::<T>(to.places);
            }
            Product::InputGradient => {
                let reversed = self.reversed();
                reversed.pack(to.numbers, |first, filters, to| {
                    let lie = Rows { rows: filters, columns: window, stride: window };
                    for (w, to) in w.chunks_exact(taps).zip(to.chunks_exact_mut(filters * window)) {
                        transpose(lie, &w[first * window..], to, filters);
                    }
                });
                reversed.prepare_places::<T>(to.places);
            }
            Product::FilterGradient => self.prepare_places::<T>(to.places),
        }
    }

    fn images_at_once(&self, _: Product) -> usize {
        1
    }

    fn sums(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        x: Images<'_, T>,
        finish: &dyn Epilogue<T>,
        y: ImagesMut<'_, T>,
    ) {
        let (rows, positions) = (self.rows::<T>(), self.direct.windows.positions());
        scratch::with(self.planes_len::<T>(), |planes: &mut [T]| {
            for (x, y) in x.each().zip(y.each()) {
                self.pad(x, planes);
                let planes = &*planes;
                let block = |number: usize, y: &mut [T]| {
                    self.block_sums(number * rows, given, planes, finish, y);
                };
                each_block(threads, y, rows * positions, block);
            }
        });
    }

    fn input_gradient(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        gradient: Images<'_, T>,
        x: ImagesMut<'_, T>,
    ) {
        Method::sums(&self.reversed(), threads, given, gradient, &Identity, x);
    }

    fn gradient_len(&self) -> usize {
        self.direct.filters * self.direct.windows.taps()
    }

    fn add_filter_gradients(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        x: Images<'_, T>,
        gradient: Images<'_, T>,
        sums: &mut [T],
    ) {
        let (filters, taps) = (self.kernels::<T>().filters, self.direct.windows.taps());
        let positions = self.direct.windows.positions();
        scratch::with(self.planes_len::<T>(), |planes: &mut [T]| {
            for (x, gradient) in x.each().zip(gradient.each()) {
                self.pad(x, planes);
                let planes = &*planes;
                each_block(threads, sums, filters * taps, |block, sums| {
                    let gradient = &gradient[block * filters * positions..];
                    self.add_block_gradients(given.places, planes, gradient, sums);
                });
            }
        });
    }

    fn filter_gradients(&self, sums: &[T], w: &mut [T]) {
        w.copy_from_slice(sums);
    }
}
