//! Sums over the elements that share a value, and their mean and deviation.

use super::Cuda;
use super::driver::{Argument, Grid, blocks};
use super::kernels::SHARED_SUMS;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use super::sharing::Sharing;
use crate::Real;

/// What is added up over elements.
#[derive(Clone, Copy)]
pub(crate) enum Terms<'a, T> {
    /// Distances from the median of three elements, and their squares.
    Distances { x: Slice<'a, T> },
    /// `dy`, and `dy x` unless `x` is [`Slice::NONE`].
    Products { x: Slice<'a, T>, dy: Slice<'a, T> },
    /// `dy` times the factor where `x` is negative.
    Rectified { x: Slice<'a, T>, dy: Slice<'a, T>, factors: Slice<'a, T> },
    /// `dy`, and `dy (x - mean) inv_std`.
    Normalized { x: Slice<'a, T>, dy: Slice<'a, T>, mean: Slice<'a, T>, inv_std: Slice<'a, T> },
}

/// Elements that a thread adds up before another block is worth its while.
const ELEMENTS_OF_BLOCK: usize = 4096;

/// The most blocks that share a value's elements.
const MOST_PARTS: usize = 64;

impl Cuda {
    /// Both sums of the terms for each value, where they are asked for.
    pub(crate) fn shared_sums<T: Real>(
        &self,
        sharing: &Sharing,
        terms: Terms<'_, T>,
        [first, second]: [Option<&SliceMut<'_, T>>; 2],
    ) {
        let none = Slice::NONE;
        let (number, [x, dy, factors, mean, inv_std]) = match terms {
            Terms::Distances { x } => (0, [x, none, none, none, none]),
            Terms::Products { x, dy } => (1, [x, dy, none, none, none]),
            Terms::Rectified { x, dy, factors } => (2, [x, dy, factors, none, none]),
            Terms::Normalized { x, dy, mean, inv_std } => (3, [x, dy, none, mean, inv_std]),
        };
        let across = sharing.across();
        let program = Program::new::<T>(&SHARED_SUMS).int("TERMS", number).int("ACROSS", usize::from(across));
        let program = sharing.define(program.real("EPSILON", 0.0));
        let columns = if across { sharing.values.div_ceil(32) } else { sharing.values };
        let of_block = if across { ELEMENTS_OF_BLOCK / 32 } else { ELEMENTS_OF_BLOCK };
        let parts = sharing.elements.div_ceil(of_block).clamp(1, MOST_PARTS);
        let grid = Grid { blocks: [blocks(columns), blocks(parts)], threads: [32, 8] };
        let lengths = [sharing.values, sharing.elements].map(|length| Argument::Long(length as u64));
        let run = |first: Argument, second: Argument| {
            let [values, elements] = lengths;
            let (mean, inv_std) = (mean.into(), inv_std.into());
            let arguments =
                [x.into(), dy.into(), factors.into(), mean, inv_std, first, second, values, elements];
            self.launch(&program, "sums", grid, &arguments);
        };
        let sums = [first, second];
        if parts == 1 {
            let [first, second] = sums.map(|sums| sums.map_or(Argument::NONE, Argument::from));
            return run(first, second);
        }
        let partial = ["first partial sums", "second partial sums"]
            .map(|purpose| self.scratch_slice::<T>(purpose, parts * sharing.values));
        run((&partial[0]).into(), (&partial[1]).into());
        for (partial, sums) in partial.iter().zip(sums) {
            if let Some(sums) = sums {
                let arguments = [partial.into(), sums.into(), blocks(parts).into(), lengths[0]];
                self.launch(&program, "add_parts", Grid::over(sharing.values), &arguments);
            }
        }
    }

    /// The means of the elements that share a value, and `1 / sqrt(variance + epsilon)`.
    pub(crate) fn moments<T: Real>(
        &self,
        sharing: &Sharing,
        epsilon: f64,
        x: Slice<'_, T>,
        mean: &SliceMut<'_, T>,
        inv_std: &SliceMut<'_, T>,
    ) {
        self.shared_sums(sharing, Terms::Distances { x }, [Some(mean), Some(inv_std)]);
        let program = Program::new::<T>(&SHARED_SUMS).int("TERMS", 0).int("ACROSS", 0);
        let program = sharing.define(program.real("EPSILON", epsilon));
        let [values, elements] = [sharing.values, sharing.elements].map(|length| length as u64);
        // Of the elements that share a value, three tell where distances are measured from.
        let starts = Argument::array::<T>(x.pointer, x.len.min(3 * sharing.values));
        let arguments = [starts, mean.in_place(), inv_std.in_place(), values.into(), elements.into()];
        self.launch(&program, "moments", Grid::over(sharing.values), &arguments);
    }
}
