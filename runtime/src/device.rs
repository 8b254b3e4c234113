//! Where a network's numbers live and its layers compute.

use std::error::Error;
use std::fmt::{self, Debug};
use std::sync::Arc;

use aligned_vec::AVec;
use ndarray::{Array, Dimension};

use crate::parameters::Parameters;
use crate::{Precision, Real};

/// A place to compute: it owns buffers, and layers have an implementation of
/// [`Compute`](crate::layer::Compute) for it.
///
/// The trait is about memory alone. Arithmetic belongs to the layers, so that each device can fuse in its own
/// way.
pub trait Device: Clone + Debug + Send + Sync + 'static {
    /// Memory on this device that can grow and is kept between steps.
    type Buffer<T: Real>: Clone + Debug + Default + Send + Sync;
    /// The values of a buffer, to read.
    type Slice<'a, T: Real>: Copy;
    /// The values of a buffer, to write.
    type SliceMut<'a, T: Real>;
    /// What a [`Trainer`](crate::train::Trainer) keeps between epochs.
    type EpochMemory: Debug + Default + Send;
    /// What an [`Inference`](crate::Inference) keeps between passes.
    type Passes: Debug + Default + Send;

    /// Makes `buffer` hold at least `len` values. It is never made smaller, so a step of a known size allocates
    /// nothing. New values are zero.
    fn reserve<T: Real>(&self, buffer: &mut Self::Buffer<T>, len: usize);

    /// The first `len` values, to read.
    fn slice<T: Real>(buffer: &Self::Buffer<T>, len: usize) -> Self::Slice<'_, T>;

    /// The first `len` values, to write.
    fn slice_mut<T: Real>(buffer: &mut Self::Buffer<T>, len: usize) -> Self::SliceMut<'_, T>;

    /// The same values for a shorter time: of a type that is not known the compiler does not see that this may be.
    fn reborrow<'a, 'b: 'a, T: Real>(slice: Self::Slice<'b, T>) -> Self::Slice<'a, T>;

    /// The same values for a shorter time, to write.
    fn reborrow_mut<'a, T: Real>(slice: &'a mut Self::SliceMut<'_, T>) -> Self::SliceMut<'a, T>;

    /// Reads what is written through `slice`.
    fn as_slice<'a, T: Real>(slice: &'a Self::SliceMut<'_, T>) -> Self::Slice<'a, T>;

    /// How many values these are.
    fn len<T: Real>(slice: Self::Slice<'_, T>) -> usize;

    /// Calls `then` with `len` values of no particular content, which are there for the time of the call; calls may nest.
    fn with_scratch<T: Real, R>(&self, len: usize, then: impl FnOnce(Self::SliceMut<'_, T>) -> R) -> R;

    /// Copies values from the host into the front of a buffer.
    fn upload<T: Real>(&self, values: &[T], buffer: &mut Self::Buffer<T>);

    /// Copies the front of a buffer to the host.
    ///
    /// # Errors
    /// If something that was asked for before could not be done, or this cannot; `values` then hold anything.
    fn download<T: Real>(&self, buffer: &Self::Buffer<T>, values: &mut [T]) -> Result<(), DeviceError>;

    /// The first `len` values of a buffer where they are the host's own, so that no copy is needed to read them.
    fn on_host<T: Real>(buffer: &Self::Buffer<T>, len: usize) -> Option<&[T]> {
        let _ = (buffer, len);
        None
    }

    /// The same, to write.
    fn on_host_mut<T: Real>(buffer: &mut Self::Buffer<T>, len: usize) -> Option<&mut [T]> {
        let _ = (buffer, len);
        None
    }

    /// Values of the host as this device reads them: in place, or copied into `buffer`.
    fn borrow<'a, T: Real>(&self, values: &'a [T], buffer: &'a mut Self::Buffer<T>) -> Self::Slice<'a, T>;

    /// The same, always copied, so that a later pass finds them in `buffer`.
    fn keep<'a, T: Real>(&self, values: &[T], buffer: &'a mut Self::Buffer<T>) -> Self::Slice<'a, T> {
        self.reserve(buffer, values.len());
        self.upload(values, buffer);
        Self::slice(buffer, values.len())
    }

    /// Writes whole numbers of the host into `buffer` as values of `T`, which holds those below 2^24 exactly.
    fn keep_numbers<'a, T: Real>(
        &self,
        numbers: &[i32],
        buffer: &'a mut Self::Buffer<T>,
    ) -> Self::Slice<'a, T>;

    /// Whether all that this thread has asked for since it was last told of a failure could be done.
    ///
    /// # Errors
    /// What went wrong first since then, if anything did.
    fn status(&self) -> Result<(), DeviceError> {
        Ok(())
    }

    /// Leaves an error whose caller could not return it to the next call that can.
    fn postpone(&self, error: DeviceError) {
        let _ = error;
    }

    /// Says what the next pass of an inference reads and writes beside memory of the inference's own, and the sizes of its
    /// batch: where they are those of the pass before, and all memory is where it was, it asks for the same.
    #[inline]
    fn begin_pass<T: Real>(
        &self,
        passes: &mut Self::Passes,
        parameters: &impl Parameters<T, Self>,
        outputs: &[Self::Slice<'_, T>],
        sizes: [usize; 2],
    ) {
        let _ = (passes, parameters, outputs, sizes);
    }

    /// Does that pass, which the device may record for the next time.
    #[inline]
    fn repeat_pass(&self, passes: &mut Self::Passes, mut pass: impl FnMut()) {
        let _ = passes;
        pass();
    }

    /// `sum += term`, elementwise: where a value is read twice, its gradients add up.
    fn add<T: Real>(&self, term: Self::Slice<'_, T>, sum: Self::SliceMut<'_, T>);
}

/// What a device could not do, in its own words. Which error of the device it is tells
/// [`downcast_ref`](Self::downcast_ref): `error.downcast_ref::<CudaError>()`.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct DeviceError(Arc<dyn Error + Send + Sync>);

impl DeviceError {
    /// From a device's own error.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        DeviceError(Arc::new(error))
    }

    /// The device's own error, if it is of this type.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }
}

/// Equal in words.
impl PartialEq for DeviceError {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_string() == other.0.to_string()
    }
}

impl Eq for DeviceError {}

/// The front of a buffer, in an array of its shape; NaN if the device cannot give it, which it then tells the next to ask.
pub(crate) fn download_or_nan<T: Real, D: Device, R: Dimension>(
    device: &D,
    buffer: &D::Buffer<T>,
    mut array: Array<T, R>,
) -> Array<T, R> {
    if let Err(error) = device.download(buffer, array.as_slice_mut().expect("a new array is contiguous")) {
        device.postpone(error);
        array.fill(T::nan());
    }
    array
}

/// The processor, on as many threads as the current `rayon` pool has.
///
/// To choose their number, build a pool and run inside it: `pool.install(|| ...)`. The results do not depend on
/// it. Part of the loops run on helper threads of the library's own, which stay awake for 0.3 ms after each and then
/// sleep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    precision: Precision,
}

impl Cpu {
    /// The processor, with products in this precision; `Cpu::default()` has [`Precision::F32`].
    pub const fn with_precision(precision: Precision) -> Self {
        Cpu { precision }
    }

    /// What products are computed in.
    pub const fn precision(self) -> Precision {
        self.precision
    }
}

impl Device for Cpu {
    type Buffer<T: Real> = Buffer<T>;
    type Slice<'a, T: Real> = &'a [T];
    type SliceMut<'a, T: Real> = &'a mut [T];
    type EpochMemory = ();
    type Passes = ();

    fn reserve<T: Real>(&self, buffer: &mut Buffer<T>, len: usize) {
        if buffer.0.len() < len {
            buffer.0.resize(len, T::zero());
        }
    }

    #[inline]
    fn slice<T: Real>(buffer: &Buffer<T>, len: usize) -> &[T] {
        &buffer.0[..len]
    }

    #[inline]
    fn slice_mut<T: Real>(buffer: &mut Buffer<T>, len: usize) -> &mut [T] {
        &mut buffer.0[..len]
    }

    #[inline]
    fn reborrow<'a, 'b: 'a, T: Real>(slice: &'b [T]) -> &'a [T] {
        slice
    }

    #[inline]
    fn reborrow_mut<'a, T: Real>(slice: &'a mut &mut [T]) -> &'a mut [T] {
        slice
    }

    #[inline]
    fn as_slice<'a, T: Real>(slice: &'a &mut [T]) -> &'a [T] {
        slice
    }

    fn len<T: Real>(slice: &[T]) -> usize {
        slice.len()
    }

    fn with_scratch<T: Real, R>(&self, len: usize, then: impl FnOnce(&mut [T]) -> R) -> R {
        crate::cpu::scratch::with(len, then)
    }

    fn upload<T: Real>(&self, values: &[T], buffer: &mut Buffer<T>) {
        buffer.0[..values.len()].copy_from_slice(values);
    }

    fn download<T: Real>(&self, buffer: &Buffer<T>, values: &mut [T]) -> Result<(), DeviceError> {
        values.copy_from_slice(&buffer.0[..values.len()]);
        Ok(())
    }

    fn on_host<T: Real>(buffer: &Buffer<T>, len: usize) -> Option<&[T]> {
        Some(Self::slice(buffer, len))
    }

    fn on_host_mut<T: Real>(buffer: &mut Buffer<T>, len: usize) -> Option<&mut [T]> {
        Some(Self::slice_mut(buffer, len))
    }

    fn borrow<'a, T: Real>(&self, values: &'a [T], _: &'a mut Buffer<T>) -> &'a [T] {
        values
    }

    fn keep_numbers<'a, T: Real>(&self, numbers: &[i32], buffer: &'a mut Buffer<T>) -> &'a [T] {
        self.reserve(buffer, numbers.len());
        let values = Self::slice_mut(buffer, numbers.len());
        values.iter_mut().zip(numbers).for_each(|(value, &number)| *value = T::of(number.into()));
        values
    }

    fn add<T: Real>(&self, term: &[T], sum: &mut [T]) {
        crate::cpu::map::add(term, sum);
    }
}

/// Values on the processor, aligned to cache lines.
#[derive(Clone)]
pub struct Buffer<T>(AVec<T>);

/// The first few of them: a network has millions.
impl<T: Debug> Debug for Buffer<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        let mut list = formatter.debug_list();
        list.entries(self.0.iter().take(SHOWN));
        match self.0.len() {
            0..=SHOWN => list.finish(),
            len => list.entry(&format_args!(".. of {len}")).finish(),
        }
    }
}

impl<T> Default for Buffer<T> {
    fn default() -> Self {
        Buffer(AVec::new(64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_network_shows_of_its_values_is_short() {
        let mut buffer = Buffer::default();
        assert_eq!(format!("{buffer:?}"), "[]");
        Cpu::default().reserve::<f32>(&mut buffer, 3);
        assert_eq!(format!("{buffer:?}"), "[0.0, 0.0, 0.0]");
        Cpu::default().reserve(&mut buffer, 1_000_000);
        assert_eq!(format!("{buffer:?}"), "[0.0, 0.0, 0.0, .. of 1000000]");
    }
}
