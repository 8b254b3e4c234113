//! Convolutions as a library computes them, as simply as possible.

use super::super::driver::{ConvolutionShape, LibraryConvolution, Pointer, Wanted};
use crate::Real;

impl ConvolutionShape {
    /// Calls `multiply` with the places of each product's image, filter and sum.
    fn each_product(&self, mut multiply: impl FnMut([usize; 3])) {
        let of = |lengths: [usize; 3]| {
            let places = (0..lengths.iter().product()).map(move |place: usize| {
                [place / lengths[2] / lengths[1], place / lengths[2] % lengths[1], place % lengths[2]]
            });
            places.enumerate()
        };
        let (channels, filters) = (self.channels / self.num_groups, self.num_filters / self.num_groups);
        let [plane, window, positions] =
            [self.input, self.filter_size, self.output].map(|lengths| lengths.iter().product::<usize>());
        for (item, filter) in (0..self.batch).flat_map(|item| (0..self.num_filters).map(move |f| (item, f))) {
            for (position, at) in of(self.output) {
                for (channel, (tap, within)) in
                    (0..channels).flat_map(|channel| of(self.filter_size).map(move |tap| (channel, tap)))
                {
                    let covered: [Option<usize>; 3] = std::array::from_fn(|axis| {
                        let place =
                            (at[axis] * self.stride[axis] + within[axis]).checked_sub(self.pad[axis])?;
                        (place < self.input[axis]).then_some(place)
                    });
                    let [Some(z), Some(y), Some(x)] = covered else { continue };
                    let tap = if self.flip_filters { window - 1 - tap } else { tap };
                    let of_image = item * self.channels + filter / filters * channels + channel;
                    multiply([
                        of_image * plane + (z * self.input[1] + y) * self.input[2] + x,
                        (filter * channels + channel) * window + tap,
                        (item * self.num_filters + filter) * positions + position,
                    ]);
                }
            }
        }
    }
}

/// Address, bytes and number of values of images, filters and sums.
pub(super) fn operands(of: &LibraryConvolution) -> [(Pointer, usize, usize); 3] {
    let shape = &of.shape;
    let size = if shape.real == "f32" { size_of::<f32>() } else { size_of::<f64>() };
    let [plane, window, positions] =
        [shape.input, shape.filter_size, shape.output].map(|lengths| lengths.iter().product::<usize>());
    [
        (of.images, shape.batch * shape.channels * plane),
        (of.filters, shape.num_filters * shape.channels / shape.num_groups * window),
        (of.sums, shape.batch * shape.num_filters * positions),
    ]
    .map(|(pointer, len)| (pointer, size * len, len))
}

/// # Safety
/// The pointers must be those of as many values of the element type as the shape says.
pub(super) unsafe fn convolve(of: &LibraryConvolution) {
    // SAFETY: the caller's promise.
    unsafe { if of.shape.real == "f32" { convolve_of::<f32>(of) } else { convolve_of::<f64>(of) } }
}

/// # Safety
/// As [`convolve`].
unsafe fn convolve_of<T: Real>(of: &LibraryConvolution) {
    let operands = operands(of);
    let (to, from) = match of.shape.wanted {
        Wanted::Sums => (2, [0, 1]),
        Wanted::Images => (0, [1, 2]),
        Wanted::Filters => (1, [0, 2]),
    };
    let mut values = vec![T::zero(); operands[to].2];
    // SAFETY: the caller's promise.
    let read = |operand: usize, place: usize| unsafe { (operands[operand].0 as *const T).add(place).read() };
    of.shape.each_product(|places| {
        let [a, b] = from.map(|operand| read(operand, places[operand]));
        values[places[to]] += a * b;
    });
    // SAFETY: the caller's promise.
    unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), operands[to].0 as *mut T, values.len()) };
}
