//! Pinned memory of the host, from which and to which the device copies while the host goes on: either in the order of its other
//! work, or beside it, by a stream of its own, with events that tell either stream how far the other one is.

use std::ffi::c_void;

use cudarc::driver::sys as cuda;

use super::super::driver::Pointer;
use super::super::error::CudaError;
use super::owned::owned;
use super::{Stream, call, check, lanes, stream};

/// Places that are filled and sent.
#[derive(Debug)]
pub(super) struct Staging {
    places: Vec<Place>,
    /// Of what is copied in the order of the device's other work: for each thread that does, a pair, in turns.
    lanes: Vec<[Pinned; 2]>,
    stream: Stream,
}

owned! {
    Event(cuda::CUevent): cuda::cuEventDestroy_v2;
    HostMemory(*mut c_void): cuda::cuMemFreeHost;
}

/// Memory from which and to which the device copies.
#[derive(Debug)]
struct Pinned {
    host: Option<HostMemory>,
    bytes: usize,
    /// What was copied last has arrived.
    copied: Event,
}

// SAFETY: the driver's handles may be used on any thread whose context is theirs, and by one at a time, as methods that begin
// a copy are called through `&mut`.
unsafe impl Send for Pinned {}

/// Memory of the device, and the stream in whose order it is copied, with the context that a thread must have to use it.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub device: Pointer,
    pub stream: cuda::CUstream,
    pub context: cuda::CUcontext,
}

// SAFETY: handles and an address, which any thread may use.
unsafe impl Send for Link {}
// SAFETY: as above.
unsafe impl Sync for Link {}

impl lanes::Staged for Pinned {
    type Link = Link;

    fn bytes(&mut self, link: Link, bytes: usize) -> Result<&mut [u8], CudaError> {
        call!(cuCtxSetCurrent(link.context))?;
        self.room(bytes)
    }

    fn send(&mut self, link: Link, bytes: usize, place: usize) -> Result<(), CudaError> {
        self.copy_to(bytes, link.device + place as Pointer, link.stream)
    }

    fn fetch(&mut self, link: Link, bytes: usize, place: usize) -> Result<(), CudaError> {
        self.bytes(link, bytes)?;
        self.copy_from(bytes, link.device + place as Pointer, link.stream)
    }
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
        Ok(Pinned { host: None, bytes: 0, copied: event()? })
    }

    /// Memory of so many bytes, once what was copied last has arrived.
    fn room(&mut self, bytes: usize) -> Result<&mut [u8], CudaError> {
        // An event that was never recorded counts as past.
        call!(cuEventSynchronize(self.copied.0))?;
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
    fn copy_to(&self, bytes: usize, to: Pointer, stream: cuda::CUstream) -> Result<(), CudaError> {
        if let Some(HostMemory(host)) = self.host {
            call!(cuMemcpyHtoDAsync_v2(to, host, bytes, stream))?;
        }
        call!(cuEventRecord(self.copied.0, stream))
    }

    /// Copies so many bytes from the device, once the work of `stream` so far is done. It has room for them.
    fn copy_from(&self, bytes: usize, from: Pointer, stream: cuda::CUstream) -> Result<(), CudaError> {
        if let Some(HostMemory(host)) = self.host {
            call!(cuMemcpyDtoHAsync_v2(host, from, bytes, stream))?;
        }
        call!(cuEventRecord(self.copied.0, stream))
    }
}

impl Staging {
    /// No places yet.
    pub fn new() -> Result<Self, CudaError> {
        Ok(Staging { places: Vec::new(), lanes: Vec::new(), stream: stream()? })
    }

    /// Pinned memory for copies of so many bytes.
    fn lanes(&mut self, bytes: usize) -> Result<&mut [[Pinned; 2]], CudaError> {
        let count = lanes::lanes(bytes);
        while self.lanes.len() < count {
            self.lanes.push([Pinned::new()?, Pinned::new()?]);
        }
        Ok(&mut self.lanes[..count])
    }

    /// Copies to the device, once the work of the link's stream so far is done; `values` may change afterwards. From memory
    /// that is not pinned the driver promises that for copies outside of streams alone.
    pub fn upload(&mut self, values: &[u8], to: Link) -> Result<(), CudaError> {
        lanes::upload(values, to, self.lanes(values.len())?)
    }

    /// Copies to the host, once the work of the link's stream so far is done.
    pub fn download(&mut self, from: Link, values: &mut [u8]) -> Result<(), CudaError> {
        let pinned = self.lanes(values.len())?;
        lanes::download(values, from, pinned)
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
        fill(place.pinned.room(bytes)?);
        call!(cuStreamWaitEvent(stream, place.released.0, 0))?;
        place.pinned.copy_to(bytes, to, stream)
    }

    /// See [`Driver::receive`](super::super::driver::Driver::receive).
    pub fn receive(&mut self, number: usize, stream: cuda::CUstream) -> Result<(), CudaError> {
        let copied = &self.place(number)?.pinned.copied;
        call!(cuStreamWaitEvent(stream, copied.0, 0))
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
