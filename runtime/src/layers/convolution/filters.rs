//! Filters over the images of a batch.

use super::algorithm::{Algorithm, Chosen};
use super::finish::{Finish, InPieces, add_bias_gradients};
use super::{PartialGradients, threads_for};
use crate::Real;
use crate::cpu::convolution::{Images, ImagesMut, Prepared, Product};
use crate::cpu::gemm::Threads;
use crate::cpu::pieces::{each, read, write};
use crate::cpu::scratch;
use crate::geometry::Windows;

/// A group of images has at least so many products for each element of the filters' gradients.
const PRODUCTS_OF_A_GROUP: usize = 1024;

/// Filters (filters, channels / groups, window) and how they lie on images.
pub struct Filters<'a, T> {
    /// The filters themselves.
    pub weights: &'a [T],
    /// Groups of filters, each with a share of the channels of its own.
    pub groups: usize,
    /// Where their windows lie.
    pub windows: Windows,
    /// Whether filters are turned around before they slide.
    pub flip: bool,
    /// How their products are computed.
    pub algorithm: Algorithm,
}

/// One of the products, ready for all images: the method is that of one group.
pub struct Ready<'a, T> {
    chosen: &'a Chosen,
    product: Product,
    numbers: &'a [T],
    places: &'a [u32],
    groups: usize,
}

impl<'a, T: Real> Ready<'a, T> {
    /// How many images of so many are computed at once.
    pub fn images_at_once(&self, images: usize) -> usize {
        self.chosen.method::<T>().images_at_once(self.product).clamp(1, images.max(1))
    }

    /// What is prepared for each group.
    fn groups(&self) -> impl Iterator<Item = Prepared<&'a [T], &'a [u32]>> {
        let (numbers, places, len) = (self.numbers, self.places, self.numbers.len() / self.groups);
        (0..self.groups).map(move |group| Prepared { numbers: &numbers[group * len..][..len], places })
    }
}

/// From the gradients with respect to the sums to all others.
pub struct Gradients<'a, T: Real> {
    /// Of the filters, as they lie.
    pub weights: &'a mut [T],
    /// Of the biases.
    pub biases: &'a mut [T],
    /// Of the images, if it is asked for.
    pub input: Option<&'a mut [T]>,
}

impl<T: Real> Filters<'_, T> {
    /// Elements of one filter.
    fn taps(&self) -> usize {
        self.windows.taps() / self.groups
    }

    /// Filters of one group.
    fn filters(&self) -> usize {
        self.weights.len() / self.taps() / self.groups
    }

    /// Elements of one group in an image, and in its sums.
    fn group_lens(&self) -> [usize; 2] {
        [self.windows.input_len() / self.groups, self.filters() * self.windows.positions()]
    }

    fn choose(&self, product: Product, images: usize) -> Chosen {
        let windows = Windows { channels: self.windows.channels / self.groups, ..self.windows };
        self.algorithm.choose(product, images, windows, self.filters(), self.flip)
    }

    /// Whether so many images' sums are computed by Winograd's transforms.
    pub fn are_winograd(&self, images: usize) -> bool {
        matches!(self.choose(Product::Sums, images), Chosen::Winograd(_))
    }

    /// Calls `work` with a product that is ready for so many images.
    fn with<R>(&self, product: Product, images: usize, work: impl FnOnce(&Ready<'_, T>) -> R) -> R {
        let chosen = self.choose(product, images);
        let method = chosen.method::<T>();
        let room = method.room(product);
        // One image may be another method's. There is room for either from the first batch on, so that a smaller one
        // allocates nothing.
        let of_one = self.choose(product, 1).method::<T>().room(product);
        let (most_numbers, most_places) = (room.numbers.max(of_one.numbers), room.places.max(of_one.places));
        let groups = self.weights.chunks_exact(self.filters() * self.taps());
        scratch::with(self.groups * most_numbers, |numbers: &mut [T]| {
            scratch::with(most_places, |places: &mut [u32]| {
                let (numbers, places) =
                    (&mut numbers[..self.groups * room.numbers], &mut places[..room.places]);
                for (group, weights) in groups.enumerate() {
                    let numbers = &mut numbers[group * room.numbers..][..room.numbers];
                    method.prepare(product, weights, Prepared { numbers, places });
                }
                let (numbers, places) = (&*numbers, &*places);
                work(&Ready { chosen: &chosen, product, numbers, places, groups: self.groups })
            })
        })
    }

    /// All images of a batch.
    pub fn batch(&self, finish: &Finish<'_, T>, x: &[T], y: &mut [T]) {
        let ([_, sums], len) = (self.group_lens(), self.windows.input_len());
        let threads = threads_for(x.len() / len);
        self.with_sums(x.len() / len, |ready| {
            let at_once = ready.images_at_once(x.len() / len);
            let images = (write(y, at_once * self.groups * sums), read(x, at_once * len));
            each(images, |_, (y, x)| self.images(ready, threads, finish, x, y));
        });
    }

    /// Calls `work` with what [`images`](Self::images) needs, for so many of them.
    pub fn with_sums<R>(&self, images: usize, work: impl FnOnce(&Ready<'_, T>) -> R) -> R {
        self.with(Product::Sums, images, work)
    }

    /// Some images: the sums of windows and filters, finished, group by group.
    pub fn images(
        &self,
        ready: &Ready<'_, T>,
        threads: Threads,
        finish: &Finish<'_, T>,
        x: &[T],
        y: &mut [T],
    ) {
        let ([input, sums], method) = (self.group_lens(), ready.chosen.method::<T>());
        for (group, given) in ready.groups().enumerate() {
            let x = Images { values: &x[group * input..], stride: self.windows.input_len(), len: input };
            let values = &mut y[group * sums..];
            let y = ImagesMut { values, stride: self.groups * sums, len: sums };
            method.sums(threads, given, x, &InPieces(finish.at_filter(group * self.filters())), y);
        }
        y.chunks_exact_mut(self.groups * sums).for_each(|y| finish.lines(y));
    }

    /// The transposed product of a batch: what [`backward`](Self::backward) gives for the images, by itself.
    pub fn transposed(&self, sums: &[T], x: &mut [T]) {
        let ([_, sums_len], len) = (self.group_lens(), self.windows.input_len());
        let threads = threads_for(x.len() / len);
        self.with(Product::InputGradient, x.len() / len, |ready| {
            let at_once = ready.images_at_once(x.len() / len);
            let images = (write(x, at_once * len), read(sums, at_once * self.groups * sums_len));
            each(images, |_, (x, sums)| self.images_transposed(ready, threads, sums, x));
        });
    }

    fn images_transposed(&self, ready: &Ready<'_, T>, threads: Threads, sums: &[T], x: &mut [T]) {
        let ([input, len], method) = (self.group_lens(), ready.chosen.method::<T>());
        for (group, given) in ready.groups().enumerate() {
            let sums = Images { values: &sums[group * len..], stride: self.groups * len, len };
            let values = &mut x[group * input..];
            let x = ImagesMut { values, stride: self.windows.input_len(), len: input };
            method.input_gradient(threads, given, sums, x);
        }
    }

    /// Over a batch, from the gradient with respect to the sums to all others. `sums` gives those of one image,
    /// by its number.
    pub fn backward(
        &self,
        gradients: Gradients<'_, T>,
        partial: &mut PartialGradients<T>,
        x: &[T],
        sums: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let Gradients { weights, biases, input } = gradients;
        let images = x.len() / self.windows.input_len();
        self.with(Product::FilterGradient, images, |ready| match input {
            None => self.backward_with(ready, None, [weights, biases], partial, x, sums),
            Some(input) => self.with(Product::InputGradient, images, |transposed| {
                self.backward_with(ready, Some((transposed, input)), [weights, biases], partial, x, sums);
            }),
        });
    }

    fn backward_with(
        &self,
        ready: &Ready<'_, T>,
        transposed: Option<(&Ready<'_, T>, &mut [T])>,
        [weights, biases]: [&mut [T]; 2],
        partial: &mut PartialGradients<T>,
        x: &[T],
        sums: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let (len, [input, group_sums]) = (self.windows.input_len(), self.group_lens());
        let (batch, sums_len) = (x.len() / len, self.groups * group_sums);
        let method = ready.chosen.method::<T>();
        let gradient_len = method.gradient_len();
        let gradients_len = self.groups * gradient_len;
        let (transposed, into) = transposed.unzip();
        // Groups have sums of their own, which is worth it for many products each; else threads share the products.
        let most = if method.has_large_gradient() { 1 } else { PartialGradients::<T>::GROUPS };
        let most = (batch * self.windows.positions() / PRODUCTS_OF_A_GROUP).clamp(1, most);
        let threads = if most == 1 || batch == 1 { Threads::All } else { Threads::One };
        let totals_len = gradients_len + biases.len();
        let groups = partial.over_groups(most, batch, totals_len, into, |images, totals, mut into| {
            let (gradients, biases) = totals.split_at_mut(gradients_len);
            let at_once = ready.images_at_once(images.len());
            scratch::with(at_once * sums_len, |gradient| {
                for first in images.clone().step_by(at_once) {
                    let count = at_once.min(images.end - first);
                    let gradient = &mut gradient[..count * sums_len];
                    for (image, gradient) in gradient.chunks_exact_mut(sums_len).enumerate() {
                        sums(first + image, gradient);
                        add_bias_gradients(gradient, biases);
                    }
                    let gradient = &*gradient;
                    let x = &x[first * len..][..count * len];
                    for (group, (sums, given)) in
                        gradients.chunks_exact_mut(gradient_len).zip(ready.groups()).enumerate()
                    {
                        let x = Images { values: &x[group * input..], stride: len, len: input };
                        let values = &gradient[group * group_sums..];
                        let gradient = Images { values, stride: sums_len, len: group_sums };
                        method.add_filter_gradients(threads, given, x, gradient, sums);
                    }
                    if let (Some(ready), Some(into)) = (transposed, &mut into) {
                        let into = &mut into[(first - images.start) * len..][..count * len];
                        let at_once = ready.images_at_once(count);
                        let of_batch =
                            gradient.chunks(at_once * sums_len).zip(into.chunks_mut(at_once * len));
                        for (gradient, into) in of_batch {
                            self.images_transposed(ready, threads, gradient, into);
                        }
                    }
                }
            });
        });
        if groups == 0 {
            weights.fill(T::zero());
            return biases.fill(T::zero());
        }
        let totals = partial.sum(groups, totals_len);
        biases.copy_from_slice(&totals[gradients_len..]);
        let of_group =
            totals.chunks_exact(gradient_len).zip(weights.chunks_exact_mut(self.filters() * self.taps()));
        for (totals, weights) in of_group {
            method.filter_gradients(totals, weights);
        }
    }
}
