//! Convolutions whose filters slide by one over lines or images, with planes of images and weights in shared memory.
//!
//! Each value of an image is read from memory once a block, and its place is worked out then; where windows overlap it is
//! read from shared memory, and in a line from registers. With filters of 5 x 5 a thread has 800 multiply-adds for each of
//! a block's input planes and 37 reads of shared memory, four values each. So the limit is arithmetic.
//!
//! Which tiles a block has follows from shapes, and from whether the batch is so small that threads are scarce. The order in
//! which a sum is added up does not depend on it, and that of the gradient of the filters on shapes and batch alone: the bits are
//! the same on every device.

use super::Cuda;
use super::convolution::{Convolution, Finish};
use super::driver::{Argument, Grid, blocks};
use super::kernels::{ADD_PARTS, CORRELATE, CORRELATE_WEIGHTS};
use super::map::with_nonlinearity;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;

/// Values in a block's shared memory: 24 KB of `f32`, and of `f64` all that there is without asking.
const SHARED: usize = 6144;

/// Shared memory is asked for in steps of so many values.
const STEP: usize = 2048;

/// The largest filters: the products of one are written out.
const MOST_TAPS: usize = 49;

/// Tiles of a block, about.
const TILES: usize = 24;

/// The most threads of a block.
const MOST_THREADS: usize = 512;

/// Sums of so few are those of a small batch: threads have few each, so that there are more of them.
const FEW: usize = 1 << 15;

/// Threads for the gradient of the filters: half of what the largest GPUs hold at a time.
const THREADS_FOR_WEIGHTS: usize = 1 << 16;

/// Filters that slide by one over `source`, of rows and columns; see `kernels/correlate.cu`.
struct Sliding {
    /// Outputs and inputs of a group.
    outs: usize,
    ins: usize,
    groups: usize,
    /// From a weight to that of the next group, output and input.
    strides: [usize; 3],
    flip: bool,
    size: [usize; 2],
    pad: [usize; 2],
    source: [usize; 2],
    target: [usize; 2],
    /// Pools of the output and of the source, if there are any.
    pool: [usize; 2],
    cells: [usize; 2],
    source_pool: [usize; 2],
    source_cells: [usize; 2],
    pooled_source: bool,
}

/// How blocks share the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tiles {
    /// Outputs of a thread.
    each: usize,
    /// Rows and columns of a thread.
    rows: usize,
    columns: usize,
    /// Threads along outputs.
    lanes: usize,
    images: usize,
    /// Tiles along rows and columns.
    band: usize,
    across: usize,
    /// Inputs at a time.
    chunk: usize,
    /// Values in shared memory.
    shared: usize,
}

impl Convolution {
    /// Whether filters slide by one, over lines or images, and pools lie side by side; and the lengths of both axes of size,
    /// padding, input and output.
    fn slides(&self) -> Option<[[usize; 2]; 4]> {
        let windows = &self.windows;
        let by_one = windows.stride == [1; 3] && windows.dilation == [1; 3];
        let flat = windows.input[0] * windows.output[0] * windows.size[0] == 1 && windows.pad[0] == 0;
        let pools = self.pools.is_none_or(|pools| pools.size == pools.stride && pools.size[0] == 1);
        let taps = (2..=MOST_TAPS).contains(&windows.window());
        let [size, pad, input, output] = [windows.size, windows.pad, windows.input, windows.output]
            .map(|[_, rows, columns]| [rows, columns]);
        let padding = pad[0] < size[0] && pad[1] < size[1];
        let applies = by_one && flat && pools && taps && padding && !self.by_gemm;
        applies.then_some([size, pad, input, output])
    }

    /// The pools' sizes and numbers; without pools each position is one.
    fn flat_pools(&self) -> ([usize; 2], [usize; 2]) {
        let [_, rows, columns] = self.windows.output;
        self.pools.map_or(([1; 2], [rows, columns]), |pools| {
            let [[_, down, across], [_, rows, columns]] = [pools.size, pools.output];
            ([down, across], [rows, columns])
        })
    }

    fn forward(&self) -> Option<Sliding> {
        let [size, pad, source, target] = self.slides()?;
        let (pool, cells) = self.flat_pools();
        Some(Sliding {
            outs: self.filters(),
            ins: self.channels(),
            groups: self.num_groups,
            strides: [self.filters() * self.filter_stride, self.filter_stride, self.channel_stride],
            flip: self.flip_filters,
            size,
            pad,
            source,
            target,
            pool,
            cells,
            source_pool: [1; 2],
            source_cells: source,
            pooled_source: false,
        })
    }

    /// The same with filters and channels in turned roles, and turned around.
    fn backward(&self) -> Option<Sliding> {
        let [size, pad, target, source] = self.slides()?;
        let (source_pool, source_cells) = self.flat_pools();
        Some(Sliding {
            outs: self.channels(),
            ins: self.filters(),
            groups: self.num_groups,
            strides: [self.filters() * self.filter_stride, self.channel_stride, self.filter_stride],
            flip: !self.flip_filters,
            size,
            pad: [size[0] - 1 - pad[0], size[1] - 1 - pad[1]],
            source,
            target,
            pool: [1; 2],
            cells: target,
            source_pool,
            source_cells,
            pooled_source: self.pools.is_some(),
        })
    }
}

/// The length of lines of four values each, as shared memory is read.
fn by_four(len: usize) -> usize {
    len.next_multiple_of(4)
}

/// Parts of at most `most`, as equal as possible: the length of one.
fn even(len: usize, most: usize) -> usize {
    len.div_ceil(len.div_ceil(most.max(1)).max(1))
}

impl Sliding {
    /// Positions along an axis that count.
    fn covered(&self, axis: usize) -> usize {
        self.cells[axis] * self.pool[axis]
    }

    /// `None` where planes do not fit.
    fn tiles(&self, batch: usize) -> Option<Tiles> {
        let [height, width] = [self.covered(0), self.covered(1)];
        let [pool_rows, pool_columns] = self.pool;
        let few = batch * self.groups * self.outs * height * width < FEW;
        let each = if few { 1 } else { self.outs.next_power_of_two().min(4) };
        let columns = match pool_rows * pool_columns {
            1 if few => 4.min(width),
            1 if width <= 12 => width,
            1 => even(width, 8),
            area => pool_columns * (if few { 4 } else { 8 } / area).clamp(1, self.cells[1].max(1)),
        };
        let lanes = self.outs.div_ceil(each).min(8);
        let (down, across) = (height.div_ceil(pool_rows), width.div_ceil(columns.max(1)));
        if down * across * columns == 0 || lanes * across > MOST_THREADS {
            return None;
        }
        let band = even(down, TILES / across);
        // Of a power of two of images the same rows are in one warp, which skips those of padding together.
        let most = if band == down { (TILES / (down * across)).clamp(1, batch.max(1)) } else { 1 };
        let images = 1 << most.ilog2();
        let tiles =
            Tiles { each, rows: pool_rows, columns, lanes, images, band, across, chunk: 1, shared: 0 };
        [images, 1].into_iter().find_map(|images| self.chunk(Tiles { images, ..tiles }))
    }

    /// With as many inputs at a time as fit.
    fn chunk(&self, tiles: Tiles) -> Option<Tiles> {
        let Tiles { each, rows, columns, lanes, images, band, across, .. } = tiles;
        let plane = (band * rows + self.size[0] - 1) * by_four(across * columns + self.size[1] - 1);
        // Beside the weights of a tap four values, so that neighbouring taps begin in other banks.
        let weights = self.size[0] * self.size[1] * by_four(lanes * each + 4);
        let of_input = images * plane + weights;
        let chunk = even(self.ins, (SHARED / of_input).min(self.ins));
        let shared = (chunk * of_input).next_multiple_of(STEP);
        (of_input <= SHARED && chunk > 0).then_some(Tiles { chunk, shared, ..tiles })
    }

    fn program<T: Real>(&self, tiles: &Tiles, finish: &Finish<'_, T>) -> Program {
        let Tiles { each, rows, columns, lanes, images, band, across, chunk, shared } = *tiles;
        let program = Program::new::<T>(&CORRELATE)
            .fixed("EACH_O", each)
            .fixed("ROWS", rows)
            .fixed("COLS", columns)
            .fixed("WIDTH", columns + self.size[1] - 1)
            .fixed("SHARED", shared)
            .int("LANES", lanes)
            .int("IMAGES", images)
            .int("BAND", band)
            .int("ACROSS", across)
            .int("CHUNK", chunk)
            .int("THREADS", self.threads(tiles))
            .int("OUTS", self.outs)
            .int("INS", self.ins)
            .int("GROUPS", self.groups)
            .int("GROUP_STRIDE", self.strides[0])
            .int("OUT_STRIDE", self.strides[1])
            .int("IN_STRIDE", self.strides[2])
            .int("FLIP", usize::from(self.flip))
            .int("POOLED_SOURCE", usize::from(self.pooled_source))
            .int("SOURCE_POOL1", self.source_pool[0])
            .int("UNTIED", usize::from(finish.untie_biases))
            .within(images * self.groups * self.ins * self.source_cells[0] * self.source_cells[1])
            .within(self.groups * self.outs * self.target[0] * self.target[1])
            .within(self.groups * self.strides[0]);
        let axes = [
            (["SIZE1", "SIZE2"], self.size),
            (["PAD1", "PAD2"], self.pad),
            (["SOURCE1", "SOURCE2"], self.source),
            (["TARGET1", "TARGET2"], self.target),
            (["POOL1", "POOL2"], self.pool),
            (["CELLS1", "CELLS2"], self.cells),
            (["SOURCE_CELLS1", "SOURCE_CELLS2"], self.source_cells),
        ];
        let program = axes.into_iter().fold(program, |program, ([down, across], [rows, columns])| {
            program.int(down, rows).int(across, columns)
        });
        with_nonlinearity(program, finish.nonlinearity)
    }

    fn threads(&self, tiles: &Tiles) -> usize {
        (tiles.lanes * tiles.images * tiles.band * tiles.across).next_multiple_of(32)
    }
}

/// How blocks share the gradient of the filters; see `kernels/correlate_weights.cu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WeightTiles {
    /// Filters of a thread, and its columns at a time.
    each: usize,
    columns: usize,
    /// Threads along rows, filters and channels.
    lanes: [usize; 3],
    /// Rows at a time.
    band: usize,
}

impl WeightTiles {
    /// `None` where a line of a plane does not fit.
    fn new(channels: usize, filters: usize, size: [usize; 2], output: [usize; 2]) -> Option<Self> {
        let most_each = match size[0] * size[1] {
            ..=12 => 4,
            13..=25 => 2,
            _ => 1,
        };
        let each = filters.next_power_of_two().min(most_each);
        let columns = if output[1].next_multiple_of(8) == output[1].next_multiple_of(4) { 8 } else { 4 };
        let mut of_filters = filters.div_ceil(each).min(16);
        let mut of_channels = channels.min(256 / of_filters).min(16);
        loop {
            let tiles = WeightTiles { each, columns, lanes: [1, of_filters, of_channels], band: output[0] };
            let fits = |band: &usize| WeightTiles { band: *band, ..tiles }.shared(size, output) <= SHARED;
            // All rows, or as many as threads along them divide.
            let bands = [output[0]].into_iter().chain((0..10).rev().map(|power| 1 << power));
            if let Some(band) = bands.filter(|&band| band <= output[0]).find(fits) {
                let most = band.min(256 / (of_filters * of_channels)).min(32);
                let rows = if most.is_power_of_two() { most } else { most.next_power_of_two() / 2 };
                return Some(WeightTiles { band, lanes: [rows, of_filters, of_channels], ..tiles });
            }
            match (of_filters, of_channels) {
                (1, 1) => return None,
                (_, 1) => of_filters = of_filters.div_ceil(2),
                _ => of_channels = of_channels.div_ceil(2),
            }
        }
    }

    /// The values in shared memory, as the kernel counts them.
    fn shared(&self, size: [usize; 2], output: [usize; 2]) -> usize {
        let pitch = output[1].next_multiple_of(self.columns);
        let image_pitch = by_four(pitch + size[1] - 1);
        let apart = |plane: usize| if plane / 4 % 2 == 1 { plane } else { plane + 4 };
        let [_, filters, channels] = self.lanes;
        filters * self.each * apart(self.band * pitch)
            + channels * apart((self.band + size[0] - 1) * image_pitch)
    }

    fn threads(&self) -> usize {
        self.lanes.iter().product::<usize>().next_multiple_of(32)
    }
}

impl Cuda {
    /// [`convolve`](Self::convolve) by these kernels; false if the filters do not slide by one, or planes are too large.
    pub(super) fn correlate<T: Real>(
        &self,
        convolution: &Convolution,
        w: Slice<'_, T>,
        finish: &Finish<'_, T>,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
        winners: Argument,
    ) -> bool {
        let batch = x.len / convolution.windows.input_len();
        let arrays = [w.into(), x.into(), y.into()];
        self.slide(
            (convolution.forward(), convolution.multiply_adds()),
            batch,
            finish,
            arrays,
            [Argument::NONE, winners],
        )
    }

    /// [`convolve_backward`](Self::convolve_backward) by these kernels, if they can.
    pub(super) fn correlate_backward<T: Real>(
        &self,
        convolution: &Convolution,
        w: Slice<'_, T>,
        finish: &Finish<'_, T>,
        gradient: Slice<'_, T>,
        winners: Argument,
        x: &SliceMut<'_, T>,
    ) -> bool {
        let batch = x.len / convolution.windows.input_len();
        let arrays = [w.into(), gradient.into(), x.into()];
        self.slide(
            (convolution.backward(), convolution.multiply_adds()),
            batch,
            finish,
            arrays,
            [winners, Argument::NONE],
        )
    }

    fn slide<T: Real>(
        &self,
        (sliding, multiply_adds): (Option<Sliding>, usize),
        batch: usize,
        finish: &Finish<'_, T>,
        [w, source, target]: [Argument; 3],
        [source_winners, winners]: [Argument; 2],
    ) -> bool {
        let Some(sliding) = sliding else { return false };
        let Some(tiles) = sliding.tiles(batch) else { return false };
        let bands = sliding.covered(0).div_ceil(tiles.band * tiles.rows);
        let down = sliding.outs.div_ceil(tiles.lanes * tiles.each) * sliding.groups;
        let across = batch.div_ceil(tiles.images) * bands;
        let threads = sliding.threads(&tiles) as u32;
        let grid = Grid { blocks: [blocks(across), blocks(down)], threads: [threads, 1] };
        let arguments = [
            w,
            finish.biases.into(),
            source,
            source_winners,
            target,
            winners,
            Argument::int_of(batch, batch + tiles.images),
        ];
        let counted = ("correlate", batch * multiply_adds);
        self.launch_counted(&sliding.program(&tiles, finish), counted, grid, &arguments);
        true
    }

    /// [`convolution_gradients`](Self::convolution_gradients) by these kernels, if they can.
    pub(super) fn correlate_weights<T: Real>(
        &self,
        convolution: &Convolution,
        x: Slice<'_, T>,
        gradient: Slice<'_, T>,
        winners: Argument,
        w: &SliceMut<'_, T>,
        biases: Option<&SliceMut<'_, T>>,
    ) -> bool {
        let Some([size, pad, input, output]) = convolution.slides() else { return false };
        let (channels, filters, groups) =
            (convolution.channels(), convolution.filters(), convolution.num_groups);
        let Some(tiles) = WeightTiles::new(channels, filters, size, output) else { return false };
        let batch = x.len / convolution.windows.input_len();
        let [of_rows, of_filters, of_channels] = tiles.lanes;
        let down = channels.div_ceil(of_channels) * filters.div_ceil(of_filters * tiles.each) * groups;
        let share = batch.div_ceil((THREADS_FOR_WEIGHTS / (down * tiles.threads())).max(1)).max(1);
        let count = batch.div_ceil(share).max(1);
        let columns = convolution.taps() + 1;
        let values = convolution.num_filters * columns;
        let parts = self.scratch_slice::<T>("parts of gradients", count * values);
        let (pool, cells) = convolution.flat_pools();
        let program = Program::new::<T>(&CORRELATE_WEIGHTS)
            .fixed("EACH_F", tiles.each)
            .fixed("COLS", tiles.columns)
            .fixed("WIDTH", tiles.columns + size[1] - 1)
            .fixed("SHARED", tiles.shared(size, output).next_multiple_of(STEP))
            .fixed("SIZE1", size[0])
            .fixed("SIZE2", size[1])
            .int("LANES_R", of_rows)
            .int("LANES_F", of_filters)
            .int("LANES_C", of_channels)
            .int("BAND", tiles.band)
            .int("THREADS", tiles.threads())
            .int("CHANNELS", channels)
            .int("FILTERS", filters)
            .int("GROUPS", groups)
            .int("FLIP", usize::from(convolution.flip_filters))
            .int("POOLED", usize::from(convolution.pools.is_some()))
            .int("POOL1", pool[0])
            .within(groups * channels * input[0] * input[1])
            .within(groups * filters * output[0] * output[1]);
        let axes = [
            (["PAD1", "PAD2"], pad),
            (["IN1", "IN2"], input),
            (["OUT1", "OUT2"], output),
            (["CELLS1", "CELLS2"], cells),
        ];
        let program = axes.into_iter().fold(program, |program, ([down, across], [rows, columns])| {
            program.int(down, rows).int(across, columns)
        });
        let arguments = [
            x.into(),
            gradient.into(),
            winners,
            (&parts).into(),
            Argument::int_of(batch, (batch + share) * groups),
            Argument::int(share),
        ];
        let grid = Grid { blocks: [blocks(count), blocks(down)], threads: [tiles.threads() as u32, 1] };
        let counted = ("correlate_weights", batch * convolution.multiply_adds());
        self.launch_counted(&program, counted, grid, &arguments);
        self.add_parts(convolution, parts.read(), count, w, biases);
        true
    }

    /// Adds up `count` parts of the gradients with respect to filters and biases.
    pub(super) fn add_parts<T: Real>(
        &self,
        convolution: &Convolution,
        parts: Slice<'_, T>,
        count: usize,
        w: &SliceMut<'_, T>,
        biases: Option<&SliceMut<'_, T>>,
    ) {
        let values = convolution.num_filters * (convolution.taps() + 1);
        let program = Program::new::<T>(&ADD_PARTS)
            .int("LINES", convolution.num_filters)
            .int("TAPS", convolution.taps())
            .int("WINDOW", convolution.windows.window())
            .int("FILTER_STRIDE", convolution.filter_stride)
            .int("CHANNEL_STRIDE", convolution.channel_stride)
            .within(values);
        let biases = biases.map_or(Argument::NONE, Argument::from);
        let grid = Grid { blocks: [blocks(values.div_ceil(32)), 1], threads: [32, 8] };
        self.launch(
            &program,
            "add_parts",
            grid,
            &[parts.into(), Argument::int_of(count, count + 64), w.into(), biases],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Windows;

    /// Filters of this size on images (channels, rows, columns), with padding and, if wanted, pools behind.
    fn convolution(
        num_filters: usize,
        [channels, rows, columns]: [usize; 3],
        size: [usize; 2],
        pad: [usize; 2],
        pool: usize,
    ) -> Convolution {
        let output = [1, rows + 2 * pad[0] + 1 - size[0], columns + 2 * pad[1] + 1 - size[1]];
        let windows = Windows {
            channels,
            input: [1, rows, columns],
            output,
            size: [1, size[0], size[1]],
            stride: [1; 3],
            dilation: [1; 3],
            pad: [0, pad[0], pad[1]],
        };
        let size = [1, pool, pool];
        let pools = Windows {
            channels: num_filters,
            input: output,
            output: output.map(|len| len.div_ceil(pool).max(1)),
            size,
            stride: size,
            dilation: [1; 3],
            pad: [0; 3],
        };
        Convolution {
            windows,
            num_filters,
            num_groups: 1,
            flip_filters: true,
            filter_stride: windows.taps(),
            channel_stride: windows.window(),
            by_gemm: false,
            pools: (pool > 1).then_some(pools),
        }
    }

    /// Whatever the shapes are: a block has no more threads and memory than there are, and blocks cover all.
    #[test]
    fn tiles_fit_a_block() {
        for (filters, channels) in [(1, 1), (2, 3), (3, 64), (32, 1), (33, 32), (256, 256)] {
            for (rows, columns) in [(1, 40), (5, 5), (12, 12), (28, 28), (7, 96), (64, 64)] {
                for (size, pad) in [([1, 3], [0, 1]), ([5, 5], [2, 2]), ([3, 3], [0, 0]), ([7, 7], [3, 3])] {
                    for (pool, batch) in [(1, 1), (2, 1), (3, 7), (1, 500), (2, 500)] {
                        if rows + 2 * pad[0] < size[0] {
                            continue;
                        }
                        let convolution = convolution(filters, [channels, rows, columns], size, pad, pool);
                        for sliding in [convolution.forward().unwrap(), convolution.backward().unwrap()] {
                            let Some(tiles) = sliding.tiles(batch) else { continue };
                            let what =
                                format!("{filters} of {channels} {rows} {columns}, {size:?}: {tiles:?}");
                            assert!(sliding.threads(&tiles) <= 1024, "{what}");
                            assert!((1..=SHARED).contains(&tiles.shared), "{what}");
                            assert!(tiles.each * tiles.rows * tiles.columns <= 48, "{what}");
                            assert!(tiles.rows.is_multiple_of(sliding.pool[0]), "{what}");
                            assert!(tiles.columns.is_multiple_of(sliding.pool[1]), "{what}");
                            assert!(tiles.across * tiles.columns >= sliding.covered(1), "{what}");
                            assert!((1..=sliding.ins).contains(&tiles.chunk), "{what}");
                        }
                        let output = [convolution.windows.output[1], convolution.windows.output[2]];
                        let Some(tiles) = WeightTiles::new(channels, filters, size, output) else { continue };
                        assert!(tiles.threads() <= 1024 && tiles.shared(size, output) <= SHARED, "{tiles:?}");
                        assert!(
                            tiles.lanes[0].is_power_of_two() && tiles.lanes[0] <= tiles.band,
                            "{tiles:?}"
                        );
                        assert!(tiles.each * size[0] * size[1] <= 50, "{tiles:?}");
                    }
                }
            }
        }
    }

    /// The network of the MNIST program, for which `docs/performance-cuda.md` counts.
    #[test]
    fn tiles_of_the_mnist_network() {
        let first = convolution(32, [1, 28, 28], [5, 5], [0, 0], 2);
        let second = convolution(32, [32, 12, 12], [5, 5], [0, 0], 2);
        let tiles = |sliding: Option<Sliding>| sliding.unwrap().tiles(500).unwrap();
        let weights = |output: usize, channels| WeightTiles::new(channels, 32, [5, 5], [output; 2]).unwrap();
        let common = Tiles {
            each: 4,
            rows: 2,
            columns: 4,
            lanes: 8,
            images: 1,
            band: 4,
            across: 6,
            chunk: 1,
            shared: 2048,
        };
        assert_eq!(tiles(first.forward()), common);
        let expected = Tiles { images: 2, band: 4, across: 2, chunk: 5, shared: 6144, ..common };
        assert_eq!(tiles(second.forward()), expected);
        let expected =
            Tiles { rows: 1, columns: 12, images: 2, band: 12, across: 1, chunk: 4, shared: 6144, ..common };
        assert_eq!(tiles(second.backward()), expected);
        assert_eq!(weights(24, 1), WeightTiles { each: 2, columns: 8, lanes: [4, 16, 1], band: 4 });
        assert_eq!(weights(8, 32), WeightTiles { each: 2, columns: 8, lanes: [1, 16, 16], band: 8 });
    }
}
