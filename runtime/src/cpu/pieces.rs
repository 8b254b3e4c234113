//! Slices cut into pieces that threads share out: several slices at once, to read and to write.

use std::marker::PhantomData;

use super::isa::{Work, isa};
use super::threads;

/// Something that is cut into pieces.
///
/// # Safety
///
/// Pieces of different numbers may be used by different threads at the same time.
pub unsafe trait Split {
    /// One piece.
    type Piece;

    /// The number of pieces.
    fn count(&self) -> usize;

    /// Piece `number`.
    ///
    /// # Safety
    ///
    /// The number is below the count, and each is asked for at most once.
    unsafe fn piece(&self, number: usize) -> Self::Piece;
}

/// Values below which a hand-over to another thread costs more than it saves.
const PARALLEL: usize = 1 << 15;

/// The most pieces that [`chunk`] cuts work into.
pub const MOST_PIECES: usize = 16;

/// The length of pieces, whole rows of `row` values, to share out `len` values by. It depends on the lengths alone,
/// never on the number of threads.
pub fn chunk(len: usize, row: usize) -> usize {
    rows_of_piece(len / row, row, PARALLEL) * row
}

/// The rows of a piece of `rows` rows of `len` values, where `worth` values are worth a hand-over to another thread.
pub fn rows_of_piece(rows: usize, len: usize, worth: usize) -> usize {
    let pieces = (rows * len / worth).clamp(1, MOST_PIECES);
    rows.div_ceil(pieces).max(1)
}

/// Calls `work` once with each number and piece, on all threads. Of several splits in a tuple, pieces of the same
/// number go together, as many as the shortest has.
///
/// A closure marked `#[inline(always)]` is compiled for the instruction set in use.
pub fn each<S: Split>(split: S, work: impl Fn(usize, S::Piece) + Sync) {
    in_groups(split, 1, work);
}

/// The same for pieces that may be small, such as the items of a batch, with `len` values each: a thread takes as many
/// at a time as are worth it.
pub fn each_item<S: Split>(split: S, len: usize, work: impl Fn(usize, S::Piece) + Sync) {
    let group = rows_of_piece(split.count(), len, PARALLEL);
    in_groups(split, group, work);
}

fn in_groups<S: Split>(split: S, group: usize, work: impl Fn(usize, S::Piece) + Sync) {
    /// Makes threads share what they ask for piece by piece.
    struct Shared<S>(S);
    // SAFETY: by the contract of `Split`, as each number is asked for once.
    unsafe impl<S: Split> Sync for Shared<S> {}

    impl<S: Split> Shared<S> {
        /// # Safety
        ///
        /// As for [`Split::piece`].
        unsafe fn piece(&self, number: usize) -> S::Piece {
            // SAFETY: the caller's contract.
            unsafe { self.0.piece(number) }
        }
    }

    /// Compiles a call for each instruction set.
    struct Call<'a, F, P>(&'a F, usize, P);

    impl<F: Fn(usize, P), P> Work for Call<'_, F, P> {
        type Output = ();

        #[inline(always)]
        fn run(self) {
            (self.0)(self.1, self.2)
        }
    }

    let (isa, count) = (isa(), split.count());
    let shared = Shared(split);
    threads::for_each(count.div_ceil(group), |first| {
        for number in first * group..count.min((first + 1) * group) {
            // SAFETY: each number below the count comes once.
            let piece = unsafe { shared.piece(number) };
            isa.run(Call(&work, number, piece));
        }
    });
}

/// A slice to read.
#[derive(Clone, Copy)]
pub struct Read<'a, T> {
    values: &'a [T],
    len: usize,
}

/// Pieces of `len` values to read; the last may be shorter.
pub fn read<T: Sync>(values: &[T], len: usize) -> Read<'_, T> {
    Read { values, len }
}

// SAFETY: the pieces are only read, of a type that may be.
unsafe impl<'a, T: Sync> Split for Read<'a, T> {
    type Piece = &'a [T];

    fn count(&self) -> usize {
        self.values.len().div_ceil(self.len)
    }

    unsafe fn piece(&self, number: usize) -> &'a [T] {
        let start = number * self.len;
        &self.values[start..self.values.len().min(start + self.len)]
    }
}

/// A slice to write.
pub struct Write<'a, T> {
    start: *mut T,
    total: usize,
    len: usize,
    values: PhantomData<&'a mut [T]>,
}

/// Pieces of `len` values to write; the last may be shorter.
pub fn write<T: Send>(values: &mut [T], len: usize) -> Write<'_, T> {
    Write { start: values.as_mut_ptr(), total: values.len(), len, values: PhantomData }
}

// SAFETY: the pieces do not overlap, and their type may be sent to another thread.
unsafe impl<'a, T: Send> Split for Write<'a, T> {
    type Piece = &'a mut [T];

    fn count(&self) -> usize {
        self.total.div_ceil(self.len)
    }

    unsafe fn piece(&self, number: usize) -> &'a mut [T] {
        let start = number * self.len;
        assert!(start < self.total, "no piece {number}");
        // SAFETY: the piece is within the slice, which is borrowed for `'a`; the caller asks for it once.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(start), self.len.min(self.total - start)) }
    }
}

/// A slice cut into lines, to write: each piece has the same places of all of them.
pub struct WriteLines<'a, T> {
    lines: Lines<'a, T>,
    len: usize,
}

/// Pieces of `len` places of each line of `line` values; the last may be shorter. There is any number of pieces of
/// lines without values.
pub fn write_lines<T: Send>(values: &mut [T], line: usize, len: usize) -> WriteLines<'_, T> {
    let count = values.len().checked_div(line).unwrap_or(usize::MAX);
    let lines = Lines { start: values.as_mut_ptr(), count, stride: line, len: line, values: PhantomData };
    WriteLines { lines, len }
}

// SAFETY: the pieces do not overlap, and their type may be sent to another thread.
unsafe impl<'a, T: Send> Split for WriteLines<'a, T> {
    type Piece = Lines<'a, T>;

    fn count(&self) -> usize {
        if self.lines.len == 0 { usize::MAX } else { self.lines.len.div_ceil(self.len) }
    }

    unsafe fn piece(&self, number: usize) -> Lines<'a, T> {
        let all = &self.lines;
        let start = number * self.len;
        assert!(start <= all.len, "no piece {number}");
        Lines { start: all.start.wrapping_add(start), len: self.len.min(all.len - start), ..*all }
    }
}

/// The same places of all lines of a slice.
pub struct Lines<'a, T> {
    start: *mut T,
    count: usize,
    stride: usize,
    len: usize,
    values: PhantomData<&'a mut [T]>,
}

impl<T> Lines<'_, T> {
    /// The places of line `number`.
    ///
    /// # Panics
    ///
    /// When there is no such line; so below.
    #[inline]
    pub fn line(&mut self, number: usize) -> &mut [T] {
        // SAFETY: the places are borrowed as a whole.
        unsafe { self.places(number) }
    }

    /// The places of line `number`, and those of the next one to write.
    #[inline]
    pub fn line_and_next(&mut self, number: usize) -> (&[T], &mut [T]) {
        // SAFETY: the places are borrowed as a whole, and those of two lines do not overlap.
        unsafe { (self.places(number), self.places(number + 1)) }
    }

    /// # Safety
    ///
    /// Nothing else has the places meanwhile.
    #[expect(clippy::mut_from_ref, reason = "the caller vouches for it")]
    unsafe fn places(&self, number: usize) -> &mut [T] {
        assert!(number < self.count, "no line {number}");
        // SAFETY: the places are within the slice, whose piece this is; the caller vouches for the rest.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(number * self.stride), self.len) }
    }
}

/// A split that may be absent: any number of nothing.
// SAFETY: that of the split itself.
unsafe impl<S: Split> Split for Option<S> {
    type Piece = Option<S::Piece>;

    fn count(&self) -> usize {
        self.as_ref().map_or(usize::MAX, S::count)
    }

    unsafe fn piece(&self, number: usize) -> Option<S::Piece> {
        // SAFETY: the caller's contract.
        self.as_ref().map(|split| unsafe { split.piece(number) })
    }
}

// SAFETY: that of each split.
unsafe impl<S: Split, const N: usize> Split for [S; N] {
    type Piece = [S::Piece; N];

    fn count(&self) -> usize {
        self.iter().map(S::count).min().unwrap_or_default()
    }

    unsafe fn piece(&self, number: usize) -> [S::Piece; N] {
        // SAFETY: the caller's contract.
        self.each_ref().map(|split| unsafe { split.piece(number) })
    }
}

macro_rules! tuples {
    ($(($($split:ident $index:tt)*))*) => {$(
        // SAFETY: that of each split.
        unsafe impl<$($split: Split),*> Split for ($($split,)*) {
            type Piece = ($($split::Piece,)*);

            fn count(&self) -> usize {
                [$(self.$index.count()),*].into_iter().min().unwrap_or_default()
            }

            unsafe fn piece(&self, number: usize) -> Self::Piece {
                // SAFETY: the caller's contract.
                unsafe { ($(self.$index.piece(number),)*) }
            }
        }
    )*};
}

tuples! { (A 0 B 1) (A 0 B 1 C 2) (A 0 B 1 C 2 D 3) }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_once_beside_those_at_its_place() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        pool.install(|| {
            for (values, piece) in [(0, 3), (1, 3), (9, 3), (10, 3), (5, 100), (1000, 7)] {
                let from: Vec<usize> = (0..values).collect();
                let (mut to, mut numbers) = (vec![0; values], vec![9; values]);
                let absent: Option<Write<'_, u8>> = None;
                let split = (write(&mut to, piece), read(&from, piece), [write(&mut numbers, piece)], absent);
                each(split, |number, (to, from, [numbers], absent)| {
                    assert_eq!((to.len(), absent), (from.len(), None));
                    to.copy_from_slice(from);
                    numbers.fill(number);
                });
                assert_eq!(to, from);
                assert!(numbers.iter().enumerate().all(|(i, &number)| number == i / piece));
            }
        });
    }

    #[test]
    fn every_piece_has_its_places_of_all_lines() {
        for (lines, line, piece) in [(1, 1, 1), (4, 6, 2), (3, 7, 3), (5, 4, 9)] {
            let mut values = vec![0; lines * line];
            let mut none: [usize; 0] = [];
            each(
                (write_lines(&mut values, line, piece), write_lines(&mut none, 0, 0)),
                |number, (mut own, mut none)| {
                    own.line(0).fill(number + 1);
                    for next in 1..lines {
                        let (before, after) = own.line_and_next(next - 1);
                        after.iter_mut().zip(before).for_each(|(after, before)| *after = before + 10);
                        assert!(none.line(next).is_empty());
                    }
                },
            );
            let expected = |i: usize| i / line * 10 + i % line / piece + 1;
            assert!(
                values.iter().enumerate().all(|(i, &value)| value == expected(i)),
                "{lines} {line} {piece}"
            );
        }
    }

    #[test]
    #[should_panic = "no line 2"]
    fn no_line_beyond_the_last() {
        each(write_lines(&mut [1, 2, 3, 4], 2, 2), |_, mut lines| lines.line(2).fill(0));
    }

    #[test]
    fn every_item_once_in_groups() {
        for (items, len) in [(0, 3), (1, 3), (7, 0), (100_003, 1), (50, PARALLEL)] {
            let mut times = vec![0_u8; items];
            each_item(write(&mut times, 1), len, |_, times| times[0] += 1);
            assert!(times.iter().all(|&times| times == 1), "{items} {len}");
        }
    }

    #[test]
    fn chunks_are_whole_rows() {
        for (len, row) in [(1, 1), (70, 7), (PARALLEL * 3, 3), (1_000_000, 10), (8 << 20, 1 << 20)] {
            let chunk = chunk(len, row);
            assert!(chunk > 0 && chunk.is_multiple_of(row), "{len} {row}: {chunk}");
            assert!(len.div_ceil(chunk) <= MOST_PIECES, "{len} {row}: {chunk}");
        }
    }

    #[test]
    fn as_many_as_the_shortest_has() {
        let (mut to, from) = ([0; 5], [1; 9]);
        each((write(&mut to, 2), read(&from, 4)), |_, (to, from)| to.copy_from_slice(&from[..to.len()]));
        assert_eq!(to, [1; 5]);
        each((write(&mut to, 1), read(&from, 4)), |number, (to, from)| to[0] = number * from.len());
        assert_eq!(to, [0, 4, 2, 1, 1]);
    }
}
