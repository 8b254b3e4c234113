//! The inverse of any layer.
//!
//! It is `z = B(x, v)`, the layer's own backward pass to its input. With the gradient `u` with respect to `z`, the
//! gradients with respect to `v`, `x` and the parameters are the derivatives along `u` of the layer's output, of
//! `B(x, v)` and of its gradients with respect to the parameters: all three at `x + h u` for a few small `h` give them.

use super::{InverseBy, Invert, Point};
use crate::Real;
use crate::cpu::map;
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Compute, Signal, SignalMut};
use crate::parameters::{Builder, Parameters};

/// The way for any layer: its own passes, and for the gradients central differences of eighth order in `f64`.
///
/// Their error is about 1e-15 of the values that the gradients are summed from, divided by [`Invert::STEP`], where the
/// layer's functions are smooth over several such steps.
#[derive(Clone, Copy, Debug)]
pub struct Differences;

/// What a device computes for [`Differences`].
pub trait Differentiate: Device {
    /// The unit of a step along a direction; it may stay on the device.
    type Unit: Copy;

    /// `step` times the deviation of `x` from its mean, or if all its values are alike from zero, divided by the largest of `u`.
    fn unit<T: Real>(&self, step: f64, x: Self::Slice<'_, T>, u: Self::Slice<'_, T>) -> Self::Unit;

    /// `to = x + places unit u`.
    fn shift<T: Real>(
        &self,
        x: Self::Slice<'_, T>,
        u: Self::Slice<'_, T>,
        places: f64,
        unit: Self::Unit,
        to: Self::SliceMut<'_, f64>,
    );

    /// `sum += share / unit term`.
    fn add_share(
        &self,
        share: f64,
        unit: Self::Unit,
        term: Self::Slice<'_, f64>,
        sum: Self::SliceMut<'_, f64>,
    );

    /// The same values in another element type.
    fn convert<S: Real, T: Real>(&self, from: Self::Slice<'_, S>, to: Self::SliceMut<'_, T>);

    /// Sets all values to zero.
    fn clear<T: Real>(&self, values: Self::SliceMut<'_, T>);
}

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
pub struct DifferencesMemory<T: Real, L: Compute<T, D> + Compute<f64, D>, D: Device = Cpu> {
    forward: Scratch<T, L, D>,
    shifted: Scratch<f64, L, D>,
    /// The sums of the gradients with respect to the parameters.
    sums: Option<L::Parameters<f64, D>>,
    /// Those with respect to x, and the derivatives of the output.
    values: [D::Buffer<f64>; 2],
}

impl<T: Real, L: Compute<T, D> + Compute<f64, D>, D: Device> Default for DifferencesMemory<T, L, D> {
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
struct Scratch<T: Real, L: Compute<T, D>, D: Device> {
    parameters: Option<L::Parameters<T, D>>,
    gradients: Option<L::Parameters<T, D>>,
    memory: L::Memory,
    y: D::Buffer<T>,
    v: D::Buffer<T>,
}

impl<T: Real, L: Compute<T, D>, D: Device> Default for Scratch<T, L, D> {
    fn default() -> Self {
        Scratch {
            parameters: None,
            gradients: None,
            memory: Default::default(),
            y: D::Buffer::default(),
            v: D::Buffer::default(),
        }
    }
}

impl<T: Real, L: Compute<T, D>, D: Differentiate> Scratch<T, L, D> {
    /// The layer's output at `x` goes to `self.y`, its gradients for `v` to `self.gradients` and `z`.
    fn run<S: Real>(
        &mut self,
        at: &Point<'_, S, L, D>,
        x: Signal<'_, T, D>,
        v: D::Slice<'_, S>,
        mut z: SignalMut<'_, T, D>,
    ) {
        let (device, shape, len) = (at.pass.device, at.y.shape, D::len::<S>(v));
        let new = || at.layer.parameters(&[x.shape], &mut Builder::new(device, 0));
        let parameters = self.parameters.get_or_insert_with(new);
        let gradients = self.gradients.get_or_insert_with(new);
        // Running averages that the pass moves are those of a copy.
        copy(device, at.parameters, parameters);
        device.reserve(&mut self.y, len);
        device.reserve(&mut self.v, len);
        device.convert::<S, T>(v, D::slice_mut(&mut self.v, len));
        let y = SignalMut { shape, values: D::slice_mut(&mut self.y, len) };
        at.layer.forward_training(at.pass, parameters, [x.reborrow()], y, &mut self.memory);
        let signals = Backward {
            inputs: [x.reborrow()],
            output: Signal { shape, values: D::slice(&self.y, len) },
            output_gradient: SignalMut { shape, values: D::slice_mut(&mut self.v, len) },
            input_gradients: [Some(z.reborrow())],
        };
        at.layer.backward(at.pass, parameters, gradients, &mut self.memory, signals);
    }
}

/// Copies the values of parameters to those of another element type.
fn copy<S: Real, T: Real, D: Differentiate>(
    device: &D,
    from: &impl Parameters<S, D>,
    to: &mut impl Parameters<T, D>,
) {
    let mut place = 0;
    to.visit_mut(&mut |to| {
        let mut number = 0;
        from.visit(&mut |from| {
            if number == place {
                device.convert::<S, T>(from.slice(), to.slice_mut());
            }
            number += 1;
        });
        place += 1;
    });
}

impl<T, D, L> InverseBy<T, L, D> for Differences
where
    T: Real,
    D: Differentiate,
    L: Invert + Compute<T, D> + Compute<f64, D>,
{
    type Memory = DifferencesMemory<T, L, D>;

    fn forward(
        at: &Point<'_, T, L, D>,
        memory: &mut Self::Memory,
        v: Signal<'_, T, D>,
        z: SignalMut<'_, T, D>,
    ) {
        memory.forward.run(at, at.x.reborrow(), v.values, z);
    }

    fn backward(
        at: &Point<'_, T, L, D>,
        memory: &mut Self::Memory,
        gradients: &mut L::Parameters<T, D>,
        v: Signal<'_, T, D>,
        u: Signal<'_, T, D>,
        [to_v, to_x, to_y]: [Option<SignalMut<'_, T, D>>; 3],
    ) {
        let DifferencesMemory { shifted, sums, values: [of_x, of_y], .. } = memory;
        let (device, shape) = (at.pass.device, u.shape);
        let (inputs, outputs) = (D::len::<T>(u.values), D::len::<T>(v.values));
        for (sums, len) in [(&mut *of_x, inputs), (&mut *of_y, outputs)] {
            device.reserve(sums, len);
            device.clear::<f64>(D::slice_mut(sums, len));
        }
        let sums = sums.get_or_insert_with(|| at.layer.parameters(&[shape], &mut Builder::new(device, 0)));
        sums.visit_mut(&mut |sum| device.clear::<f64>(sum.slice_mut()));
        let unit = device.unit::<T>(L::STEP, at.x.values, u.values);
        for (places, share) in STENCIL {
            device.with_scratch(inputs, |mut x| {
                device.shift::<T>(at.x.values, u.values, places, unit, D::reborrow_mut::<f64>(&mut x));
                device.with_scratch(inputs, |mut values| {
                    let z = SignalMut { shape, values: D::reborrow_mut::<f64>(&mut values) };
                    shifted.run(at, Signal { shape, values: D::as_slice::<f64>(&x) }, v.values, z);
                    let of_x = D::slice_mut(of_x, inputs);
                    device.add_share(share, unit, D::as_slice::<f64>(&values), of_x);
                });
            });
            device.add_share(share, unit, D::slice(&shifted.y, outputs), D::slice_mut(of_y, outputs));
            if let Some(gradients) = &mut shifted.gradients {
                sums.visit_pairs(gradients, &mut |sum, gradient| {
                    if gradient.tags().trainable {
                        device.add_share(share, unit, gradient.slice(), sum.slice_mut());
                    }
                });
            }
        }
        copy(device, sums, gradients);
        for (to, sums, len) in [(to_x, &*of_x, inputs), (to_v, &*of_y, outputs)] {
            if let Some(to) = to {
                device.convert::<f64, T>(D::slice(sums, len), to.values);
            }
        }
        if let Some(to_y) = to_y {
            device.clear::<T>(to_y.values);
        }
    }
}

impl Differentiate for Cpu {
    type Unit = f64;

    fn unit<T: Real>(&self, step: f64, x: &[T], u: &[T]) -> f64 {
        let largest = u.iter().fold(0.0, |largest: f64, &u| largest.max(u.to_f64().abs()));
        // Without a direction all derivatives along it are zero.
        step * deviation(x) / if largest > 0.0 { largest } else { 1.0 }
    }

    fn shift<T: Real>(&self, x: &[T], u: &[T], places: f64, unit: f64, to: &mut [f64]) {
        let from = x.iter().zip(u);
        to.iter_mut().zip(from).for_each(|(to, (&x, &u))| *to = x.to_f64() + places * unit * u.to_f64());
    }

    fn add_share(&self, share: f64, unit: f64, term: &[f64], sum: &mut [f64]) {
        let share = share / unit;
        sum.iter_mut().zip(term).for_each(|(sum, &term)| *sum += share * term);
    }

    fn convert<S: Real, T: Real>(&self, from: &[S], to: &mut [T]) {
        to.iter_mut().zip(from).for_each(|(to, &from)| *to = T::of(from.to_f64()));
    }

    fn clear<T: Real>(&self, values: &mut [T]) {
        values.fill(T::zero());
    }
}

/// How far values are from their mean, or if they are all alike from zero.
fn deviation<T: Real>(values: &[T]) -> f64 {
    let count = values.len() as f64;
    let mean = map::sum(values, |value| value) / count;
    let about =
        |centre: f64| (map::sum(values, |x| (x - T::of(centre)) * (x - T::of(centre))) / count).sqrt();
    [about(mean), about(0.0)].into_iter().find(|&deviation| deviation > 0.0).unwrap_or(1.0)
}
