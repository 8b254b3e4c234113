//! The inverse of any layer.
//!
//! It is `z = B(x, v)`, the layer's own backward pass to its input. With the gradient `u` with respect to `z`, the
//! gradients with respect to `v`, `x` and the parameters are the derivatives along `u` of the layer's output, of
//! `B(x, v)` and of its gradients with respect to the parameters: all three at `x + h u` for a few small `h` give them.

use super::{InverseBy, Invert, Point};
use crate::Real;
use crate::cpu::{map, scratch};
use crate::device::Cpu;
use crate::layer::{Backward, Compute, Layer, Signal, SignalMut};
use crate::parameters::{Builder, Parameters};

/// The way for any layer: its own passes, and for the gradients central differences of eighth order in `f64`.
///
/// Their error is about 1e-15 of the values that the gradients are summed from, divided by [`Invert::STEP`], where the
/// layer's functions are smooth over several such steps.
#[derive(Clone, Copy, Debug)]
pub struct Differences;

/// How far to go along the direction, in units of the input's deviation; and what the value there counts.
const STENCIL: [(f64, f64); 8] = [
    (-4.0, 1.0 / 280.0),
    (-3.0, -4.0 / 105.0),
    (-2.0, 1.0 / 5.0),
    (-1.0, -4.0 / 5.0),
    (1.0, 4.0 / 5.0),
    (2.0, -1.0 / 5.0),
    (3.0, 4.0 / 105.0),
    (4.0, -1.0 / 280.0),
];

/// What [`Differences`] keep between steps.
pub struct DifferencesMemory<T: Real, L: Layer + Compute<T, Cpu> + Compute<f64, Cpu>> {
    forward: Scratch<T, L>,
    shifted: Scratch<f64, L>,
    /// The sums of the gradients with respect to the parameters.
    sums: Option<L::Parameters<f64, Cpu>>,
    /// Those with respect to x, and the derivatives of the output.
    values: [Vec<f64>; 2],
}

impl<T: Real, L: Layer + Compute<T, Cpu> + Compute<f64, Cpu>> Default for DifferencesMemory<T, L> {
    fn default() -> Self {
        DifferencesMemory {
            forward: Default::default(),
            shifted: Default::default(),
            sums: None,
            values: Default::default(),
        }
    }
}

/// What one forward and backward pass of a layer need.
struct Scratch<T: Real, L: Compute<T, Cpu>> {
    parameters: Option<L::Parameters<T, Cpu>>,
    gradients: Option<L::Parameters<T, Cpu>>,
    memory: L::Memory,
    y: Vec<T>,
    v: Vec<T>,
}

impl<T: Real, L: Compute<T, Cpu>> Default for Scratch<T, L> {
    fn default() -> Self {
        Scratch {
            parameters: None,
            gradients: None,
            memory: Default::default(),
            y: Vec::new(),
            v: Vec::new(),
        }
    }
}

impl<T: Real, L: Compute<T, Cpu>> Scratch<T, L> {
    /// The layer's output at `x` goes to `self.y`, its gradients for `v` to `self.gradients` and `z`.
    fn run<S: Real>(&mut self, at: &Point<'_, S, L>, x: Signal<'_, T>, v: &[S], z: &mut [T]) {
        let new = || at.layer.parameters(&[x.shape], &mut Builder::new(at.pass.device, 0));
        let parameters = self.parameters.get_or_insert_with(new);
        let gradients = self.gradients.get_or_insert_with(new);
        // Running averages that the pass moves are those of a copy.
        copy(at.parameters, parameters);
        self.y.resize(v.len(), T::zero());
        self.v.clear();
        self.v.extend(v.iter().map(|&v| T::of(v.to_f64())));
        let shape = at.y.shape;
        let y = SignalMut { shape, values: &mut self.y[..] };
        at.layer.forward_training(at.pass, parameters, [x], y, &mut self.memory);
        let signals = Backward {
            inputs: [x.reborrow()],
            output: Signal { shape, values: &self.y[..] },
            output_gradient: SignalMut { shape, values: &mut self.v[..] },
            input_gradients: [Some(SignalMut { shape: x.shape, values: z })],
        };
        at.layer.backward(at.pass, parameters, gradients, &mut self.memory, signals);
    }
}

/// Copies the values of parameters to those of another element type.
fn copy<S: Real, T: Real>(from: &impl Parameters<S, Cpu>, to: &mut impl Parameters<T, Cpu>) {
    let mut place = 0;
    to.visit_mut(&mut |to| {
        let mut number = 0;
        from.visit(&mut |from| {
            if number == place {
                let values = to.slice_mut().iter_mut().zip(from.slice());
                values.for_each(|(to, &from)| *to = T::of(from.to_f64()));
            }
            number += 1;
        });
        place += 1;
    });
}

/// How far values are from their mean, or if they are all alike from zero.
fn deviation<T: Real>(values: &[T]) -> f64 {
    let count = values.len() as f64;
    let mean = map::sum(values, |value| value) / count;
    let about =
        |centre: f64| (map::sum(values, |x| (x - T::of(centre)) * (x - T::of(centre))) / count).sqrt();
    [about(mean), about(0.0)].into_iter().find(|&deviation| deviation > 0.0).unwrap_or(1.0)
}

impl<T, L> InverseBy<T, L> for Differences
where
    T: Real,
    L: Invert + Compute<T, Cpu> + Compute<f64, Cpu>,
{
    type Memory = DifferencesMemory<T, L>;

    fn forward(at: &Point<'_, T, L>, memory: &mut Self::Memory, v: Signal<'_, T>, z: SignalMut<'_, T>) {
        memory.forward.run(at, at.x, v.values, z.values);
    }

    fn backward(
        at: &Point<'_, T, L>,
        memory: &mut Self::Memory,
        gradients: &mut L::Parameters<T, Cpu>,
        v: Signal<'_, T>,
        u: Signal<'_, T>,
        [to_v, to_x, to_y]: [Option<SignalMut<'_, T>>; 3],
    ) {
        let DifferencesMemory { shifted, sums, values: [of_x, of_y], .. } = memory;
        let (inputs, outputs) = (u.values.len(), v.values.len());
        for (sums, len) in [(&mut *of_x, inputs), (&mut *of_y, outputs)] {
            sums.clear();
            sums.resize(len, 0.0);
        }
        let sums =
            sums.get_or_insert_with(|| at.layer.parameters(&[u.shape], &mut Builder::new(at.pass.device, 0)));
        sums.visit_mut(&mut |sum| sum.slice_mut().fill(0.0));
        let largest = u.values.iter().fold(0.0, |largest: f64, &u| largest.max(u.to_f64().abs()));
        // Without a direction all derivatives along it are zero.
        let unit = L::STEP * deviation(at.x.values) / if largest > 0.0 { largest } else { 1.0 };
        for (places, share) in STENCIL {
            let share = share / unit;
            scratch::with(inputs, |x: &mut [f64]| {
                let from = at.x.values.iter().zip(u.values);
                x.iter_mut()
                    .zip(from)
                    .for_each(|(to, (&x, &u))| *to = x.to_f64() + places * unit * u.to_f64());
                scratch::with(inputs, |z: &mut [f64]| {
                    shifted.run(at, Signal { shape: u.shape, values: x }, v.values, z);
                    add(share, z, of_x);
                });
            });
            add(share, &shifted.y, of_y);
            if let Some(gradients) = &mut shifted.gradients {
                sums.visit_pairs(gradients, &mut |sum, gradient| {
                    if gradient.tags().trainable {
                        add(share, gradient.slice(), sum.slice_mut());
                    }
                });
            }
        }
        copy(sums, gradients);
        for (to, sums) in [(to_x, &*of_x), (to_v, &*of_y)] {
            if let Some(to) = to {
                to.values.iter_mut().zip(sums).for_each(|(to, &sum)| *to = T::of(sum));
            }
        }
        if let Some(to_y) = to_y {
            to_y.values.fill(T::zero());
        }
    }
}

/// `sum += share * term`.
fn add(share: f64, term: &[f64], sum: &mut [f64]) {
    sum.iter_mut().zip(term).for_each(|(sum, &term)| *sum += share * term);
}
