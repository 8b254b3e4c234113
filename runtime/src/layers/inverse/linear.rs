//! The inverse of a layer that is a nonlinearity of linear sums: `y = f(A x + b)`.
//!
//! It is `z = A' (v * f'(y))`, with the derivative as a function of the output. From the gradient `u` with respect to
//! `z` follow `A u` and from that, element by element, the gradients with respect to `v` and `y`; that with respect
//! to the weights in `A` is the layer's own for the input `u` and the sums' gradient `v * f'(y)`.

use super::{InverseBy, Invert, Point};
use crate::Real;
use crate::cpu::pieces::{chunk, each, read, write};
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Signal, SignalMut};
use crate::layers::nonlinearity::last_axis;
use crate::nonlinearities::{Nonlinearity, linear};
use crate::parameters::Parameter;

/// The way for layers that are [`Linear`] up to a nonlinearity: products with their matrix, as they compute them
/// themselves.
#[derive(Clone, Copy, Debug)]
pub struct Products;

/// A layer `f(A x + b)` with an elementwise nonlinearity, or a softmax, f. `A` may depend on the region in which x
/// lies, as with a rectifier or a largest value, and on random numbers.
pub trait Linear: Invert {
    /// Whether `A` is its own transpose.
    const IS_SYMMETRIC: bool = false;

    /// f.
    fn nonlinearity(&self) -> Nonlinearity {
        linear()
    }

    /// The layer `A x + b`.
    fn without_nonlinearity(&self) -> Self {
        *self
    }

    /// `b`, or its gradients.
    fn biases<T: Real, D: Device>(parameters: &mut Self::Parameters<T, D>) -> Option<&mut Parameter<T, D>> {
        let _ = parameters;
        None
    }
}

/// How the processor computes the products of a [`Linear`] layer.
///
/// What is given here does by the layer's own passes; a layer overrides what it can do with less.
pub trait Multiply<T: Real>: Linear + Compute<T, Cpu> {
    /// Whether its backward pass reads what its forward pass in training leaves in memory.
    const READS_MEMORY: bool = false;

    /// `A u`.
    fn product(
        at: &Point<'_, T, Self>,
        memory: &mut LinearMemory<T, Self>,
        u: Signal<'_, T>,
        mut to: SignalMut<'_, T>,
    ) {
        if Self::IS_SYMMETRIC {
            return Self::transposed(at, memory, u, to);
        }
        let layer = at.layer.without_nonlinearity();
        let len = to.shape.len();
        layer.forward(at.pass, at.parameters, [u], to.reborrow());
        scratch::with(u.shape.len(), |zeros: &mut [T]| {
            scratch::with(len, |biases: &mut [T]| {
                zeros.fill(T::zero());
                let zeros = Signal { shape: u.shape, values: &*zeros };
                let of_zeros = SignalMut { shape: to.shape, values: &mut *biases };
                layer.forward(at.pass, at.parameters, [zeros], of_zeros);
                for sums in to.values.chunks_exact_mut(len) {
                    sums.iter_mut().zip(&*biases).for_each(|(sum, &bias)| *sum -= bias);
                }
            });
        });
    }

    /// `A' sums`.
    fn transposed(
        at: &Point<'_, T, Self>,
        memory: &mut LinearMemory<T, Self>,
        sums: Signal<'_, T>,
        to: SignalMut<'_, T>,
    ) {
        let layer = at.layer.without_nonlinearity();
        if Self::READS_MEMORY {
            scratch::with(at.y.values.len(), |y: &mut [T]| {
                let y = SignalMut { shape: at.y.shape, values: y };
                let mut parameters = at.parameters.clone();
                layer.forward_training(at.pass, &mut parameters, [at.x], y, &mut memory.of_layer);
            });
        }
        let gradients = memory.gradients.get_or_insert_with(|| at.parameters.clone());
        back(at, &layer, &mut memory.of_layer, gradients, at.x, sums, Some(to));
    }

    /// The gradients of `A u` with respect to the weights, for a gradient of the sums; those of biases are zero.
    fn weights(
        at: &Point<'_, T, Self>,
        memory: &mut LinearMemory<T, Self>,
        gradients: &mut Self::Parameters<T, Cpu>,
        u: Signal<'_, T>,
        sums: Signal<'_, T>,
    ) {
        let layer = at.layer.without_nonlinearity();
        back(at, &layer, &mut memory.of_layer, gradients, u, sums, None);
        if let Some(biases) = Self::biases(gradients) {
            biases.slice_mut().fill(T::zero());
        }
    }
}

/// The layer's own backward pass, as if its input had been x.
fn back<T: Real, L: Multiply<T>>(
    at: &Point<'_, T, L>,
    layer: &L,
    memory: &mut L::Memory,
    gradients: &mut L::Parameters<T, Cpu>,
    x: Signal<'_, T>,
    sums: Signal<'_, T>,
    mut to: Option<SignalMut<'_, T>>,
) {
    scratch::with(sums.values.len(), |copy: &mut [T]| {
        copy.copy_from_slice(sums.values);
        let signals = Backward {
            inputs: [x.reborrow()],
            output: at.y.reborrow(),
            output_gradient: SignalMut { shape: sums.shape, values: copy },
            input_gradients: [to.as_mut().map(SignalMut::reborrow)],
        };
        layer.backward(at.pass, at.parameters, gradients, memory, signals);
    });
}

/// What [`Products`] keep between steps.
pub struct LinearMemory<T: Real, L: Compute<T, Cpu>> {
    /// The layer's own memory.
    pub of_layer: L::Memory,
    /// Room for gradients that nobody asks for.
    gradients: Option<L::Parameters<T, Cpu>>,
}

impl<T: Real, L: Compute<T, Cpu>> Default for LinearMemory<T, L> {
    fn default() -> Self {
        LinearMemory { of_layer: Default::default(), gradients: None }
    }
}

/// Calls `then` with `v * f'(y)`.
fn with_slopes<T: Real, R>(
    nonlinearity: Nonlinearity,
    v: Signal<'_, T>,
    y: Signal<'_, T>,
    then: impl FnOnce(Signal<'_, T>) -> R,
) -> R {
    if nonlinearity.is_linear() {
        return then(v);
    }
    let row = last_axis(y.shape);
    scratch::with(v.values.len(), |slopes: &mut [T]| {
        let chunk = chunk(slopes.len(), row);
        let from = [v.values, y.values].map(|values| read(values, chunk));
        each((write(slopes, chunk), from), |_, (slopes, [v, y])| {
            slopes.copy_from_slice(v);
            nonlinearity.backward(row, y, slopes);
        });
        then(Signal { shape: v.shape, values: slopes })
    })
}

impl<T: Real, L: Multiply<T>> InverseBy<T, L> for Products {
    type Memory = LinearMemory<T, L>;

    fn forward(at: &Point<'_, T, L>, memory: &mut Self::Memory, v: Signal<'_, T>, z: SignalMut<'_, T>) {
        with_slopes(at.layer.nonlinearity(), v, at.y, |slopes| L::transposed(at, memory, slopes, z));
    }

    fn backward(
        at: &Point<'_, T, L>,
        memory: &mut Self::Memory,
        gradients: &mut L::Parameters<T, Cpu>,
        v: Signal<'_, T>,
        u: Signal<'_, T>,
        [to_v, to_x, to_y]: [Option<SignalMut<'_, T>>; 3],
    ) {
        let (nonlinearity, y) = (at.layer.nonlinearity(), at.y);
        with_slopes(nonlinearity, v, y, |slopes| L::weights(at, memory, gradients, u, slopes));
        if let Some(to_x) = to_x {
            to_x.values.fill(T::zero());
        }
        if to_v.is_none() && to_y.is_none() {
            return;
        }
        scratch::with(v.values.len(), |sums: &mut [T]| {
            L::product(at, memory, u, SignalMut { shape: y.shape, values: &mut *sums });
            let row = last_axis(y.shape);
            let chunk = chunk(sums.len(), row);
            if let Some(to_y) = to_y {
                let from = [&*sums, v.values, y.values].map(|values| read(values, chunk));
                each((write(to_y.values, chunk), from), |_, (to_y, [sums, v, y])| {
                    to_y.copy_from_slice(sums);
                    nonlinearity.backward_of_backward(row, y, v, to_y);
                });
            }
            if let Some(to_v) = to_v {
                let from = [&*sums, y.values].map(|values| read(values, chunk));
                each((write(to_v.values, chunk), from), |_, (to_v, [sums, y])| {
                    to_v.copy_from_slice(sums);
                    nonlinearity.backward(row, y, to_v);
                });
            }
        });
    }
}
