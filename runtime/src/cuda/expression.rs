//! Elementwise work of layers of one's own, given as CUDA C.

use super::Cuda;
use super::driver::{Argument, Grid};
use super::error::CudaError;
use super::memory::{Slice, SliceMut};
use super::program::{Program, Source, kernels};
use crate::Real;

impl Cuda {
    /// Elementwise work, for a layer of one's own: each element of `y` becomes the value of an expression of CUDA C in
    /// `a`, `b` and `c`, the elements at the same place of up to three inputs, which are as long as `y`. `real` is the
    /// element type.
    ///
    /// ```no_run
    /// # use layercake::cuda::{Cuda, Slice, SliceMut};
    /// # fn softsign(device: &Cuda, x: Slice<f32>, y: &SliceMut<f32>) {
    /// // SAFETY: an expression of its input, without effects.
    /// unsafe { device.map("a / (real(1) + fabs(a))", [x], y) };
    /// # }
    /// ```
    ///
    /// # Safety
    /// The text becomes part of a kernel: it must be an expression that ends and has no effects, and read nothing but `a`, `b` and
    /// `c`.
    pub unsafe fn map<T: Real, const N: usize>(
        &self,
        expression: &'static str,
        inputs: [Slice<'_, T>; N],
        y: &SliceMut<'_, T>,
    ) {
        const { assert!(N >= 1 && N <= 3, "an expression has one to three inputs") };
        if let Some(input) = inputs.iter().find(|input| input.len != y.len) {
            let reason = format!("an input of {} elements, and {} in its output", input.len, y.len);
            return self.fail(CudaError::Launch { kernel: format!("expression {expression}"), reason });
        }
        // The first stands for those that are not there, which read nothing more.
        let again = Argument::array::<T>(inputs[0].pointer, 0);
        let [a, b, c] = std::array::from_fn(|number| inputs.get(number).map_or(again, |&input| input.into()));
        let arguments = [a, b, c, y.into(), (y.len as u64).into()];
        self.launch(&program::<T>(expression), "apply", Grid::over(y.len), &arguments);
    }

    /// Each element of `y` becomes that of `from` times the value of an expression in `a`, the element of `x`.
    ///
    /// # Safety
    /// As [`map`](Self::map).
    pub(crate) unsafe fn multiply_by<T: Real>(
        &self,
        expression: &'static str,
        x: Slice<'_, T>,
        from: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let again = Argument::array::<T>(x.pointer, 0);
        let arguments = [x.into(), again, again, from.into(), y.into(), (y.len as u64).into()];
        self.launch(&program::<T>(expression), "multiply", Grid::over(y.len), &arguments);
    }
}

fn program<T: Real>(expression: &'static str) -> Program {
    let files = [("expression.cu", kernels!("expression.cu"))];
    Program::new::<T>(Source::with_code("EXPRESSION", expression, &files))
}
