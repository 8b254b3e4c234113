//! The inverse of a layer that is a nonlinearity of sums: `y = f(A x + b)`, where A is made of weights.
//!
//! It is `z = A' (v * f'(y))`, with the derivative as a function of the output. From the gradient `u` with respect to
//! `z` follow `A u` and from that, element by element, the gradients with respect to `v` and `y`; that with respect
//! to the weights is the layer's own for the input `u` and the sums' gradient `v * f'(y)`.

use rayon::prelude::*;

use super::Inverse;
use crate::cpu::{map, scratch};
use crate::device::Cpu;
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::nonlinearities::Nonlinearity;
use crate::{Real, Shape};

/// A layer `f(A x + b)`. Shapes are those of the layer's input and output.
pub trait Affine: Layer + Sized {
    /// What the weights' gradients need between steps.
    type Memory<T: Real>: Default + Send;

    /// f.
    fn nonlinearity(&self) -> Nonlinearity;

    /// The length of the rows that a softmax is taken over.
    fn row(&self, output: Shape) -> usize;

    /// `A x`.
    fn sums<T: Real>(&self, parameters: &Self::Parameters<T, Cpu>, x: Signal<'_, T>, sums: SignalMut<'_, T>);

    /// `A' sums`.
    fn transposed<T: Real>(
        &self,
        parameters: &Self::Parameters<T, Cpu>,
        sums: Signal<'_, T>,
        x: SignalMut<'_, T>,
    );

    /// The gradients of `A x` with respect to the weights, for a gradient of the sums; those of biases are zero.
    fn weights<T: Real>(
        &self,
        parameters: &Self::Parameters<T, Cpu>,
        gradients: &mut Self::Parameters<T, Cpu>,
        memory: &mut Self::Memory<T>,
        x: Signal<'_, T>,
        sums: Signal<'_, T>,
    );
}

/// Calls `then` with `v * f'(y)`.
fn with_slopes<T: Real, R>(
    layer: &impl Affine,
    v: Signal<'_, T>,
    y: Signal<'_, T>,
    then: impl FnOnce(Signal<'_, T>) -> R,
) -> R {
    let nonlinearity = layer.nonlinearity();
    if nonlinearity.is_linear() {
        return then(v);
    }
    let row = layer.row(y.shape);
    scratch::with(v.values.len(), |slopes: &mut [T]| {
        let chunk = map::chunk(slopes.len(), row);
        let pieces =
            slopes.par_chunks_mut(chunk).zip(v.values.par_chunks(chunk)).zip(y.values.par_chunks(chunk));
        pieces.for_each(|((slopes, v), y)| {
            slopes.copy_from_slice(v);
            nonlinearity.backward(row, y, slopes);
        });
        then(Signal { shape: v.shape, values: slopes })
    })
}

impl<T: Real, L: Affine> Compute<T, Cpu, 3> for Inverse<L> {
    type Memory = L::Memory<T>;

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &L::Parameters<T, Cpu>,
        [v, _, y]: [Signal<'_, T>; 3],
        z: SignalMut<'_, T>,
    ) {
        with_slopes(&self.0, v, y, |slopes| self.0.transposed(parameters, slopes, z));
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &L::Parameters<T, Cpu>,
        gradients: &mut L::Parameters<T, Cpu>,
        memory: &mut Self::Memory,
        signals: Backward<'_, T, Cpu, 3>,
    ) {
        let [v, x, y] = signals.inputs;
        let [to_v, to_x, to_y] = signals.input_gradients;
        let u = Signal { shape: x.shape, values: &*signals.output_gradient.values };
        with_slopes(&self.0, v, y, |slopes| self.0.weights(parameters, gradients, memory, u, slopes));
        if let Some(to_x) = to_x {
            to_x.values.fill(T::zero());
        }
        if to_v.is_none() && to_y.is_none() {
            return;
        }
        let (nonlinearity, row) = (self.0.nonlinearity(), self.0.row(y.shape));
        scratch::with(v.values.len(), |sums: &mut [T]| {
            self.0.sums(parameters, u, SignalMut { shape: y.shape, values: &mut *sums });
            let chunk = map::chunk(sums.len(), row);
            if let Some(to_y) = to_y {
                let pieces = to_y.values.par_chunks_mut(chunk).zip(sums.par_chunks(chunk));
                let pieces = pieces.zip(v.values.par_chunks(chunk)).zip(y.values.par_chunks(chunk));
                pieces.for_each(|(((to_y, sums), v), y)| {
                    to_y.copy_from_slice(sums);
                    nonlinearity.backward_of_backward(row, y, v, to_y);
                });
            }
            if let Some(to_v) = to_v {
                let pieces = to_v.values.par_chunks_mut(chunk).zip(sums.par_chunks(chunk));
                pieces.zip(y.values.par_chunks(chunk)).for_each(|((to_v, sums), y)| {
                    to_v.copy_from_slice(sums);
                    nonlinearity.backward(row, y, to_v);
                });
            }
        });
    }
}
