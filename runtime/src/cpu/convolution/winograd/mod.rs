//! Convolutions of 3x3 and 5x5 filters at stride 1 with fewer multiplications: F(4x4, 3x3) and F(4x4, 5x5) of Lavin and
//! Gray, "Fast algorithms for convolutional neural networks" (CVPR 2016), after Winograd.
//!
//! Each tile of 6x6 or 8x8 elements gives 4x4 sums. Tiles and filters are transformed, multiplied and summed over channels
//! for each of the 36 or 64 places, and transformed back: so many multiply-adds a tile, channel and filter in place of 144
//! or 400. The products are tiles of [`direct`](super::direct), of as many convolutions of 1x1 filters; the gradient of
//! the filters has the transposes of all transforms. Rounding errors are some ten times those of a direct convolution.

mod method;
mod transform;

use super::direct::Direct;
use crate::Real;
use crate::cpu::convolution::direct::tile::Tile;
use crate::geometry::Windows;
use transform::{OUTPUT, Of, Steps, Transform};

/// Tiles at once, about: two of the kernels' highest.
const TILES: usize = 28;

/// A place of a tile starts so many elements after the end of the one before: else all would fall on the same lines of
/// the cache.
const GAP: usize = 16;

/// A convolution of one group of channels.
#[derive(Clone, Copy, Debug)]
pub struct Winograd {
    /// The same, directly computed: how filters lie.
    direct: Direct,
    /// The same with as many rows and columns of sums as tiles have: how images lie.
    tiled: Direct,
}

impl Winograd {
    /// For filters of 3x3 or 5x5 at stride 1.
    pub fn new(direct: Direct) -> Option<Self> {
        let windows = direct.windows;
        let open = [[1, 3, 3], [1, 5, 5]].contains(&windows.size)
            && windows.stride == [1; 3]
            && windows.dilation == [1; 3]
            && [windows.input[0], windows.output[0]] == [1; 2];
        let [_, rows, columns] = windows.output;
        let output = [1, rows.next_multiple_of(OUTPUT), columns.next_multiple_of(OUTPUT)];
        let tiled = Direct { windows: Windows { output, ..windows }, ..direct };
        open.then_some(Winograd { direct, tiled })
    }

    /// Rows and columns of a filter.
    fn filter(&self) -> usize {
        self.direct.windows.size[2]
    }

    /// Rows and columns of a tile.
    fn tile(&self) -> usize {
        OUTPUT + self.filter() - 1
    }

    /// Numbers of a tile.
    fn places(&self) -> usize {
        self.tile() * self.tile()
    }

    /// Rows and columns of tiles on an image.
    fn tiles(&self) -> [usize; 2] {
        let [_, rows, columns] = self.tiled.windows.output;
        [rows / OUTPUT, columns / OUTPUT]
    }

    /// Tiles on an image.
    pub fn tiles_of_image(&self) -> usize {
        let [rows, columns] = self.tiles();
        rows * columns
    }

    /// Images whose tiles are computed together.
    fn images(&self) -> usize {
        (TILES / self.tiles_of_image()).max(1)
    }

    /// Rows of tiles that are computed together, of as many images.
    fn rows_at_once(&self) -> usize {
        let [rows, columns] = self.tiles();
        (TILES / columns).clamp(1, rows)
    }

    fn transform<T: Real>(&self, of: Of, transform: Transform<'_, T, impl Fn(usize) -> (usize, usize)>) {
        transform.run(self.direct.isa, of, self.filter());
    }

    fn channels(&self) -> usize {
        self.direct.windows.channels
    }

    /// The length of transformed filters, for each block (places, channels, width).
    fn packed_len<T: Real>(&self) -> usize {
        self.direct.packed_len::<T>() / (self.filter() * self.filter()) * self.places()
    }

    /// The part of transformed filters that belongs to a block.
    fn of_block(&self, (first, width): (usize, usize)) -> std::ops::Range<usize> {
        let len = self.places() * self.channels();
        first * len..(first + width) * len
    }

    /// From filters as the direct convolution has them to transformed ones.
    fn transform_filters<T: Real>(&self, filters: &[T], to: &mut [T]) {
        let (channels, filter) = (self.channels(), self.filter());
        let (threads, len) = (self.direct.threads_for(to.len()), self.places() * channels);
        self.direct.each_block(threads, len, to, |(first, width), to| {
            let from = &filters[first * filter * filter * channels..];
            let places = |channel| (channel * width, channel * width);
            let from = (from, square(filter, channels * width));
            let to = (to, square(self.tile(), channels * width));
            self.transform(Of::Filters, Transform { from, to, squares: channels, places, lanes: width });
        });
    }

    /// From the gradient of transformed filters to that of filters as the direct convolution has them.
    fn transform_gradients<T: Real>(&self, gradients: &[T], to: &mut [T]) {
        let (channels, filter) = (self.channels(), self.filter());
        let (threads, len) = (self.direct.threads_for(gradients.len()), filter * filter * channels);
        self.direct.each_block(threads, len, to, |(first, width), to| {
            let places = |channel| (channel * width, channel * width);
            let from = (&gradients[self.of_block((first, width))], square(self.tile(), channels * width));
            let to = (to, square(filter, channels * width));
            self.transform(
                Of::FilterGradients,
                Transform { from, to, squares: channels, places, lanes: width },
            );
        });
    }

    /// How gradients of sums lie, channels-last, as many rows and columns as tiles have.
    fn gradients_lie(&self) -> Direct {
        let (input, output) = (self.direct.windows.output, self.tiled.windows.output);
        let channels = self.direct.filters;
        let windows = Windows { channels, input, output, size: [1; 3], pad: [0; 3], ..self.direct.windows };
        Direct { windows, ..self.direct }
    }
}

/// How a square of so many columns lies whose elements are `step` apart.
fn square(columns: usize, step: usize) -> Steps {
    Steps { row: columns * step, column: step }
}

/// Tiles that are computed together: some rows of them on images side by side.
struct Span<'a> {
    winograd: &'a Winograd,
    images: usize,
    first_row: usize,
    rows: usize,
}

impl Span<'_> {
    fn tiles(&self) -> usize {
        self.images * self.rows * self.winograd.tiles()[1]
    }

    /// The image of a tile, its row and its column.
    fn place(&self, tile: usize) -> [usize; 3] {
        let [_, columns] = self.winograd.tiles();
        let (row, column) = (tile / columns, tile % columns);
        [row / self.rows, self.first_row + row % self.rows, column]
    }

    /// From a place of the tiles to the next, where they have so many numbers each.
    fn step(&self, numbers: usize) -> usize {
        self.tiles() * numbers + GAP
    }

    /// The length of tiles of so many numbers.
    fn len(&self, numbers: usize) -> usize {
        self.winograd.places() * self.step(numbers)
    }

    /// The tiles of channels-last images: (places, tiles, channels).
    fn transform_images<T: Real>(&self, images: &[T], to: &mut [T]) {
        let Winograd { tiled, .. } = self.winograd;
        let channels = tiled.windows.channels;
        let row = (tiled.windows.output[2] + self.winograd.filter() - 1) * channels;
        let places = |tile: usize| {
            let [image, row, column] = self.place(tile);
            let origin = tiled.origin([0, row * OUTPUT, column * OUTPUT]) as usize;
            (image * tiled.input_len() + origin, tile * channels)
        };
        let from = (images, Steps { row, column: channels });
        let to = (to, square(self.winograd.tile(), self.step(channels)));
        let transform = Transform { from, to, squares: self.tiles(), places, lanes: channels };
        self.winograd.transform(Of::Images, transform);
    }

    /// Tiles of a block of filters, (places, tiles, width): the products of those of the images and of the filters.
    fn multiply<T: Real>(&self, width: usize, images: &[T], rows: &[u32], filters: &[T], to: &mut [T]) {
        let (kernels, channels) = (self.winograd.direct.kernels::<T>(), self.winograd.channels());
        let (step, to_step) = (self.step(channels), self.step(width));
        for place in 0..self.winograd.places() {
            let tile = Tile {
                numbers: &images[place * step..][..self.tiles() * channels],
                rows: &rows[..self.tiles()],
                segments: &[0],
                len: channels,
                step: 1,
                vectors: &filters[place * channels * width..][..channels * width],
                sums: &mut to[place * to_step..][..self.tiles() * width],
                accumulate: false,
            };
            // SAFETY: each row has `channels` numbers, and ends within the tiles; filters and sums are as long.
            unsafe { kernels.run(width, tile) };
        }
    }

    /// Sums (images, rows, columns, width) of a block of filters, from its tiles.
    fn transform_to_sums<T: Real>(&self, width: usize, tiles: &[T], to: &mut [T]) {
        let columns = self.winograd.tiled.windows.output[2];
        let places = |tile: usize| {
            let [image, row, column] = self.place(tile);
            let row = (image * self.rows + row - self.first_row) * OUTPUT;
            (tile * width, (row * columns + column * OUTPUT) * width)
        };
        let from = (tiles, square(self.winograd.tile(), self.step(width)));
        let to = (to, Steps { row: columns * width, column: width });
        let transform = Transform { from, to, squares: self.tiles(), places, lanes: width };
        self.winograd.transform(Of::Sums, transform);
    }

    /// Tiles of a block of filters, from gradients of sums that lie channels-last, as many rows and columns as tiles
    /// have.
    fn transform_sum_gradients<T: Real>(
        &self,
        (first, width): (usize, usize),
        gradients: &[T],
        to: &mut [T],
    ) {
        let (filters, [_, height, columns]) =
            (self.winograd.direct.filters, self.winograd.tiled.windows.output);
        let lanes = width.min(filters - first);
        if lanes < width {
            to.fill(T::zero());
        }
        let places = |tile: usize| {
            let [image, row, column] = self.place(tile);
            let place = (image * height + row * OUTPUT) * columns + column * OUTPUT;
            (place * filters + first, tile * width)
        };
        let from = (gradients, Steps { row: columns * filters, column: filters });
        let to = (to, square(self.winograd.tile(), self.step(width)));
        let transform = Transform { from, to, squares: self.tiles(), places, lanes };
        self.winograd.transform(Of::SumGradients, transform);
    }

    /// Adds to the gradient of a block of transformed filters, (places, channels, width).
    fn add_gradients<T: Real>(
        &self,
        width: usize,
        images: &[T],
        channel_places: &[u32],
        tiles: &[T],
        sums: &mut [T],
    ) {
        let (kernels, channels) = (self.winograd.direct.kernels::<T>(), self.winograd.channels());
        let (step, tiles_step) = (self.step(channels), self.step(width));
        for place in 0..self.winograd.places() {
            let tile = Tile {
                numbers: &images[place * step..][..self.tiles() * channels],
                rows: channel_places,
                segments: &[0],
                len: self.tiles(),
                step: channels,
                vectors: &tiles[place * tiles_step..][..self.tiles() * width],
                sums: &mut sums[place * channels * width..][..channels * width],
                accumulate: true,
            };
            // SAFETY: as in `multiply`, with tiles and channels exchanged.
            unsafe { kernels.run(width, tile) };
        }
    }
}
