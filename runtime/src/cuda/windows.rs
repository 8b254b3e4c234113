//! Windows over images, for kernels with `kernels/windows.cuh`.

use super::program::Program;
use crate::geometry::Windows;

/// A constant for each of an image's three axes.
pub(super) fn with_axes(program: Program, names: [&'static str; 3], lengths: [usize; 3]) -> Program {
    names.into_iter().zip(lengths).fold(program, |program, (name, length)| program.int(name, length))
}

/// A program with the constants of how windows lie.
pub(super) fn with_windows(program: Program, windows: &Windows) -> Program {
    let Windows { input, output, size, stride, dilation, pad, .. } = *windows;
    let program = program.within(windows.input_len()).within(windows.positions()).within(windows.taps());
    let program = with_axes(program, ["IN0", "IN1", "IN2"], input);
    let program = with_axes(program, ["OUT0", "OUT1", "OUT2"], output);
    let program = with_axes(program, ["SIZE0", "SIZE1", "SIZE2"], size);
    let program = with_axes(program, ["STRIDE0", "STRIDE1", "STRIDE2"], stride);
    let program = with_axes(program, ["DILATION0", "DILATION1", "DILATION2"], dilation);
    with_axes(program, ["PAD0", "PAD1", "PAD2"], pad)
}
