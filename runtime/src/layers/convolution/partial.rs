//! Gradients of parameters, summed over the images of a batch.

use std::ops::Range;

use super::ConvParameters;
use crate::Real;
use crate::cpu::pieces::{each, write};

/// Gradients of the parameters, summed over groups of images; the groups depend on the batch alone, so the result
/// does not depend on the number of threads.
#[derive(Debug)]
pub struct PartialGradients<T>(Vec<T>);

impl<T> Default for PartialGradients<T> {
    fn default() -> Self {
        PartialGradients(Vec::new())
    }
}

/// How the gradient of the weights lies in a group's sums: in blocks of (rows, columns), each of which the
/// parameter holds the other way around, as (columns, rows).
#[derive(Clone, Copy)]
pub struct Blocks {
    /// Rows of a block.
    pub rows: usize,
    /// Columns of a block.
    pub columns: usize,
}

impl Blocks {
    /// Sums that lie as the parameter does.
    pub const fn same(len: usize) -> Self {
        Blocks { rows: len, columns: 1 }
    }
}

impl<T: Real> PartialGradients<T> {
    /// Into how many groups a batch is split.
    pub const GROUPS: usize = 8;

    /// How many sums a thread adds up at a time.
    const PIECE: usize = 1 << 14;

    /// Calls `image` for each image of the batch with its number, sums that it adds the image's gradients with
    /// respect to weights and biases to, and the place of its input's gradient, if that is asked for. Adds up all
    /// sums to the parameters' gradients.
    pub fn over_batch(
        &mut self,
        batch: usize,
        blocks: Blocks,
        gradients: &mut ConvParameters<T>,
        input_gradient: Option<&mut [T]>,
        image: impl Fn(usize, &mut [T], &mut [T], Option<&mut [T]>) + Sync,
    ) {
        let weights = gradients.w.len();
        let groups = self.over_groups(
            Self::GROUPS,
            batch,
            weights + gradients.b.len(),
            input_gradient,
            |images, sums, mut into| {
                let (weights, biases) = sums.split_at_mut(weights);
                let (first, count) = (images.start, images.len());
                for place in images {
                    let into = into.as_mut().map(|gradient| {
                        let len = gradient.len() / count;
                        &mut gradient[(place - first) * len..][..len]
                    });
                    image(place, weights, biases, into);
                }
            },
        );
        self.reduce(groups, blocks, gradients);
    }

    /// Calls `work` for each of at most so many groups of images with their numbers, its `len` sums to add to, and the place of the images'
    /// gradients, if that is asked for. Returns the number of groups.
    pub fn over_groups(
        &mut self,
        groups: usize,
        batch: usize,
        len: usize,
        input_gradient: Option<&mut [T]>,
        work: impl Fn(Range<usize>, &mut [T], Option<&mut [T]>) + Sync,
    ) -> usize {
        let images = batch.div_ceil(groups).max(1);
        let input_gradient = input_gradient.filter(|_| batch > 0).map(|to| {
            let len = to.len() / batch * images;
            write(to, len)
        });
        let groups = write(self.groups(groups, batch, images, len), len);
        each((groups, input_gradient), |group, (sums, input_gradient)| {
            sums.fill(T::zero());
            let first = group * images;
            work(first..batch.min(first + images), sums, input_gradient);
        });
        batch.div_ceil(images)
    }

    /// Adds up so many groups of `len` sums, in their order.
    pub fn sum(&mut self, groups: usize, len: usize) -> &[T] {
        if groups == 0 {
            return &[];
        }
        let (first, others) = self.0[..groups * len].split_at_mut(len);
        let others = &*others;
        each(write(first, Self::PIECE), |piece, first| {
            for group in others.chunks_exact(len) {
                let group = &group[piece * Self::PIECE..][..first.len()];
                first.iter_mut().zip(group).for_each(|(sum, &value)| *sum += value);
            }
        });
        first
    }

    /// Room of `len` values for each group of so many images. A smaller batch can have more groups than a larger
    /// one, so room is made for as many as any batch up to this one has.
    fn groups(&mut self, most: usize, batch: usize, images: usize, len: usize) -> &mut [T] {
        let most = batch.min(most) * len;
        if self.0.len() < most {
            self.0.resize(most, T::zero());
        }
        &mut self.0[..batch.div_ceil(images) * len]
    }

    /// Adds up the groups, in their order.
    fn reduce(&self, groups: usize, blocks: Blocks, gradients: &mut ConvParameters<T>) {
        let (weights, biases) = (gradients.w.len(), gradients.b.len());
        let groups = || self.0.chunks_exact(weights + biases).take(groups);
        let Blocks { rows, columns } = blocks;
        each(write(gradients.w.slice_mut(), rows), |column, gradient| {
            let first = column / columns * rows * columns + column % columns;
            gradient.fill(T::zero());
            for group in groups() {
                let own = group[first..weights].iter().step_by(columns);
                gradient.iter_mut().zip(own).for_each(|(sum, &value)| *sum += value);
            }
        });
        gradients.b.slice_mut().fill(T::zero());
        for group in groups() {
            let sums = gradients.b.slice_mut().iter_mut();
            sums.zip(&group[weights..]).for_each(|(sum, &value)| *sum += value);
        }
    }
}
