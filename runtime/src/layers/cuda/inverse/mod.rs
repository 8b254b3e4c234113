//! The inverse of a layer that is a nonlinearity of linear sums, whose formulas are in `layers/inverse/linear.rs`; that of any other
//! is by `layers/inverse/differences.rs`.

mod differences;
mod rows;

use crate::Real;
use crate::cuda::{Cuda, Slice, SliceMut};
use crate::device::Device;
use crate::layer::{Backward, Compute, Signal, SignalMut};
use crate::layers::nonlinearity::last_axis;
use crate::layers::{InverseBy, Linear, Point, Products};

/// How a GPU computes the products of a [`Linear`] layer.
///
/// What is given here does by the layer's own passes; a layer overrides what it can do with less. Sums may be
/// overwritten.
pub trait MultiplyOnCuda<T: Real>: Linear + Compute<T, Cuda> {
    /// Whether its backward pass reads what its forward pass in training leaves in memory.
    fn reads_memory(&self) -> bool {
        false
    }

    /// `A u`.
    fn product(
        at: &Point<'_, T, Self, Cuda>,
        memory: &mut InverseMemory<T, Self>,
        u: Signal<'_, T, Cuda>,
        to: SignalMut<'_, T, Cuda>,
    ) {
        if Self::IS_SYMMETRIC {
            let values = at.pass.device.scratch_slice("slopes of an inverse", u.values.len);
            at.pass.device.copy(u.values, &values);
            return Self::transposed(at, memory, SignalMut { shape: u.shape, values }, to);
        }
        at.layer.without_nonlinearity().forward(at.pass, at.parameters, [u], to);
    }

    /// `A' sums`.
    fn transposed(
        at: &Point<'_, T, Self, Cuda>,
        memory: &mut InverseMemory<T, Self>,
        sums: SignalMut<'_, T, Cuda>,
        to: SignalMut<'_, T, Cuda>,
    ) {
        if at.layer.reads_memory() {
            let values = at.pass.device.scratch_slice("outputs of an inverse", sums.values.len);
            let (mut parameters, y) = (at.parameters.clone(), SignalMut { shape: sums.shape, values });
            at.layer.forward_training(at.pass, &mut parameters, [at.x.reborrow()], y, &mut memory.of_layer);
        }
        let InverseMemory { of_layer, gradients } = memory;
        let gradients = gradients.get_or_insert_with(|| at.parameters.clone());
        back(at, of_layer, gradients, at.x.reborrow(), sums, Some(to));
    }

    /// The gradients of `A u` with respect to the weights, for a gradient of the sums; those of biases are zero.
    fn weights(
        at: &Point<'_, T, Self, Cuda>,
        memory: &mut InverseMemory<T, Self>,
        gradients: &mut Self::Parameters<T, Cuda>,
        u: Signal<'_, T, Cuda>,
        sums: SignalMut<'_, T, Cuda>,
    ) {
        back(at, &mut memory.of_layer, gradients, u, sums, None);
        if let Some(biases) = Self::biases(gradients) {
            at.pass.device.zero(&biases.slice_mut());
        }
    }
}

/// The layer's own backward pass without its nonlinearity, as if its input had been x.
fn back<T: Real, L: MultiplyOnCuda<T>>(
    at: &Point<'_, T, L, Cuda>,
    memory: &mut L::Memory,
    gradients: &mut L::Parameters<T, Cuda>,
    x: Signal<'_, T, Cuda>,
    mut sums: SignalMut<'_, T, Cuda>,
    mut to: Option<SignalMut<'_, T, Cuda>>,
) {
    let signals = Backward {
        inputs: [x.reborrow()],
        output: at.y.reborrow(),
        output_gradient: sums.reborrow(),
        input_gradients: [to.as_mut().map(SignalMut::reborrow)],
    };
    at.layer.without_nonlinearity().backward(at.pass, at.parameters, gradients, memory, signals);
}

/// What the inverse of a layer keeps between steps.
pub struct InverseMemory<T: Real, L: Compute<T, Cuda>> {
    /// The layer's own memory.
    of_layer: L::Memory,
    /// Room for gradients that nobody asks for.
    gradients: Option<L::Parameters<T, Cuda>>,
}

impl<T: Real, L: Compute<T, Cuda>> Default for InverseMemory<T, L> {
    fn default() -> Self {
        InverseMemory { of_layer: Default::default(), gradients: None }
    }
}

/// `v * f'(y)`, to be overwritten.
fn slopes<'a, T: Real, L: Linear>(at: &Point<'a, T, L, Cuda>, v: Slice<'_, T>) -> SignalMut<'a, T, Cuda> {
    let values = at.pass.device.scratch_slice("slopes of an inverse", v.len);
    at.pass.device.copy(v, &values);
    at.pass.device.nonlinearity_backward(
        at.layer.nonlinearity(),
        last_axis(at.y.shape),
        at.y.values,
        &values,
    );
    SignalMut { shape: at.y.shape, values }
}

impl<T: Real, L: MultiplyOnCuda<T>> InverseBy<T, L, Cuda> for Products {
    type Memory = InverseMemory<T, L>;

    fn forward(
        at: &Point<'_, T, L, Cuda>,
        memory: &mut InverseMemory<T, L>,
        v: Signal<'_, T, Cuda>,
        z: SignalMut<'_, T, Cuda>,
    ) {
        L::transposed(at, memory, slopes(at, v.values), z);
    }

    fn backward(
        at: &Point<'_, T, L, Cuda>,
        memory: &mut InverseMemory<T, L>,
        gradients: &mut L::Parameters<T, Cuda>,
        v: Signal<'_, T, Cuda>,
        u: Signal<'_, T, Cuda>,
        [to_v, to_x, to_y]: [Option<SignalMut<'_, T, Cuda>>; 3],
    ) {
        let (device, y) = (at.pass.device, &at.y);
        L::weights(at, memory, gradients, u.reborrow(), slopes(at, v.values));
        if let Some(to_x) = to_x {
            device.zero(&to_x.values);
        }
        if to_v.is_none() && to_y.is_none() {
            return;
        }
        let mut sums: SliceMut<'_, T> = device.scratch_slice("sums of an inverse", v.values.len);
        L::product(at, memory, u, SignalMut { shape: y.shape, values: Cuda::reborrow_mut(&mut sums) });
        let (nonlinearity, row) = (at.layer.nonlinearity(), last_axis(y.shape));
        if let Some(SignalMut { values: to_y, .. }) = to_y {
            device.copy(sums.read(), &to_y);
            device.nonlinearity_backward_of_backward(nonlinearity, row, y.values, v.values, &to_y);
        }
        if let Some(SignalMut { values: to_v, .. }) = to_v {
            device.copy(sums.read(), &to_v);
            device.nonlinearity_backward(nonlinearity, row, y.values, &to_v);
        }
    }
}
