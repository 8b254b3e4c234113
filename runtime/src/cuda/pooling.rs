//! Pooling over windows.

use super::Cuda;
use super::driver::{Argument, Grid};
use super::kernels::POOLING;
use super::memory::{Slice, SliceMut};
use super::pool::{MISSING, Memory};
use super::program::Program;
use super::windows::with_windows;
use crate::Real;
use crate::geometry::Windows;

/// Which element won each window or group, for the backward pass: in device memory.
#[derive(Debug, Default)]
pub struct Winners {
    memory: Option<Memory>,
    /// How many bytes were asked for.
    bytes: usize,
}

impl Winners {
    /// Room for `len` of them; grows only.
    pub(super) fn of_len(&mut self, device: &Cuda, len: usize) -> Argument {
        let bytes = len * size_of::<u32>();
        self.bytes = self.bytes.max(bytes);
        if self.memory.as_ref().is_none_or(|memory| memory.bytes < bytes) {
            self.memory = None;
            self.memory = device.allocate(bytes);
        }
        self.first(len)
    }

    /// The first `len`, or nothing where none were asked for.
    pub(super) fn first(&self, len: usize) -> Argument {
        let none = if self.bytes == 0 { 0 } else { MISSING };
        Argument::array::<u32>(self.memory.as_ref().map_or(none, |memory| memory.pointer), len)
    }
}

fn program<T: Real>(windows: &Windows, with_padding: bool) -> Program {
    let program = Program::new::<T>(&POOLING).int("WITH_PADDING", usize::from(with_padding));
    with_windows(program, windows)
}

impl Cuda {
    /// The largest value in each window, and where it was if that is asked for.
    pub(crate) fn max_pool<T: Real>(
        &self,
        windows: &Windows,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
        winners: Option<&mut Winners>,
    ) {
        let winners = winners.map_or(Argument::NONE, |winners| winners.of_len(self, y.len));
        let arguments = [x.into(), y.into(), winners, (y.len as u64).into()];
        self.launch(&program::<T>(windows, false), "max_pool", Grid::over(y.len), &arguments);
    }

    /// From the gradient with respect to the largest values to that with respect to the images.
    pub(crate) fn max_pool_backward<T: Real>(
        &self,
        windows: &Windows,
        gradient: Slice<'_, T>,
        winners: &Winners,
        into: &SliceMut<'_, T>,
    ) {
        let arguments = [gradient.into(), winners.first(gradient.len), into.into(), (into.len as u64).into()];
        self.launch(&program::<T>(windows, false), "max_pool_back", Grid::over(into.len), &arguments);
    }

    /// The mean of each window. Padding counts as zeros if `with_padding`, and else not at all.
    pub(crate) fn average_pool<T: Real>(
        &self,
        windows: &Windows,
        with_padding: bool,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        let arguments = [x.into(), y.into(), (y.len as u64).into()];
        self.launch(&program::<T>(windows, with_padding), "average_pool", Grid::over(y.len), &arguments);
    }

    /// From the gradient with respect to the means to that with respect to the images.
    pub(crate) fn average_pool_backward<T: Real>(
        &self,
        windows: &Windows,
        with_padding: bool,
        gradient: Slice<'_, T>,
        into: &SliceMut<'_, T>,
    ) {
        let arguments = [gradient.into(), into.into(), (into.len as u64).into()];
        let grid = Grid::over(into.len);
        self.launch(&program::<T>(windows, with_padding), "average_pool_back", grid, &arguments);
    }
}
