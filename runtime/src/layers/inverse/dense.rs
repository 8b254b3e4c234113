//! Dense layers.

use super::affine::Affine;
use crate::cpu::gemm::{Identity, Threads, gemm};
use crate::layer::{Signal, SignalMut};
use crate::layers::dense::{matrix, matrix_mut};
use crate::layers::{Dense, DenseParameters};
use crate::nonlinearities::Nonlinearity;
use crate::{Real, Shape};

impl Affine for Dense {
    type Memory<T: Real> = ();

    fn nonlinearity(&self) -> Nonlinearity {
        self.nonlinearity
    }

    fn row(&self, _: Shape) -> usize {
        self.num_units
    }

    fn sums<T: Real>(&self, parameters: &DenseParameters<T>, x: Signal<'_, T>, sums: SignalMut<'_, T>) {
        let (inputs, units) = (self.num_inputs(x.shape), self.num_units);
        let w = matrix(parameters.w.slice(), units);
        gemm(Threads::All, matrix(x.values, inputs), w, false, matrix_mut(sums.values, units), &Identity);
    }

    fn transposed<T: Real>(&self, parameters: &DenseParameters<T>, sums: Signal<'_, T>, x: SignalMut<'_, T>) {
        let (inputs, units) = (self.num_inputs(x.shape), self.num_units);
        let w = matrix(parameters.w.slice(), units);
        let x = matrix_mut(x.values, inputs);
        gemm(Threads::All, matrix(sums.values, units), w.reversed_axes(), false, x, &Identity);
    }

    fn weights<T: Real>(
        &self,
        _: &DenseParameters<T>,
        gradients: &mut DenseParameters<T>,
        (): &mut (),
        x: Signal<'_, T>,
        sums: Signal<'_, T>,
    ) {
        let (inputs, units) = (self.num_inputs(x.shape), self.num_units);
        let x = matrix(x.values, inputs).reversed_axes();
        let w = matrix_mut(gradients.w.slice_mut(), units);
        gemm(Threads::All, x, matrix(sums.values, units), false, w, &Identity);
        gradients.b.slice_mut().fill(T::zero());
    }
}
