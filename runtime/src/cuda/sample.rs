//! Images sampled between their pixels.

use super::Cuda;
use super::driver::{Argument, Grid, THREADS, blocks};
use super::kernels::SAMPLE;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::cpu::sample::BorderMode;
use crate::{Real, Shape};

/// Images (channels, rows, columns), and the number of points where each is sampled: (coordinates, points).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Samples {
    pub image: Shape,
    pub num_points: usize,
    pub border: BorderMode,
}

impl Samples {
    fn program<T: Real>(&self) -> Program {
        let [channels, rows, columns] = [0, 1, 2].map(|axis| self.image.dim(axis));
        let border = match self.border {
            BorderMode::Nearest => 0,
            BorderMode::Mirror => 1,
            BorderMode::Wrap => 2,
        };
        let program = Program::new::<T>(&SAMPLE).int("CHANNELS", channels).int("ROWS", rows);
        let program = program.int("COLUMNS", columns).int("POINTS", self.num_points).int("BORDER", border);
        program.within(self.image.len()).within(channels * self.num_points)
    }
}

impl Cuda {
    /// `sums = parameters + offset` for each item.
    pub(crate) fn add_offset<T: Real>(
        &self,
        samples: &Samples,
        parameters: Slice<'_, T>,
        offset: Slice<'_, T>,
        sums: &SliceMut<'_, T>,
    ) {
        let count = (sums.len as u64).into();
        let arguments = [parameters.into(), offset.into(), sums.into(), count, Argument::int(offset.len)];
        self.launch(&samples.program::<T>(), "add_offset", Grid::over(sums.len), &arguments);
    }

    /// The images' values at the points.
    pub(crate) fn sample<T: Real>(
        &self,
        samples: &Samples,
        image: Slice<'_, T>,
        points: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let arguments = [image.into(), points.into(), y.into(), (y.len as u64).into()];
        self.launch(&samples.program::<T>(), "forward", Grid::over(y.len), &arguments);
    }

    /// From the gradient with respect to the values to that with respect to the points.
    pub(crate) fn sample_backward_to_points<T: Real>(
        &self,
        samples: &Samples,
        image: Slice<'_, T>,
        points: Slice<'_, T>,
        dy: Slice<'_, T>,
        to: &SliceMut<'_, T>,
    ) {
        let count = to.len / 2;
        let arguments = [image.into(), points.into(), dy.into(), to.into(), (count as u64).into()];
        self.launch(&samples.program::<T>(), "backward_to_points", Grid::over(count), &arguments);
    }

    /// From the gradient with respect to the values to that with respect to the images.
    pub(crate) fn sample_backward_to_image<T: Real>(
        &self,
        samples: &Samples,
        points: Slice<'_, T>,
        dy: Slice<'_, T>,
        to: &SliceMut<'_, T>,
    ) {
        let (items, plane) = (to.len / samples.image.len(), samples.image.len_from(1));
        let blocks = [blocks(items), blocks(plane.div_ceil(THREADS as usize))];
        let arguments = [points.into(), dy.into(), to.into()];
        let grid = Grid { blocks, threads: [THREADS, 1] };
        self.launch(&samples.program::<T>(), "backward_to_image", grid, &arguments);
    }
}
