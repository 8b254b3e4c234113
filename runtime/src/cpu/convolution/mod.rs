//! Convolutions: several ways to the same numbers.
//!
//! A [`Method`] computes the three products of a convolution for one group of channels, image by image: sums, the
//! gradient of the input, and that of the filters. What it needs beside the images is made once for a batch.

pub mod columns;
pub mod direct;
pub mod pooled;
#[cfg(test)]
mod tests;

use crate::Real;
use crate::cpu::gemm::{Epilogue, Threads};

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
    /// From the first one on.
    pub values: &'a [T],
    /// From an image to the next.
    pub stride: usize,
    /// Elements of one.
    pub len: usize,
}

impl<'a, T> Images<'a, T> {
    /// So many images, in order.
    pub fn take(self, count: usize) -> impl Iterator<Item = &'a [T]> {
        (0..count).map(move |image| &self.values[image * self.stride..][..self.len])
    }
}

/// A way to compute a convolution. Images are (channels, depth, rows, columns), sums (filters, positions), and filters
/// (filters, channels, window).
pub trait Method<T: Real>: Sync {
    /// The room that a product needs for what it prepares.
    fn room(&self, product: Product) -> Room;

    /// Prepares a product; `w` are the filters.
    fn prepare(&self, product: Product, w: &[T], to: Prepared<&mut [T], &mut [u32]>);

    /// The sums of one image, each finished by `finish`, which has a row for each filter.
    fn sums(&self, threads: Threads, given: Prepared<&[T], &[u32]>, x: &[T], finish: &dyn Epilogue<T>, y: &mut [T]);

    /// The gradient with respect to one image.
    fn input_gradient(&self, threads: Threads, given: Prepared<&[T], &[u32]>, gradient: &[T], x: &mut [T]);

    /// How many images the gradient of the filters is best computed of at once.
    fn images_at_once(&self) -> usize;

    /// The length of the gradient of the filters as the method has it.
    fn gradient_len(&self) -> usize;

    /// Adds the gradient with respect to the filters, over so many images, at most as many as
    /// [`images_at_once`](Self::images_at_once) says.
    fn add_filter_gradients(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        count: usize,
        x: Images<'_, T>,
        gradient: Images<'_, T>,
        sums: &mut [T],
    );

    /// From the method's gradient of the filters to (filters, channels, window).
    fn filter_gradients(&self, sums: &[T], w: &mut [T]);
}

/// An epilogue that a method was given.
struct Given<'a, T>(&'a dyn Epilogue<T>);

impl<T> Epilogue<T> for Given<'_, T> {
    #[inline]
    fn apply(&self, row: usize, column: usize, values: &mut [T]) {
        self.0.apply(row, column, values);
    }
}
