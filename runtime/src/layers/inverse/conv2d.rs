//! Convolutions over images.

use rayon::prelude::*;

use super::affine::Affine;
use crate::cpu::gemm::{Identity, gemm};
use crate::cpu::scratch;
use crate::cpu::window::{columns_of_image, image_of_columns};
use crate::layer::{Signal, SignalMut};
use crate::layers::conv2d::{PartialGradients, matrix, matrix_mut, threads_for};
use crate::layers::{Conv2d, Conv2dParameters};
use crate::nonlinearities::Nonlinearity;
use crate::{Real, Shape};

impl Affine for Conv2d {
    type Memory<T: Real> = PartialGradients<T>;

    fn nonlinearity(&self) -> Nonlinearity {
        self.nonlinearity
    }

    fn row(&self, output: Shape) -> usize {
        output.dim(2)
    }

    fn sums<T: Real>(&self, parameters: &Conv2dParameters<T>, x: Signal<'_, T>, sums: SignalMut<'_, T>) {
        let windows = self.windows(x.shape);
        let (taps, positions) = (windows.taps(), windows.positions());
        let threads = threads_for(x.values.len() / x.shape.len());
        let images = sums.values.par_chunks_mut(sums.shape.len()).zip(x.values.par_chunks(x.shape.len()));
        images.for_each(|(sums, x)| {
            scratch::with(taps * positions, |columns| {
                columns_of_image(&windows, self.flip_filters, x, columns);
                let (filters, columns) = (matrix(parameters.w.slice(), taps), matrix(columns, positions));
                gemm(threads, filters, columns, false, matrix_mut(sums, positions), &Identity);
            });
        });
    }

    fn transposed<T: Real>(
        &self,
        parameters: &Conv2dParameters<T>,
        sums: Signal<'_, T>,
        x: SignalMut<'_, T>,
    ) {
        let windows = self.windows(x.shape);
        let (taps, positions) = (windows.taps(), windows.positions());
        let threads = threads_for(sums.values.len() / sums.shape.len());
        let images = x.values.par_chunks_mut(x.shape.len()).zip(sums.values.par_chunks(sums.shape.len()));
        images.for_each(|(x, sums)| {
            scratch::with(taps * positions, |columns| {
                let filters = matrix(parameters.w.slice(), taps).reversed_axes();
                let sums = matrix(sums, positions);
                gemm(threads, filters, sums, false, matrix_mut(columns, positions), &Identity);
                image_of_columns(&windows, self.flip_filters, columns, x);
            });
        });
    }

    fn weights<T: Real>(
        &self,
        parameters: &Conv2dParameters<T>,
        gradients: &mut Conv2dParameters<T>,
        memory: &mut PartialGradients<T>,
        x: Signal<'_, T>,
        sums: Signal<'_, T>,
    ) {
        let len = sums.shape.len();
        self.backward_batch(parameters, gradients, memory, x, None, |image, to| {
            to.copy_from_slice(&sums.values[image * len..][..len]);
        });
        gradients.b.slice_mut().fill(T::zero());
    }
}
