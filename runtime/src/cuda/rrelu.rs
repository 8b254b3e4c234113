//! Rectifiers with random slopes, with the numbers of `cpu/noise.rs`.

use super::Cuda;
use super::driver::{Argument, Grid};
use super::kernels::RRELU;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use super::sharing::with_sharing;
use crate::random::Random;
use crate::shape::Axes;
use crate::{Real, Shape};

/// Rectifiers of items of a shape.
#[derive(Clone, Copy)]
pub(crate) struct Rectifiers {
    pub shape: Shape,
    /// The axes along which elements share a slope.
    pub axes: Axes,
    /// Between which slopes are drawn.
    pub lower: f64,
    pub upper: f64,
}

impl Cuda {
    /// `from` times the derivative of a rectifier at `x`, with slopes that are drawn, or without random numbers their
    /// mean.
    pub(crate) fn rectify_at_random<T: Real>(
        &self,
        rectifiers: Rectifiers,
        random: Option<Random>,
        x: Slice<'_, T>,
        from: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let Rectifiers { shape, axes, lower, upper } = rectifiers;
        let layer = random.map_or(0, |random| random.layer_number() as usize);
        let program = Program::new::<T>(&RRELU).int("LAYER", layer).real("LOWER", lower).real("UPPER", upper);
        let step = random.map_or(Argument::NONE, |random| self.random(random));
        let arguments = [step, x.into(), from.into(), y.into(), (y.len as u64).into()];
        self.launch(&with_sharing(program, shape, axes), "rectify", Grid::over(y.len), &arguments);
    }
}
