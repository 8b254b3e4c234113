//! Convolutions as products of matrices: with the column matrix (taps, positions), of which each column is what one
//! window covers.
//!
//! It is open to all windows. It writes and reads each element of the image as often as windows cover it, which costs
//! least against the products where filters are many.

pub mod copy;
#[cfg(test)]
mod tests;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::{Images, ImagesMut, Method, Prepared, Product, Room};
use crate::Real;
use crate::cpu::gemm::{Epilogue, Identity, Threads, gemm};
use crate::cpu::scratch;
use crate::cpu::transpose::{Rows, transpose};
use crate::geometry::Windows;
use copy::{columns_of_image, image_of_columns};

/// A convolution of one group of channels.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// Where windows lie; the channels are those of the group.
    pub windows: Windows,
    /// Filters of the group.
    pub filters: usize,
    /// Whether filters are turned around before they slide.
    pub flip: bool,
}

impl Columns {
    fn taps(&self) -> usize {
        self.windows.taps()
    }

    /// Calls `function` with the column matrix of an image.
    fn with_columns<T: Real>(&self, x: &[T], function: impl FnOnce(&[T])) {
        scratch::with(self.taps() * self.windows.positions(), |columns| {
            columns_of_image(&self.windows, self.flip, x, columns);
            function(columns);
        });
    }
}

impl<T: Real> Method<T> for Columns {
    /// The filters as they are.
    fn room(&self, product: Product) -> Room {
        let filters = self.filters * self.taps();
        Room { numbers: if product == Product::FilterGradient { 0 } else { filters }, places: 0 }
    }

    fn prepare(&self, _: Product, w: &[T], to: Prepared<&mut [T], &mut [u32]>) {
        let len = to.numbers.len();
        to.numbers.copy_from_slice(&w[..len]);
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
        let (taps, positions) = (self.taps(), self.windows.positions());
        for (x, y) in x.each().zip(y.each()) {
            self.with_columns(x, |columns| {
                let (weights, columns) = (matrix(given.numbers, taps), matrix(columns, positions));
                gemm(threads, weights, columns, false, matrix_mut(&mut *y, positions), &Identity);
            });
            finish.apply_rows(0, 0, [positions; 2], y);
        }
    }

    fn input_gradient(
        &self,
        threads: Threads,
        given: Prepared<&[T], &[u32]>,
        gradient: Images<'_, T>,
        x: ImagesMut<'_, T>,
    ) {
        let (taps, positions) = (self.taps(), self.windows.positions());
        scratch::with(taps * positions, |columns| {
            for (gradient, x) in gradient.each().zip(x.each()) {
                let (weights, gradient) = (matrix(given.numbers, taps), matrix(gradient, positions));
                let columns_mut = matrix_mut(&mut *columns, positions);
                gemm(threads, weights.t(), gradient, false, columns_mut, &Identity);
                image_of_columns(&self.windows, self.flip, columns, x);
            }
        });
    }

    fn gradient_len(&self) -> usize {
        self.filters * self.taps()
    }

    /// The gradient is kept transposed, (taps, filters): so the column matrix, the largest operand, is read as it
    /// lies.
    fn add_filter_gradients(
        &self,
        threads: Threads,
        _: Prepared<&[T], &[u32]>,
        x: Images<'_, T>,
        gradient: Images<'_, T>,
        sums: &mut [T],
    ) {
        let positions = self.windows.positions();
        for (x, gradient) in x.each().zip(gradient.each()) {
            self.with_columns(x, |columns| {
                let (columns, gradient) = (matrix(columns, positions), matrix(gradient, positions));
                gemm(threads, columns, gradient.t(), true, matrix_mut(sums, self.filters), &Identity);
            });
        }
    }

    fn filter_gradients(&self, sums: &[T], w: &mut [T]) {
        let (rows, columns) = (self.taps(), self.filters);
        transpose(Rows { rows, columns, stride: columns }, sums, w, rows);
    }
}

fn matrix<T>(values: &[T], columns: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

fn matrix_mut<T>(values: &mut [T], columns: usize) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}
