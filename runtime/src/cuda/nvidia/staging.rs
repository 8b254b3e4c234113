//! Pinned memory of the host, from which the device copies while it computes: a stream of its own, and events that tell
//! either stream how far the other one is.

use cudarc::driver::sys::{self as cuda};

use super::super::driver::Pointer;
use super::super::error::CudaError;
use super::{call, check};

/// Places that are filled and sent.
#[derive(Debug)]
pub(super) struct Staging {
    stream: cuda::CUstream,
    places: Vec<Place>,
}

/// One place.
#[derive(Debug)]
struct Place {
    host: *mut u8,
    bytes: usize,
    /// What was sent last has arrived.
    sent: cuda::CUevent,
    /// What it was copied to may be written again.
    released: cuda::CUevent,
}

fn event() -> Result<cuda::CUevent, CudaError> {
    let mut event = std::ptr::null_mut();
    let flags = cuda::CUevent_flags_enum::CU_EVENT_DISABLE_TIMING as u32;
    call!(cuEventCreate(&mut event, flags)).map(|()| event)
}

impl Staging {
    /// No places yet.
    pub fn new() -> Result<Self, CudaError> {
        let mut stream = std::ptr::null_mut();
        call!(cuStreamCreate(&mut stream, cuda::CUstream_flags_enum::CU_STREAM_NON_BLOCKING as u32))?;
        Ok(Staging { stream, places: Vec::new() })
    }

    fn place(&mut self, number: usize) -> Result<&mut Place, CudaError> {
        while self.places.len() <= number {
            let place = Place { host: std::ptr::null_mut(), bytes: 0, sent: event()?, released: event()? };
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
        let stream = self.stream;
        let place = self.place(number)?;
        // An event that was never recorded counts as past.
        call!(cuEventSynchronize(place.sent))?;
        if place.bytes < bytes {
            if !place.host.is_null() {
                call!(cuMemFreeHost(place.host.cast()))?;
                (place.host, place.bytes) = (std::ptr::null_mut(), 0);
            }
            let mut host = std::ptr::null_mut();
            call!(cuMemHostAlloc(&mut host, bytes, 0))?;
            // SAFETY: memory of this length, which the driver just gave. Zeros, so that it holds bytes at all.
            unsafe { std::ptr::write_bytes(host.cast::<u8>(), 0, bytes) };
            (place.host, place.bytes) = (host.cast(), bytes);
        }
        if bytes > 0 {
            // SAFETY: memory of at least this length, initialized above, which the device does not read any more.
            fill(unsafe { std::slice::from_raw_parts_mut(place.host, bytes) });
        }
        call!(cuStreamWaitEvent(stream, place.released, 0))?;
        call!(cuMemcpyHtoDAsync_v2(to, place.host.cast(), bytes, stream))?;
        call!(cuEventRecord(place.sent, stream))
    }

    /// See [`Driver::receive`](super::super::driver::Driver::receive).
    pub fn receive(&mut self, number: usize, stream: cuda::CUstream) -> Result<(), CudaError> {
        let sent = self.place(number)?.sent;
        call!(cuStreamWaitEvent(stream, sent, 0))
    }

    /// See [`Driver::release`](super::super::driver::Driver::release).
    pub fn release(&mut self, number: usize, stream: cuda::CUstream) -> Result<(), CudaError> {
        let released = self.place(number)?.released;
        call!(cuEventRecord(released, stream))
    }

    /// Gives all back, once what was sent has arrived.
    pub fn free(&mut self) -> Result<(), CudaError> {
        call!(cuStreamSynchronize(self.stream))?;
        for Place { host, sent, released, .. } in self.places.drain(..) {
            if !host.is_null() {
                call!(cuMemFreeHost(host.cast()))?;
            }
            call!(cuEventDestroy_v2(sent))?;
            call!(cuEventDestroy_v2(released))?;
        }
        call!(cuStreamDestroy_v2(self.stream))
    }
}
