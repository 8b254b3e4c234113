//! Nonlinearities on their own.

use super::affine::Affine;
use crate::layer::{Signal, SignalMut};
use crate::layers::NonlinearityLayer;
use crate::nonlinearities::Nonlinearity;
use crate::{Real, Shape};

impl Affine for NonlinearityLayer {
    type Memory<T: Real> = ();

    fn nonlinearity(&self) -> Nonlinearity {
        self.nonlinearity
    }

    fn row(&self, output: Shape) -> usize {
        output.dims().last().copied().unwrap_or(1)
    }

    fn sums<T: Real>(&self, (): &(), x: Signal<'_, T>, sums: SignalMut<'_, T>) {
        sums.values.copy_from_slice(x.values);
    }

    fn transposed<T: Real>(&self, (): &(), sums: Signal<'_, T>, x: SignalMut<'_, T>) {
        x.values.copy_from_slice(sums.values);
    }

    fn weights<T: Real>(&self, (): &(), (): &mut (), (): &mut (), _: Signal<'_, T>, _: Signal<'_, T>) {}
}
