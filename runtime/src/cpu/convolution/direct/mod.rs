//! Convolutions without a column matrix: sums in registers, numbers read where the image has them.
//!
//! An image is first copied as channels-last, (depth, rows, columns, channels) with its padding: a window is then a
//! few contiguous segments, one for each of its rows. Filters stand side by side in vectors, in blocks of two: for each
//! tap a tile of positions by filters reads two vectors of weights and one number for each position.
//!
//! The three products of a convolution are the same loop, [`tile`]:
//!
//! | | rows | columns | summed over |
//! | --- | --- | --- | --- |
//! | sums | positions | filters | taps |
//! | gradient of the input, at stride 1 | elements | channels | taps, of the filters turned around |
//! | gradient of the filters | taps | filters | positions |
//!
//! A tile of 14 rows by 2 vectors of AVX-512 is 28 multiply-adds to 16 loads: multiply-adds are the limit.

mod layout;
mod method;
pub mod tile;

use std::ops::Range;

use crate::Real;
use crate::cpu::gemm::Threads;
use crate::cpu::isa::{Isa, isa};
use crate::cpu::scratch;
use crate::geometry::Windows;
use tile::{Kernels, Tile};

/// Sums between two calls of a sink, at most: they stay in the first-level cache.
pub const SUMS: usize = 4096;

/// A convolution of one group of channels.
#[derive(Clone, Copy, Debug)]
pub struct Direct {
    /// Where windows lie; the channels are those of the group.
    pub windows: Windows,
    /// Filters of the group.
    pub filters: usize,
    /// Whether filters are turned around before they slide.
    pub flip: bool,
    /// The instructions to use.
    pub isa: Isa,
}

impl Direct {
    /// With the instructions in use.
    pub fn new(windows: Windows, filters: usize, flip: bool) -> Self {
        Self::on(isa(), windows, filters, flip)
    }

    /// With these instructions.
    pub(super) fn on(isa: Isa, windows: Windows, filters: usize, flip: bool) -> Self {
        Direct { windows, filters, flip, isa }
    }

    /// The convolution that the input's gradient is, of the sums' gradient: its filters are turned around, and have
    /// channels and filters exchanged. None where windows lie more than one element apart, or begin where no filter
    /// reaches the image.
    pub fn reversed(&self) -> Option<Direct> {
        let Windows { input, output, size, stride, dilation, pad, .. } = self.windows;
        let mut around = [0; 3];
        for axis in 0..3 {
            around[axis] = ((size[axis] - 1) * dilation[axis]).checked_sub(pad[axis])?;
        }
        let windows =
            Windows { channels: self.filters, input: output, output: input, pad: around, ..self.windows };
        let (filters, flip) = (self.windows.channels, !self.flip);
        (stride == [1; 3]).then_some(Direct { windows, filters, flip, isa: self.isa })
    }

    pub(super) fn kernels<T: Real>(&self) -> &'static Kernels<T> {
        T::direct_kernels(self.isa)
    }

    /// The blocks of filters: the first of each, and how wide its tiles are.
    pub fn blocks<T: Real>(&self) -> impl Iterator<Item = (usize, usize)> + use<T> {
        let (kernels, filters) = (self.kernels::<T>(), self.filters);
        (0..filters).step_by(kernels.width()).map(move |first| (first, kernels.width_for(filters - first)))
    }

    /// Filters with those that fill the last vector.
    fn padded_filters<T: Real>(&self) -> usize {
        self.kernels::<T>().padded(self.filters)
    }

    /// The length of packed filters, or of their gradients, which lie in the same way: for each block (taps, width).
    pub fn packed_len<T: Real>(&self) -> usize {
        self.padded_filters::<T>() * self.windows.taps()
    }

    /// Sums of one image with one of the [`blocks`](Self::blocks): calls `sink` with some positions, by their places
    /// among `origins`, and their sums, (positions, width). Their number is a multiple of `together` but for the last.
    ///
    /// `packed` are all filters; `x` is the image as [`channels_last`](Self::channels_last) leaves it; origins and
    /// segments are those of this convolution, in any order of the positions.
    #[expect(clippy::too_many_arguments, reason = "the operands of one product")]
    pub fn block_sums<T: Real>(
        &self,
        (first, width): (usize, usize),
        packed: &[T],
        origins: &[u32],
        segments: &[u32],
        together: usize,
        x: &[T],
        mut sink: impl FnMut(Range<usize>, &mut [T]),
    ) {
        let (kernels, taps) = (self.kernels::<T>(), self.windows.taps());
        assert!(x.len() >= self.input_len(), "an image of this convolution");
        let packed = &packed[first * taps..][..width * taps];
        // Whole tiles where that is possible.
        let rows = kernels.rows();
        let room = SUMS / width;
        let together = if together * rows <= room { together * rows } else { together };
        let at_once = (room / together).max(1) * together;
        scratch::with(at_once * width, |sums: &mut [T]| {
            for start in (0..origins.len()).step_by(at_once) {
                let end = origins.len().min(start + at_once);
                let sums = &mut sums[..(end - start) * width];
                let tile = Tile {
                    numbers: x,
                    rows: &origins[start..end],
                    segments,
                    len: self.segment(),
                    step: 1,
                    vectors: packed,
                    sums: &mut *sums,
                    accumulate: false,
                };
                // SAFETY: origins and segments are of this convolution, so that every window lies in the image; the
                // weights are as many as its taps, the sums as the positions, and the kernels those of an instruction
                // set that the processor has.
                unsafe { kernels.run(width, tile) };
                sink(start..end, sums);
            }
        });
    }

    /// Adds the gradient of the filters, as [`pack`](Self::pack) would have them, over some images.
    ///
    /// `x` is the images as [`channels_last`](Self::channels_last) leaves them, side by side; `gradient` those of
    /// their sums as [`by_blocks`](Self::by_blocks) does; `taps` and `lines` are [`taps`](Self::taps) and
    /// [`lines`](Self::lines) of so many images.
    pub fn add_filter_gradients<T: Real>(
        &self,
        threads: Threads,
        taps: &[u32],
        lines: &[u32],
        x: &[T],
        gradient: &[T],
        sums: &mut [T],
    ) {
        let kernels = self.kernels::<T>();
        let columns = self.windows.output[2];
        let products = lines.len() * columns;
        assert!(
            x.len() >= products / self.windows.positions() * self.input_len()
                && gradient.len() >= self.padded_filters::<T>() * products
                && sums.len() >= self.packed_len::<T>(),
            "images and gradients of this convolution"
        );
        let block = |(first, width): (usize, usize), sums: &mut [T]| {
            let vectors = &gradient[first * products..][..width * products];
            let tile = Tile {
                numbers: x,
                rows: taps,
                segments: lines,
                len: columns,
                step: self.windows.stride[2] * self.windows.channels,
                vectors,
                sums,
                accumulate: true,
            };
            // SAFETY: as in `block_sums`, with taps and positions exchanged.
            unsafe { kernels.run(width, tile) };
        };
        self.each_block(threads, taps.len(), sums, block);
    }

    /// Calls `work` with each of the [`blocks`](Self::blocks) and its part of `values`, which have `len` for each filter.
    pub(super) fn each_block<T: Real>(
        &self,
        threads: Threads,
        len: usize,
        values: &mut [T],
        work: impl Fn((usize, usize), &mut [T]) + Sync,
    ) {
        let kernels = self.kernels::<T>();
        super::each_block(threads, values, kernels.width() * len, |number, values| {
            let first = number * kernels.width();
            work((first, kernels.width_for(self.filters - first)), values);
        });
    }
}
