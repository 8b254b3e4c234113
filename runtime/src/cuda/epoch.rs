//! What a trainer keeps on the device between epochs: its data set and the steps that it recorded.

use std::collections::HashMap;

use super::Cuda;
use super::driver::Pointer;
use super::memory::{Memory, bytes, bytes_mut};
use super::step::{Recording, Resident};
use crate::Real;
use crate::data::Element;

/// What a trainer keeps on the device between epochs.
#[derive(Debug, Default)]
pub struct EpochMemory {
    /// The number of the data set, and its arrays.
    data: Option<(u64, [Array; 2])>,
    order: Option<Memory>,
    losses: Option<Memory>,
    /// Recorded steps by their size; `None` for a size that was seen once.
    pub(crate) recordings: HashMap<usize, Option<Recording>>,
}

/// An array of examples on the device.
#[derive(Debug)]
struct Array {
    memory: Memory,
    row: usize,
}

impl Array {
    fn new(device: &Cuda, bytes: &[u8], examples: usize) -> Option<Self> {
        let memory = device.allocate(bytes.len())?;
        device.attempt(|driver| driver.upload(bytes, memory.pointer))?;
        Some(Array { memory, row: bytes.len() / examples.max(1) })
    }

    fn resident(&self) -> Resident {
        Resident { pointer: self.memory.pointer, row: self.row }
    }
}

impl EpochMemory {
    /// Copies a data set to the device, unless it is there.
    pub(crate) fn load<T: Real, U: Element>(
        &mut self,
        device: &Cuda,
        id: u64,
        inputs: &[T],
        targets: &[U],
        examples: usize,
    ) {
        if self.data.as_ref().is_some_and(|&(loaded, _)| loaded == id) {
            return;
        }
        // First the old one goes, so that there need not be room for both.
        self.data = None;
        let targets = if U::IS_WHOLE {
            let targets: Vec<i32> = targets.iter().map(|target| target.whole()).collect();
            Array::new(device, bytes(&targets), examples)
        } else {
            let targets: Vec<T> = targets.iter().map(|target| T::of(target.real())).collect();
            Array::new(device, bytes(&targets), examples)
        };
        let inputs = Array::new(device, bytes(inputs), examples);
        self.data = inputs.zip(targets).map(|(inputs, targets)| (id, [inputs, targets]));
    }

    /// Begins an epoch of so many minibatches, in this order of examples.
    pub(crate) fn begin(&mut self, device: &Cuda, order: &[u32], minibatches: usize) {
        let order_place = reserve(device, &mut self.order, size_of_val(order));
        let losses = reserve(device, &mut self.losses, minibatches * size_of::<f64>());
        device.attempt(|driver| driver.upload(bytes(order), order_place));
        let arrays = self.data.iter().flat_map(|(_, arrays)| arrays.iter().map(Array::resident));
        device.begin_feed(arrays.collect(), order_place, losses);
    }

    /// Ends it, and gives the losses of its minibatches.
    pub(crate) fn end(&self, device: &Cuda, minibatches: usize) -> Vec<f64> {
        device.end_feed();
        let mut losses = vec![f64::NAN; minibatches];
        if let Some(memory) = &self.losses {
            device.attempt(|driver| driver.download(memory.pointer, bytes_mut(&mut losses)));
        }
        losses
    }
}

/// Memory of at least so many bytes.
fn reserve(device: &Cuda, memory: &mut Option<Memory>, bytes: usize) -> Pointer {
    if memory.as_ref().is_none_or(|memory| memory.bytes < bytes) {
        *memory = None;
        *memory = device.allocate(bytes);
    }
    memory.as_ref().map_or(0, |memory| memory.pointer)
}
