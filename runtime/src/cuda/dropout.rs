//! Dropout, with the masks of `cpu/dropout.rs`.

use super::Cuda;
use super::driver::Grid;
use super::kernels::DROPOUT;
use super::map::with_nonlinearity;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use super::sharing::with_sharing;
use crate::nonlinearities::{Nonlinearity, linear};
use crate::random::Random;
use crate::shape::Axes;
use crate::{Real, Shape};

/// A mask of dropout.
#[derive(Clone, Copy)]
pub(crate) struct Mask {
    /// The layer's random numbers.
    pub random: Random,
    /// The probability of a zero.
    pub p: f64,
    /// What stands where there is no zero.
    pub scale: f64,
}

impl Mask {
    /// A program with the constants of this mask.
    pub(super) fn define(self, program: Program) -> Program {
        let threshold = (self.p * 65536.0).round() as usize;
        let layer = self.random.layer_number() as usize;
        program.int("LAYER", layer).int("THRESHOLD", threshold).real("SCALE", self.scale)
    }

    fn program<T: Real>(self, shape: Shape, axes: Axes, nonlinearity: Nonlinearity) -> Program {
        let program = with_sharing(self.define(Program::new::<T>(&DROPOUT)), shape, axes);
        with_nonlinearity(program, nonlinearity)
    }
}

impl Cuda {
    /// Multiplies items of a shape by a mask, which they share along the axes.
    pub(crate) fn dropout<T: Real>(&self, mask: Mask, shape: Shape, axes: Axes, values: &SliceMut<'_, T>) {
        let arguments = [self.random(mask.random), values.in_place(), (values.len as u64).into()];
        self.launch(&mask.program::<T>(shape, axes, linear()), "apply", Grid::over(values.len), &arguments);
    }

    /// Sums become their values, and each is dropped by itself.
    pub(crate) fn nonlinearity_and_dropout<T: Real>(
        &self,
        mask: Mask,
        nonlinearity: Nonlinearity,
        values: &SliceMut<'_, T>,
    ) {
        let arguments = [self.random(mask.random), values.in_place(), (values.len as u64).into()];
        // Nothing is shared, so that any shape numbers the values alike.
        let program = mask.program::<T>(Shape::new(&[1]), Axes::These(&[]), nonlinearity);
        self.launch(&program, "forward", Grid::over(values.len), &arguments);
    }

    /// From the gradient with respect to values `y` that were dropped after an elementwise nonlinearity, that with
    /// respect to the sums.
    pub(crate) fn dropout_backward<T: Real>(
        &self,
        mask: Mask,
        shape: Shape,
        axes: Axes,
        nonlinearity: Nonlinearity,
        y: Slice<'_, T>,
        gradient: &SliceMut<'_, T>,
    ) {
        let random = self.random(mask.random);
        let arguments = [random, y.into(), gradient.in_place(), (gradient.len as u64).into()];
        let program = mask.program::<T>(shape, axes, nonlinearity);
        self.launch(&program, "backward", Grid::over(gradient.len), &arguments);
    }
}
