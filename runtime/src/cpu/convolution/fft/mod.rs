//! Convolutions as products of spectra.
//!
//! An image with its padding is laid out as one line, channel by channel, and so is a filter with the gaps between its
//! rows: the sums of a filter are then a correlation of two lines. (Between the rows of positions stand sums that are
//! left out.) The spectrum of a correlation is the product of two spectra, whatever the size of the filter:
//!
//! | | spectrum | summed over |
//! | --- | --- | --- |
//! | sums | image times the filter's conjugate | channels |
//! | gradient of the input | gradient of the sums times filter | filters |
//! | gradient of the filters | image times the conjugate of the gradient of the sums | images |
//!
//! A line of n numbers takes a transform of about `5/2 n log2(n)` operations, and a product of spectra `2 n`
//! multiply-adds for each filter and channel, where a direct convolution takes the window's elements for each position.
//! Positions run around at the ends of a line, but those that count stay within it, so it need not be any longer.

mod method;
mod product;
mod transform;

use super::Product;
use super::direct::Direct;
use crate::Real;
use transform::{LANES, Transform};

/// What a number of a product takes, for each pair of a filter and a channel, and of a transform, and what any transform
/// takes: in multiply-adds of a direct convolution, as measured.
const PRODUCT: usize = 4;
const TRANSFORM: usize = 120;
const ANY_TRANSFORM: usize = 8000;

/// The most numbers in the spectra of all filters that are worth the memory: 64 MB.
const MOST_NUMBERS: usize = 1 << 24;

/// A convolution of one group of channels, of stride 1.
#[derive(Clone, Copy, Debug)]
pub struct Fft {
    /// The convolution of one channel, whose image is the line.
    line: Direct,
    /// Channels and filters of the group.
    channels: usize,
    filters: usize,
}

impl Fft {
    /// For windows one element apart, of elements side by side.
    pub fn new(direct: Direct) -> Option<Self> {
        let (mut line, channels) = (direct, direct.windows.channels);
        line.windows.channels = 1;
        let open = line.windows.stride == [1; 3] && line.windows.dilation == [1; 3];
        open.then_some(Fft { line, channels, filters: direct.filters })
    }

    /// Whether it takes less time than the direct convolution, by a count of multiply-adds at the latter's speed, and
    /// little enough memory.
    pub fn is_worth_it(&self, product: Product, images: usize) -> bool {
        let (windows, len) = (&self.line.windows, self.len());
        let sums = if product == Product::InputGradient { windows.plane() } else { windows.positions() };
        let pairs = self.filters * self.channels;
        let transforms = images * (self.filters + self.channels) + pairs;
        let spectra = images * pairs * len * PRODUCT + transforms * (len * TRANSFORM + ANY_TRANSFORM);
        pairs * len <= MOST_NUMBERS && spectra < images * pairs * sums * windows.window()
    }

    /// The numbers of a transform: at least those of a line, in small factors.
    fn len(&self) -> usize {
        let least = self.line.input_len();
        let small = |len: &usize| [2, 3, 5].into_iter().fold(*len, without_factor) == 1;
        (least.max(2)..)
            .filter(|len| len.is_multiple_of(2))
            .find(small)
            .expect("powers of two are even and small factors")
    }

    /// Vectors of a spectrum's frequencies: an odd number, so that spectra side by side do not share few places in the
    /// caches.
    fn vectors(&self) -> usize {
        (self.len() / 2 + 1).div_ceil(LANES) | 1
    }

    /// Numbers of a spectrum.
    fn spectrum_len(&self) -> usize {
        self.vectors() * 2 * LANES
    }

    fn transform<T: Real>(&self) -> Transform<T> {
        Transform::new(self.len())
    }

    /// The rows of windows, or of positions, in a line: where each begins.
    fn rows(&self, [deep, down, _]: [usize; 3]) -> impl Iterator<Item = usize> + use<> {
        let line = self.line;
        (0..deep * down).map(move |row| line.origin([row / down, row % down, 0]) as usize)
    }

    /// Writes a channel of an image into a line.
    fn line_of_image<T: Real>(&self, channel: &[T], line: &mut [T]) {
        let (inside, beyond) = line.split_at_mut(self.line.input_len());
        self.line.channels_last(channel, inside);
        beyond.fill(T::zero());
    }

    /// Writes the gradients of a filter's sums into a line.
    fn line_of_sums<T: Real>(&self, sums: &[T], line: &mut [T]) {
        let [.., columns] = self.line.windows.output;
        line.fill(T::zero());
        for (row, sums) in self.rows(self.line.windows.output).zip(sums.chunks_exact(columns)) {
            line[row..row + columns].copy_from_slice(sums);
        }
    }

    /// Reads a filter's sums from a line.
    fn sums_of_line<T: Real>(&self, line: &[T], sums: &mut [T]) {
        let [.., columns] = self.line.windows.output;
        for (row, sums) in self.rows(self.line.windows.output).zip(sums.chunks_exact_mut(columns)) {
            sums.copy_from_slice(&line[row..row + columns]);
        }
    }

    /// Writes a filter of one channel into a line.
    fn line_of_filter<T: Real>(&self, filter: &[T], line: &mut [T]) {
        let [.., columns] = self.line.windows.size;
        line.fill(T::zero());
        for (number, row) in self.rows(self.line.windows.size).enumerate() {
            let to = &mut line[row..row + columns];
            if self.line.flip {
                let end = filter.len() - number * columns;
                to.iter_mut().zip(filter[..end].iter().rev()).for_each(|(to, &weight)| *to = weight);
            } else {
                to.copy_from_slice(&filter[number * columns..][..columns]);
            }
        }
    }

    /// Reads the gradient of a filter of one channel from a line.
    fn filter_of_line<T: Real>(&self, line: &[T], filter: &mut [T]) {
        let [.., columns] = self.line.windows.size;
        for (number, row) in self.rows(self.line.windows.size).enumerate() {
            let from = &line[row..row + columns];
            if self.line.flip {
                let end = filter.len() - number * columns;
                filter[..end].iter_mut().rev().zip(from).for_each(|(to, &value)| *to = value);
            } else {
                filter[number * columns..][..columns].copy_from_slice(from);
            }
        }
    }
}

fn without_factor(mut number: usize, factor: usize) -> usize {
    while number.is_multiple_of(factor) {
        number /= factor;
    }
    number
}
