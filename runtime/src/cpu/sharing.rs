//! Values that the elements of a batch share along some of their axes: biases, scales, means.

use rayon::prelude::*;

use crate::cpu::{map, scratch};
use crate::shape::MAX_RANK;
use crate::{Real, Shape};

/// Which of the shared values belongs to which element of an item. (The batch axis is always shared here: a layer
/// that does not share along it calls item by item.)
///
/// An item is a row of runs; along a run either all elements share one value, or each has the next one.
#[derive(Clone, Copy, Debug)]
pub struct Sharing {
    /// The lengths of the axes that tell runs from another, and how far apart their values are.
    outer: [(usize, usize); MAX_RANK],
    rank: usize,
    run: usize,
    /// Whether the elements of a run have values of their own.
    own: bool,
    item: usize,
    len: usize,
}

/// The number of pieces that sums are split into.
const GROUPS: usize = 8;

/// The number of sums that run beside each other, so that they can be added as vectors.
const LANES: usize = 8;

impl Sharing {
    /// Items of this shape that share along the axes of the mask, whose first is the batch axis.
    pub fn new(shape: Shape, mask: [bool; MAX_RANK + 1]) -> Self {
        let dims = shape.dims();
        let shared = |axis: usize| mask[axis + 1];
        let own = !dims.is_empty() && !shared(dims.len() - 1);
        let mut sharing =
            Sharing { outer: [(1, 0); MAX_RANK], rank: dims.len(), run: 1, own, item: shape.len(), len: 1 };
        for axis in (0..dims.len()).rev() {
            if sharing.rank == axis + 1 && shared(axis) != own {
                sharing.rank = axis;
                sharing.run *= dims[axis];
            } else {
                sharing.outer[axis] = (dims[axis], if shared(axis) { 0 } else { sharing.len });
            }
            if !shared(axis) {
                sharing.len *= dims[axis];
            }
        }
        sharing
    }

    /// The number of shared values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The place of a run's first value.
    fn place(&self, run: usize) -> usize {
        let (mut rest, mut place) = (run, 0);
        for &(length, stride) in self.outer[..self.rank].iter().rev() {
            place += rest % length * stride;
            rest /= length;
        }
        place
    }

    /// Calls `visit` with each run of some whole items: where it starts, and the place of its first value.
    fn runs(&self, elements: usize, mut visit: impl FnMut(usize, usize)) {
        let runs = self.item / self.run;
        for run in 0..elements / self.run {
            visit(run * self.run, self.place(run % runs));
        }
    }

    /// Replaces each element of `to` by `function` of the place of its shared value, the element itself and those
    /// of `from`.
    pub fn update<T: Real, const N: usize>(
        &self,
        to: &mut [T],
        from: [&[T]; N],
        function: impl Fn(usize, T, [T; N]) -> T + Sync,
    ) {
        let chunk = map::chunk(to.len(), self.item);
        to.par_chunks_mut(chunk).enumerate().for_each(|(i, to)| {
            let from = from.map(|from| &from[i * chunk..][..to.len()]);
            self.runs(to.len(), |start, place| {
                let to = &mut to[start..start + self.run];
                let from = from.map(|from| &from[start..start + self.run]);
                if self.own {
                    for (i, to) in to.iter_mut().enumerate() {
                        *to = function(place + i, *to, from.map(|from| from[i]));
                    }
                } else {
                    for (i, to) in to.iter_mut().enumerate() {
                        *to = function(place, *to, from.map(|from| from[i]));
                    }
                }
            });
        });
    }

    /// For each shared value the sums over its elements of what `function` makes of the value's place and the
    /// elements of `from`. Sums of pieces are added in order, whatever the number of threads.
    pub fn sums<T: Real, const N: usize, const M: usize>(
        &self,
        from: [&[T]; N],
        sums: [&mut [T]; M],
        function: impl Fn(usize, [T; N]) -> [T; M] + Sync,
    ) {
        let batch = from[0].len() / self.item;
        let items = batch.div_ceil(GROUPS).max(1) * self.item;
        let groups = from[0].len().div_ceil(items);
        // A smaller batch can have more groups than a larger one: room for as many as any batch up to this one has.
        scratch::with(batch.min(GROUPS) * M * self.len, |partial: &mut [T]| {
            let partial = &mut partial[..groups * M * self.len];
            partial.par_chunks_mut(M * self.len).enumerate().for_each(|(group, partial)| {
                partial.fill(T::zero());
                let from = from.map(|from| &from[group * items..from.len().min((group + 1) * items)]);
                self.add_sums(from, partial, &function);
            });
            for (number, sums) in sums.into_iter().enumerate() {
                sums.fill(T::zero());
                for partial in partial.chunks_exact(M * self.len) {
                    let own = &partial[number * self.len..][..self.len];
                    sums.iter_mut().zip(own).for_each(|(sum, &value)| *sum += value);
                }
            }
        });
    }

    fn add_sums<T: Real, const N: usize, const M: usize>(
        &self,
        from: [&[T]; N],
        partial: &mut [T],
        function: &impl Fn(usize, [T; N]) -> [T; M],
    ) {
        self.runs(from[0].len(), |start, place| {
            let from = from.map(|from| &from[start..start + self.run]);
            if self.own {
                for i in 0..self.run {
                    let terms = function(place + i, from.map(|from| from[i]));
                    for (number, term) in terms.into_iter().enumerate() {
                        partial[number * self.len + place + i] += term;
                    }
                }
                return;
            }
            let mut lanes = [[T::zero(); LANES]; M];
            let whole = self.run / LANES * LANES;
            for first in (0..whole).step_by(LANES) {
                for lane in 0..LANES {
                    let terms = function(place, from.map(|from| from[first + lane]));
                    for (lanes, term) in lanes.iter_mut().zip(terms) {
                        lanes[lane] += term;
                    }
                }
            }
            for i in whole..self.run {
                let terms = function(place, from.map(|from| from[i]));
                for (lanes, term) in lanes.iter_mut().zip(terms) {
                    lanes[0] += term;
                }
            }
            for (number, lanes) in lanes.into_iter().enumerate() {
                partial[number * self.len + place] += lanes.into_iter().sum::<T>();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of an element's value, from the definition.
    fn plain_place(dims: &[usize], mask: &[bool], element: usize) -> usize {
        let (mut rest, mut place, mut stride) = (element, 0, 1);
        for (&length, &shared) in dims.iter().zip(mask).rev() {
            if !shared {
                place += rest % length * stride;
                stride *= length;
            }
            rest /= length;
        }
        place
    }

    #[test]
    fn every_element_meets_its_value() {
        for dims in [&[7][..], &[3, 4], &[2, 3, 4], &[2, 1, 3, 19], &[2, 3, 1, 2, 2]] {
            let shape = Shape::new(dims);
            for bits in 0..1_usize << dims.len() {
                let mask = std::array::from_fn(|axis| axis == 0 || bits >> (axis - 1) & 1 == 1);
                let sharing = Sharing::new(shape, mask);
                let places: Vec<usize> =
                    (0..3 * shape.len()).map(|i| plain_place(dims, &mask[1..], i % shape.len())).collect();
                assert_eq!(sharing.len(), places.iter().max().unwrap() + 1);
                let from: Vec<f64> = (0..3 * shape.len()).map(|i| (i * i % 31) as f64).collect();
                let mut to = vec![1.0; from.len()];
                sharing.update(&mut to, [&from], |place, to, [from]| to + from * place as f64);
                let expected = places.iter().zip(&from).map(|(&place, from)| 1.0 + from * place as f64);
                assert_eq!(to, expected.collect::<Vec<_>>(), "{dims:?} {mask:?}");
                let (mut found, mut counts) = (vec![9.0; sharing.len()], vec![9.0; sharing.len()]);
                sharing.sums([&from], [&mut found, &mut counts], |place, [from]| [from * place as f64, 1.0]);
                for place in 0..sharing.len() {
                    let own = || places.iter().zip(&from).filter(|(own, _)| **own == place);
                    let sum: f64 = own().map(|(_, from)| from * place as f64).sum();
                    assert_eq!((found[place], counts[place]), (sum, own().count() as f64));
                }
            }
        }
    }
}
