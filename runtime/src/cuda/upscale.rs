//! Upscaling: each element of an image becomes a block.

use super::Cuda;
use super::driver::{Argument, Grid};
use super::kernels::UPSCALE;
use super::memory::{Slice, SliceMut};
use super::program::Program;
use super::windows::with_axes;
use crate::Real;
use crate::geometry::Blocks;

fn program<T: Real>(blocks: &Blocks) -> Program {
    let program = Program::new::<T>(&UPSCALE).int("FILLED", usize::from(blocks.filled));
    let program = program.within(blocks.output_len());
    let program = with_axes(program, ["IN0", "IN1", "IN2"], blocks.input);
    with_axes(program, ["SCALE0", "SCALE1", "SCALE2"], blocks.scale)
}

impl Cuda {
    /// Upscales channels.
    pub(crate) fn upscale<T: Real>(&self, blocks: &Blocks, from: Slice<'_, T>, to: &SliceMut<'_, T>) {
        let arguments = [from.into(), to.into(), (to.len as u64).into()];
        self.launch(&program::<T>(blocks), "upscale", Grid::over(to.len), &arguments);
    }

    /// The reverse for gradients: each element gets the sum of those in its block that it filled.
    pub(crate) fn upscale_backward<T: Real>(
        &self,
        blocks: &Blocks,
        gradient: Slice<'_, T>,
        to: &SliceMut<'_, T>,
    ) {
        let read = if blocks.filled { gradient.len } else { to.len };
        let gradient = Argument::array::<T>(gradient.pointer, read);
        let arguments = [gradient, to.into(), (to.len as u64).into()];
        self.launch(&program::<T>(blocks), "upscale_back", Grid::over(to.len), &arguments);
    }
}
