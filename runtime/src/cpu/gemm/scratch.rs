//! Buffers for packed panels, one set for each thread, that grow and are kept.

use std::cell::Cell;
use std::thread::LocalKey;

use aligned_vec::{AVec, ConstAlign};

/// Elements that start on a cache line.
type Buffer<T> = AVec<T, ConstAlign<64>>;

/// What one thread packs A and B into.
type Scratch<T> = [Buffer<T>; 2];

/// A thread's scratch space: `None` before its first product and while one runs.
pub type Slot<T> = Cell<Option<Scratch<T>>>;

/// The element types that threads keep scratch space for.
pub trait Pack: Copy + Default + 'static {
    /// This thread's scratch space for the type.
    fn slot() -> &'static LocalKey<Slot<Self>>;
}

macro_rules! pack {
    ($($type:ident)*) => {$(
        impl Pack for $type {
            fn slot() -> &'static LocalKey<Slot<$type>> {
                thread_local! { static SLOT: Slot<$type> = const { Cell::new(None) } }
                &SLOT
            }
        }
    )*};
}

pack! { f32 f64 }

/// Lends `work` this thread's scratch space with room for `a` and `b` elements.
///
/// The space is out of its slot meanwhile, so that a product within `work` gets one of its own.
pub fn with_scratch<T: Pack>(a: usize, b: usize, work: impl FnOnce(&mut [T], &mut [T])) {
    let mut scratch = T::slot().take().unwrap_or_else(|| [Buffer::new(0), Buffer::new(0)]);
    for (buffer, length) in scratch.iter_mut().zip([a, b]) {
        if buffer.len() < length {
            buffer.resize(length, T::default());
        }
    }
    let [a, b] = &mut scratch;
    work(a, b);
    T::slot().set(Some(scratch));
}
