//! Pinned memory of the host, from which the device copies while it computes: a stream of its own, and events that tell
//! either stream how far the other one is.

use std::ffi::c_void;

use cudarc::driver::sys as cuda;

use super::super::driver::Pointer;
use super::super::error::CudaError;
use super::owned::owned;
use super::{Stream, call, check, stream};

/// Places that are filled and sent.
#[derive(Debug)]
pub(super) struct Staging {
    places: Vec<Place>,
    stream: Stream,
}

owned! {
    Event(cuda::CUevent): cuda::cuEventDestroy_v2;
    Pinned(*mut c_void): cuda::cuMemFreeHost;
}

/// One place.
#[derive(Debug)]
struct Place {
    host: Option<Pinned>,
    bytes: usize,
    /// What was sent last has arrived.
    sent: Event,
    /// What it was copied to may be written again.
    released: Event,
}

fn event() -> Result<Event, CudaError> {
    let mut event = std::ptr::null_mut();
    let flags = cuda::CUevent_flags_enum::CU_EVENT_DISABLE_TIMING as u32;
    call!(cuEventCreate(&mut event, flags)).map(|()| Event(event))
}

impl Staging {
    /// No places yet.
    pub fn new() -> Result<Self, CudaError> {
        Ok(Staging { places: Vec::new(), stream: stream()? })
    }

    fn place(&mut self, number: usize) -> Result<&mut Place, CudaError> {
        while self.places.len() <= number {
            let place = Place { host: None, bytes: 0, sent: event()?, released: event()? };
            self.places.push(place);
        }
        Ok(&mut self.places[number])
    }

    /// See [`Driver::send`](super::super::driver::Driver::send).
    pub fn send(
        &mut self,
        number: usize,
        bytes: usize,
        to: Pointer,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), CudaError> {
        let stream = self.stream.0;
        let place = self.place(number)?;
        // An event that was never recorded counts as past.
        call!(cuEventSynchronize(place.sent.0))?;
        if place.bytes < bytes {
            (place.host, place.bytes) = (None, 0);
            let mut host = std::ptr::null_mut();
            call!(cuMemHostAlloc(&mut host, bytes, 0))?;
            // SAFETY: memory of this length, which the driver just gave. Zeros, so that it holds bytes at all.
            unsafe { std::ptr::write_bytes(host.cast::<u8>(), 0, bytes) };
            (place.host, place.bytes) = (Some(Pinned(host)), bytes);
        }
        call!(cuStreamWaitEvent(stream, place.released.0, 0))?;
        if let Some(Pinned(host)) = place.host {
            // SAFETY: memory of at least this length, initialized above, which the device does not read any more.
            fill(unsafe { std::slice::from_raw_parts_mut(host.cast(), bytes) });
            call!(cuMemcpyHtoDAsync_v2(to, host, bytes, stream))?;
        }
        call!(cuEventRecord(place.sent.0, stream))
    }

    /// See [`Driver::receive`](super::super::driver::Driver::receive).
    pub fn receive(&mut self, number: usize, stream: cuda::CUstream) -> Result<(), CudaError> {
        let sent = &self.place(number)?.sent;
        call!(cuStreamWaitEvent(stream, sent.0, 0))
    }

    /// See [`Driver::release`](super::super::driver::Driver::release).
    pub fn release(&mut self, number: usize, stream: cuda::CUstream) -> Result<(), CudaError> {
        let released = &self.place(number)?.released;
        call!(cuEventRecord(released.0, stream))
    }
}

impl Drop for Staging {
    /// What was sent arrives before its memory is given back.
    fn drop(&mut self) {
        let _ = call!(cuStreamSynchronize(self.stream.0));
    }
}
