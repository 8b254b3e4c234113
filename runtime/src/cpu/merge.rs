//! Inputs of a merge, cropped or repeated to its output's shape.

use crate::shape::{Crop, MAX_RANK, starts};
use crate::{Real, Shape};

/// Which elements of an input's item are those of an output's item.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// The output's axes.
    dims: [usize; MAX_RANK],
    rank: usize,
    /// The input's first element, and how far apart its elements are along each axis; 0 where one is repeated.
    start: usize,
    strides: [usize; MAX_RANK],
    input: usize,
    /// Whether they are all elements in their order.
    whole: bool,
}

impl Fit {
    /// For an input and a cropping.
    pub fn new(input: Shape, output: Shape, cropping: &[Crop]) -> Self {
        let starts = starts(input, output, cropping);
        let rank = output.rank();
        let mut fit = Fit {
            dims: [1; MAX_RANK],
            rank,
            start: 0,
            strides: [0; MAX_RANK],
            input: input.len(),
            whole: input.same(&output),
        };
        let mut stride = 1;
        for axis in (0..rank).rev() {
            fit.dims[axis] = output.dim(axis);
            let repeated = input.dim(axis) == 1 && output.dim(axis) > 1;
            fit.strides[axis] = if repeated { 0 } else { stride };
            fit.start += starts[axis] * stride;
            stride *= input.dim(axis);
        }
        fit
    }

    /// Whether the input is as the output.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The elements of the input's item.
    pub fn input_len(&self) -> usize {
        self.input
    }

    /// Calls `visit` with each row of the output: its number, and where it starts in the input.
    fn rows(&self, mut visit: impl FnMut(usize, usize)) {
        let outer = &self.dims[..self.rank.saturating_sub(1)];
        for row in 0..outer.iter().product() {
            let (mut rest, mut start) = (row, self.start);
            for (&length, &stride) in outer.iter().zip(&self.strides).rev() {
                start += rest % length * stride;
                rest /= length;
            }
            visit(row, start);
        }
    }

    /// The length of the last axis, and how far apart its elements are in the input.
    fn last(&self) -> (usize, usize) {
        match self.rank {
            0 => (1, 0),
            rank => (self.dims[rank - 1], self.strides[rank - 1]),
        }
    }

    /// One item's elements as the output has them.
    pub fn gather<T: Real>(&self, input: &[T], output: &mut [T]) {
        let (length, stride) = self.last();
        self.rows(|row, start| {
            let output = &mut output[row * length..][..length];
            match stride {
                0 => output.fill(input[start]),
                _ => output.copy_from_slice(&input[start..start + length]),
            }
        });
    }

    /// The way back: adds up what each of the input's elements has contributed to, over zeros.
    pub fn scatter<T: Real>(&self, output: &[T], input: &mut [T]) {
        input.fill(T::zero());
        let (length, stride) = self.last();
        self.rows(|row, start| {
            let output = &output[row * length..][..length];
            match stride {
                0 => input[start] += output.iter().copied().sum::<T>(),
                _ => {
                    let input = &mut input[start..start + length];
                    input.iter_mut().zip(output).for_each(|(sum, &term)| *sum += term);
                }
            }
        });
    }
}
