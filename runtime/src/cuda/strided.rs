//! Elements that move.

use super::Cuda;
use super::axes::{lengths, with_item};
use super::driver::{Argument, Grid};
use super::kernels::STRIDED;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::geometry::{Strided, strides};
use crate::shape::MAX_RANK;
use crate::{Real, Shape};

const FROM: [&str; MAX_RANK] = ["FROM1", "FROM2", "FROM3", "FROM4", "FROM5"];
const TO: [&str; MAX_RANK] = ["TO1", "TO2", "TO3", "TO4", "TO5"];

/// A side of a copy: how long its items are, where its first element is, and how far apart they are along each axis.
#[derive(Clone, Copy)]
pub(crate) struct Side {
    pub item: usize,
    pub start: usize,
    pub strides: [isize; MAX_RANK],
}

impl Side {
    /// Items of a shape, their elements side by side.
    pub fn packed(shape: Shape) -> Self {
        Side { item: shape.len(), start: 0, strides: strides(shape.dims()) }
    }
}

impl Cuda {
    /// Packs the elements of each item of `item` values that lie apart.
    pub(crate) fn pack<T: Real>(
        &self,
        strided: &Strided,
        item: usize,
        from: Slice<'_, T>,
        to: &SliceMut<'_, T>,
    ) {
        let [packed, apart] = sides(strided, item);
        self.copy_sides(strided.lengths(), [&apart, &packed], from, to);
    }

    /// The reverse: elements between them stay as they are.
    pub(crate) fn unpack<T: Real>(
        &self,
        strided: &Strided,
        item: usize,
        from: Slice<'_, T>,
        to: &SliceMut<'_, T>,
    ) {
        let [packed, apart] = sides(strided, item);
        self.copy_sides(strided.lengths(), [&packed, &apart], from, to);
    }

    /// Copies the elements of items of a shape, which may lie apart on both sides.
    pub(crate) fn copy_strided<T: Real>(
        &self,
        shape: Shape,
        sides: [&Side; 2],
        from: Slice<'_, T>,
        to: &SliceMut<'_, T>,
    ) {
        self.copy_sides(lengths(shape), sides, from, to);
    }

    fn copy_sides<T: Real>(
        &self,
        lengths: [usize; MAX_RANK],
        [source, target]: [&Side; 2],
        from: Slice<'_, T>,
        to: &SliceMut<'_, T>,
    ) {
        let mut program = with_item(Program::new::<T>(&STRIDED), lengths);
        for axis in 0..MAX_RANK {
            program = program.signed(FROM[axis], source.strides[axis]).signed(TO[axis], target.strides[axis]);
        }
        program = program.int("FROM_ITEM", source.item).int("FROM_START", source.start);
        program = program.int("TO_ITEM", target.item).int("TO_START", target.start);
        let count = from.len / source.item * lengths.iter().product::<usize>();
        let [from, to] = [from.pointer, to.pointer].map(|pointer| Argument::array::<T>(pointer, count));
        let arguments = [from, to, (count as u64).into()];
        self.launch(&program, "copy", Grid::over(count), &arguments);
    }
}

/// The side where elements are packed, and the one where they lie apart, in items of `item` values.
fn sides(strided: &Strided, item: usize) -> [Side; 2] {
    let lengths = strided.lengths();
    let packed = lengths.iter().product();
    [
        Side { item: packed, start: 0, strides: strides(&lengths) },
        Side { item, start: strided.start(), strides: strided.strides() },
    ]
}
