//! Convolutions: several ways to the same numbers.
//!
//! A [`Method`] computes the three products of a convolution for one group of channels, image by image: sums, the
//! gradient of the input, and that of the filters. What it needs beside the images is made once for a batch.

pub mod columns;
pub mod direct;
pub mod fft;
pub mod planes;
pub mod pooled;
#[cfg(test)]
mod tests;
pub mod winograd;

use crate::Real;
use crate::cpu::gemm::{Epilogue, Threads};
use crate::cpu::pieces::{each, write};

/// The products of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Sums, of an image and filters.
    Sums,
    /// The gradient with respect to the image, of that with respect to sums and of filters.
    InputGradient,
    /// The gradient with respect to the filters, of an image and of the gradient with respect to sums.
    FilterGradient,
}

/// What a method makes once for all images: elements, or the elements themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prepared<N, P> {
    /// Numbers, made of the filters.
    pub numbers: N,
    /// Places, made of how windows lie.
    pub places: P,
}

/// The lengths of what is made.
pub type Room = Prepared<usize, usize>;

/// Images of one group of channels in a batch: each starts `stride` elements after the one before.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a, T> {
    /// From the first one on, to the end of the last.
    pub values: &'a [T],
    /// From an image to the next.
    pub stride: usize,
    /// Elements of one.
    pub len: usize,
}

impl<'a, T> Images<'a, T> {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.values.len().div_ceil(self.stride)
    }

    /// All of them, in order.
    pub fn each(self) -> impl Iterator<Item = &'a [T]> {
        self.values.chunks(self.stride).map(move |image| &image[..self.len])
    }
}

/// The same, to be written.
pub struct ImagesMut<'a, T> {
    /// From the first one on.
    pub values: &'a mut [T],
    /// From an image to the next.
    pub stride: usize,
    /// Elements of one.
    pub len: usize,
}

impl<'a, T> ImagesMut<'a, T> {
    /// All images, in order.
    pub fn each(self) -> impl Iterator<Item = &'a mut [T]> {
        let len = self.len;
        self.values.chunks_mut(self.stride).map(move |image| &mut image[..len])
    }
}

/// A way to compute a convolution. Images are (channels, depth, rows, columns), sums (filters, positions), and filters
/// (filters, channels, window).
pub trait Method<T: Real>: Sync {
    /// The room that a product needs for what it prepares.
    fn room(&self, product: Product) -> Room;

    /// Prepares a product; `w` are the filters.
    fn prepare(&self, product: Product, w: &[T], to: Prepared<&mut [T], &mut [u32]>);

    /// How many images a product is best computed of at once.
    fn images_at_once(&self, product: Product) -> usize;

    /// The sums of some images, at most as many as [`images_at_once`](Self::images_at_once) says, each finished by
    /// `finish`, which has a row for each filter, in pieces of many positions.
    fn sums(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        x: Images<'_, T>,
        finish: &dyn Epilogue<T>,
        y: ImagesMut<'_, T>,
    );

    /// The gradients with respect to some images.
    fn input_gradient(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        gradient: Images<'_, T>,
        x: ImagesMut<'_, T>,
    );

    /// The length of the gradient of the filters as the method has it.
    fn gradient_len(&self) -> usize;

    /// Whether that is so long that threads share one rather than have sums of their own.
    fn has_large_gradient(&self) -> bool {
        false
    }

    /// Adds the gradient with respect to the filters, over some images.
    fn add_filter_gradients(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        x: Images<'_, T>,
        gradient: Images<'_, T>,
        sums: &mut [T],
    );

    /// From the method's gradient of the filters to (filters, channels, window).
    fn filter_gradients(&self, sums: &[T], w: &mut [T]);
}

/// Calls `work` with each block of `len` values, by its number; the last may be shorter.
fn each_block<T: Real>(
    threads: Threads,
    values: &mut [T],
    len: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    match threads {
        Threads::One => values.chunks_mut(len).enumerate().for_each(|(number, values)| work(number, values)),
        Threads::All => each(write(values, len), work),
    }
}
