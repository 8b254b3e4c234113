//! Training by hand: inputs, a loss and a step.

use layercake::{Arrays, Cpu, GradientOf, Head, Network, Real, Training};
use ndarray::{Array, Dimension, ShapeBuilder};

/// Values in -1 to 1 without order or symmetry, and away from zero, where `relu` has its kink.
pub fn values<T: Real, R: Dimension>(shape: impl ShapeBuilder<Dim = R>) -> Array<T, R> {
    let mut state = 0.4_f64;
    Array::from_shape_simple_fn(shape, || {
        state = (state * 987.654_321 + 0.321).fract();
        T::of((2.0 * state - 1.0) + 0.05 * (state - 0.5).signum())
    })
}

/// Word numbers below `end`, in no order.
pub fn words<R: Dimension>(shape: impl ShapeBuilder<Dim = R>, end: i32) -> Array<i32, R> {
    let mut word = 0;
    Array::from_shape_simple_fn(shape, || {
        word = (word * 7 + 5) % 1009;
        word % end
    })
}

/// Outputs of a network as the loss of these tests sees them: half the mean over the batch of the sum of squares.
pub trait Squares {
    /// Writes the gradient in place.
    fn differentiate(&mut self);
}

impl<T: Real, R: Dimension> Squares for Head<T, Cpu, R> {
    fn differentiate(&mut self) {
        let factor = T::one() / T::of(self.batch() as f64);
        let mut parts = self.parts();
        parts.gradient.zip_mut_with(&parts.values, |gradient, &value| *gradient = factor * value);
        *parts.gradient_of = GradientOf::Values;
    }
}

impl<A: Squares, B: Squares, C: Squares> Squares for (A, B, C) {
    fn differentiate(&mut self) {
        self.0.differentiate();
        self.1.differentiate();
        self.2.differentiate();
    }
}

/// One step of gradient descent.
pub fn step<N>(net: &mut N, training: &mut Training<N>, inputs: &N::OwnedInputs)
where
    N: Network<Device = Cpu, Heads: Squares>,
{
    net.forward_training(training, inputs.views()).expect("inputs of the network's shapes");
    training.outputs.differentiate();
    net.backward(training);
    let rate = N::Real::of(0.3);
    net.visit_pairs(&mut training.gradients, &mut |parameter, gradient| {
        let gradient = gradient.slice().iter();
        parameter
            .slice_mut()
            .iter_mut()
            .zip(gradient)
            .for_each(|(value, &gradient)| *value -= rate * gradient);
    });
}
