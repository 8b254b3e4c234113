//! Windows beside each other on a line, taken together as the lanes of vectors.

use std::ops::Range;

use super::Region;
use crate::Real;
use crate::cpu::gemm::kernels::Vector;
use crate::geometry::Windows;

/// Calls `$function` with the distance of the windows along a line and their size along it as constants, where these are
/// usual ones, or else 0.
macro_rules! with_constants {
    ($windows:expr, $function:ident($($argument:expr),*)) => {
        match ($windows.stride[2], $windows.size[2]) {
            (2, 2) => $function::<V, 2, 2>($($argument),*),
            (2, 3) => $function::<V, 2, 3>($($argument),*),
            (2, _) => $function::<V, 2, 0>($($argument),*),
            (1, _) => $function::<V, 1, 0>($($argument),*),
            _ => $function::<V, 0, 0>($($argument),*),
        }
    };
}
pub(super) use with_constants;

/// What is made of the elements of windows.
pub trait Take<V> {
    /// Takes one element of each window, so far from the first element that they cover.
    ///
    /// # Safety
    ///
    /// The processor has the vectors' instruction set.
    unsafe fn take(&mut self, values: V, offset: usize);
}

/// Windows beside each other, not more than a vector has lanes.
#[derive(Clone, Copy)]
pub struct Group<V: Vector> {
    /// The first of them.
    pub first: usize,
    count: usize,
    /// Lanes for the windows.
    lanes: V::Mask,
    /// Of two vectors the lanes for as many elements as twice the windows, and for one less.
    twice: [V::Mask; 2],
    less: [V::Mask; 2],
}

impl<V: Vector<Element: Real>> Group<V> {
    /// # Safety
    ///
    /// The processor has the vectors' instruction set; so below.
    #[inline(always)]
    unsafe fn new(first: usize, count: usize) -> Self {
        // SAFETY: the caller's contract, and no more lanes than there are.
        let lanes = |elements: usize| unsafe { V::mask(elements.min(V::LANES)) };
        let two = |elements: usize| [lanes(elements), lanes(elements.saturating_sub(V::LANES))];
        let less = (2 * count).saturating_sub(1);
        Group { first, count, lanes: lanes(count), twice: two(2 * count), less: two(less) }
    }

    /// These windows.
    #[inline(always)]
    pub fn range(&self) -> Range<usize> {
        self.first..self.first + self.count
    }

    /// Hands over what the windows of a row cover, from their last elements to their first.
    #[inline(always)]
    pub unsafe fn take_all<const STRIDE: usize, const SIZE: usize>(
        &self,
        windows: &Windows,
        row: &Row,
        channel: &[V::Element],
        to: &mut impl Take<V>,
    ) {
        let [of_layer, of_line] = row.strides;
        let (layers, lines) = (row.layers.len(), row.down.len());
        // SAFETY: the caller's contract.
        unsafe {
            if SIZE > 0 && layers == 1 && lines == SIZE {
                // A square in one layer: nothing but the lines' places remains to be computed.
                for line in (0..SIZE).rev() {
                    self.take_line::<STRIDE, SIZE>(windows, row, channel, line * of_line, to);
                }
            } else {
                for layer in (0..layers).rev() {
                    for line in (0..lines).rev() {
                        let offset = layer * of_layer + line * of_line;
                        self.take_line::<STRIDE, SIZE>(windows, row, channel, offset, to);
                    }
                }
            }
        }
    }

    /// The same for one line, so far from the first.
    #[inline(always)]
    unsafe fn take_line<const STRIDE: usize, const SIZE: usize>(
        &self,
        windows: &Windows,
        row: &Row,
        channel: &[V::Element],
        offset: usize,
        to: &mut impl Take<V>,
    ) {
        let (size, stride, start) = self.place::<STRIDE, SIZE>(windows, row);
        let line = channel[start + offset..][..(self.count - 1) * stride + size].as_ptr();
        // SAFETY: the caller's contract, and all these elements are of the line.
        unsafe {
            match STRIDE {
                1 => {
                    for tap in (0..size).rev() {
                        to.take(V::load_masked(line.add(tap), self.lanes), offset + tap);
                    }
                }
                // Two taps lie beside each other.
                2 => {
                    if size % 2 == 1 {
                        let (values, _) = Self::two(line.add(size - 1), self.less);
                        to.take(values, offset + size - 1);
                    }
                    for tap in (0..size - size % 2).step_by(2).rev() {
                        let (even, odd) = Self::two(line.add(tap), self.twice);
                        to.take(odd, offset + tap + 1);
                        to.take(even, offset + tap);
                    }
                }
                _ => {
                    for tap in (0..size).rev() {
                        let mut values = [V::Element::of(0.0); MOST_LANES];
                        for (window, value) in values[..self.count].iter_mut().enumerate() {
                            *value = *line.add(window * stride + tap);
                        }
                        to.take(V::load(values.as_ptr()), offset + tap);
                    }
                }
            }
        }
    }

    /// The windows' size and distance along the line, and where the first one's first element lies in the channel.
    #[inline(always)]
    pub fn place<const STRIDE: usize, const SIZE: usize>(
        &self,
        windows: &Windows,
        row: &Row,
    ) -> (usize, usize, usize) {
        let size = if SIZE > 0 { SIZE } else { windows.size[2] };
        let stride = if STRIDE > 0 { STRIDE } else { windows.stride[2] };
        (size, stride, row.start + self.first * stride - windows.pad[2])
    }

    /// Every other element from the first on, and from the second.
    #[inline(always)]
    unsafe fn two(from: *const V::Element, [low, high]: [V::Mask; 2]) -> (V, V) {
        // SAFETY: the caller's contract, and that the elements of the masks are there.
        unsafe {
            let low = V::load_masked(from, low);
            low.unzip(V::load_masked(from.wrapping_add(V::LANES), high))
        }
    }

    /// The values of the windows.
    #[inline(always)]
    pub unsafe fn load(&self, from: &[V::Element]) -> V {
        // SAFETY: the caller's contract, and the slice has a value for each window.
        unsafe { V::load_masked(from[self.range()].as_ptr(), self.lanes) }
    }

    /// Writes the values of the windows.
    #[inline(always)]
    pub unsafe fn store(&self, values: V, to: &mut [V::Element]) {
        // SAFETY: the caller's contract, and the slice has a value for each window.
        unsafe { values.store_masked(to[self.range()].as_mut_ptr(), self.lanes) }
    }

    /// Writes one value for each window after the other to a line.
    #[inline(always)]
    pub unsafe fn store_one(&self, values: V, to: &mut [V::Element]) {
        // SAFETY: the caller's contract, and there are as many.
        unsafe { values.store_masked(to[..self.count].as_mut_ptr(), self.lanes) }
    }

    /// Writes two values for each window after the other to a line.
    #[inline(always)]
    pub unsafe fn store_two(&self, even: V, odd: V, to: &mut [V::Element]) {
        let to = to[..2 * self.count].as_mut_ptr();
        // SAFETY: the caller's contract, and there are as many.
        unsafe {
            let (low, high) = even.zip(odd);
            low.store_masked(to, self.twice[0]);
            high.store_masked(to.wrapping_add(V::LANES), self.twice[1]);
        }
    }
}

/// The lanes of the longest vector.
pub const MOST_LANES: usize = 16;

/// A range in groups of as many as a vector has lanes; the last may be smaller.
#[derive(Clone)]
pub struct Groups<V: Vector> {
    whole: Group<V>,
    last: Group<V>,
    /// The whole groups.
    count: usize,
}

impl<V: Vector<Element: Real>> Groups<V> {
    #[inline(always)]
    pub unsafe fn new(range: &Range<usize>) -> Self {
        let (count, rest) = (range.len() / V::LANES, range.len() % V::LANES);
        // SAFETY: the caller's contract.
        let group = |first, count| unsafe { Group::new(first, count) };
        Groups { whole: group(range.start, V::LANES), last: group(range.end - rest, rest), count }
    }

    /// The groups one after the other.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = Group<V>> + use<'_, V> {
        let count = self.count + usize::from(self.last.count > 0);
        (0..count).map(|number| {
            if number < self.count {
                Group { first: self.whole.first + number * V::LANES, ..self.whole }
            } else {
                self.last
            }
        })
    }
}

/// The windows of a line that lie within the image.
pub fn whole(windows: &Windows) -> Range<usize> {
    let (pad, stride) = (windows.pad[2], windows.stride[2]);
    let last = (windows.input[2] + pad).checked_sub(windows.size[2]);
    let end = last.map_or(0, |last| last / stride + 1).min(windows.output[2]);
    pad.div_ceil(stride).min(end)..end
}

/// What is left of `0..len` around a range in it.
#[inline(always)]
pub fn around(range: &Range<usize>, len: usize) -> impl Iterator<Item = usize> + use<> {
    (0..range.start).chain(range.end..len)
}

/// The rows of windows of an image.
#[inline(always)]
pub fn rows(windows: &Windows) -> impl Iterator<Item = Row> + use<'_> {
    let [_, height, width] = windows.input;
    let [layers, rows, _] = windows.output;
    (0..layers).flat_map(move |place| {
        let layers = windows.covered(0, place);
        (0..rows).map(move |row| {
            let (layers, down) = (layers.clone(), windows.covered(1, row));
            let start = (layers.start * height + down.start) * width;
            Row { places: [place, row], layers, down, start, strides: [height * width, width] }
        })
    })
}

/// A row of windows.
pub struct Row {
    /// The layer that it is in, and the row in it.
    pub places: [usize; 2],
    layers: Range<usize>,
    down: Range<usize>,
    /// Where the first line that it covers starts in a channel.
    pub start: usize,
    /// The distances of layers and lines.
    strides: [usize; 2],
}

impl Row {
    /// How many lines it covers.
    #[inline(always)]
    pub fn num_lines(&self) -> usize {
        self.layers.len() * self.down.len()
    }

    /// What a window in it covers.
    pub fn region(&self, windows: &Windows, window: usize) -> Region {
        [self.layers.clone(), self.down.clone(), windows.covered(2, window)]
    }
}
