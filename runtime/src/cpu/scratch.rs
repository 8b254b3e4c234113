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

spare! { f32 f64 u16 u32 }

/// The shortest buffer. Lengths vary a little from batch to batch, also upwards for a smaller one: buffers have room
/// for that, or a later step would allocate.
const LEAST: usize = 1024;

/// Calls `function` with `len` values of no particular content, aligned to cache lines.
///
/// The buffer is taken out of the thread's store meanwhile, so that calls may nest: also those that the thread
/// steals from others while it waits.
// Inlined, so that the function is compiled for the caller's instruction set.
#[inline(always)]
pub fn with<T: Spare, R>(len: usize, function: impl FnOnce(&mut [T]) -> R) -> R {
    let mut buffer = T::spare_buffers().with_borrow_mut(|buffers| take(buffers, len));
    if buffer.len() < len {
        buffer.resize(len.next_power_of_two().max(LEAST), T::default());
    }
    let result = function(&mut buffer[..len]);
    if len > 0 {
        T::spare_buffers().with_borrow_mut(|buffers| buffers.push(buffer));
    }
    result
}

/// Sees to it that this thread has `len` values for a later call, which then allocates nothing.
pub fn reserve<T: Spare>(len: usize) {
    with(len, |_: &mut [T]| ());
}

/// The shortest buffer that is long enough, or else the longest: so calls of the same lengths and nesting find room
/// after the first time. A call that needs none leaves all to those within it.
fn take<T: Copy>(buffers: &mut Vec<AVec<T>>, len: usize) -> AVec<T> {
    if len == 0 {
        return AVec::new(64);
    }
    let fits = buffers.iter().enumerate().filter(|(_, buffer)| buffer.len() >= len);
    let shortest = fits.min_by_key(|(_, buffer)| buffer.len());
    let chosen = shortest.or_else(|| buffers.iter().enumerate().max_by_key(|(_, buffer)| buffer.len()));
    match chosen.map(|(place, _)| place) {
        Some(place) => buffers.swap_remove(place),
        None => AVec::new(64),
    }
}
