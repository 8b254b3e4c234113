//! How images, gradients and filters lie for the kernels, and where windows are in them.

use super::Direct;
use crate::Real;
use crate::cpu::gemm::Threads;
use crate::cpu::scratch;
use crate::cpu::transpose::{Rows, transpose};

/// Elements that one thread copies by itself.
const MOST_ALONE: usize = 1 << 16;

impl Direct {
    /// Elements along each axis that windows see, with the padding.
    pub(in crate::cpu::convolution) fn extent(&self) -> [usize; 3] {
        let windows = &self.windows;
        std::array::from_fn(|axis| {
            (windows.output[axis] - 1) * windows.stride[axis]
                + (windows.size[axis] - 1) * windows.dilation[axis]
                + 1
        })
    }

    /// Those of them that are the image's: all, but for what no window reaches.
    pub(in crate::cpu::convolution) fn visible(&self) -> [usize; 3] {
        let (extent, windows) = (self.extent(), &self.windows);
        std::array::from_fn(|axis| windows.input[axis].min(extent[axis].saturating_sub(windows.pad[axis])))
    }

    /// Elements of a channels-last image.
    pub fn input_len(&self) -> usize {
        self.extent().iter().product::<usize>() * self.windows.channels
    }

    /// The place of an element in it.
    fn place(&self, [layer, row, column]: [usize; 3]) -> usize {
        let [_, rows, columns] = self.extent();
        ((layer * rows + row) * columns + column) * self.windows.channels
    }

    /// An image (channels, depth, rows, columns) as (depth, rows, columns, channels), with its padding.
    pub fn channels_last<T: Real>(&self, image: &[T], to: &mut [T]) {
        let channels = self.windows.channels;
        let ([_, height, width], [deep, down, across]) = (self.windows.input, self.visible());
        let to = &mut to[..self.input_len()];
        let [extent_deep, extent_down, extent_across] = self.extent();
        if [deep, down, across] != [extent_deep, extent_down, extent_across] {
            to.fill(T::zero());
        }
        let plane = self.windows.plane();
        // Lines that lie side by side on both sides are one.
        let (lines, across) =
            if across == width && across == extent_across { (1, down * across) } else { (down, across) };
        for layer in 0..deep {
            for line in 0..lines {
                let from = &image[(layer * height + line) * width..];
                let place = [layer, line, 0];
                let to =
                    &mut to[self.place(std::array::from_fn(|axis| place[axis] + self.windows.pad[axis]))..];
                if channels == 1 {
                    to[..across].copy_from_slice(&from[..across]);
                } else {
                    transpose(Rows { rows: channels, columns: across, stride: plane }, from, to, channels);
                }
            }
        }
    }

    /// The reverse of [`channels_last`](Self::channels_last), without the padding. What no window sees is zero.
    pub fn channels_first<T: Real>(&self, from: &[T], image: &mut [T]) {
        let (channels, plane, pad) = (self.windows.channels, self.windows.plane(), self.windows.pad);
        let ([_, height, width], [deep, down, across]) = (self.windows.input, self.visible());
        if [deep, down, across] != self.windows.input {
            image.fill(T::zero());
        }
        for layer in 0..deep {
            for line in 0..down {
                let from = &from[self.place([layer + pad[0], line + pad[1], pad[2]])..];
                let to = &mut image[(layer * height + line) * width..];
                transpose(Rows { rows: across, columns: channels, stride: channels }, from, to, plane);
            }
        }
    }

    /// Gradients of sums (filters, positions) as the blocks of vectors that
    /// [`add_filter_gradients`](Self::add_filter_gradients) reads: for each block (images, positions, width), of which
    /// this is one image of so many.
    pub fn by_blocks<T: Real>(&self, gradient: &[T], image: usize, images: usize, to: &mut [T]) {
        let positions = self.windows.positions();
        for (first, width) in self.blocks::<T>() {
            let filters = width.min(self.filters - first);
            let to = &mut to[(first * images + image * width) * positions..][..width * positions];
            if filters < width {
                to.fill(T::zero());
            }
            let lie = Rows { rows: filters, columns: positions, stride: positions };
            transpose(lie, &gradient[first * positions..], to, width);
        }
    }

    /// The length of what [`by_blocks`](Self::by_blocks) writes for an image.
    pub fn blocks_len<T: Real>(&self) -> usize {
        self.padded_filters::<T>() * self.windows.positions()
    }

    /// Writes sums of so many filters, (filters, positions), from what [`block_sums`](Self::block_sums) gives for
    /// positions from `start` on.
    pub fn sums_to<T: Real>(&self, filters: usize, start: usize, sums: &[T], width: usize, to: &mut [T]) {
        let lie = Rows { rows: sums.len() / width, columns: filters, stride: width };
        transpose(lie, sums, &mut to[start..], self.windows.positions());
    }

    /// Products in a segment: the elements of a window that lie side by side.
    pub(super) fn segment(&self) -> usize {
        if self.windows.dilation[2] == 1 {
            self.windows.size[2] * self.windows.channels
        } else {
            self.windows.channels
        }
    }

    /// How many segments a window has.
    pub fn segments_len(&self) -> usize {
        self.windows.taps() / self.segment()
    }

    /// Where they start, from the first element of the window.
    pub fn segments(&self, to: &mut [u32]) {
        let windows = &self.windows;
        let columns = if windows.dilation[2] == 1 { 1 } else { windows.size[2] };
        for (number, to) in to.iter_mut().enumerate() {
            let place =
                [number / columns / windows.size[1], number / columns % windows.size[1], number % columns];
            *to = self.place(std::array::from_fn(|axis| place[axis] * windows.dilation[axis])) as u32;
        }
    }

    /// Where windows start, position by position.
    pub fn origins(&self, to: &mut [u32]) {
        let [_, height, width] = self.windows.output;
        let apart = self.origin([0, 0, 1]);
        for (line, to) in to.chunks_exact_mut(width).enumerate() {
            let start = self.origin([line / height, line % height, 0]);
            to.iter_mut().enumerate().for_each(|(column, to)| *to = start + column as u32 * apart);
        }
    }

    /// Where the window at such a position starts.
    pub fn origin(&self, position: [usize; 3]) -> u32 {
        self.place(std::array::from_fn(|axis| position[axis] * self.windows.stride[axis])) as u32
    }

    /// Where the taps of the first window are, in the order of packed filters.
    pub fn taps(&self, to: &mut [u32]) {
        let (segment, segments) = (self.segment(), self.segments_len());
        self.segments(&mut to[..segments]);
        // From the last one on: each is written at or after the place of its start.
        for number in (0..segments).rev() {
            let start = to[number];
            for (tap, to) in to[number * segment..][..segment].iter_mut().enumerate() {
                *to = start + tap as u32;
            }
        }
    }

    /// The lines of positions on one image.
    pub fn lines_len(&self) -> usize {
        self.windows.output[0] * self.windows.output[1]
    }

    /// Where the lines of positions start, on images side by side: as many lines as fit.
    pub fn lines(&self, to: &mut [u32]) {
        let height = self.windows.output[1];
        for (number, to) in to.iter_mut().enumerate() {
            let (image, line) = (number / self.lines_len(), number % self.lines_len());
            *to = self.origin([line / height, line % height, 0]) + (image * self.input_len()) as u32;
        }
    }

    /// The place in a filter (channels, window) of each element of a window, in order.
    fn window(&self) -> impl Iterator<Item = usize> {
        let (window, flip) = (self.windows.window(), self.flip);
        (0..window).map(move |place| if flip { window - 1 - place } else { place })
    }

    /// Writes filters (filters, channels, window) as the kernel reads them: for each block (taps, width), with the
    /// taps in the order of a channels-last window. What is no filter is zero.
    pub fn pack<T: Real>(&self, w: &[T], packed: &mut [T]) {
        let taps = self.windows.taps();
        self.pack_blocks(packed, |first, filters, width, turned| {
            transpose(Rows { rows: filters, columns: taps, stride: taps }, &w[first * taps..], turned, width);
        });
    }

    /// The same for the [`reversed`](Self::reversed) convolution, from the filters (channels, filters, window) of the
    /// one whose gradient it is.
    pub fn pack_reversed<T: Real>(&self, w: &[T], packed: &mut [T]) {
        let (window, channels) = (self.windows.window(), self.windows.channels);
        self.pack_blocks(packed, |first, filters, width, turned| {
            for channel in 0..channels {
                let from = &w[(channel * self.filters + first) * window..];
                let to = &mut turned[channel * window * width..];
                transpose(Rows { rows: filters, columns: window, stride: window }, from, to, width);
            }
        });
    }

    /// Packs block by block, given what writes the first filter, their number, and the width of a block's rows as
    /// (channels, window, width).
    fn pack_blocks<T: Real>(
        &self,
        packed: &mut [T],
        block: impl Fn(usize, usize, usize, &mut [T]) + Sync + Send,
    ) {
        let (taps, window, channels) = (self.windows.taps(), self.windows.window(), self.windows.channels);
        self.each_block(self.threads_for(packed.len()), taps, packed, |(first, width), packed| {
            let filters = width.min(self.filters - first);
            scratch::with(width * taps, |turned: &mut [T]| {
                if filters < width {
                    turned.fill(T::zero());
                }
                block(first, filters, width, turned);
                for (place, packed) in self.window().zip(packed.chunks_exact_mut(channels * width)) {
                    for (channel, to) in packed.chunks_exact_mut(width).enumerate() {
                        to.copy_from_slice(&turned[(channel * window + place) * width..][..width]);
                    }
                }
            });
        });
    }

    /// The threads that copy so many elements.
    pub fn threads_for(&self, elements: usize) -> Threads {
        if elements > MOST_ALONE { Threads::All } else { Threads::One }
    }

    /// The reverse of [`pack`](Self::pack), for gradients.
    pub fn unpack<T: Real>(&self, packed: &[T], w: &mut [T]) {
        let (taps, window, channels) = (self.windows.taps(), self.windows.window(), self.windows.channels);
        self.each_block(self.threads_for(w.len()), taps, w, |(first, width), w| {
            let packed = &packed[first * taps..][..width * taps];
            scratch::with(width * taps, |turned: &mut [T]| {
                for (place, packed) in self.window().zip(packed.chunks_exact(channels * width)) {
                    for (channel, from) in packed.chunks_exact(width).enumerate() {
                        turned[(channel * window + place) * width..][..width].copy_from_slice(from);
                    }
                }
                let lie = Rows { rows: taps, columns: w.len() / taps, stride: width };
                transpose(lie, turned, w, taps);
            });
        });
    }
}
