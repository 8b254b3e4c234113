//! Convolutions as matrix products whose factors are read from images as they are needed (implicit GEMM): no column
//! matrix is written. Filters that slide by one over lines or images have kernels of their own, in `correlate.rs`, unless
//! `algorithm = gemm` asks for these.
//!
//! With batch B, F filters, C channels, K elements of a window and P positions each of the three products has B P F C K
//! multiply-adds. A block of 256 threads has a tile of 32 or 64 filters and 128 windows, which 4 x 4 or 8 x 4 sums a
//! thread hold in registers, over strips of 16 taps in shared memory. A strip of the larger tile reads 16 (64 + 128)
//! values for 16 x 64 x 128 multiply-adds: 43 for each value read through the caches, 2.7 for each from shared memory,
//! where those of the filters are read four at a time; so with f32 the limit is arithmetic, and what is lost is what the
//! tiles have more than the product: F and the windows rounded up. What is read from memory is each image and filter
//! once, as neighbouring windows find it in cache, and what is written is the output: with max-pooling behind, the pools'
//! alone.
//!
//! The gradient of the filters is a product over the windows of all images, of which each part of some hundreds is one
//! block's; their results, at most 512 tiles, are added in their order. So the bits are the same on every device.

use super::Cuda;
use super::driver::{Argument, Grid, blocks};
use super::kernels::{CONVOLUTION, CONVOLUTION_INPUTS, CONVOLUTION_WEIGHTS};
use super::map::with_nonlinearity;
use super::memory::{Slice, SliceMut};
use super::pooling::Winners;
use super::program::{Program, Source};
use super::windows::{with_axes, with_windows};
use crate::Real;
use crate::geometry::Windows;
use crate::nonlinearities::{Nonlinearity, linear};

/// Rows of threads of a block, each a warp.
const WARPS: usize = 8;

/// Elements along the summed axis of a strip in shared memory.
const STRIP: usize = 16;

/// Blocks for the gradient of the filters: several for each multiprocessor of any GPU.
const BLOCKS: usize = 512;

/// The fewest windows of such a block, so that its sums are worth their place.
const LEAST_SHARE: usize = 256;

/// The most positions of a pool whose convolution is computed with it: as many sums has a thread at once.
const MOST_POOLED: usize = 9;

/// Filters, and how they lie on images.
#[derive(Clone, Copy)]
pub(crate) struct Convolution {
    /// Where windows lie, on all channels.
    pub windows: Windows,
    /// The number of filters.
    pub num_filters: usize,
    /// Groups of filters and channels.
    pub num_groups: usize,
    /// Whether filters are turned around before they slide.
    pub flip_filters: bool,
    /// From the weights of a filter to those of the next.
    pub filter_stride: usize,
    /// From the weights of a channel to those of the next.
    pub channel_stride: usize,
    /// Whether it is computed as one matrix product, whatever its filters are.
    pub by_gemm: bool,
    /// Pools of its output, which do not overlap, see [`can_pool`]: then the largest values take the output's place.
    pub pools: Option<Windows>,
}

/// What becomes of the sums.
#[derive(Clone, Copy)]
pub(crate) struct Finish<'a, T> {
    /// Biases, or [`Slice::NONE`].
    pub biases: Slice<'a, T>,
    /// Whether there is one for each channel and position, not one for each channel.
    pub untie_biases: bool,
    /// Applied to the sums where it is elementwise.
    pub nonlinearity: Nonlinearity,
}

impl<T> Finish<'_, T> {
    /// Nothing.
    pub const NONE: Self = Finish { biases: Slice::NONE, untie_biases: false, nonlinearity: linear() };
}

/// Whether a convolution can be computed together with these pools.
pub(crate) fn can_pool(pools: &Windows) -> bool {
    let apart = pools.size.iter().zip(pools.stride).all(|(&size, stride)| size <= stride);
    apart && pools.pad == [0; 3] && pools.window() <= MOST_POOLED
}

/// Sums of a thread, along rows and columns of a tile.
type Each = [usize; 2];

impl Convolution {
    /// Channels of a group.
    pub(super) fn channels(&self) -> usize {
        self.windows.channels / self.num_groups
    }

    /// Filters of a group.
    pub(super) fn filters(&self) -> usize {
        self.num_filters / self.num_groups
    }

    /// Elements of a filter.
    pub(super) fn taps(&self) -> usize {
        self.channels() * self.windows.window()
    }

    /// Of an image, in each of the three products.
    pub(super) fn multiply_adds(&self) -> usize {
        self.num_filters * self.windows.positions() * self.taps()
    }

    /// The pools; without, each position is one.
    fn cells(&self) -> Windows {
        let output = self.windows.output;
        let ones = [1; 3];
        let each = Windows {
            channels: self.num_filters,
            input: output,
            output,
            size: ones,
            stride: ones,
            dilation: ones,
            pad: [0; 3],
        };
        self.pools.unwrap_or(each)
    }

    fn program<T: Real>(&self, source: &'static Source, [rows, columns]: Each) -> Program {
        let cells = self.cells();
        let program = Program::new::<T>(source)
            .fixed("EACH_M", rows)
            .fixed("EACH_N", columns)
            .int("CHANNELS", self.channels())
            .int("FILTERS", self.filters())
            .int("GROUPS", self.num_groups)
            .int("FILTER_STRIDE", self.filter_stride)
            .int("CHANNEL_STRIDE", self.channel_stride)
            .int("FLIP", usize::from(self.flip_filters))
            .int("POOLED", usize::from(self.pools.is_some()))
            .within(self.num_filters * self.windows.positions().max(self.windows.window()));
        let program = with_axes(program, ["POOL0", "POOL1", "POOL2"], cells.size);
        let program = with_axes(program, ["POOL_STRIDE0", "POOL_STRIDE1", "POOL_STRIDE2"], cells.stride);
        let program = with_axes(program, ["CELLS0", "CELLS1", "CELLS2"], cells.output);
        with_windows(program, &self.windows)
    }

    fn program_with_finish<T: Real>(
        &self,
        source: &'static Source,
        each: Each,
        finish: &Finish<'_, T>,
    ) -> Program {
        let program = self.program::<T>(source, each).int("UNTIED", usize::from(finish.untie_biases));
        with_nonlinearity(program, finish.nonlinearity)
    }
}

/// Sums of a thread along the rows of a tile, for so many rows.
fn each_row(rows: usize) -> usize {
    if rows > 4 * WARPS { 8 } else { 4 }
}

/// Blocks along x for `columns` with so many a thread, and along y for tiles of `rows` in each group.
fn grid(columns: usize, rows: usize, groups: usize, [each_row, each_column]: Each) -> Grid {
    let across = columns.div_ceil(32 * each_column).max(1);
    let down = rows.div_ceil(WARPS * each_row) * groups;
    Grid { blocks: [blocks(across), blocks(down)], threads: [32, WARPS as u32] }
}

impl Cuda {
    /// `y = nonlinearity(W * x + b)`, or the largest of these in each pool; and where it was if that is asked for.
    pub(crate) fn convolve<T: Real>(
        &self,
        convolution: &Convolution,
        w: Slice<'_, T>,
        finish: Finish<'_, T>,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
        winners: Option<&mut Winners>,
    ) {
        let winners = winners.map_or(Argument::NONE, |winners| winners.of_len(self, y.len));
        if self.correlate(convolution, w, &finish, x, y, winners) {
            return;
        }
        let (cells, filters) = (convolution.cells(), convolution.filters());
        let area = cells.window();
        // Whole pools for each thread; with large ones fewer filters, so that the sums stay in registers.
        let pools = (4 / area).max(1);
        let each = [if area > 4 { 4 } else { each_row(filters) }, area * pools];
        let batch = x.len / convolution.windows.input_len();
        let columns = (batch * cells.positions()).div_ceil(32 * pools) * 32 * each[1];
        let grid = grid(columns, filters, convolution.num_groups, each);
        let arguments = [
            w.into(),
            finish.biases.into(),
            x.into(),
            y.into(),
            winners,
            Argument::int_of(batch, (columns / area).max(batch * convolution.num_groups)),
        ];
        let program = convolution.program_with_finish(&CONVOLUTION, each, &finish);
        self.launch_counted(&program, ("convolve", batch * convolution.multiply_adds()), grid, &arguments);
    }

    /// From the gradient with respect to the sums, which with pools is that at the `winners`, to that with respect to
    /// the images `x`. As a layer by itself, a transposed convolution: then with what becomes of its sums.
    pub(crate) fn convolve_backward<T: Real>(
        &self,
        convolution: &Convolution,
        w: Slice<'_, T>,
        finish: Finish<'_, T>,
        gradient: Slice<'_, T>,
        winners: &Winners,
        x: &SliceMut<'_, T>,
    ) {
        if self.correlate_backward(convolution, w, &finish, gradient, winners.first(gradient.len), x) {
            return;
        }
        let channels = convolution.channels();
        let each = [each_row(channels), 4];
        let item = convolution.windows.input_len();
        let batch = x.len / item;
        let columns = batch * convolution.windows.plane();
        let grid = grid(columns, channels, convolution.num_groups, each);
        let arguments = [
            w.into(),
            finish.biases.into(),
            gradient.into(),
            winners.first(gradient.len),
            x.into(),
            Argument::int_of(batch, columns.max(batch * convolution.num_groups)),
        ];
        let program = convolution.program_with_finish(&CONVOLUTION_INPUTS, each, &finish);
        self.launch_counted(
            &program,
            ("convolve_back", batch * convolution.multiply_adds()),
            grid,
            &arguments,
        );
    }

    /// From the gradient with respect to the sums, which with pools is that at the `winners`, to those with respect to
    /// the filters, and to biases of one for each filter if they are asked for.
    pub(crate) fn convolution_gradients<T: Real>(
        &self,
        convolution: &Convolution,
        x: Slice<'_, T>,
        gradient: Slice<'_, T>,
        winners: &Winners,
        w: &SliceMut<'_, T>,
        biases: Option<&SliceMut<'_, T>>,
    ) {
        if self.correlate_weights(convolution, x, gradient, winners.first(gradient.len), w, biases) {
            return;
        }
        let (filters, groups) = (convolution.filters(), convolution.num_groups);
        let columns = convolution.taps() + 1;
        let each = [each_row(filters), columns.div_ceil(32).next_power_of_two().min(4)];
        let batch = x.len / convolution.windows.input_len();
        let windows = batch * convolution.windows.positions();
        // Tiles along y, shares of the windows along x.
        let Grid { blocks: [across, down], threads } = grid(columns, filters, groups, each);
        let tiles = across as usize * down as usize;
        let most = windows.div_ceil(LEAST_SHARE).max(1);
        let share = windows.div_ceil((BLOCKS / tiles).clamp(1, most)).next_multiple_of(STRIP).max(STRIP);
        let count = windows.div_ceil(share).max(1);
        let values = convolution.num_filters * columns;
        let parts = self.scratch_slice::<T>("parts of gradients", count * values);
        let arguments = [
            x.into(),
            gradient.into(),
            winners.first(gradient.len),
            (&parts).into(),
            Argument::int_of(batch, windows + share),
            Argument::int(share),
        ];
        let program = convolution.program::<T>(&CONVOLUTION_WEIGHTS, each);
        let grid = Grid { blocks: [blocks(count), blocks(tiles)], threads };
        self.launch_counted(&program, ("multiply", batch * convolution.multiply_adds()), grid, &arguments);
        self.add_parts(convolution, parts.read(), count, w, biases);
    }
}
