//! Rows of a table.

use super::Cuda;
use super::driver::{Argument, Grid, blocks};
use super::kernels::EMBEDDING;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;

/// Places that a block sorts.
const CHUNK: usize = 256;

/// The digits that they are sorted by, one after the other: as many as a block has threads, each of which counts one.
const DIGITS: usize = 256;

impl Cuda {
    /// For each number the row of a table (numbers, `len`).
    pub(crate) fn look_up<T: Real>(
        &self,
        len: usize,
        numbers: Slice<'_, T>,
        table: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let program = Program::new::<T>(&EMBEDDING).int("LENGTH", len);
        // Of the table the rows that are looked up.
        let rows = Argument::array::<T>(table.pointer, y.len.min(table.len));
        let arguments = [numbers.into(), rows, y.into(), (y.len as u64).into()];
        self.launch(&program, "look_up", Grid::over(y.len), &arguments);
    }

    /// From the gradient with respect to the rows to that with respect to the table.
    ///
    /// Places are sorted by their numbers, so that those of one number are side by side, in their order: for each 8 bits of
    /// the largest number three passes over them, in which a place is compared with the 256 of its chunk. Then each gradient is
    /// read once.
    pub(crate) fn look_up_backward<T: Real>(
        &self,
        len: usize,
        numbers: Slice<'_, T>,
        gradient: Slice<'_, T>,
        table: &SliceMut<'_, T>,
    ) {
        self.zero(table);
        let program = Program::new::<T>(&EMBEDDING).int("LENGTH", len);
        let (places, rows) = (numbers.len, table.len / len);
        let chunks = places.div_ceil(CHUNK);
        let grid = Grid { blocks: [blocks(chunks), 1], threads: [CHUNK as u32, 1] };
        let scratch = |purpose, count| Argument::from(&self.scratch_slice::<u32>(purpose, count));
        let counts = scratch("counts of digits", DIGITS * chunks);
        let [mut sorted, mut other] =
            ["sorted places", "places to be sorted"].map(|name| scratch(name, places));
        let mut order = Argument::NONE;
        let count = Argument::int(places);
        for shift in (0..usize::BITS).step_by(DIGITS.ilog2() as usize) {
            if shift > 0 && (rows - 1) >> shift == 0 {
                break;
            }
            let shift = Argument::Int(shift as i32);
            self.launch(&program, "count_digits", grid, &[numbers.into(), order, counts, count, shift]);
            let lengths = [DIGITS * chunks, chunks].map(|length| Argument::Long(length as u64));
            self.launch(&program, "add_counts", Grid::BLOCK, &[counts, lengths[0], lengths[1]]);
            let arguments = [numbers.into(), order, counts, sorted, count, shift];
            self.launch(&program, "sort_by_digit", grid, &arguments);
            order = sorted;
            std::mem::swap(&mut sorted, &mut other);
        }
        let rows = Argument::array::<T>(table.pointer, gradient.len.min(table.len));
        let arguments = [numbers.into(), order, gradient.into(), rows, (places as u64).into()];
        self.launch(&program, "look_up_back", Grid::rows(places * len.div_ceil(32)), &arguments);
    }
}
