//! One layer by itself, called as the code that `network!` generates calls it.

use layercake::layer::{Backward, Compute, Pass, Signal, SignalMut};
use layercake::parameters::Builder;
use layercake::random::Random;
use layercake::{Cpu, Device, Parameters, Precision, Shape};

use super::Times;
use crate::bench::limits::Work;
use crate::bench::timing::least_time;

/// A layer that can be timed.
pub trait Passes {
    /// What a forward pass and a training step cannot do without.
    fn work(&self) -> Times<Work>;

    /// The least seconds of a forward pass and of a training step, each repeated for this long.
    fn time(&mut self, seconds: f64) -> Times<f64>;
}

type Values = <Cpu as Device>::Buffer<f32>;

/// A layer with its parameters, memory and signals.
pub struct Alone<L: Compute<f32, Cpu>> {
    layer: L,
    parameters: L::Parameters<f32, Cpu>,
    gradients: L::Parameters<f32, Cpu>,
    memory: L::Memory,
    input: (Shape, usize),
    output: (Shape, usize),
    x: Values,
    y: Values,
    x_gradient: Values,
    y_gradient: Values,
    upstream: Vec<f32>,
}

impl<L: Compute<f32, Cpu>> Alone<L> {
    /// The layer for so many items of these shapes, with values without a pattern.
    pub fn new(layer: L, [input, output]: [Shape; 2], batch: usize) -> Self {
        let mut builder = Builder::new(&DEVICE, 1);
        let parameters: L::Parameters<f32, Cpu> = layer.parameters(&[input], &mut builder);
        let (inputs, outputs) = (batch * input.len(), batch * output.len());
        let upstream = noise(outputs);
        Alone {
            gradients: parameters.clone(),
            parameters,
            memory: L::Memory::default(),
            input: (input, inputs),
            output: (output, outputs),
            x: builder.buffer(&noise(inputs)),
            y: builder.buffer(&upstream),
            x_gradient: builder.buffer(&vec![0.0; inputs]),
            y_gradient: builder.buffer(&upstream),
            upstream,
            layer,
        }
    }

    fn forward(&mut self) {
        let y = write(self.output, &mut self.y);
        self.layer.forward(&PASS, &self.parameters, [read(self.input, &self.x)], y);
    }

    fn step(&mut self) {
        let x = read(self.input, &self.x);
        let y = write(self.output, &mut self.y);
        self.layer.forward_training(&PASS, &mut self.parameters, [x], y, &mut self.memory);
        let signals = Backward {
            inputs: [x],
            output: read(self.output, &self.y),
            output_gradient: write(self.output, &mut self.y_gradient),
            input_gradients: [Some(write(self.input, &mut self.x_gradient))],
        };
        self.layer.backward(&PASS, &self.parameters, &mut self.gradients, &mut self.memory, signals);
    }
}

static DEVICE: Cpu = Cpu::with_precision(Precision::F32);
const PASS: Pass<'_, Cpu> = Pass { device: &DEVICE, random: Random::new(1) };

fn read((shape, len): (Shape, usize), values: &Values) -> Signal<'_, f32> {
    Signal { shape, values: Cpu::slice(values, len) }
}

fn write((shape, len): (Shape, usize), values: &mut Values) -> SignalMut<'_, f32> {
    SignalMut { shape, values: Cpu::slice_mut(values, len) }
}

impl<L: Compute<f32, Cpu>> Passes for Alone<L> {
    /// Forward: each multiply-add of the layer, and input, parameters and output once through memory. Backward: where
    /// there are parameters to multiply by, as many for the gradients of these and again for those of the input; and the
    /// same arrays once more, with their gradients.
    fn work(&self) -> Times<Work> {
        let batch = self.output.1 / self.output.0.len();
        let multiply_adds = (batch * self.layer.multiply_adds(&[self.input.0], self.output.0)) as f64;
        let mut parameters = 0;
        self.parameters.visit(&mut |parameter| parameters += parameter.len());
        let bytes = (size_of::<f32>() * (self.input.1 + parameters + self.output.1)) as f64;
        Times {
            forward: Work { multiply_adds, bytes },
            step: Work { multiply_adds: 3.0 * multiply_adds, bytes: 3.0 * bytes },
        }
    }

    fn time(&mut self, seconds: f64) -> Times<f64> {
        self.forward();
        let forward = least_time(seconds, self, |_| {}, Self::forward);
        self.step();
        // A layer may overwrite the gradient that it is given.
        let refresh = |alone: &mut Self| {
            write(alone.output, &mut alone.y_gradient).values.copy_from_slice(&alone.upstream);
        };
        let step = least_time(seconds, self, refresh, Self::step);
        Times { forward, step }
    }
}

/// Values between -1 and 1 without a pattern, quickly made.
fn noise(len: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}
