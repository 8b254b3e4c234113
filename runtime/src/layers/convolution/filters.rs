//! Filters over images, as matrix products with what their windows cover.

use rayon::prelude::*;

use super::finish::{Finish, add_bias_gradients};
use super::partial::Blocks;
use super::{ConvParameters, PartialGradients, matrix, matrix_mut, threads_for};
use crate::Real;
use crate::cpu::gemm::{Identity, Threads, gemm};
use crate::cpu::scratch;
use crate::cpu::window::Windows;
use crate::cpu::window::columns::{columns_of_image, image_of_columns};

/// Filters (filters, channels / groups, window) and how they lie on images.
pub struct Filters<'a, T> {
    /// The filters themselves.
    pub weights: &'a [T],
    /// Groups of filters, each with a share of the channels of its own.
    pub groups: usize,
    /// Where their windows lie.
    pub windows: Windows,
    /// Whether filters are turned around before they slide.
    pub flip: bool,
}

impl<T: Real> Filters<'_, T> {
    /// Elements of one filter.
    fn taps(&self) -> usize {
        self.windows.taps() / self.groups
    }

    /// Filters of one group.
    pub fn filters(&self) -> usize {
        self.weights.len() / self.taps() / self.groups
    }

    /// How the gradient of the filters lies in the sums that [`backward`](Self::backward) adds to, when the
    /// parameter lies as the filters here do.
    pub fn blocks(&self) -> Blocks {
        Blocks { rows: self.taps(), columns: self.filters() }
    }

    /// All images of a batch.
    pub fn batch(&self, finish: &Finish<'_, T>, x: &[T], y: &mut [T]) {
        let batch = x.len() / self.windows.input_len();
        let len = self.groups * self.filters() * self.windows.positions();
        y.par_chunks_mut(len)
            .zip(x.par_chunks(self.windows.input_len()))
            .for_each(|(y, x)| self.image(threads_for(batch), finish, x, y));
    }

    /// One image: `y = nonlinearity(W columns + b)`, group by group.
    pub fn image(&self, threads: Threads, finish: &Finish<'_, T>, x: &[T], y: &mut [T]) {
        let (taps, filters, positions) = (self.taps(), self.filters(), self.windows.positions());
        scratch::with(self.windows.taps() * positions, |columns| {
            columns_of_image(&self.windows, self.flip, x, columns);
            let weights = self.weights.chunks_exact(filters * taps);
            let columns = columns.chunks_exact(taps * positions);
            let y = y.chunks_exact_mut(filters * positions);
            for (group, ((weights, columns), y)) in weights.zip(columns).zip(y).enumerate() {
                let (weights, columns) = (matrix(weights, taps), matrix(columns, positions));
                let finish = finish.at_filter(group * filters);
                gemm(threads, weights, columns, false, matrix_mut(y, positions), &finish);
            }
        });
        finish.lines(y);
    }

    /// The transposed product of a batch: what [`backward`](Self::backward) gives for the images, by itself.
    pub fn transposed(&self, sums: &[T], x: &mut [T]) {
        let (taps, filters, positions) = (self.taps(), self.filters(), self.windows.positions());
        let (image, len) = (self.windows.input_len(), self.groups * filters * positions);
        let threads = threads_for(x.len() / image);
        x.par_chunks_mut(image).zip(sums.par_chunks(len)).for_each(|(x, sums)| {
            scratch::with(self.windows.taps() * positions, |columns| {
                let weights = self.weights.chunks_exact(filters * taps);
                let of_group =
                    columns.chunks_exact_mut(taps * positions).zip(sums.chunks_exact(filters * positions));
                for ((columns, sums), weights) in of_group.zip(weights) {
                    let (weights, columns) = (matrix(weights, taps), matrix_mut(columns, positions));
                    gemm(threads, weights.t(), matrix(sums, positions), false, columns, &Identity);
                }
                image_of_columns(&self.windows, self.flip, columns, x);
            });
        });
    }

    /// Over a batch, from the gradient with respect to the sums to all others. `sums` gives those of one image,
    /// by its number.
    pub fn backward(
        &self,
        blocks: Blocks,
        gradients: &mut ConvParameters<T>,
        partial: &mut PartialGradients<T>,
        x: &[T],
        input_gradient: Option<&mut [T]>,
        sums: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let len = self.windows.input_len();
        let sums_len = self.groups * self.filters() * self.windows.positions();
        let image = |image: usize, weights: &mut [T], biases: &mut [T], into: Option<&mut [T]>| {
            scratch::with(sums_len, |gradient| {
                sums(image, gradient);
                add_bias_gradients(gradient, biases);
                self.image_backward(&x[image * len..][..len], gradient, weights, into);
            });
        };
        partial.over_batch(x.len() / len, blocks, gradients, input_gradient, image);
    }

    /// Adds one image's gradient with respect to the filters. It is kept transposed, (taps, filters) for each
    /// group: so the column matrix, the largest operand, is read as it lies.
    fn image_backward(&self, x: &[T], sums: &[T], gradient: &mut [T], input_gradient: Option<&mut [T]>) {
        let (taps, filters, positions) = (self.taps(), self.filters(), self.windows.positions());
        scratch::with(self.windows.taps() * positions, |columns| {
            columns_of_image(&self.windows, self.flip, x, columns);
            let sums = || sums.chunks_exact(filters * positions).map(|sums| matrix(sums, positions));
            let gradients = gradient.chunks_exact_mut(filters * taps);
            for ((columns, sums), gradient) in
                columns.chunks_exact(taps * positions).zip(sums()).zip(gradients)
            {
                let (columns, gradient) = (matrix(columns, positions), matrix_mut(gradient, filters));
                gemm(Threads::One, columns, sums.t(), true, gradient, &Identity);
            }
            if let Some(input_gradient) = input_gradient {
                let weights = self.weights.chunks_exact(filters * taps);
                let of_group = columns.chunks_exact_mut(taps * positions);
                for ((columns, sums), weights) in of_group.zip(sums()).zip(weights) {
                    let (weights, columns) = (matrix(weights, taps), matrix_mut(columns, positions));
                    gemm(Threads::One, weights.t(), sums, false, columns, &Identity);
                }
                image_of_columns(&self.windows, self.flip, columns, input_gradient);
            }
        });
    }
}
