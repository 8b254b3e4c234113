//! Memory for the length of a call, kept by each thread for the next one.

use std::cell::RefCell;
use std::thread::LocalKey;

use aligned_vec::AVec;

/// The types that threads keep memory for.
pub trait Spare: Copy + Default + 'static {
    /// This thread's buffers that no call uses.
    #[doc(hidden)]
    fn spare_buffers() -> &'static LocalKey<RefCell<Vec<AVec<Self>>>>;
}

macro_rules! spare {
    ($($type:ident)*) => {$(
        impl Spare for $type {
            fn spare_buffers() -> &'static LocalKey<RefCell<Vec<AVec<$type>>>> {
                thread_local! {
                    static BUFFERS: RefCell<Vec<AVec<$type>>> = const { RefCell::new(Vec::new()) };
                }
                &BUFFERS
            }
        }
    )*};
}

spare! { f32 f64 u32 }

/// Calls `function` with `len` values of no particular content, aligned to cache lines.
///
/// The buffer is taken out of the thread's store meanwhile, so that calls may nest: also those that the thread
/// steals from others while it waits.
pub fn with<T: Spare, R>(len: usize, function: impl FnOnce(&mut [T]) -> R) -> R {
    let mut buffer = T::spare_buffers().with_borrow_mut(Vec::pop).unwrap_or_else(|| AVec::new(64));
    if buffer.len() < len {
        buffer.resize(len, T::default());
    }
    let result = function(&mut buffer[..len]);
    T::spare_buffers().with_borrow_mut(|buffers| buffers.push(buffer));
    result
}
