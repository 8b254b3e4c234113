//! The three products as a [`Method`].

use super::*;
use crate::cpu::convolution::{Images, ImagesMut, Method, Prepared, Product, Room};
use crate::cpu::gemm::{Epilogue, Identity, Threads};
use crate::cpu::scratch;
use crate::cpu::transpose::{Rows, transpose};

impl Winograd {
    /// The convolution that the gradient of the input is.
    fn reversed(&self) -> Winograd {
        let reversed = self.direct.reversed().and_then(Winograd::new);
        reversed.expect("the gradient of the input is asked for where it is a convolution")
    }

    /// Tiles that are computed together, at most.
    fn most_tiles(&self) -> usize {
        self.images() * self.rows_at_once() * self.tiles()[1]
    }

    /// Calls `work` with each span of tiles, and the transforms of the images there.
    fn each_span<T: Real>(&self, x: Images<'_, T>, mut work: impl FnMut(&Span<'_>, &[T])) {
        let len = self.tiled.input_len();
        scratch::with(x.count() * len, |images: &mut [T]| {
            for (x, to) in x.each().zip(images.chunks_exact_mut(len)) {
                self.tiled.channels_last(x, to);
            }
            let [rows, _] = self.tiles();
            for first_row in (0..rows).step_by(self.rows_at_once()) {
                let rows = self.rows_at_once().min(rows - first_row);
                let span = Span { winograd: self, images: x.count(), first_row, rows };
                scratch::with(span.len(self.channels()), |tiles: &mut [T]| {
                    span.transform_images(images, tiles);
                    work(&span, tiles);
                });
            }
        });
    }

    /// The sums of a block of filters in a span: those of an image are (filters, positions), `stride` elements after
    /// those of the one before.
    fn block_sums<T: Real>(
        &self,
        span: &Span<'_>,
        (first, width): (usize, usize),
        (tiles, given): (&[T], Prepared<&[T], &[u32]>),
        finish: &dyn Epilogue<T>,
        (y, stride): (&mut [T], usize),
    ) {
        let (positions, [_, height, columns]) = (self.direct.windows.positions(), self.direct.windows.output);
        let padded = self.tiled.windows.output[2] * width;
        let filters = width.min(self.direct.filters - first);
        let top = span.first_row * OUTPUT;
        let rows = (span.rows * OUTPUT).min(height - top);
        let lie = Rows { rows: columns, columns: filters, stride: width };
        scratch::with(span.len(width), |products: &mut [T]| {
            let packed = &given.numbers[self.of_block((first, width))];
            span.multiply(width, tiles, given.places, packed, products);
            let len = span.rows * OUTPUT * padded;
            scratch::with(span.images * len, |sums: &mut [T]| {
                span.transform_to_sums(width, products, sums);
                for (sums, y) in sums.chunks_exact(len).zip(y.chunks_mut(stride)) {
                    for (row, sums) in sums.chunks_exact(padded).take(rows).enumerate() {
                        transpose(lie, sums, &mut y[(top + row) * columns..], positions);
                    }
                    let (place, lie) = (top * columns, [rows * columns, positions]);
                    finish.apply_rows(first, place, lie, &mut y[place..filters * positions]);
                }
            });
        });
    }

    fn prepare_sums<T: Real>(
        &self,
        to: Prepared<&mut [T], &mut [u32]>,
        pack: impl FnOnce(&Direct, &mut [T]),
    ) {
        for (tile, place) in to.places.iter_mut().enumerate() {
            *place = (tile * self.channels()) as u32;
        }
        scratch::with(self.direct.packed_len::<T>(), |filters: &mut [T]| {
            pack(&self.direct, filters);
            self.transform_filters(filters, to.numbers);
        });
    }
}

impl<T: Real> Method<T> for Winograd {
    fn room(&self, product: Product) -> Room {
        let sums =
            |winograd: &Winograd| Room { numbers: winograd.packed_len::<T>(), places: winograd.most_tiles() };
        match product {
            Product::Sums => sums(self),
            Product::InputGradient => sums(&self.reversed()),
            Product::FilterGradient => Room { numbers: 0, places: self.channels() },
        }
    }

    fn prepare(&self, product: Product, w: &[T], to: Prepared<&mut [T], &mut [u32]>) {
        match product {
            Product::Sums => self.prepare_sums(to, |direct, filters| direct.pack(w, filters)),
            Product::InputGradient => {
                self.reversed().prepare_sums(to, |direct, filters| direct.pack_reversed(w, filters));
            }
            Product::FilterGradient => {
                to.places.iter_mut().enumerate().for_each(|(channel, place)| *place = channel as u32);
            }
        }
    }

    fn images_at_once(&self, product: Product) -> usize {
        match product {
            Product::InputGradient => self.reversed().images(),
            _ => self.images(),
        }
    }

    fn sums(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        x: Images<'_, T>,
        finish: &dyn Epilogue<T>,
        y: ImagesMut<'_, T>,
    ) {
        let ImagesMut { values, stride, len } = y;
        let positions = self.direct.windows.positions();
        self.each_span(x, |span, tiles| {
            if span.images == 1 {
                let block = |block, y: &mut [T]| {
                    self.block_sums(span, block, (tiles, given), finish, (y, len));
                };
                self.direct.each_block(threads, positions, &mut values[..len], block);
            } else {
                for block in self.direct.blocks::<T>() {
                    let y = (&mut values[block.0 * positions..], stride);
                    self.block_sums(span, block, (tiles, given), finish, y);
                }
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
        let lie = self.gradients_lie();
        let len = lie.input_len();
        scratch::with(gradient.count() * len, |gradients: &mut [T]| {
            for (gradient, to) in gradient.each().zip(gradients.chunks_exact_mut(len)) {
                lie.channels_last(gradient, to);
            }
            let gradients = &*gradients;
            self.each_span(x, |span, images| {
                let block = |block: (usize, usize), sums: &mut [T]| {
                    let (_, width) = block;
                    scratch::with(span.len(width), |tiles: &mut [T]| {
                        span.transform_sum_gradients(block, gradients, tiles);
                        span.add_gradients(width, images, given.places, tiles, sums);
                    });
                };
                self.direct.each_block(threads, self.places() * self.channels(), sums, block);
            });
        });
    }

    fn filter_gradients(&self, sums: &[T], w: &mut [T]) {
        scratch::with(self.direct.packed_len::<T>(), |filters: &mut [T]| {
            self.transform_gradients(sums, filters);
            self.direct.unpack(filters, w);
        });
    }
}
