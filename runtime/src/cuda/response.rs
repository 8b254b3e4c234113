//! Local response normalization.

use super::Cuda;
use super::driver::Grid;
use super::kernels::RESPONSE;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use crate::Real;

/// What an element `x` is divided by: `(k + alpha sum)^beta`, with a sum of squares over neighbouring channels.
#[derive(Clone, Copy)]
pub(crate) struct Response {
    /// Channels of an image.
    pub channels: usize,
    /// Elements of a channel.
    pub plane: usize,
    /// How many channels a sum goes over; odd.
    pub neighbours: usize,
    pub alpha: f64,
    pub beta: f64,
    pub k: f64,
}

impl Response {
    fn program<T: Real>(&self) -> Program {
        Program::new::<T>(&RESPONSE)
            .int("CHANNELS", self.channels)
            .int("PLANE", self.plane)
            .int("NEIGHBOURS", self.neighbours)
            .real("ALPHA", self.alpha)
            .real("BETA", self.beta)
            .real("K", self.k)
    }
}

impl Cuda {
    /// Normalizes images.
    pub(crate) fn normalize_response<T: Real>(
        &self,
        response: &Response,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let arguments = [x.into(), y.into(), (y.len as u64).into()];
        self.launch(&response.program::<T>(), "normalize", Grid::over(y.len), &arguments);
    }

    /// From the gradient with respect to normalized images to that with respect to the images. `gradient` is
    /// overwritten.
    pub(crate) fn normalize_response_backward<T: Real>(
        &self,
        response: &Response,
        x: Slice<'_, T>,
        gradient: &SliceMut<'_, T>,
        into: &SliceMut<'_, T>,
    ) {
        let (program, grid, count) = (response.program::<T>(), Grid::over(into.len), into.len as u64);
        let terms = self.scratch_slice::<T>("terms of neighbours", into.len);
        let arguments = [x.into(), gradient.in_place(), (&terms).into(), count.into()];
        self.launch(&program, "prepare", grid, &arguments);
        let arguments = [x.into(), gradient.into(), (&terms).into(), into.into(), count.into()];
        self.launch(&program, "normalize_back", grid, &arguments);
    }
}
