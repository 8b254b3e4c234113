//! Windows beside each other on a line, taken together: so their elements become vectors.

use std::ops::Range;

use super::Region;
use crate::Real;
use crate::cpu::window::Windows;

/// Calls `$function` with how many windows to take together, their distance along the line and their size along it. These
/// are constants for windows of usual kinds; a size of 0 stands for any. Others are taken one at a time.
macro_rules! with_constants {
    ($windows:expr, $function:ident($($argument:expr),*)) => {{
        let whole = whole($windows).len();
        match ($windows.stride[2], $windows.size[2]) {
            (2, 2) if whole >= 8 => $function::<T, 8, 2, 2>($($argument),*),
            (2, 2) if whole >= 4 => $function::<T, 4, 2, 2>($($argument),*),
            (2, 3) if whole >= 8 => $function::<T, 8, 2, 3>($($argument),*),
            (2, 3) if whole >= 4 => $function::<T, 4, 2, 3>($($argument),*),
            (3, 3) if whole >= 8 => $function::<T, 8, 3, 3>($($argument),*),
            (1, _) if whole >= 8 => $function::<T, 8, 1, 0>($($argument),*),
            (2, _) if whole >= 8 => $function::<T, 8, 2, 0>($($argument),*),
            _ => $function::<T, 1, 0, 0>($($argument),*),
        }
    }};
}
pub(super) use with_constants;

/// The windows of a line that lie within the image.
pub fn whole(windows: &Windows) -> Range<usize> {
    let (pad, step) = (windows.pad[2], windows.stride[2]);
    let last = (windows.input[2] + pad).checked_sub(windows.size[2]);
    let end = last.map_or(0, |last| last / step + 1).min(windows.output[2]);
    pad.div_ceil(step).min(end)..end
}

/// Where groups of `L` start that cover a range. The last may overlap the one before it; a shorter range has none.
#[inline(always)]
pub fn groups<const L: usize>(range: Range<usize>) -> impl Iterator<Item = usize> {
    let last = range.end.checked_sub(L).filter(|&last| last >= range.start);
    let (start, end) = last.map_or((0, 0), |last| (range.start, last + L));
    (start..end).step_by(L).map(move |group| group.min(end - L))
}

/// What is left of `0..len` around a range.
#[inline(always)]
pub fn around(range: Range<usize>, len: usize) -> impl Iterator<Item = usize> {
    (0..range.start).chain(range.end.max(range.start)..len)
}

/// Element `tap` of `L` windows, the first of which starts where the line does, `STRIDE` apart.
#[inline(always)]
pub fn under<T: Real, const L: usize, const STRIDE: usize>(line: &[T], tap: usize) -> [T; L] {
    let line = &line[tap..][..(L - 1) * STRIDE + 1];
    std::array::from_fn(|window| line[window * STRIDE])
}

/// Where the lines start, in a channel, that a row of windows covers.
#[inline(always)]
pub fn lines(windows: &Windows, row: usize) -> impl DoubleEndedIterator<Item = usize> + Clone + use<> {
    let [_, height, width] = windows.input;
    let (layer, row) = place(windows, row);
    let down = windows.covered(1, row);
    let layers = windows.covered(0, layer);
    layers.flat_map(move |layer| down.clone().map(move |row| (layer * height + row) * width))
}

/// The layer that a row of windows is in, and the row in it.
#[inline(always)]
pub fn place(windows: &Windows, row: usize) -> (usize, usize) {
    let [layers, rows, _] = windows.output;
    if layers == 1 { (0, row) } else { (row / rows, row % rows) }
}

/// What a window of a row covers.
pub fn region(windows: &Windows, row: usize, window: usize) -> Region {
    let (layer, row) = place(windows, row);
    [windows.covered(0, layer), windows.covered(1, row), windows.covered(2, window)]
}
