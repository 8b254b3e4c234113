//! Minibatches: a data set in portions, in order or shuffled.

use ndarray::{Array, ArrayView, Axis, CowArray, Dimension, RemoveAxis};
use num_traits::AsPrimitive;
use rand_philox::Philox;
use thiserror::Error;

use crate::cpu::pieces::{each, read, write};

/// The bytes of a minibatch that a thread gathers at a time: less is not worth the hand-over.
const PIECE_BYTES: usize = 1 << 17;

/// Why a data set cannot be cut into minibatches.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MinibatchError {
    /// Each example needs one target.
    #[error(
        "minibatches: {inputs} inputs but {targets} targets; the first axes of both must be of the same length"
    )]
    LengthMismatch {
        /// Length of the inputs' first axis.
        inputs: usize,
        /// Length of the targets' first axis.
        targets: usize,
    },
    /// A minibatch must hold something.
    #[error("minibatches: a batch size of 0; give at least 1")]
    ZeroBatchSize,
    /// An array of dynamic rank has no axis to cut along.
    #[error("minibatches: the {0} are a single number without axes; the first axis must count the examples")]
    NoAxis(&'static str),
}

/// The minibatches of one epoch: pairs of inputs and targets, `batch_size` examples at a time.
///
/// It does what `iterate_minibatches(inputs, targets, batchsize, shuffle)` does in Lasagne's tutorial. The
/// first axis of both arrays counts the examples. By default the order is the data set's, and a last minibatch
/// that is not full is kept, so that every example is seen: see [`shuffled`](Self::shuffled) and
/// [`drop_last`](Self::drop_last) (which the tutorial does).
///
/// In order, a minibatch is a view into the data set. Shuffled, its rows are gathered into two buffers that
/// every minibatch reuses: it lives until the next one is asked for, which is why this type has a
/// [`next`](Self::next) of its own and is no [`Iterator`]. Once made, it allocates nothing, neither for
/// a minibatch nor for a further epoch. All threads gather a minibatch together.
///
/// ```
/// use layercake::data::Minibatches;
/// use ndarray::{Array1, Array2};
///
/// let inputs = Array2::from_shape_fn((10, 3), |(example, feature)| (10 * example + feature) as f32);
/// let targets = Array1::from_shape_fn(10, |example| example);
///
/// let mut minibatches = Minibatches::new(inputs.view(), targets.view(), 4)?.shuffled(42, 0).drop_last();
/// for epoch in 0..3 {
///     minibatches.restart(epoch);
///     while let Some((x, t)) = minibatches.next() {
///         assert_eq!(x.dim(), (4, 3));
///         assert_eq!(x[[1, 2]], (10 * t[1] + 2) as f32);
///     }
/// }
/// # Ok::<(), layercake::data::MinibatchError>(())
/// ```
#[derive(Debug)]
pub struct Minibatches<'a, T, U, D: Dimension, E: Dimension> {
    inputs: Rows<'a, T, D>,
    targets: Rows<'a, U, E>,
    batch_size: usize,
    drop_last: bool,
    /// `None`: the data set's own order.
    shuffle: Option<Shuffle>,
    position: usize,
    /// Tells apart from others those that a device has a copy of.
    #[cfg(feature = "cuda")]
    id: u64,
}

/// All that a device needs to make the minibatches itself.
#[cfg(feature = "cuda")]
pub(crate) struct WholeSet<'a, T, U, D: Dimension, E: Dimension> {
    /// Of this object alone.
    pub id: u64,
    /// All inputs, in standard layout.
    pub inputs: ArrayView<'a, T, D>,
    /// All targets, in standard layout.
    pub targets: ArrayView<'a, U, E>,
    /// The order of the examples that are left of the epoch.
    pub order: Vec<u32>,
    /// Examples of a minibatch.
    pub batch_size: usize,
}

impl<'a, T, U, D, E> Minibatches<'a, T, U, D, E>
where
    T: Copy + Send + Sync,
    U: Copy + Send + Sync,
    D: RemoveAxis,
    E: RemoveAxis,
{
    /// Minibatches of `batch_size` examples of `inputs` (examples, ...) and `targets` (examples, ...), in order.
    ///
    /// An array that is not in standard (row-major) layout is copied once, here.
    ///
    /// # Errors
    ///
    /// If the two differ in their number of examples, or if the batch size is 0.
    pub fn new(
        inputs: ArrayView<'a, T, D>,
        targets: ArrayView<'a, U, E>,
        batch_size: usize,
    ) -> Result<Self, MinibatchError> {
        let inputs = Rows::new(inputs).ok_or(MinibatchError::NoAxis("inputs"))?;
        let targets = Rows::new(targets).ok_or(MinibatchError::NoAxis("targets"))?;
        if inputs.len() != targets.len() {
            return Err(MinibatchError::LengthMismatch { inputs: inputs.len(), targets: targets.len() });
        }
        if batch_size == 0 {
            return Err(MinibatchError::ZeroBatchSize);
        }
        Ok(Self {
            inputs,
            targets,
            batch_size,
            drop_last: false,
            shuffle: None,
            position: 0,
            #[cfg(feature = "cuda")]
            id: new_id(),
        })
    }

    /// In an order drawn from `seed` and `epoch`, all orders being equally likely.
    ///
    /// The order is a Fisher-Yates shuffle by the counter-based generator Philox4x32-10 (key from the seed,
    /// stream number `epoch`; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): the same on
    /// every platform and for any number of threads.
    #[must_use]
    pub fn shuffled(mut self, seed: u64, epoch: u64) -> Self {
        self.inputs.prepare(self.batch_size);
        self.targets.prepare(self.batch_size);
        self.shuffle = Some(Shuffle { seed, order: (0..self.inputs.len()).collect() });
        self.restart(epoch);
        self
    }

    /// Leaves out a last minibatch that is not full, as Lasagne's tutorial does.
    ///
    /// For a network whose batch size is fixed. Shuffled, other examples are left out in each epoch. A data set
    /// smaller than one minibatch then has none at all.
    #[must_use]
    pub fn drop_last(mut self) -> Self {
        self.drop_last = true;
        self
    }

    /// Starts over for another epoch: as `shuffled(seed, epoch)` anew with the same seed, or, if not shuffled,
    /// again in order.
    pub fn restart(&mut self, epoch: u64) {
        self.position = 0;
        if let Some(shuffle) = &mut self.shuffle {
            shuffle.draw(epoch);
        }
    }

    /// Leaves out the next minibatches, as a training does that goes on within an epoch.
    pub fn skip(&mut self, minibatches: usize) {
        let examples = minibatches.saturating_mul(self.batch_size);
        self.position = self.position.saturating_add(examples).min(self.inputs.len());
    }

    /// The next minibatch: inputs (batch, ...) and targets (batch, ...); `None` at the end of the epoch.
    #[expect(
        clippy::should_implement_trait,
        reason = "the views borrow the buffers, which Iterator cannot say"
    )]
    pub fn next(&mut self) -> Option<(ArrayView<'_, T, D>, ArrayView<'_, U, E>)> {
        if self.is_at_end() {
            return None;
        }
        let range = self.position..self.inputs.len().min(self.position + self.batch_size);
        self.position = range.end;
        Some(match &self.shuffle {
            Some(Shuffle { order, .. }) => {
                let order = &order[range];
                (self.inputs.gather(order), self.targets.gather(order))
            }
            None => (self.inputs.slice(range.clone()), self.targets.slice(range)),
        })
    }

    /// Whether no minibatch is left of the epoch.
    pub(crate) fn is_at_end(&self) -> bool {
        let left = self.inputs.len() - self.position;
        left == 0 || self.drop_last && left < self.batch_size
    }

    /// What is left of the epoch, at once: the next minibatch is that after its end.
    #[cfg(feature = "cuda")]
    pub(crate) fn rest(&mut self) -> WholeSet<'_, T, U, D, E> {
        let all = self.inputs.len();
        let end = if self.drop_last { all - (all - self.position) % self.batch_size } else { all };
        let places = std::mem::replace(&mut self.position, all)..end;
        let order = match &self.shuffle {
            Some(Shuffle { order, .. }) => order[places].iter().map(|&place| place as u32).collect(),
            None => places.map(|place| place as u32).collect(),
        };
        let (inputs, targets) = (self.inputs.array.view(), self.targets.array.view());
        WholeSet { id: self.id, inputs, targets, order, batch_size: self.batch_size }
    }

    /// The number of minibatches in an epoch.
    #[expect(clippy::len_without_is_empty, reason = "as for an ExactSizeIterator")]
    #[must_use]
    pub fn len(&self) -> usize {
        let full = self.inputs.len() / self.batch_size;
        let rest = self.inputs.len() % self.batch_size;
        if rest == 0 || self.drop_last { full } else { full + 1 }
    }
}

/// A number that no other object has.
#[cfg(feature = "cuda")]
fn new_id() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static IDS: AtomicU64 = AtomicU64::new(0);
    IDS.fetch_add(1, Ordering::Relaxed)
}

/// The order of the examples, drawn anew for each epoch.
#[derive(Debug)]
struct Shuffle {
    seed: u64,
    order: Vec<usize>,
}

impl Shuffle {
    /// Fisher and Yates' shuffle, from the identity, so that an epoch's order does not depend on former ones.
    fn draw(&mut self, epoch: u64) {
        let mut random = Philox::from_u64_seed_stream(self.seed, epoch);
        for (index, place) in self.order.iter_mut().enumerate() {
            *place = index;
        }
        for last in (1..self.order.len()).rev() {
            // A product's upper word is uniform over 0..=last, but for a bias below 2^-32: no draw is rejected.
            let chosen = (u128::from(random.next_u64()) * (last as u128 + 1)) >> 64;
            self.order.swap(last, chosen as usize);
        }
    }
}

/// An array as rows along its first axis, and the buffer into which rows are gathered.
#[derive(Debug)]
struct Rows<'a, T, D: Dimension> {
    /// In standard layout.
    array: CowArray<'a, T, D>,
    row_len: usize,
    buffer: Vec<T>,
}

impl<'a, T: Copy + Send + Sync, D: RemoveAxis> Rows<'a, T, D> {
    /// `None` if the array has no axes.
    fn new(view: ArrayView<'a, T, D>) -> Option<Self> {
        let row_len = view.shape().get(1..)?.iter().product();
        let array = if view.is_standard_layout() {
            CowArray::from(view)
        } else {
            let owned: Array<T, D> = view.as_standard_layout().into_owned();
            CowArray::from(owned)
        };
        Some(Self { array, row_len, buffer: Vec::new() })
    }

    fn len(&self) -> usize {
        self.array.len_of(Axis(0))
    }

    fn elements(&self) -> &[T] {
        self.array.as_slice().expect("rows are kept in standard layout")
    }

    /// Allocates the buffer, with whatever elements the first rows have: they will be overwritten.
    fn prepare(&mut self, batch_size: usize) {
        self.buffer = self.elements()[..self.len().min(batch_size) * self.row_len].to_vec();
    }

    fn slice(&self, range: std::ops::Range<usize>) -> ArrayView<'_, T, D> {
        self.array.slice_axis(Axis(0), range.into())
    }

    fn gather(&mut self, order: &[usize]) -> ArrayView<'_, T, D> {
        let source = self.array.as_slice().expect("rows are kept in standard layout");
        let buffer = &mut self.buffer[..order.len() * self.row_len];
        gather(source, self.row_len, order, buffer);

        let mut shape = self.array.raw_dim();
        shape[0] = order.len();
        ArrayView::from_shape(shape, buffer).expect("the buffer holds just these rows")
    }
}

/// Copies rows of `len` values in an order, by all threads.
pub(crate) fn gather<T: Copy + Send + Sync, I: AsPrimitive<usize> + Sync>(
    rows: &[T],
    len: usize,
    order: &[I],
    to: &mut [T],
) {
    // Rows of no length have nothing to copy.
    if len == 0 {
        return;
    }
    let of_piece = (PIECE_BYTES / (len * size_of::<T>()).max(1)).max(1);
    each((write(to, of_piece * len), read(order, of_piece)), |_, (to, order)| {
        for (row, &index) in to.chunks_exact_mut(len).zip(order) {
            row.copy_from_slice(&rows[index.as_() * len..][..len]);
        }
    });
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2, Array3, ArrayD, IxDyn};

    use super::*;

    /// Example `i` is `[[2i, 2i + 1]]` with target `i`.
    fn data(examples: usize) -> (Array3<f32>, Array1<u8>) {
        let inputs = Array3::from_shape_fn((examples, 1, 2), |(i, _, j)| (2 * i + j) as f32);
        (inputs, Array1::from_shape_fn(examples, |i| i as u8))
    }

    /// The targets minibatch by minibatch, once every input is seen to belong to its target.
    fn collect<D: RemoveAxis>(minibatches: &mut Minibatches<f32, u8, D, ndarray::Ix1>) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        while let Some((x, t)) = minibatches.next() {
            assert_eq!(x.len_of(Axis(0)), t.len());
            let expected: Vec<f32> =
                t.iter().flat_map(|&i| [2.0 * f32::from(i), 2.0 * f32::from(i) + 1.0]).collect();
            assert_eq!(x.as_slice().unwrap(), expected);
            all.push(t.to_vec());
        }
        assert!(minibatches.next().is_none());
        all
    }

    #[test]
    fn in_order_the_last_minibatch_is_short_or_dropped() {
        let (inputs, targets) = data(7);
        let mut kept = Minibatches::new(inputs.view(), targets.view(), 3).unwrap();
        assert_eq!(kept.len(), 3);
        assert_eq!(collect(&mut kept), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);

        let mut dropped = Minibatches::new(inputs.view(), targets.view(), 3).unwrap().drop_last();
        assert_eq!(dropped.len(), 2);
        assert_eq!(collect(&mut dropped), [vec![0, 1, 2], vec![3, 4, 5]]);
        dropped.restart(1);
        assert_eq!(collect(&mut dropped).len(), 2);
    }

    #[test]
    fn a_shuffled_epoch_holds_every_example_once() {
        let (inputs, targets) = data(100);
        let mut minibatches = Minibatches::new(inputs.view(), targets.view(), 7).unwrap().shuffled(3, 0);
        let batches = collect(&mut minibatches);
        assert_eq!(batches.len(), minibatches.len());
        assert_eq!(batches.last().unwrap().len(), 2);
        let mut seen = batches.concat();
        assert!(!seen.is_sorted());
        seen.sort_unstable();
        assert_eq!(seen, targets.to_vec());
    }

    #[test]
    fn the_order_is_a_function_of_seed_and_epoch() {
        let (inputs, targets) = data(50);
        let order = |seed, epoch| {
            let minibatches = Minibatches::new(inputs.view(), targets.view(), 8).unwrap();
            collect(&mut minibatches.shuffled(seed, epoch)).concat()
        };
        assert_eq!(order(1, 2), order(1, 2));
        assert_ne!(order(1, 2), order(1, 3));
        assert_ne!(order(1, 2), order(2, 2));

        let minibatches = Minibatches::new(inputs.view(), targets.view(), 8).unwrap();
        let mut restarted = minibatches.shuffled(1, 0);
        let _ = restarted.next();
        restarted.restart(2);
        assert_eq!(collect(&mut restarted).concat(), order(1, 2));
    }

    /// The order was worked out by another program from the definitions of Philox4x32-10 and of the shuffle. A
    /// changed generator would change every run.
    #[test]
    fn the_order_stays_what_it_was() {
        let (inputs, targets) = data(10);
        let minibatches = Minibatches::new(inputs.view(), targets.view(), 10).unwrap();
        assert_eq!(collect(&mut minibatches.shuffled(42, 1)), [[7, 0, 9, 2, 3, 1, 8, 5, 6, 4]]);
    }

    /// Over many epochs every example is first about as often as any other.
    #[test]
    fn orders_are_equally_likely() {
        let (inputs, targets) = data(6);
        let mut counts = [[0u32; 6]; 6];
        let mut minibatches = Minibatches::new(inputs.view(), targets.view(), 6).unwrap().shuffled(9, 0);
        for epoch in 0..6000 {
            minibatches.restart(epoch);
            let (_, t) = minibatches.next().unwrap();
            t.iter().enumerate().for_each(|(place, &example)| counts[place][usize::from(example)] += 1);
        }
        // 1000 expected, with a standard deviation of 29.
        assert!(counts.iter().flatten().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn other_layouts_and_ranks() {
        // Column-major inputs, and targets of a reversed view.
        let inputs = Array2::from_shape_fn((2, 9), |(j, i)| (2 * i + j) as f32).reversed_axes();
        let backwards = Array1::from_shape_fn(9, |i| 8 - i as u8);
        let targets = backwards.slice(ndarray::s![..;-1]);
        assert!(!inputs.is_standard_layout());
        let mut minibatches = Minibatches::new(inputs.view(), targets, 4).unwrap();
        assert_eq!(collect(&mut minibatches), [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8]]);
        assert_eq!(collect(&mut minibatches.shuffled(0, 0)).concat().len(), 9);

        let empty_rows = Array2::<f32>::zeros((5, 0));
        let targets = Array1::from_elem(5, 1i32);
        let mut minibatches =
            Minibatches::new(empty_rows.view(), targets.view(), usize::MAX).unwrap().shuffled(0, 0);
        assert_eq!(minibatches.next().unwrap().0.dim(), (5, 0));

        let nothing = Array2::<f32>::zeros((0, 3));
        let mut minibatches = Minibatches::new(nothing.view(), nothing.view(), 2).unwrap().shuffled(0, 0);
        assert_eq!(minibatches.len(), 0);
        assert!(minibatches.next().is_none());
    }

    #[test]
    fn large_minibatches_are_gathered_alike() {
        let rows = 2 * PIECE_BYTES / (4 * 1024);
        let inputs = Array2::from_shape_fn((rows, 1024), |(i, j)| (i * 1024 + j) as u32);
        let targets = Array1::from_shape_fn(rows, |i| i as u32);
        let mut minibatches = Minibatches::new(inputs.view(), targets.view(), rows).unwrap().shuffled(5, 5);
        let (x, t) = minibatches.next().unwrap();
        assert!(size_of_val(x.as_slice().unwrap()) >= PIECE_BYTES);
        for (row, &target) in x.outer_iter().zip(&t) {
            assert_eq!(row, inputs.row(target as usize));
        }
    }

    #[test]
    fn the_buffers_stay_where_they_are() {
        let (inputs, targets) = data(20);
        let mut minibatches = Minibatches::new(inputs.view(), targets.view(), 6).unwrap().shuffled(1, 0);
        let first = minibatches.next().map(|(x, t)| (x.as_ptr(), t.as_ptr())).unwrap();
        for epoch in 1..4 {
            minibatches.restart(epoch);
            while let Some((x, t)) = minibatches.next() {
                assert_eq!((x.as_ptr(), t.as_ptr()), first);
            }
        }
    }

    #[test]
    fn errors() {
        let (inputs, targets) = data(4);
        let short = targets.slice(ndarray::s![..3]);
        let error = Minibatches::new(inputs.view(), short, 2).unwrap_err();
        assert_eq!(error, MinibatchError::LengthMismatch { inputs: 4, targets: 3 });
        let error = Minibatches::new(inputs.view(), targets.view(), 0).unwrap_err();
        assert_eq!(error, MinibatchError::ZeroBatchSize);
        let scalar = ArrayD::<f32>::zeros(IxDyn(&[]));
        let error = Minibatches::new(scalar.view(), targets.view(), 1).unwrap_err();
        assert_eq!(error, MinibatchError::NoAxis("inputs"));
    }
}
