//! The states before the first step.

use crate::Real;
use crate::device::Device;
use crate::layer::InitOrInput;
use crate::parameters::{Builder, Parameter, Tags};
use crate::shape::ParameterShapes;

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
    pub fn of(from: InitOrInput, gradient: &'a mut Parameter<T>, learned: bool) -> Self {
        match from {
            InitOrInput::Init(_) if learned => StartGradient::Parameter(gradient.slice_mut()),
            InitOrInput::Init(_) => StartGradient::None,
            InitOrInput::Input(place) => StartGradient::Input(place),
        }
    }
}

/// The parameter of a state before the first step (1, units); empty if that is an input.
pub(super) fn start_parameter<T: Real, D: Device>(
    name: &str,
    start: InitOrInput,
    units: usize,
    learned: bool,
    builder: &mut Builder<'_, D>,
) -> Parameter<T, D> {
    let init = match start {
        InitOrInput::Init(init) => Some(init),
        InitOrInput::Input(_) => None,
    };
    builder.optional(name, &[1, units], init, Tags { trainable: learned, regularizable: false })
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
