//! The epilogue over a C whose sums are already there.

use ndarray::ArrayViewMut2;

use super::{Epilogue, Threads};
use crate::Real;
use crate::cpu::isa::{Isa, Work};
use crate::cpu::pieces::{chunk, each, write};

/// Rows of C, which are contiguous, the first of them C's row `first`.
struct Rows<'a, T, E> {
    first: usize,
    values: ArrayViewMut2<'a, T>,
    epilogue: &'a E,
}

/// Applies `epilogue` once to each row of `c`, whose rows are contiguous.
pub fn finish<T: Real>(isa: Isa, threads: Threads, mut c: ArrayViewMut2<T>, epilogue: &impl Epilogue<T>) {
    let columns = c.ncols();
    match (threads, c.as_slice_mut()) {
        (Threads::All, Some(values)) => {
            let piece = chunk(values.len(), columns);
            each(write(values, piece), |i, values| {
                let values = ArrayViewMut2::from_shape((values.len() / columns, columns), values);
                isa.run(Rows { first: i * piece / columns, values: values.expect("whole rows"), epilogue });
            });
        }
        _ => isa.run(Rows { first: 0, values: c, epilogue }),
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
