//! Pinned memory of the host, from which the device copies while the host goes on: either in the order of its other work, or
//! beside it, by a stream of its own, with events that tell either stream how far the other one is.

use std::ffi::c_void;

use cudarc::driver::sys as cuda;

use super::super::driver::Pointer;
use super::super::error::CudaError;
use super::owned::owned;
use super::{Stream, call, check, stream};

/// The most bytes that are uploaded in one piece.
const PIECE: usize = 4 << 20;

/// Places that are filled and sent.
#[derive(Debug)]
pub(super) struct Staging {
    places: Vec<Place>,
    /// Of what is sent in the order of the device's other work, in turns.
    uploads: [Pinned; 2],
    next: usize,
    stream: Stream,
}

owned! {
    Event(cuda::CUevent): cuda::cuEventDestroy_v2;
    HostMemory(*mut c_void): cuda::cuMemFreeHost;
}

/// Memory from which the device copies.
#[derive(Debug)]
struct Pinned {
    host: Option<HostMemory>,
    bytes: usize,
    /// What was sent last has arrived.
    sent: Event,
}

/// One place.
#[derive(Debug)]
struct Place {
    pinned: Pinned,
    /// What it was copied to may be written again.
    released: Event,
}

fn event() -> Result<Event, CudaError> {
    let mut event = std::ptr::null_mut();
    let flags = cuda::CUevent_flags_enum::CU_EVENT_DISABLE_TIMING as u32;
    call!(cuEventCreate(&mut event, flags)).map(|()| Event(event))
}

impl Pinned {
    /// No memory yet.
    fn new() -> Result<Self, CudaError> {
        Ok(Pinned { host: None, bytes: 0, sent: event()? })
    }

    /// Memory of so many bytes, once what it held before has been sent.
    fn bytes(&mut self, bytes: usize) -> Result<&mut [u8], CudaError> {
        // An event that was never recorded counts as past.
        call!(cuEventSynchronize(self.sent.0))?;
        if self.bytes < bytes {
            (self.host, self.bytes) = (None, 0);
            let mut host = std::ptr::null_mut();
            call!(cuMemHostAlloc(&mut host, bytes, 0))?;
            // SAFETY: memory of this length, which the driver just gave. Zeros, so that it holds bytes at all.
            unsafe { std::ptr::write_bytes(host.cast::<u8>(), 0, bytes) };
            (self.host, self.bytes) = (Some(HostMemory(host)), bytes);
        }
        let Some(HostMemory(host)) = self.host else { return Ok(&mut []) };
        // SAFETY: memory of at least this length, initialized above, which the device does not read any more.
        Ok(unsafe { std::slice::from_raw_parts_mut(host.cast(), bytes) })
    }

    /// Copies so many of its bytes to the device, once the work of `stream` so far is done.
    fn send(&self, bytes: usize, to: Pointer, stream: cuda::CUstream) -> Result<(), CudaError> {
        if let Some(HostMemory(host)) = self.host {
            call!(cuMemcpyHtoDAsync_v2(to, host, bytes, stream))?;
        }
        call!(cuEventRecord(self.sent.0, stream))
    }
}

impl Staging {
    /// No places yet.
    pub fn new() -> Result<Self, CudaError> {
        Ok(Staging {
            places: Vec::new(),
            uploads: [Pinned::new()?, Pinned::new()?],
            next: 0,
            stream: stream()?,
        })
    }

    /// Copies to the device, once the work of `stream` so far is done; `values` may change afterwards. From memory that is not
    /// pinned the driver promises that for copies outside of streams alone.
    pub fn upload(&mut self, values: &[u8], to: Pointer, stream: cuda::CUstream) -> Result<(), CudaError> {
        for (to, piece) in (to..).step_by(PIECE).zip(values.chunks(PIECE)) {
            let pinned = &mut self.uploads[self.next];
            self.next = 1 - self.next;
            pinned.bytes(piece.len())?.copy_from_slice(piece);
            pinned.send(piece.len(), to, stream)?;
        }
        Ok(())
    }

    fn place(&mut self, number: usize) -> Result<&mut Place, CudaError> {
        while self.places.len() <= number {
            let place = Place { pinned: Pinned::new()?, released: event()? };
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
        fill(place.pinned.bytes(bytes)?);
        call!(cuStreamWaitEvent(stream, place.released.0, 0))?;
        place.pinned.send(bytes, to, stream)
    }

    /// See [`Driver::receive`](super::super::driver::Driver::receive).
    pub fn receive(&mut self, number: usize, stream: cuda::CUstream) -> Result<(), CudaError> {
        let sent = &self.place(number)?.pinned.sent;
        call!(cuStreamWaitEvent(stream, sent.0, 0))
    }

    /// See [`Driver::release`](super::super::driver::Driver::release).
    pub fn release(&mut self, number: usize, stream: cuda::CUstream) -> Result<(), CudaError> {
        let released = &self.place(number)?.released;
        call!(cuEventRecord(released.0, stream))
    }
}

impl Drop for Staging {
    /// What was sent beside other work arrives before its memory is given back; other work is done by then.
    fn drop(&mut self) {
        let _ = call!(cuStreamSynchronize(self.stream.0));
    }
}
