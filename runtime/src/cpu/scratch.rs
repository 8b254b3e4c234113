//! Memory for the length of a call, kept by each thread for the next one.

use aligned_vec::AVec;

use crate::Real;

/// Calls `function` with `len` values of no particular content, aligned to cache lines.
///
/// The buffer is taken out of the thread's store meanwhile, so that calls may nest: also those that the thread
/// steals from others while it waits.
pub fn with<T: Real, R>(len: usize, function: impl FnOnce(&mut [T]) -> R) -> R {
    let mut buffer = T::spare_buffers().with_borrow_mut(Vec::pop).unwrap_or_else(|| AVec::new(64));
    if buffer.len() < len {
        buffer.resize(len, T::zero());
    }
    let result = function(&mut buffer[..len]);
    T::spare_buffers().with_borrow_mut(|buffers| buffers.push(buffer));
    result
}
