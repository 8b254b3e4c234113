//! Where values lie, and how they get there.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::Real;
use crate::cpu::pieces::{chunk, each, each_item, read, write};

/// Cuts pieces of these lengths off the front.
pub(super) fn cut<T, const K: usize>(mut values: &mut [T], lengths: [usize; K]) -> [&mut [T]; K] {
    lengths.map(|len| values.split_off_mut(..len).expect("room for all pieces"))
}

/// Rows of so many columns.
pub(super) fn matrix<T>(values: &[T], columns: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

/// The same, to write.
pub(super) fn matrix_mut<T>(values: &mut [T], columns: usize) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

/// Some rows of `len` values each.
pub(super) fn some_rows<T>(values: &[T], rows: Range<usize>, len: usize) -> &[T] {
    &values[rows.start * len..rows.end * len]
}

/// From items (batch, time, features), each `item` long, to (step, batch, features).
pub(super) fn time_to_steps<T: Real>(
    x: &[T],
    features: usize,
    item: usize,
    backwards: bool,
    steps: &mut [T],
) {
    let (batch, time) = (x.len() / item, item / features);
    let of_step = (batch * features).max(1);
    each_item(write(steps, of_step), of_step, |step, values| {
        let position = if backwards { time - 1 - step } else { step };
        for (value, x) in values.chunks_exact_mut(features).zip(x.chunks_exact(item)) {
            value.copy_from_slice(&x[position * features..][..features]);
        }
    });
}

/// The same back.
pub(super) fn steps_to_time<T: Real>(
    steps: &[T],
    features: usize,
    item: usize,
    backwards: bool,
    x: &mut [T],
) {
    let (batch, time) = (x.len() / item, item / features);
    each_item(write(x, item), item, |number, x| {
        for (position, value) in x.chunks_exact_mut(features).enumerate() {
            let step = if backwards { time - 1 - position } else { position };
            value.copy_from_slice(&steps[(step * batch + number) * features..][..features]);
        }
    });
}

/// Matrices of `units` columns side by side; an empty one counts as zeros.
pub(super) fn stack<T: Real, const G: usize>(matrices: [&[T]; G], units: usize, stacked: &mut [T]) {
    let rows = chunk(stacked.len(), G * units) / (G * units);
    each(write(stacked, rows * G * units), |number, stacked| {
        for (row, stacked) in (number * rows..).zip(stacked.chunks_exact_mut(G * units)) {
            for (to, matrix) in stacked.chunks_exact_mut(units).zip(matrices) {
                match matrix.get(row * units..(row + 1) * units) {
                    Some(values) => to.copy_from_slice(values),
                    None => to.fill(T::zero()),
                }
            }
        }
    });
}

/// The same back; nothing is written into an empty one.
pub(super) fn unstack<T: Real, const G: usize>(stacked: &[T], units: usize, matrices: [&mut [T]; G]) {
    let rows = chunk(stacked.len(), G * units) / (G * units);
    let matrices = matrices.map(|matrix| (!matrix.is_empty()).then(|| write(matrix, rows * units)));
    each((read(stacked, rows * G * units), matrices), |_, (stacked, matrices)| {
        for (block, matrix) in matrices.into_iter().enumerate() {
            let values = stacked.chunks_exact(G * units).map(|row| &row[block * units..][..units]);
            let to = matrix.into_iter().flat_map(|matrix| matrix.chunks_exact_mut(units));
            to.zip(values).for_each(|(to, values)| to.copy_from_slice(values));
        }
    });
}

/// The blocks of a row.
#[inline(always)]
pub(super) fn blocks<T, const B: usize>(mut row: &mut [T], units: usize) -> [&mut [T]; B] {
    // Cut off one by one, so that the compiler knows their lengths.
    std::array::from_fn(|_| row.split_off_mut(..units).expect("a row has all its blocks"))
}
