//! What a trainer keeps on the device between epochs: its data set, or the part of it that comes next, and the steps that
//! it recorded.

use std::collections::HashMap;
use std::ops::Range;

use super::Cuda;
use super::driver::{Argument, Pointer};
use super::feed::Resident;
use super::memory::{bytes, bytes_mut};
use super::pool::{MISSING, Memory, present};
use super::recording::Recording;
use crate::Real;
use crate::data::{Element, gather};

/// Parts of a data set that is too large for the device come alternately into two places: one is filled while the steps
/// of the other are done.
const PLACES: usize = 2;

/// What a trainer keeps on the device between epochs.
#[derive(Debug, Default)]
pub struct EpochMemory {
    /// Whose they are.
    owner: Vec<Argument>,
    data: Option<Data>,
    order: Option<Memory>,
    losses: Option<Memory>,
    /// Recorded steps by their size and the place of their data; `None` for one that was seen once.
    pub(crate) recordings: HashMap<(usize, usize), Option<Recording>>,
}

/// A data set on the device.
#[derive(Debug)]
struct Data {
    /// Its number, and that of the examples of a minibatch.
    id: (u64, usize),
    /// Examples of a part; all of them if there is room.
    part: usize,
    /// Bytes of an example of inputs and targets.
    rows: [usize; 2],
    /// Inputs and targets of each part that is there.
    places: Vec<[Memory; 2]>,
    /// Targets as the device takes them, where they are not all there.
    targets: Vec<u8>,
}

/// A data set of the host.
#[derive(Clone, Copy)]
pub(crate) struct HostData<'a, T, U> {
    /// A number that no other has.
    pub id: u64,
    pub inputs: &'a [T],
    pub targets: &'a [U],
    pub examples: usize,
    pub batch_size: usize,
}

impl EpochMemory {
    /// Forgets all unless it is of this owner: what its steps name in device memory.
    pub(crate) fn keep_for(&mut self, owner: Vec<Argument>) {
        if self.owner != owner {
            *self = EpochMemory { owner, ..EpochMemory::default() };
        }
    }

    /// Makes room for a data set, and copies it to the device if there is enough; returns the examples of a part.
    pub(crate) fn load<T: Real, U: Element>(&mut self, device: &Cuda, host: HostData<'_, T, U>) -> usize {
        let id = (host.id, host.batch_size);
        if let Some(data) = self.data.as_ref().filter(|data| data.id == id) {
            return data.part;
        }
        // First the old one goes, so that there need not be room for both.
        self.data = None;
        let targets = if U::IS_WHOLE {
            bytes(&host.targets.iter().map(|target| target.whole()).collect::<Vec<i32>>()).to_vec()
        } else {
            bytes(&host.targets.iter().map(|target| T::of(target.real())).collect::<Vec<T>>()).to_vec()
        };
        let inputs = bytes(host.inputs);
        let rows = [inputs.len(), targets.len()].map(|len| len / host.examples.max(1));
        let room = device.room_for_data();
        let fits = inputs.len() + targets.len() <= room;
        let batches = room / (PLACES * (rows[0] + rows[1]).max(1) * host.batch_size);
        let part = if fits { host.examples } else { batches.max(1) * host.batch_size };
        let place = || Some([device.allocate(part * rows[0])?, device.allocate(part * rows[1])?]);
        let places: Option<Vec<_>> = (0..if fits { 1 } else { PLACES }).map(|_| place()).collect();
        let Some(places) = places else { return part };
        if fits {
            for (memory, values) in places[0].iter().zip([inputs, &targets]) {
                // SAFETY: the memory was allocated for as many values.
                device.attempt(|driver| unsafe { driver.upload(values, memory.pointer) });
            }
        }
        if !fits {
            // New memory is set to zero by the stream of steps: nothing is sent there before.
            let mut numbers = 0..2 * PLACES;
            device.attempt(|driver| numbers.try_for_each(|number| driver.release(number)));
        }
        let targets = if fits { Vec::new() } else { targets };
        self.data = Some(Data { id, part, rows, places, targets });
        part
    }

    /// Begins an epoch of so many minibatches, in this order of examples.
    pub(crate) fn begin(&mut self, device: &Cuda, order: &[u32], minibatches: usize) {
        let losses = reserve(device, &mut self.losses, minibatches * size_of::<f64>());
        let Some(data) = &self.data else { return };
        // Parts come in the order of the epoch.
        let in_order: Vec<u32>;
        let order = if data.places.len() == 1 {
            order
        } else {
            in_order = (0..data.part as u32).collect();
            &in_order
        };
        let place = reserve(device, &mut self.order, size_of_val(order));
        device.attempt(|driver| {
            present([place])?;
            // SAFETY: the memory was reserved for as many numbers.
            unsafe { driver.upload(bytes(order), place) }
        });
        device.begin_feed(place, losses);
    }

    /// Sends the examples of a part, unless all are there.
    pub(crate) fn send<T: Real>(&self, device: &Cuda, part: usize, inputs: &[T], order: &[u32]) {
        let Some(data) = self.data.as_ref().filter(|data| data.places.len() > 1) else { return };
        let Some(examples) = examples(order.len(), data.part, part) else { return };
        let place = part % PLACES;
        for (array, values) in [bytes(inputs), &data.targets].into_iter().enumerate() {
            let row = data.rows[array];
            let mut fill = |staging: &mut [u8]| gather(values, row, &order[examples.clone()], staging);
            let (len, to) = (examples.len() * row, data.places[place][array].pointer);
            // SAFETY: the place holds a part, which has no fewer examples.
            device.attempt(|driver| unsafe { driver.send(place * 2 + array, len, to, &mut fill) });
        }
    }

    /// From now on steps read this part; returns the place where it is.
    pub(crate) fn feed(&self, device: &Cuda, part: usize) -> usize {
        let Some(data) = &self.data else { return 0 };
        let place = part % data.places.len();
        if data.places.len() > 1 {
            device.attempt(|driver| (0..2).try_for_each(|array| driver.receive(place * 2 + array)));
        }
        let arrays = data.places[place].iter().zip(data.rows);
        let resident = arrays.map(|(memory, row)| Resident { pointer: memory.pointer, row });
        device.feed_part(resident.collect());
        place
    }

    /// No further step reads this part: once they are done, the next one may take its place.
    pub(crate) fn release(&self, device: &Cuda, part: usize) {
        if let Some(data) = self.data.as_ref().filter(|data| data.places.len() > 1) {
            let place = part % data.places.len();
            device.attempt(|driver| (0..2).try_for_each(|array| driver.release(place * 2 + array)));
        }
    }

    /// Ends the epoch, and gives the losses of its minibatches.
    pub(crate) fn end(&self, device: &Cuda, minibatches: usize) -> Vec<f64> {
        device.end_feed();
        let mut losses = vec![f64::NAN; minibatches];
        if let Some(memory) = &self.losses {
            // SAFETY: the memory was reserved for the losses of as many minibatches when the epoch began.
            device.attempt(|driver| unsafe { driver.download(memory.pointer, bytes_mut(&mut losses)) });
        }
        losses
    }
}

/// The places of a part's examples in the order of the epoch; `None` after the last.
fn examples(all: usize, part: usize, number: usize) -> Option<Range<usize>> {
    let start = number * part;
    (start < all).then(|| start..all.min(start + part))
}

/// Memory of at least so many bytes.
fn reserve(device: &Cuda, memory: &mut Option<Memory>, bytes: usize) -> Pointer {
    if memory.as_ref().is_none_or(|memory| memory.bytes < bytes) {
        *memory = None;
        *memory = device.allocate(bytes);
    }
    memory.as_ref().map_or(MISSING, |memory| memory.pointer)
}
