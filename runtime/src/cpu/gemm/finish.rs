//! The epilogue over a C whose sums are already there.

use ndarray::{ArrayViewMut2, Axis};

use super::{Epilogue, Threads};
use crate::Real;
use crate::cpu::isa::{Isa, Work};

/// Elements below which a hand-over to another thread costs more than it saves.
const LEAST_PARALLEL: usize = 1 << 15;

/// Rows of C, which are contiguous, the first of them C's row `first`.
struct Rows<'a, T, E> {
    first: usize,
    values: ArrayViewMut2<'a, T>,
    epilogue: &'a E,
}

/// Applies `epilogue` once to each row of `c`, whose rows are contiguous.
pub fn finish<T: Real>(isa: Isa, threads: Threads, c: ArrayViewMut2<T>, epilogue: &impl Epilogue<T>) {
    let rows = Rows { first: 0, values: c, epilogue };
    match threads {
        Threads::One => isa.run(rows),
        Threads::All => rows.share(isa),
    }
}

impl<T: Real, E: Epilogue<T>> Rows<'_, T, E> {
    /// Halves the rows among threads as long as they are many.
    fn share(self, isa: Isa) {
        if self.values.len() < 2 * LEAST_PARALLEL || self.values.nrows() == 1 {
            return isa.run(self);
        }
        let Rows { first, values, epilogue } = self;
        let half = values.nrows() / 2;
        let (upper, lower) = values.split_at(Axis(0), half);
        rayon::join(
            || Rows { first, values: upper, epilogue }.share(isa),
            || Rows { first: first + half, values: lower, epilogue }.share(isa),
        );
    }
}

impl<T: Real, E: Epilogue<T>> Work for Rows<'_, T, E> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        for (row, mut values) in (self.first..).zip(self.values.rows_mut()) {
            self.epilogue.apply(row, 0, values.as_slice_mut().expect("rows are contiguous"));
        }
    }
}
