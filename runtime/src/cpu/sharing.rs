//! Values that the elements of a batch share along some of their axes: biases, scales, means.

use crate::cpu::isa::{Isa, isa};
use crate::cpu::pieces::chunk;
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

/// Runs of so many elements are worth the longest vectors.
const LONG_RUN: usize = 256;

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
    #[inline(always)]
    fn place(&self, run: usize) -> usize {
        let (mut rest, mut place) = (run, 0);
        for &(length, stride) in self.outer[..self.rank].iter().rev() {
            place += rest % length * stride;
            rest /= length;
        }
        place
    }

    /// Each run of some whole items: where it starts, and the place of its first value.
    // An iterator, so that the work on runs stays in a function that is compiled for the instruction set in use.
    #[inline(always)]
    fn runs(&self, elements: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (sharing, of_item) = (*self, self.item / self.run);
        (0..elements / self.run).map(move |run| (run * sharing.run, sharing.place(run % of_item)))
    }

    /// The instruction set to compute runs by.
    fn isa(&self) -> Isa {
        // Of a short run, such as 7 x 7 elements, loops over long vectors leave most to be done one by one.
        if self.run < LONG_RUN { Isa::Portable } else { isa() }
    }

    /// Replaces each element of `to` by `function` of the element itself, those of `from` and its values in `shared`.
    pub fn update<T: Real, const N: usize, const V: usize>(
        &self,
        to: &mut [T],
        from: [&[T]; N],
        shared: [&[T]; V],
        function: impl Fn(T, [T; N], [T; V]) -> T + Sync,
    ) {
        let chunk = chunk(to.len(), self.item);
        map::each_chunk(to, chunk, |i, to: &mut [T]| {
            let from = from.map(|from| &from[i * chunk..][..to.len()]);
            self.isa().call(
                #[inline(always)]
                || self.update_items(to, from, shared, &function),
            );
        });
    }

    #[inline(always)]
    fn update_items<T: Real, const N: usize, const V: usize>(
        &self,
        to: &mut [T],
        from: [&[T]; N],
        shared: [&[T]; V],
        function: &impl Fn(T, [T; N], [T; V]) -> T,
    ) {
        for (start, place) in self.runs(to.len()) {
            let to = &mut to[start..][..self.run];
            let from = from.map(|from| &from[start..][..self.run]);
            if self.own {
                let shared = shared.map(|shared| &shared[place..][..self.run]);
                for (i, to) in to.iter_mut().enumerate() {
                    *to = function(*to, from.map(|from| from[i]), shared.map(|shared| shared[i]));
                }
            } else {
                let shared = shared.map(|shared| shared[place]);
                for (i, to) in to.iter_mut().enumerate() {
                    *to = function(*to, from.map(|from| from[i]), shared);
                }
            }
        }
    }

    /// For each shared value the sums over its elements of what `function` makes of the elements of `from` and their
    /// values in `shared`. Sums of pieces are added in order, whatever the number of threads.
    pub fn sums<T: Real, const N: usize, const V: usize, const M: usize>(
        &self,
        from: [&[T]; N],
        shared: [&[T]; V],
        sums: [&mut [T]; M],
        function: impl Fn([T; N], [T; V]) -> [T; M] + Sync,
    ) {
        let batch = from[0].len() / self.item;
        let items = batch.div_ceil(GROUPS).max(1) * self.item;
        let groups = from[0].len().div_ceil(items);
        // A smaller batch can have more groups than a larger one: room for as many as any batch up to this one has.
        scratch::with(batch.min(GROUPS) * M * self.len, |partial: &mut [T]| {
            let partial = &mut partial[..groups * M * self.len];
            map::each_chunk(partial, M * self.len, |group, partial| {
                let from = from.map(|from| &from[group * items..from.len().min((group + 1) * items)]);
                self.isa().call(
                    #[inline(always)]
                    || {
                        partial.fill(T::zero());
                        self.add_sums(from, shared, partial, &function);
                    },
                );
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

    #[inline(always)]
    fn add_sums<T: Real, const N: usize, const V: usize, const M: usize>(
        &self,
        from: [&[T]; N],
        shared: [&[T]; V],
        partial: &mut [T],
        function: &impl Fn([T; N], [T; V]) -> [T; M],
    ) {
        let mut sums = partial.chunks_exact_mut(self.len);
        let mut sums: [&mut [T]; M] = std::array::from_fn(|_| sums.next().expect("room for all sums"));
        for (start, place) in self.runs(from[0].len()) {
            let from = from.map(|from| &from[start..][..self.run]);
            if self.own {
                let shared = shared.map(|shared| &shared[place..][..self.run]);
                let mut sums = sums.each_mut().map(|sums| &mut sums[place..][..self.run]);
                for i in 0..self.run {
                    let terms = function(from.map(|from| from[i]), shared.map(|shared| shared[i]));
                    sums.iter_mut().zip(terms).for_each(|(sums, term)| sums[i] += term);
                }
            } else {
                let shared = shared.map(|shared| shared[place]);
                let of_run = map::sums(from, |from| function(from, shared));
                sums.iter_mut().zip(of_run).for_each(|(sums, sum)| sums[place] += sum);
            }
        }
    }

    /// Writes for each shared value one of its elements in the first item.
    pub fn firsts<T: Real>(&self, from: &[T], firsts: &mut [T]) {
        for (start, place) in self.runs(self.item) {
            let len = if self.own { self.run } else { 1 };
            firsts[place..][..len].copy_from_slice(&from[start..][..len]);
        }
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
                let numbers: Vec<f64> = (0..sharing.len()).map(|place| place as f64).collect();
                sharing.update(&mut to, [&from], [&numbers], |to, [from], [place]| to + from * place);
                let expected = places.iter().zip(&from).map(|(&place, from)| 1.0 + from * place as f64);
                assert_eq!(to, expected.collect::<Vec<_>>(), "{dims:?} {mask:?}");
                let (mut found, mut counts) = (vec![9.0; sharing.len()], vec![9.0; sharing.len()]);
                let sums = [&mut found[..], &mut counts];
                sharing.sums([&from], [&numbers], sums, |[from], [place]| [from * place, 1.0]);
                let mut firsts = vec![9.0; sharing.len()];
                sharing.firsts(&from, &mut firsts);
                for place in 0..sharing.len() {
                    let own = || places.iter().zip(&from).filter(|(own, _)| **own == place);
                    let sum: f64 = own().map(|(_, from)| from * place as f64).sum();
                    assert_eq!((found[place], counts[place]), (sum, own().count() as f64));
                    assert!(own().take(shape.len()).any(|(_, &from)| from == firsts[place]));
                }
            }
        }
    }
}
