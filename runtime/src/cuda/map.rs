//! Elementwise work, and sums.

use super::Cuda;
use super::driver::{Argument, Grid, blocks};
use super::kernels::{ELEMENTWISE, NONLINEARITY, SOFTMAX, STEP};
use super::memory::{Slice, SliceMut};
use super::pool::present;
use super::program::Program;
use crate::Real;
use crate::nonlinearities::Nonlinearity;

/// A program with the constants of its own nonlinearity: those of `kernels/nonlinearity.cuh`.
pub(crate) fn with_nonlinearity(program: Program, nonlinearity: Nonlinearity) -> Program {
    with_function(program, ["NONLINEARITY", "NONLINEARITY_ALPHA", "NONLINEARITY_BETA"], nonlinearity)
}

/// A program with a nonlinearity under these names: of its number, and of its constants.
pub(crate) fn with_function(program: Program, names: [&'static str; 3], function: Nonlinearity) -> Program {
    let (number, alpha, beta) = match function {
        Nonlinearity::Linear => (0, 0.0, 0.0),
        Nonlinearity::Relu => (1, 0.0, 0.0),
        Nonlinearity::Sigmoid => (2, 0.0, 0.0),
        Nonlinearity::Tanh => (3, 0.0, 0.0),
        Nonlinearity::Softmax => (4, 0.0, 0.0),
        Nonlinearity::LeakyRelu(leakiness) => (5, leakiness, 0.0),
        Nonlinearity::Elu => (6, 0.0, 0.0),
        Nonlinearity::ScaledElu { scale, scale_neg } => (7, scale, scale_neg),
        Nonlinearity::Softplus => (8, 0.0, 0.0),
        Nonlinearity::ScaledTanh { scale_in, scale_out } => (9, scale_in, scale_out),
    };
    let [name, name_of_alpha, name_of_beta] = names;
    program.int(name, number).real(name_of_alpha, alpha).real(name_of_beta, beta)
}

/// The kernels of a nonlinearity, who computes, and how many elements or, if it is one over rows of `row` elements, rows there
/// are among `len` elements.
fn kernels_of<T: Real>(nonlinearity: Nonlinearity, row: usize, len: usize) -> (Program, Grid, Argument) {
    if nonlinearity.is_elementwise() {
        let program = with_nonlinearity(Program::new::<T>(&NONLINEARITY), nonlinearity);
        (program, Grid::over(len), Argument::Long(len as u64))
    } else {
        let (program, rows) = (Program::new::<T>(&SOFTMAX).int("LENGTH", row), len / row);
        (program, Grid::rows(rows), Argument::Long(rows as u64))
    }
}

impl Cuda {
    /// The values of sums `x`, for rows of `row` elements. `y` may be `x`: each element is read before it is written.
    pub(crate) fn nonlinearity<T: Real>(
        &self,
        nonlinearity: Nonlinearity,
        row: usize,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let (program, grid, count) = kernels_of::<T>(nonlinearity, row, y.len);
        self.launch(&program, "forward", grid, &[x.into(), y.into(), count]);
    }

    /// What is left to do where an elementwise nonlinearity was applied with the sums: one over rows of `row` elements.
    pub(crate) fn nonlinearity_over_rows<T: Real>(
        &self,
        nonlinearity: Nonlinearity,
        row: usize,
        values: &SliceMut<'_, T>,
    ) {
        if !nonlinearity.is_elementwise() {
            self.nonlinearity(nonlinearity, row, values.read(), values);
        }
    }

    /// The gradient with respect to values `y` becomes that with respect to their sums.
    pub(crate) fn nonlinearity_backward<T: Real>(
        &self,
        nonlinearity: Nonlinearity,
        row: usize,
        y: Slice<'_, T>,
        gradient: &SliceMut<'_, T>,
    ) {
        if !nonlinearity.is_linear() {
            let (program, grid, count) = kernels_of::<T>(nonlinearity, row, gradient.len);
            self.launch(&program, "backward", grid, &[y.into(), gradient.in_place(), count]);
        }
    }

    /// The same where the sums `x` are at hand: at a kink, by the mean of the derivatives on both sides.
    pub(crate) fn nonlinearity_backward_of_sums<T: Real>(
        &self,
        nonlinearity: Nonlinearity,
        row: usize,
        x: Slice<'_, T>,
        y: Slice<'_, T>,
        gradient: &SliceMut<'_, T>,
    ) {
        if !matches!(nonlinearity, Nonlinearity::Relu | Nonlinearity::LeakyRelu(_)) {
            return self.nonlinearity_backward(nonlinearity, row, y, gradient);
        }
        let (program, grid, count) = kernels_of::<T>(nonlinearity, row, gradient.len);
        self.launch(&program, "backward_of_sums", grid, &[x.into(), y.into(), gradient.in_place(), count]);
    }

    /// The derivative of [`nonlinearity_backward`](Self::nonlinearity_backward) by the values `y`: from the gradient with
    /// respect to what that makes of `before`, the gradient with respect to the values. 0 at kinks.
    pub(crate) fn nonlinearity_backward_of_backward<T: Real>(
        &self,
        nonlinearity: Nonlinearity,
        row: usize,
        y: Slice<'_, T>,
        before: Slice<'_, T>,
        gradient: &SliceMut<'_, T>,
    ) {
        if matches!(nonlinearity, Nonlinearity::Linear | Nonlinearity::Relu | Nonlinearity::LeakyRelu(_)) {
            return self.zero(gradient);
        }
        let (program, grid, count) = kernels_of::<T>(nonlinearity, row, gradient.len);
        let arguments = [y.into(), before.into(), gradient.in_place(), count];
        self.launch(&program, "backward_of_backward", grid, &arguments);
    }

    /// Copies values.
    pub(crate) fn copy<T: Real>(&self, from: Slice<'_, T>, to: &SliceMut<'_, T>) {
        debug_assert!(from.len >= to.len);
        if to.len == 0 {
            return;
        }
        self.attempt(|driver| {
            present([from.pointer, to.pointer])?;
            // SAFETY: both are borrowed, and `from` has as many values.
            unsafe { driver.copy(from.pointer, to.pointer, to.len * size_of::<T>()) }
        });
    }

    /// Sets all values to one number.
    pub(crate) fn fill<T: Real>(&self, values: &SliceMut<'_, T>, value: f64) {
        let arguments = [values.into(), value.into(), (values.len as u64).into()];
        self.launch(&Program::new::<T>(&ELEMENTWISE), "fill", Grid::over(values.len), &arguments);
    }

    /// Sets all values to zero.
    pub(crate) fn zero<T: Real>(&self, values: &SliceMut<'_, T>) {
        if values.len > 0 {
            self.attempt(|driver| {
                present([values.pointer])?;
                // SAFETY: they are borrowed.
                unsafe { driver.zero(values.pointer, values.len * size_of::<T>()) }
            });
        }
    }

    /// The sums over the rows of a matrix (rows, columns): one a column.
    pub(crate) fn sum_rows<T: Real>(&self, columns: usize, values: Slice<'_, T>, sums: &SliceMut<'_, T>) {
        let grid = Grid { blocks: [blocks(columns.div_ceil(32)), 1], threads: [32, 8] };
        let rows = (values.len / columns) as u64;
        let arguments = [values.into(), sums.into(), rows.into(), Argument::int(columns)];
        self.launch(&Program::new::<T>(&ELEMENTWISE), "sum_rows", grid, &arguments);
    }

    /// Adds the sum of the losses times `weight` to the loss.
    pub(crate) fn add_loss(&self, losses: Slice<'_, f64>, weight: f64) {
        let arguments = [self.step_cell(), losses.into(), (losses.len as u64).into(), weight.into()];
        self.launch(&Program::new::<f64>(&STEP), "add_loss", Grid::BLOCK, &arguments);
    }
}
