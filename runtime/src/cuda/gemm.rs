//! Matrix products with what follows them.

use super::Cuda;
use super::driver::{Argument, Grid, Operand, Product, blocks};
use super::dropout::Mask;
use super::kernels::GEMM;
use super::map::with_nonlinearity;
use super::memory::{Slice, SliceMut};
use super::pool::present;
use super::program::Program;
use super::timing::Work;
use crate::Real;
use crate::nonlinearities::{Nonlinearity, linear};
use crate::random::Random;

/// Rows and columns of C that one block computes.
const TILE: usize = 64;

/// A matrix (rows, columns) in device memory, of any strides.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    values: Slice<'a, T>,
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// Values stored row by row.
    pub fn new(values: Slice<'a, T>, columns: usize) -> Self {
        Matrix { values, rows: values.len / columns, columns, row_stride: columns, column_stride: 1 }
    }

    /// Rows become columns.
    pub fn t(self) -> Self {
        let Matrix { values, rows, columns, row_stride, column_stride } = self;
        Matrix { values, rows: columns, columns: rows, row_stride: column_stride, column_stride: row_stride }
    }
}

/// What is done to each sum of a product (rows, columns) before it is stored.
#[derive(Clone, Copy)]
pub(crate) struct Finish<'a, T> {
    /// A bias for each column, or [`Slice::NONE`].
    pub bias: Slice<'a, T>,
    /// Applied to the sums where it is elementwise.
    pub nonlinearity: Nonlinearity,
    /// Dropout by position in the product.
    pub dropout: Option<Mask>,
}

impl<T> Finish<'_, T> {
    /// Nothing.
    pub const NONE: Self = Finish { bias: Slice::NONE, nonlinearity: linear(), dropout: None };
}

impl<T> Matrix<'_, T> {
    /// What a library takes; `None` where the strides are others.
    fn operand(&self) -> Option<Operand> {
        let transposed = self.column_stride != 1;
        let (line, step) = if transposed {
            (self.column_stride, self.row_stride)
        } else {
            (self.row_stride, self.column_stride)
        };
        let dense = step == 1 && line == if transposed { self.rows } else { self.columns };
        dense.then_some(Operand { pointer: self.values.pointer, transposed })
    }
}

impl Cuda {
    /// `c = a b`, or `c += a b`, and then `finish`. The rows of `c` lie one after the other.
    pub(crate) fn gemm<T: Real>(
        &self,
        a: Matrix<'_, T>,
        b: Matrix<'_, T>,
        accumulate: bool,
        c: &SliceMut<'_, T>,
        finish: Finish<'_, T>,
    ) {
        debug_assert!(a.columns == b.rows && c.len == a.rows * b.columns);
        if self.multiply(a, b, accumulate, c, finish, Slice::NONE) {
            return;
        }
        let tiles = a.rows.div_ceil(TILE) * b.columns.div_ceil(TILE);
        let grid = Grid { blocks: [blocks(tiles), 1], threads: [16, 16] };
        let program = with_nonlinearity(Program::new::<T>(&GEMM), finish.nonlinearity);
        let program = program.fixed("TILE", TILE).int("DROPS", usize::from(finish.dropout.is_some()));
        let (program, step) = match finish.dropout {
            Some(mask) => (mask.define(program), self.random(mask.random)),
            None => (Mask { random: Random::new(0), p: 0.0, scale: 1.0 }.define(program), Argument::NONE),
        };
        let stride = |stride: usize| Argument::Long(stride as u64);
        let arguments = [
            a.values.into(),
            stride(a.row_stride),
            stride(a.column_stride),
            b.values.into(),
            stride(b.row_stride),
            stride(b.column_stride),
            if accumulate { c.in_place() } else { c.into() },
            Argument::int(a.rows),
            Argument::int(b.columns),
            Argument::int(a.columns),
            Argument::Int(accumulate.into()),
            finish.bias.into(),
            step,
        ];
        self.launch_counted(&program, ("gemm", a.rows * b.columns * a.columns), grid, &arguments);
    }

    /// `c = a b`, and the sums over the rows of `b`, which lie one after the other: the gradients with respect to weights and
    /// biases.
    pub(crate) fn gemm_and_sum_rows<T: Real>(
        &self,
        a: Matrix<'_, T>,
        b: Matrix<'_, T>,
        c: &SliceMut<'_, T>,
        sums: &SliceMut<'_, T>,
    ) {
        if !self.multiply(a, b, false, c, Finish::NONE, sums.read()) {
            self.sum_rows(b.columns, b.values, sums);
            self.gemm(a, b, false, c, Finish::NONE);
        }
    }

    /// [`gemm`](Self::gemm) by a library, and a pass over `c` for what it leaves to do; with the sums over the rows of `b`
    /// unless `sums` is [`Slice::NONE`]. False if there is no library that can.
    fn multiply<T: Real>(
        &self,
        a: Matrix<'_, T>,
        b: Matrix<'_, T>,
        accumulate: bool,
        c: &SliceMut<'_, T>,
        finish: Finish<'_, T>,
        sums: Slice<'_, T>,
    ) -> bool {
        let (Some(operand_a), Some(operand_b)) = (a.operand(), b.operand()) else { return false };
        if T::NAME != "f32" || a.columns == 0 || c.len == 0 {
            return false;
        }
        let relu = finish.nonlinearity == Nonlinearity::Relu;
        let product = Product {
            a: operand_a,
            b: operand_b,
            c: c.pointer,
            rows: a.rows,
            columns: b.columns,
            depth: a.columns,
            accumulate,
            bias: finish.bias.pointer,
            relu,
            sums: sums.pointer,
            precision: self.precision(),
        };
        let pointers = [product.a.pointer, product.b.pointer, product.c, product.bias, product.sums];
        let done = self.attempt(|driver| {
            present(pointers)?;
            // SAFETY: the slices are as long as the product says, and are borrowed.
            let multiply = || unsafe { driver.multiply(&product) };
            let done = multiply()?;
            if done {
                let values = a.values.len + b.values.len + c.len * if accumulate { 2 } else { 1 };
                let work = Work {
                    kernel: "product of a library",
                    multiply_adds: product.rows * product.columns * product.depth,
                    bytes: (values + finish.bias.len + sums.len) * size_of::<T>(),
                };
                self.time(driver, work, || multiply().map(drop))?;
            }
            Ok(done)
        });
        let done = done.unwrap_or(true);
        if done {
            let nonlinearity = if relu { linear() } else { finish.nonlinearity };
            match finish.dropout {
                Some(mask) => self.nonlinearity_and_dropout(mask, nonlinearity, c),
                None if nonlinearity.is_elementwise() && !nonlinearity.is_linear() => {
                    self.nonlinearity(nonlinearity, 1, c.read(), c);
                }
                None => {}
            }
        }
        done
    }
}
