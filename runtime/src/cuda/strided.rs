//! Elements that move.

use super::Cuda;
use super::driver::Grid;
use super::kernels::STRIDED;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;
use crate::cpu::strided::Strided;
use crate::shape::MAX_RANK;

const LENGTHS: [&str; MAX_RANK] = ["LENGTH1", "LENGTH2", "LENGTH3", "LENGTH4", "LENGTH5"];
const FROM: [&str; MAX_RANK] = ["FROM1", "FROM2", "FROM3", "FROM4", "FROM5"];
const TO: [&str; MAX_RANK] = ["TO1", "TO2", "TO3", "TO4", "TO5"];

/// A side of a copy: how long its items are, where its first element is, and how far apart they are along each axis.
struct Side {
    item: usize,
    start: usize,
    strides: [isize; MAX_RANK],
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
        self.copy_strided(strided, &apart, &packed, from, to, to.len);
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
        self.copy_strided(strided, &packed, &apart, from, to, from.len);
    }

    fn copy_strided<T: Real>(
        &self,
        strided: &Strided,
        source: &Side,
        target: &Side,
        from: Slice<'_, T>,
        to: &SliceMut<'_, T>,
        count: usize,
    ) {
        let mut program = Program::new::<T>(&STRIDED);
        for axis in 0..MAX_RANK {
            program = program.int(LENGTHS[axis], strided.lengths()[axis]);
            program = program.signed(FROM[axis], source.strides[axis]).signed(TO[axis], target.strides[axis]);
        }
        program = program.int("FROM_ITEM", source.item).int("FROM_START", source.start);
        program = program.int("TO_ITEM", target.item).int("TO_START", target.start);
        let arguments = [from.into(), to.into(), (count as u64).into()];
        self.launch(&program, "copy", Grid::over(count), &arguments);
    }

    /// Sets all values to one.
    pub(crate) fn fill<T: Real>(&self, values: &SliceMut<'_, T>, value: f64) {
        let mut program = Program::new::<T>(&STRIDED);
        let names = LENGTHS.into_iter().chain(FROM).chain(TO);
        for name in names.chain(["FROM_ITEM", "FROM_START", "TO_ITEM", "TO_START"]) {
            program = program.int(name, 1);
        }
        let arguments = [values.into(), value.into(), (values.len as u64).into()];
        self.launch(&program, "fill", Grid::over(values.len), &arguments);
    }
}

/// The side where elements are packed, and the one where they lie apart, in items of `item` values.
fn sides(strided: &Strided, item: usize) -> [Side; 2] {
    let lengths = strided.lengths();
    let packed = lengths.iter().product();
    [
        Side { item: packed, start: 0, strides: crate::cpu::strided::strides(&lengths) },
        Side { item, start: strided.start(), strides: strided.strides() },
    ]
}
