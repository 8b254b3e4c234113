//! Kernels of penalties, made of their expressions.

use super::Cuda;
use super::driver::Grid;
use super::memory::{Slice, SliceMut};
use super::program::{Program, Source, kernels};
use crate::Real;

/// The kernel of a penalty, kept for good.
pub(crate) fn leak(value: &str, derivative: &str) -> &'static Source {
    let own = format!("// A penalty.\n#define VALUE ({value})\n#define DERIVATIVE ({derivative})\n");
    Source::leak(own, &[("penalty.cu", kernels!("penalty.cu"))])
}

impl Cuda {
    /// Adds a penalty on values to the loss, and its derivative to their gradients.
    pub(crate) fn penalize<T: Real>(
        &self,
        source: &'static Source,
        settings: [f64; 4],
        values: Slice<'_, T>,
        gradients: &SliceMut<'_, T>,
    ) {
        let grid = Grid::over(values.len);
        let sums = self.scratch_slice::<f64>("losses", grid.blocks[0] as usize);
        let mut program = Program::new::<T>(source);
        for (name, setting) in ["SETTING0", "SETTING1", "SETTING2", "SETTING3"].into_iter().zip(settings) {
            program = program.real(name, setting);
        }
        let arguments = [values.into(), gradients.in_place(), (&sums).into(), (values.len as u64).into()];
        self.launch(&program, "penalize", grid, &arguments);
        self.add_loss(sums.read(), 1.0);
    }
}
