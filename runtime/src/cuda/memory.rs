//! Device memory, and what [`Device`] asks for.

use std::marker::PhantomData;
use std::ops::Range;

use super::Cuda;
use super::driver::{Argument, Grid, Pointer};
use super::epoch::EpochMemory;
use super::error::CudaError;
use super::kernels::ELEMENTWISE;
use super::passes::Passes;
use super::pool::{MISSING, Memory, present};
use super::program::Program;
use crate::Real;
use crate::device::{Device, DeviceError};
use crate::parameters::Parameters;

/// Values in device memory.
#[derive(Debug)]
pub struct Buffer<T> {
    memory: Option<Memory>,
    len: usize,
    element: PhantomData<T>,
}

impl<T> Default for Buffer<T> {
    fn default() -> Self {
        Buffer { memory: None, len: 0, element: PhantomData }
    }
}

/// A copy within the device. If that fails, the device tells, and no kernel reads the copy.
impl<T> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        let Some(memory) = &self.memory else { return Buffer::default() };
        let copy = memory.pool.attempt(|driver| {
            let copy = Memory::new(&memory.pool, memory.bytes)?;
            // SAFETY: both are there, and of this length.
            unsafe { driver.copy(memory.pointer, copy.pointer, memory.bytes)? };
            Ok(copy)
        });
        Buffer { len: copy.as_ref().map_or(0, |_| self.len), memory: copy, element: PhantomData }
    }
}

/// Values in device memory, to read.
#[derive(Debug)]
pub struct Slice<'a, T> {
    pub(crate) pointer: Pointer,
    pub(crate) len: usize,
    lifetime: PhantomData<&'a [T]>,
}

impl<T> Clone for Slice<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slice<'_, T> {}

/// Values in device memory, to write.
#[derive(Debug)]
pub struct SliceMut<'a, T> {
    pub(crate) pointer: Pointer,
    pub(crate) len: usize,
    lifetime: PhantomData<&'a mut [T]>,
}

impl<T> SliceMut<'_, T> {
    /// The same values, to read.
    pub(crate) fn read(&self) -> Slice<'_, T> {
        Slice { pointer: self.pointer, len: self.len, lifetime: PhantomData }
    }

    /// The same values, for a kernel that reads and writes them.
    pub(crate) fn in_place(&self) -> Argument {
        Argument::array::<T>(self.pointer, 2 * self.len)
    }

    /// A part of the values, to write.
    pub(crate) fn part(&self, range: Range<usize>) -> SliceMut<'_, T> {
        let Slice { pointer, len, lifetime: _ } = self.read().part(range);
        SliceMut { pointer, len, lifetime: PhantomData }
    }

    /// Pieces of these lengths off the front, which together take [`room_for`] them.
    pub(crate) fn cut<const K: usize>(&self, lengths: [usize; K]) -> [SliceMut<'_, T>; K] {
        let mut start = 0;
        lengths.map(|len| {
            let piece = self.part(start..start + len);
            start += room_for(&[len]);
            piece
        })
    }
}

/// The length of memory for pieces of these lengths, each of which begins where libraries like it, as memory of its own
/// would.
pub(crate) fn room_for(lengths: &[usize]) -> usize {
    lengths.iter().map(|len| len.next_multiple_of(64)).sum()
}

impl<T> Slice<'_, T> {
    /// No values, for a kernel that checks its pointer.
    pub(crate) const NONE: Self = Slice { pointer: 0, len: 0, lifetime: PhantomData };

    /// A part of the values; an empty one is [`Slice::NONE`].
    pub(crate) fn part(self, range: Range<usize>) -> Self {
        debug_assert!(range.end <= self.len);
        if range.is_empty() {
            return Slice::NONE;
        }
        let pointer = self.pointer + (range.start * size_of::<T>()) as Pointer;
        Slice { pointer, len: range.len(), lifetime: PhantomData }
    }
}

impl<T> From<Slice<'_, T>> for Argument {
    fn from(slice: Slice<'_, T>) -> Self {
        Argument::array::<T>(slice.pointer, slice.len)
    }
}

impl<T> From<&SliceMut<'_, T>> for Argument {
    fn from(slice: &SliceMut<'_, T>) -> Self {
        Argument::array::<T>(slice.pointer, slice.len)
    }
}

impl Cuda {
    /// [Scratch memory](Self::scratch) for `len` values.
    pub(crate) fn scratch_slice<T>(&self, purpose: &'static str, len: usize) -> SliceMut<'_, T> {
        SliceMut { pointer: self.scratch(purpose, len * size_of::<T>()), len, lifetime: PhantomData }
    }
}

impl<T> Buffer<T> {
    /// Where `len` values are; 0 for none. It holds fewer where memory could not be had.
    fn pointer(&self, len: usize) -> Pointer {
        match &self.memory {
            _ if len == 0 => 0,
            Some(memory) if len <= self.len => memory.pointer,
            _ => MISSING,
        }
    }
}

/// The bytes of numbers as they lie in memory.
pub(crate) fn bytes<T: Number>(values: &[T]) -> &[u8] {
    // SAFETY: numbers have no padding, and any byte may be read.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The same, to write.
pub(crate) fn bytes_mut<T: Number>(values: &mut [T]) -> &mut [u8] {
    // SAFETY: numbers hold every pattern of bits.
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
}

/// Numbers, which device and host hold alike.
///
/// # Safety
/// They have no padding, and every pattern of bits is one.
pub(crate) unsafe trait Number: Copy {}

// SAFETY: `Real` is `f32` and `f64` alone, which no other crate can add to.
unsafe impl<T: Real> Number for T {}
// SAFETY: a primitive number.
unsafe impl Number for i32 {}
// SAFETY: a primitive number.
unsafe impl Number for u32 {}
// SAFETY: a primitive number.
unsafe impl Number for u64 {}

impl Device for Cuda {
    type Buffer<T: Real> = Buffer<T>;
    type Slice<'a, T: Real> = Slice<'a, T>;
    type SliceMut<'a, T: Real> = SliceMut<'a, T>;
    type EpochMemory = EpochMemory;
    type Passes = Passes;

    fn reserve<T: Real>(&self, buffer: &mut Buffer<T>, len: usize) {
        if buffer.len >= len {
            return;
        }
        if let Some(memory) = self.allocate(len * size_of::<T>()) {
            if let Some(old) = &buffer.memory {
                // SAFETY: both are there, and the new one is longer.
                self.attempt(|driver| unsafe { driver.copy(old.pointer, memory.pointer, old.bytes) });
            }
            *buffer = Buffer { memory: Some(memory), len, element: PhantomData };
        }
    }

    fn slice<T: Real>(buffer: &Buffer<T>, len: usize) -> Slice<'_, T> {
        Slice { pointer: buffer.pointer(len), len, lifetime: PhantomData }
    }

    fn slice_mut<T: Real>(buffer: &mut Buffer<T>, len: usize) -> SliceMut<'_, T> {
        SliceMut { pointer: buffer.pointer(len), len, lifetime: PhantomData }
    }

    fn reborrow<'a, 'b: 'a, T: Real>(slice: Slice<'b, T>) -> Slice<'a, T> {
        slice
    }

    fn reborrow_mut<'a, T: Real>(slice: &'a mut SliceMut<'_, T>) -> SliceMut<'a, T> {
        SliceMut { pointer: slice.pointer, len: slice.len, lifetime: PhantomData }
    }

    fn as_slice<'a, T: Real>(slice: &'a SliceMut<'_, T>) -> Slice<'a, T> {
        slice.read()
    }

    fn len<T: Real>(slice: Slice<'_, T>) -> usize {
        slice.len
    }

    fn with_scratch<T: Real, R>(&self, len: usize, then: impl FnOnce(SliceMut<'_, T>) -> R) -> R {
        let bytes = len * size_of::<T>();
        self.with_nested(bytes, |pointer| then(SliceMut { pointer, len, lifetime: PhantomData }))
    }

    fn upload<T: Real>(&self, values: &[T], buffer: &mut Buffer<T>) {
        if values.is_empty() {
            return;
        }
        let to = buffer.pointer(values.len());
        self.attempt(|driver| {
            present([to])?;
            // SAFETY: the buffer holds as many values, or the address would be missing.
            unsafe { driver.upload(bytes(values), to) }
        });
    }

    fn download<T: Real>(&self, buffer: &Buffer<T>, values: &mut [T]) -> Result<(), DeviceError> {
        // After a failure nobody shall take old values for new ones.
        self.status()?;
        if values.is_empty() {
            return Ok(());
        }
        let from = buffer.pointer(values.len());
        present([from])?;
        // SAFETY: the buffer holds as many values, or the address would be missing.
        unsafe { self.shared.pool.driver().download(from, bytes_mut(values))? };
        Ok(())
    }

    fn borrow<'a, T: Real>(&self, values: &'a [T], buffer: &'a mut Buffer<T>) -> Slice<'a, T> {
        self.keep(values, buffer)
    }

    fn keep<'a, T: Real>(&self, values: &[T], buffer: &'a mut Buffer<T>) -> Slice<'a, T> {
        self.reserve(buffer, values.len());
        if !self.gather(Self::slice_mut(buffer, values.len()).pointer, size_of_val(values)) {
            self.upload(values, buffer);
        }
        Self::slice(buffer, values.len())
    }

    fn keep_numbers<'a, T: Real>(&self, numbers: &[i32], buffer: &'a mut Buffer<T>) -> Slice<'a, T> {
        self.reserve(buffer, numbers.len());
        let len = numbers.len();
        let values = Self::slice_mut(buffer, len);
        let numbers = self.numbers(numbers.iter().copied(), len);
        let arguments = [Argument::array::<i32>(numbers, len), (&values).into(), (len as u64).into()];
        self.launch(&Program::new::<T>(&ELEMENTWISE), "from_numbers", Grid::over(len), &arguments);
        Self::slice(buffer, len)
    }

    fn begin_pass<T: Real>(
        &self,
        passes: &mut Passes,
        parameters: &impl Parameters<T, Self>,
        outputs: &[Slice<'_, T>],
        sizes: [usize; 2],
    ) {
        passes.begin(self.step_cell(), parameters, outputs, sizes);
    }

    fn repeat_pass(&self, passes: &mut Passes, pass: impl FnMut()) {
        self.compute_or_replay(passes, pass);
    }

    fn status(&self) -> Result<(), DeviceError> {
        Ok(Cuda::status(self)?)
    }

    fn postpone(&self, error: DeviceError) {
        if let Some(error) = error.downcast_ref::<CudaError>() {
            self.fail(error.clone());
        }
    }

    fn add<T: Real>(&self, term: Slice<'_, T>, sum: SliceMut<'_, T>) {
        let arguments = [term.into(), sum.in_place(), (sum.len as u64).into()];
        self.launch(&Program::new::<T>(&ELEMENTWISE), "add", Grid::over(sum.len), &arguments);
    }
}
