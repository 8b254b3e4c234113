//! Spatial pyramids: windows that divide an image into equally many parts along both axes, at several levels.

use super::Cuda;
use super::driver::{Argument, Grid};
use super::kernels::PYRAMID;
use super::memory::{Slice, SliceMut};
use super::pooling::Winners;
use super::program::Program;
use crate::Real;

/// What is pooled, and into what.
#[derive(Clone, Copy)]
pub(crate) struct Pyramid {
    /// Rows and columns of a channel.
    pub input: [usize; 2],
    /// Windows along each axis, for each level.
    pub levels: &'static [usize],
    /// Whether all windows of a level have one size and one stride.
    pub fast: bool,
    /// Whether the largest value is taken; else the mean.
    pub largest: bool,
}

impl Pyramid {
    fn features(&self) -> usize {
        self.levels.iter().map(|level| level * level).sum()
    }

    /// A program for each level, with the number of its windows.
    fn programs<T: Real>(&self) -> impl Iterator<Item = (Program, usize)> {
        let (features, mut first) = (self.features(), 0);
        let program = Program::new::<T>(&PYRAMID)
            .int("ROWS", self.input[0])
            .int("COLUMNS", self.input[1])
            .int("FAST", usize::from(self.fast))
            .int("LARGEST", usize::from(self.largest))
            .int("FEATURES", features)
            .within(self.input[0] * self.input[1])
            .within((features + 1) * self.input[0].max(self.input[1]));
        self.levels.iter().map(move |&level| {
            let program = program.int("LEVEL", level).int("FIRST", first);
            first += level * level;
            (program, level * level)
        })
    }
}

impl Cuda {
    /// Pools channels; and says which elements won if that is asked for.
    pub(crate) fn pool_pyramid<T: Real>(
        &self,
        pyramid: &Pyramid,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
        mut winners: Option<&mut Winners>,
    ) {
        let channels = y.len / pyramid.features();
        if let Some(winners) = &mut winners {
            winners.of_len(self, y.len);
        }
        for (program, windows) in pyramid.programs::<T>() {
            let winners =
                winners.as_ref().map_or(Argument::NONE, |winners| winners.first(channels * windows));
            let y = Argument::array::<T>(y.pointer, channels * windows);
            let arguments = [x.into(), y, winners, (channels as u64).into()];
            self.launch(&program, "pool", Grid::over(channels * windows), &arguments);
        }
    }

    /// From the gradient with respect to the features to that with respect to the channels.
    pub(crate) fn pool_pyramid_backward<T: Real>(
        &self,
        pyramid: &Pyramid,
        gradient: Slice<'_, T>,
        winners: &Winners,
        into: &SliceMut<'_, T>,
    ) {
        let channels = gradient.len / pyramid.features();
        for (level, (program, windows)) in pyramid.programs::<T>().enumerate() {
            let winners = winners.first(channels * windows);
            let gradient = Argument::array::<T>(gradient.pointer, channels * windows);
            // The first level writes, others add.
            let sums = if level == 0 { into.into() } else { into.in_place() };
            let arguments = [gradient, winners, sums, (into.len as u64).into()];
            self.launch(&program, "pool_back", Grid::over(into.len), &arguments);
        }
    }
}
