//! Convolutions over images.

use super::affine::Affine;
use crate::layer::{Signal, SignalMut};
use crate::layers::convolution::{Conv2d, ConvParameters, Finish, Gradients, PartialGradients};
use crate::nonlinearities::{Nonlinearity, linear};
use crate::{Real, Shape};

impl Affine for Conv2d {
    type Memory<T: Real> = PartialGradients<T>;

    fn nonlinearity(&self) -> Nonlinearity {
        self.nonlinearity
    }

    fn row(&self, output: Shape) -> usize {
        output.dim(2)
    }

    fn sums<T: Real>(&self, parameters: &ConvParameters<T>, x: Signal<'_, T>, sums: SignalMut<'_, T>) {
        let finish = Finish::new(&[], false, linear(), sums.shape);
        self.filters(parameters, x.shape).batch(&finish, x.values, sums.values);
    }

    fn transposed<T: Real>(&self, parameters: &ConvParameters<T>, sums: Signal<'_, T>, x: SignalMut<'_, T>) {
        self.filters(parameters, x.shape).transposed(sums.values, x.values);
    }

    fn weights<T: Real>(
        &self,
        parameters: &ConvParameters<T>,
        gradients: &mut ConvParameters<T>,
        memory: &mut PartialGradients<T>,
        x: Signal<'_, T>,
        sums: Signal<'_, T>,
    ) {
        gradients.b.slice_mut().fill(T::zero());
        let len = sums.shape.len();
        let filters = self.filters(parameters, x.shape);
        let weights = gradients.w.slice_mut();
        let gradients = Gradients { weights, biases: &mut [], input: None };
        filters.backward(gradients, memory, x.values, |image, to| {
            to.copy_from_slice(&sums.values[image * len..][..len]);
        });
    }
}
