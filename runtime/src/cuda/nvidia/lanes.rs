//! Copies between the host's own memory and the device at the link's speed: through pinned memory, piece by piece, one piece
//! on the link while the host copies the next; and by several threads, as one alone copies more slowly than the link.

use std::num::NonZero;
use std::ops::Range;
use std::thread;

use super::super::error::CudaError;

/// The bytes of a piece: some 40 us on a link of 50 GB/s.
pub(super) const PIECE: usize = 2 << 20;

/// The fewest bytes that are worth a thread of their own.
const LEAST: usize = 2 * PIECE;

/// The most threads. Four to eight fill any link.
const MOST: usize = 8;

/// Pinned memory of the host for one piece at a time.
pub(super) trait Staged: Send {
    /// Where on the device, and in the order of which work.
    type Link: Copy + Send + Sync;

    /// Its first `bytes` bytes, once the copy that was begun last is done.
    fn bytes(&mut self, link: Self::Link, bytes: usize) -> Result<&mut [u8], CudaError>;

    /// Begins to copy its first `bytes` bytes, `place` bytes after the link's.
    fn send(&mut self, link: Self::Link, bytes: usize, place: usize) -> Result<(), CudaError>;

    /// Begins to copy `bytes` bytes from there, once the copy that was begun last is done.
    fn fetch(&mut self, link: Self::Link, bytes: usize, place: usize) -> Result<(), CudaError>;
}

/// How many threads copy so many bytes.
pub(super) fn lanes(bytes: usize) -> usize {
    (bytes / LEAST).clamp(1, thread::available_parallelism().map_or(1, NonZero::get).min(MOST))
}

/// The bytes of each thread's part but the last, whole pieces.
fn share(bytes: usize, lanes: usize) -> usize {
    bytes.div_ceil(lanes).next_multiple_of(PIECE).max(1)
}

/// Copies `values` to the device, by a thread for each pair of pinned memories; they may change afterwards.
pub(super) fn upload<P: Staged>(
    values: &[u8],
    link: P::Link,
    pinned: &mut [[P; 2]],
) -> Result<(), CudaError> {
    let share = share(values.len(), pinned.len());
    in_parts(values.chunks(share).zip(pinned), |start, (part, pinned)| {
        for (place, piece) in pieces(part.len()).enumerate() {
            let pinned = &mut pinned[place % 2];
            pinned.bytes(link, piece.len())?.copy_from_slice(&part[piece.clone()]);
            pinned.send(link, piece.len(), start * share + piece.start)?;
        }
        Ok(())
    })
}

/// Copies from the device, by a thread for each pair of pinned memories.
pub(super) fn download<P: Staged>(
    values: &mut [u8],
    link: P::Link,
    pinned: &mut [[P; 2]],
) -> Result<(), CudaError> {
    let share = share(values.len(), pinned.len());
    in_parts(values.chunks_mut(share).zip(pinned), |start, (part, pinned)| {
        let mut arriving: Option<(usize, Range<usize>)> = None;
        for next in pieces(part.len()).enumerate().map(Some).chain([None]) {
            if let Some((place, piece)) = &next {
                pinned[place % 2].fetch(link, piece.len(), start * share + piece.start)?;
            }
            if let Some((place, piece)) = arriving.take() {
                let len = piece.len();
                part[piece].copy_from_slice(pinned[place % 2].bytes(link, len)?);
            }
            arriving = next;
        }
        Ok(())
    })
}

/// The pieces of so many bytes.
fn pieces(bytes: usize) -> impl Iterator<Item = Range<usize>> {
    (0..bytes).step_by(PIECE).map(move |start| start..bytes.min(start + PIECE))
}

/// Does something with each part and its number, the first on this thread and the others on threads of their own.
fn in_parts<T: Send>(
    parts: impl Iterator<Item = T>,
    copy: impl Fn(usize, T) -> Result<(), CudaError> + Sync,
) -> Result<(), CudaError> {
    let copy = &copy;
    thread::scope(|scope| {
        let mut parts = parts.enumerate();
        let first = parts.next();
        let others: Vec<_> = parts.map(|(number, part)| scope.spawn(move || copy(number, part))).collect();
        let first = first.map_or(Ok(()), |(number, part)| copy(number, part));
        // All have ended before any error is told.
        let ended = others.into_iter().map(|other| {
            let failed =
                |_| CudaError::Call { function: "copying", reason: String::from("a thread panicked") };
            other.join().map_err(failed).flatten()
        });
        ended.fold(first, Result::and)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A link whose copies happen as late as they may.
    struct Late {
        device: Arc<Mutex<Vec<u8>>>,
        host: Vec<u8>,
        begun: Option<Begun>,
    }

    #[derive(Clone, Copy)]
    enum Begun {
        Sending(usize, usize),
        Fetching(usize, usize),
    }

    impl Late {
        fn end(&mut self) {
            let mut device = self.device.lock().unwrap();
            match self.begun.take() {
                Some(Begun::Sending(bytes, place)) => {
                    device[place..place + bytes].copy_from_slice(&self.host[..bytes]);
                }
                Some(Begun::Fetching(bytes, place)) => {
                    self.host[..bytes].copy_from_slice(&device[place..place + bytes]);
                }
                None => {}
            }
        }
    }

    impl Staged for Late {
        type Link = ();

        fn bytes(&mut self, (): (), bytes: usize) -> Result<&mut [u8], CudaError> {
            self.end();
            Ok(&mut self.host[..bytes])
        }

        fn send(&mut self, (): (), bytes: usize, place: usize) -> Result<(), CudaError> {
            assert!(self.begun.replace(Begun::Sending(bytes, place)).is_none());
            Ok(())
        }

        fn fetch(&mut self, (): (), bytes: usize, place: usize) -> Result<(), CudaError> {
            self.end();
            self.begun = Some(Begun::Fetching(bytes, place));
            if bytes == 13 {
                return Err(CudaError::Missing);
            }
            Ok(())
        }
    }

    #[test]
    fn copies_go_there_and_back_in_parts() {
        for bytes in [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 3, 9 * PIECE] {
            for lanes in [1, 2, 3, 8] {
                let device = Arc::new(Mutex::new(vec![0; bytes]));
                let late = || Late { device: device.clone(), host: vec![0xA5; PIECE], begun: None };
                let mut pinned: Vec<[Late; 2]> = (0..lanes).map(|_| [late(), late()]).collect();
                let values: Vec<u8> = (0..bytes).map(|place| (place % 251) as u8).collect();
                upload(&values, (), &mut pinned).unwrap();
                // Of two uploads one after the other the second waits for the first.
                upload(&values, (), &mut pinned).unwrap();
                pinned.iter_mut().flatten().for_each(Late::end);
                assert!(*device.lock().unwrap() == values, "{bytes} bytes there by {lanes}");
                let mut back = vec![0; bytes];
                download(&mut back, (), &mut pinned).unwrap();
                assert!(back == values, "{bytes} bytes back by {lanes}");
            }
        }
    }

    #[test]
    fn a_thread_that_fails_is_heard() {
        let bytes = 4 * PIECE + 13;
        let device = Arc::new(Mutex::new(vec![0; bytes]));
        let late = || Late { device: device.clone(), host: vec![0; PIECE], begun: None };
        let mut pinned: Vec<[Late; 2]> = (0..3).map(|_| [late(), late()]).collect();
        assert_eq!(download(&mut vec![0; bytes], (), &mut pinned), Err(CudaError::Missing));
    }

    #[test]
    fn small_copies_need_no_threads() {
        assert_eq!([lanes(0), lanes(4096), lanes(2 * LEAST - 1)], [1; 3]);
        assert!((1..=MOST).contains(&lanes(1 << 30)));
    }
}
