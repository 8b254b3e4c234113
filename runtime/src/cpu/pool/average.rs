//! Average-pooling over sliding windows: sums of windows beside each other, and the same backwards by the windows over
//! neighbouring elements.

use std::ops::Range;

use super::beside::{Groups, MOST_LANES, Row, Take, around, rows, whole, with_constants};
use super::sum;
use crate::Real;
use crate::cpu::gemm::kernels::{Vector, VectorWork};
use crate::cpu::isa::Isa;
use crate::cpu::scratch;
use crate::geometry::Windows;

/// Average-pooling of some channels: the mean of each window. Padding counts as zeros if `with_padding`, and else not at
/// all.
pub fn average_pool<T: Real>(isa: Isa, windows: &Windows, with_padding: bool, image: &[T], output: &mut [T]) {
    T::on_vectors(isa, AveragePool { windows, with_padding, image, output });
}

struct AveragePool<'a, T> {
    windows: &'a Windows,
    with_padding: bool,
    image: &'a [T],
    output: &'a mut [T],
}

impl<T: Real> VectorWork<T> for AveragePool<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        // SAFETY: the caller's contract.
        unsafe { with_constants!(self.windows, average_pool_by(self)) }
    }
}

/// # Safety
///
/// The processor has the vectors' instruction set; so below.
#[inline(always)]
unsafe fn average_pool_by<V: Vector<Element: Real>, const STRIDE: usize, const SIZE: usize>(
    pool: AveragePool<'_, V::Element>,
) {
    let AveragePool { windows, with_padding, image, output } = pool;
    let (whole, across) = (whole(windows), windows.output[2]);
    let (plane, positions) = (windows.plane(), windows.positions());
    // SAFETY: the caller's contract.
    let groups = unsafe { Groups::<V>::new(&whole) };
    for (image, output) in image.chunks(CHANNELS * plane).zip(output.chunks_mut(CHANNELS * positions)) {
        for (number, row) in rows(windows).enumerate() {
            let of_lines = count_of_lines(windows, with_padding, &row);
            let channels = || (0..).zip(image.chunks_exact(plane));
            for group in groups.iter() {
                // SAFETY: the caller's contract.
                unsafe {
                    let elements = Divisor::new(of_lines * windows.size[2]);
                    for (place, channel) in channels() {
                        let mut sum = Sum(V::zero());
                        group.take_all::<STRIDE, SIZE>(windows, &row, channel, &mut sum);
                        let output = &mut output[place * positions + number * across..];
                        group.store(elements.divide(sum.0), output);
                    }
                }
            }
            for window in around(&whole, across) {
                let elements = of_lines * count(windows, with_padding, 2, window);
                for (place, channel) in channels() {
                    let sum = sum(channel, windows.input, row.region(windows, window));
                    output[place * positions + number * across + window] =
                        sum / V::Element::of(elements as f64);
                }
            }
        }
    }
}

/// Channels whose rows are taken one after the other, so that what is to know of a row is found out once for all. More would
/// be more streams of memory than the processor looks ahead for.
const CHANNELS: usize = 8;

/// The sums of windows.
struct Sum<V>(V);

impl<V: Vector> Take<V> for Sum<V> {
    #[inline(always)]
    unsafe fn take(&mut self, values: V, _: usize) {
        // SAFETY: the caller's contract.
        self.0 = unsafe { self.0.add(values) };
    }
}

/// A number of elements to divide by.
#[derive(Clone, Copy)]
enum Divisor<V> {
    Number(V),
    /// Of a power of two, which has an exact one, and that is quicker.
    Inverse(V),
}

impl<V: Vector<Element: Real>> Divisor<V> {
    #[inline(always)]
    unsafe fn new(elements: usize) -> Self {
        let number = V::Element::of(elements as f64);
        // SAFETY: the caller's contract.
        unsafe {
            if elements.is_power_of_two() {
                Divisor::Inverse(V::splat(V::Element::of(1.0) / number))
            } else {
                Divisor::Number(V::splat(number))
            }
        }
    }

    #[inline(always)]
    unsafe fn divide(self, values: V) -> V {
        // SAFETY: the caller's contract.
        unsafe {
            match self {
                Divisor::Number(number) => values.div(number),
                Divisor::Inverse(inverse) => V::zero().add_product(values, inverse),
            }
        }
    }
}

/// The reverse of [`average_pool`] for gradients: each element gets its share of every window over it.
pub fn average_pool_backward<T: Real>(
    isa: Isa,
    windows: &Windows,
    with_padding: bool,
    gradient: &[T],
    image: &mut [T],
) {
    let rows = windows.output[0] * windows.output[1];
    scratch::with(rows * row_of_shares(windows) + MOST_LANES, |shares: &mut [T]| {
        shares.fill(T::zero());
        T::on_vectors(isa, AveragePoolBackward { windows, with_padding, gradient, image, shares });
    });
}

struct AveragePoolBackward<'a, T> {
    windows: &'a Windows,
    with_padding: bool,
    gradient: &'a [T],
    image: &'a mut [T],
    /// The windows' gradients divided by the numbers of elements that these count, with zeros around each row.
    shares: &'a mut [T],
}

impl<T: Real> VectorWork<T> for AveragePoolBackward<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        // SAFETY: the caller's contract.
        unsafe { with_constants!(self.windows, average_pool_backward_by(self)) }
    }
}

#[inline(always)]
unsafe fn average_pool_backward_by<V: Vector<Element: Real>, const STRIDE: usize, const SIZE: usize>(
    pool: AveragePoolBackward<'_, V::Element>,
) {
    let AveragePoolBackward { windows, with_padding, gradient, image, shares } = pool;
    let ([_, height, width], pad) = (windows.input, windows.pad[2]);
    // Elements are taken as many at a time as windows are apart, where the line has them.
    let steps = if STRIDE > 0 { pad.div_ceil(STRIDE)..(width + pad) / STRIDE } else { 0..0 };
    let columns = steps.start * STRIDE..steps.end * STRIDE;
    let columns = if columns.is_empty() { 0..0 } else { columns.start - pad..columns.end - pad };
    let (before, len) = (zeros_before(windows), row_of_shares(windows));
    let whole = whole(windows);
    // SAFETY: the caller's contract.
    let (groups, groups_of_windows) = unsafe { (Groups::<V>::new(&steps), Groups::<V>::new(&whole)) };
    let gradients = gradient.chunks_exact(windows.positions());
    for (channel, gradient) in image.chunks_exact_mut(windows.plane()).zip(gradients) {
        let of_rows = gradient.chunks_exact(windows.output[2]).zip(shares.chunks_exact_mut(len));
        for ((gradient, shares), row) in of_rows.zip(rows(windows)) {
            let shares = &mut shares[before..][..windows.output[2]];
            let of_lines = count_of_lines(windows, with_padding, &row);
            for group in groups_of_windows.iter() {
                // SAFETY: the caller's contract.
                unsafe {
                    let elements = Divisor::new(of_lines * windows.size[2]);
                    group.store(elements.divide(group.load(gradient)), shares);
                }
            }
            for window in around(&whole, windows.output[2]) {
                let elements = of_lines * count(windows, with_padding, 2, window);
                shares[window] = gradient[window] / V::Element::of(elements as f64);
            }
        }
        let layers = channel.chunks_exact_mut(height * width).zip(windows.each_over(0));
        for (layer, layers) in layers {
            for (line, rows) in layer.chunks_exact_mut(width).zip(windows.each_over(1)) {
                let over = Over { layers: layers.clone(), rows, strides: [windows.output[1] * len, len] };
                for group in groups.iter() {
                    let from = before + group.first;
                    let line = &mut line[group.first * STRIDE - pad..];
                    // SAFETY: the caller's contract.
                    unsafe {
                        let first = over.sum::<V, STRIDE, SIZE>(windows, shares, from, 0);
                        if STRIDE == 1 {
                            group.store_one(first, line);
                        } else {
                            let second = over.sum::<V, STRIDE, SIZE>(windows, shares, from, 1);
                            group.store_two(first, second, line);
                        }
                    }
                }
                for column in around(&columns, width) {
                    let mut sum = V::Element::of(0.0);
                    for row in over.rows() {
                        for window in windows.over(2, column) {
                            sum += shares[row + before + window];
                        }
                    }
                    line[column] = sum;
                }
            }
        }
    }
}

/// The rows of windows over a line.
struct Over {
    layers: Range<usize>,
    rows: Range<usize>,
    /// The distances of their shares.
    strides: [usize; 2],
}

impl Over {
    /// Where the rows' shares start.
    #[inline(always)]
    fn rows(&self) -> impl Iterator<Item = usize> + use<> {
        let (rows, start, [of_layer, of_row]) = (self.rows.len(), self.rows.start, self.strides);
        let (one, layers) = (self.layers.len() == 1, self.layers.start);
        (0..self.layers.len() * rows).map(move |row| {
            let (layer, row) = if one { (0, row) } else { (row / rows, row % rows) };
            (layers + layer) * of_layer + (start + row) * of_row
        })
    }

    /// The sums of the shares for a vector of elements that lie `STRIDE` apart, `phase` after the windows' first
    /// elements.
    #[inline(always)]
    unsafe fn sum<V: Vector, const STRIDE: usize, const SIZE: usize>(
        &self,
        windows: &Windows,
        shares: &[V::Element],
        from: usize,
        phase: usize,
    ) -> V {
        let size = if SIZE > 0 { SIZE } else { windows.size[2] };
        // SAFETY: the caller's contract; the slices are as long as vectors.
        unsafe {
            let mut sum = V::zero();
            for row in self.rows() {
                for tap in (phase..size).step_by(STRIDE.max(1)) {
                    let shares = &shares[row + from - tap / STRIDE.max(1)..][..V::LANES];
                    sum = sum.add(V::load(shares.as_ptr()));
                }
            }
            sum
        }
    }
}

/// Zeros before a row of windows' shares, so that each column finds as many.
fn zeros_before(windows: &Windows) -> usize {
    (windows.size[2] - 1) / windows.stride[2]
}

/// The length of a row of windows' shares with zeros around them.
fn row_of_shares(windows: &Windows) -> usize {
    let columns = (windows.input[2] + windows.pad[2]).div_ceil(windows.stride[2]);
    zeros_before(windows) + windows.output[2].max(columns)
}

/// The number of elements along an axis that an average over a window counts: those in the image, and those in the
/// padding around it if `with_padding`. What goes beyond the padding is not counted.
#[inline(always)]
fn count(windows: &Windows, with_padding: bool, axis: usize, place: usize) -> usize {
    if with_padding {
        let rest = windows.input[axis] + 2 * windows.pad[axis] - place * windows.stride[axis];
        windows.size[axis].min(rest)
    } else {
        windows.covered(axis, place).len()
    }
}

/// The number of lines under a row of windows that an average counts.
#[inline(always)]
fn count_of_lines(windows: &Windows, with_padding: bool, row: &Row) -> usize {
    let [layer, place] = row.places;
    if with_padding {
        count(windows, true, 0, layer) * count(windows, true, 1, place)
    } else {
        row.num_lines()
    }
}
