//! The states before the first step.

use super::layout::matrix;
use crate::cpu::columns;
use crate::device::Device;
use crate::init::InitOrInput;
use crate::layer::{Signal, SignalMut};
use crate::parameters::{Builder, Parameter, Tags};
use crate::shape::ParameterShapes;
use crate::{Real, Shape};

/// A state before the first step.
pub(super) enum Start<'a, T> {
    /// One row for all items (1, units).
    Parameter(&'a [T]),
    /// The input at this place, a row for each item.
    Input(usize),
}

impl<'a, T: Real> Start<'a, T> {
    pub fn of(from: InitOrInput, parameter: &'a Parameter<T>) -> Self {
        match from {
            InitOrInput::Init(_) => Start::Parameter(parameter.slice()),
            InitOrInput::Input(place) => Start::Input(place),
        }
    }

    /// Writes the states of a batch.
    pub fn write(&self, inputs: &[Signal<'_, T>], states: &mut [T]) {
        let values = match *self {
            Start::Parameter(values) => values,
            Start::Input(place) => inputs[place].values,
        };
        states.chunks_exact_mut(values.len().max(1)).for_each(|rows| rows.copy_from_slice(values));
    }
}

/// Where the gradient with respect to a state before the first step goes.
pub(super) enum StartGradient<'a, T> {
    /// It is not asked for.
    None,
    /// To the parameter.
    Parameter(&'a mut [T]),
    /// To the input at this place.
    Input(usize),
}

impl<'a, T: Real> StartGradient<'a, T> {
    /// Whether the state is learned is for the layer to say that has the parameter, which may be another.
    pub fn of(from: InitOrInput, gradient: &'a mut Parameter<T>) -> Self {
        match from {
            InitOrInput::Init(_) if gradient.tags().trainable => {
                StartGradient::Parameter(gradient.slice_mut())
            }
            InitOrInput::Init(_) => StartGradient::None,
            InitOrInput::Input(place) => StartGradient::Input(place),
        }
    }

    /// Hands on the gradients of a batch of states (batch, units).
    pub fn receive(self, states: &[T], units: usize, input_gradients: &mut [Option<SignalMut<'_, T>>]) {
        match self {
            StartGradient::Parameter(to) => columns::sum(matrix(states, units), to),
            StartGradient::Input(place) => {
                if let Some(to) = input_gradients[place].as_mut() {
                    to.values.copy_from_slice(states);
                }
            }
            StartGradient::None => {}
        }
    }
}

/// The parameter of a state before the first step (1, the state's axes...); empty if that is an input.
pub(super) fn start_parameter<T: Real, D: Device>(
    name: &str,
    start: InitOrInput,
    state: Shape,
    learned: bool,
    builder: &mut Builder<'_, D>,
) -> Parameter<T, D> {
    let init = match start {
        InitOrInput::Init(init) => Some(init),
        InitOrInput::Input(_) => None,
    };
    let shape = [&[1], state.dims()].concat();
    builder.optional(name, &shape, init, Tags { trainable: learned, regularizable: false })
}

/// These shapes, and that of the parameter of a state before the first step, if it is one.
pub(super) const fn start_shape(
    shapes: ParameterShapes,
    name: &'static str,
    start: InitOrInput,
    units: usize,
) -> ParameterShapes {
    match start {
        InitOrInput::Init(_) => shapes.with(name, &[1, units]),
        InitOrInput::Input(_) => shapes,
    }
}
