//! Kernels of updates, made of a rule's statements, and of constraints on norms.

use super::Cuda;
use super::driver::{Argument, Grid};
use super::kernels::NORMS;
use super::memory::{Slice, SliceMut};
use super::program::{Program, Source, kernels};
use crate::Real;

/// The settings of one step of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Settings {
    /// The rule's kernels.
    pub source: &'static Source,
    /// The settings.
    pub settings: [f64; 8],
    /// The number of the step, from 1.
    pub step: u64,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// The kernels of a rule with so many states, kept for good.
pub(crate) fn leak(states: usize, begin: &str, change: &str) -> &'static Source {
    let own = format!(
        "// A rule of update.\n\
         #define STATES {states}\n\
         #define BEGIN {}\n\
         #define CHANGE {}\n",
        begin.replace('\n', " "),
        change.replace('\n', " "),
    );
    Source::leak(own, &[("update.cu", kernels!("update.cu"))])
}

/// A sum of squares on the device.
#[derive(Debug, Default)]
pub struct Squares {
    begun: bool,
}

impl Cuda {
    /// One step of a rule for the values of one parameter.
    pub(crate) fn update<T: Real>(
        &self,
        settings: Settings,
        values: &SliceMut<'_, T>,
        gradients: Slice<'_, T>,
        states: &[SliceMut<'_, T>; 4],
    ) {
        let step = self.update_settings(settings);
        let [a, b, c, d] = states.each_ref().map(SliceMut::in_place);
        let arguments = [step, values.in_place(), gradients.into(), a, b, c, d, (values.len as u64).into()];
        self.launch(&Program::new::<T>(settings.source), "update", Grid::over(values.len), &arguments);
    }

    /// Adds the squares of values to a sum of such.
    pub(crate) fn add_squares_of<T: Real>(&self, values: Slice<'_, T>, squares: &mut Squares) {
        let grid = Grid::over(values.len);
        let parts = Argument::from(&self.scratch_slice::<f64>("losses", grid.blocks[0] as usize));
        let (program, step) = (Program::new::<T>(&NORMS), self.step_cell());
        self.launch(&program, "squares", grid, &[values.into(), parts, (values.len as u64).into()]);
        let first = Argument::Int((!squares.begun).into());
        self.launch(&program, "add_squares", Grid::BLOCK, &[step, parts, grid.blocks[0].into(), first]);
        squares.begun = true;
    }

    /// The root of the sum of squares.
    pub(crate) fn norm_of(&self, squares: &Squares) -> f64 {
        if squares.begun { self.squares().sqrt() } else { 0.0 }
    }

    /// Multiplies values so that the norm that the sum of squares tells becomes at most `max_norm`.
    pub(crate) fn scale_to_norm_of<T: Real>(&self, max_norm: f64, values: &SliceMut<'_, T>) {
        let arguments = [self.step_cell(), values.in_place(), max_norm.into(), (values.len as u64).into()];
        self.launch(&Program::new::<T>(&NORMS), "scale_to_norm", Grid::over(values.len), &arguments);
    }

    /// Constrains norms over Lasagne's axes: of a matrix the first, of filters all but the first.
    pub(crate) fn constrain_norms_of<T: Real>(
        &self,
        shape: &[usize],
        max_norm: f64,
        values: &SliceMut<'_, T>,
    ) {
        // One norm for each column, or for each filter: `norms` lines of `length` values that lie `stride` apart.
        let (norms, length, stride, apart) = match *shape {
            [rows, columns] => (columns, rows, columns, 1),
            [filters, ..] => (filters, values.len / filters.max(1), 1, values.len / filters.max(1)),
            [] => return,
        };
        let long = |value: usize| Argument::Long(value as u64);
        let arguments = [
            self.step_cell(),
            values.in_place(),
            max_norm.into(),
            long(norms),
            long(length),
            long(stride),
            long(apart),
        ];
        self.launch(&Program::new::<T>(&NORMS), "constrain_norms", Grid::rows(norms), &arguments);
    }
}
