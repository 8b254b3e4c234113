//! Windows with weights of their own.

use super::Cuda;
use super::convolution::Finish;
use super::driver::{Argument, Grid};
use super::kernels::LOCALLY_CONNECTED;
use super::map::with_nonlinearity;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use super::windows::with_windows;
use crate::Real;
use crate::geometry::Windows;
use crate::nonlinearities::{Nonlinearity, linear};

/// Images for which a thread reads a weight; `IMAGES` of the kernels.
const IMAGES: usize = 4;

/// The most blocks along y.
const MOST_BLOCKS: usize = 1024;

/// Filters of each window's own.
#[derive(Clone, Copy)]
pub(crate) struct LocalFilters {
    /// Where windows lie; their stride is 1.
    pub windows: Windows,
    /// The number of filters.
    pub num_filters: usize,
    /// Whether each filter sees the channel of its number alone.
    pub channelwise: bool,
    /// Whether filters are turned around.
    pub flip_filters: bool,
}

impl LocalFilters {
    fn program<T: Real>(&self, untie_biases: bool, nonlinearity: Nonlinearity) -> Program {
        let program = Program::new::<T>(&LOCALLY_CONNECTED)
            .int("CHANNELS", self.windows.channels)
            .int("FILTERS", self.num_filters)
            .int("CHANNELWISE", usize::from(self.channelwise))
            .int("FLIP", usize::from(self.flip_filters))
            .int("UNTIED", usize::from(untie_biases));
        with_nonlinearity(with_windows(program, &self.windows), nonlinearity)
    }
}

/// Threads for the elements of an image, and blocks along y for the images.
fn grid(item: usize, batch: usize) -> Grid {
    let Grid { blocks: [across, _], threads } = Grid::over(item);
    Grid { blocks: [across, batch.div_ceil(IMAGES).clamp(1, MOST_BLOCKS) as u32], threads }
}

/// The number of images, past which a block goes by those of all blocks.
fn images(batch: usize) -> Argument {
    Argument::int_of(batch, batch + MOST_BLOCKS * IMAGES)
}

impl Cuda {
    /// `y = nonlinearity(sums + b)`.
    pub(crate) fn locally_connect<T: Real>(
        &self,
        filters: &LocalFilters,
        w: Slice<'_, T>,
        finish: Finish<'_, T>,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let batch = x.len / filters.windows.input_len();
        let program = filters.program::<T>(finish.untie_biases, finish.nonlinearity);
        let grid = grid(filters.num_filters * filters.windows.positions(), batch);
        let arguments = [w.into(), finish.biases.into(), x.into(), y.into(), images(batch)];
        self.launch(&program, "locally_connect", grid, &arguments);
    }

    /// From the gradient with respect to the sums to that with respect to the images `x`.
    pub(crate) fn locally_connect_backward<T: Real>(
        &self,
        filters: &LocalFilters,
        w: Slice<'_, T>,
        gradient: Slice<'_, T>,
        x: &SliceMut<'_, T>,
    ) {
        let item = filters.windows.input_len();
        let batch = x.len / item;
        let arguments = [w.into(), gradient.into(), x.into(), images(batch)];
        let program = filters.program::<T>(false, linear());
        self.launch(&program, "locally_connect_back", grid(item, batch), &arguments);
    }

    /// From the gradient with respect to the sums to that with respect to the weights.
    pub(crate) fn local_weight_gradients<T: Real>(
        &self,
        filters: &LocalFilters,
        x: Slice<'_, T>,
        gradient: Slice<'_, T>,
        w: &SliceMut<'_, T>,
    ) {
        let batch = x.len / filters.windows.input_len();
        let arguments = [x.into(), gradient.into(), w.into(), images(batch)];
        let program = filters.program::<T>(false, linear());
        self.launch(&program, "weight_gradients", Grid::over(w.len), &arguments);
    }
}
