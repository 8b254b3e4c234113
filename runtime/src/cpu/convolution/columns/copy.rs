//! Images to column matrices, and back.

use crate::Real;
use crate::geometry::{Tap, Windows};

/// Writes the column matrix (taps, positions) of one image: each column is what one window covers.
pub fn columns_of_image<T: Real>(windows: &Windows, flip: bool, image: &[T], columns: &mut [T]) {
    let (window, positions) = (windows.window(), windows.positions());
    for tap in windows.taps_of_window(flip) {
        for (channel, image) in image.chunks_exact(windows.plane()).enumerate() {
            let row = &mut columns[(channel * window + tap.row) * positions..][..positions];
            row_of_image(windows, &tap, image, row);
        }
    }
}

/// One row of the column matrix, layer by layer.
fn row_of_image<T: Real>(windows: &Windows, tap: &Tap, image: &[T], row: &mut [T]) {
    let ([_, out_height, out_width], [_, height, width]) = (windows.output, windows.input);
    let [stride_deep, stride_down, stride_across] = windows.stride;
    let side_by_side = tap.across.len() == out_width && stride_down == 1 && stride_across == 1;
    for (z, row) in row.chunks_exact_mut(out_height * out_width).enumerate() {
        if !tap.deep.contains(&z) || tap.down.is_empty() || tap.across.is_empty() {
            row.fill(T::zero());
            continue;
        }
        let image = &image[tap.image + (z - tap.deep.start) * stride_deep * height * width..];
        if side_by_side {
            row[..tap.down.start * out_width].fill(T::zero());
            row[tap.down.end * out_width..].fill(T::zero());
            let lines = &mut row[tap.down.start * out_width..tap.down.end * out_width];
            copy_lines(image, width, lines, out_width);
            continue;
        }
        row.fill(T::zero());
        let lines = row[tap.down.start * out_width..].chunks_exact_mut(out_width).take(tap.down.len());
        for (y, line) in lines.enumerate() {
            let values = image[y * stride_down * width..].iter().step_by(stride_across);
            line[tap.across.clone()].iter_mut().zip(values).for_each(|(to, &from)| *to = from);
        }
    }
}

/// Copies lines of `width` values that lie `distance` apart to where they lie side by side. Common widths have
/// code of their own: a call of `memcpy` costs more than so few values.
fn copy_lines<T: Real>(from: &[T], distance: usize, to: &mut [T], width: usize) {
    fn fixed<T: Real, const WIDTH: usize>(from: &[T], distance: usize, to: &mut [T]) {
        let (lines, _) = to.as_chunks_mut::<WIDTH>();
        for (line, from) in lines.iter_mut().zip(from.chunks(distance)) {
            if let Some(from) = from.first_chunk::<WIDTH>() {
                *line = *from;
            }
        }
    }
    match width {
        4 => fixed::<T, 4>(from, distance, to),
        6 => fixed::<T, 6>(from, distance, to),
        7 => fixed::<T, 7>(from, distance, to),
        8 => fixed::<T, 8>(from, distance, to),
        10 => fixed::<T, 10>(from, distance, to),
        12 => fixed::<T, 12>(from, distance, to),
        14 => fixed::<T, 14>(from, distance, to),
        16 => fixed::<T, 16>(from, distance, to),
        24 => fixed::<T, 24>(from, distance, to),
        28 => fixed::<T, 28>(from, distance, to),
        32 => fixed::<T, 32>(from, distance, to),
        _ => {
            for (line, from) in to.chunks_exact_mut(width).zip(from.chunks(distance)) {
                line.copy_from_slice(&from[..width]);
            }
        }
    }
}

/// The reverse of [`columns_of_image`]: sets each element of the image to the sum of what windows hold for it.
pub fn image_of_columns<T: Real>(windows: &Windows, flip: bool, columns: &[T], image: &mut [T]) {
    let (window, positions) = (windows.window(), windows.positions());
    image.fill(T::zero());
    for tap in windows.taps_of_window(flip) {
        for (channel, image) in image.chunks_exact_mut(windows.plane()).enumerate() {
            let row = &columns[(channel * window + tap.row) * positions..][..positions];
            tap.each_line(windows, |first, to| {
                let line = &row[first..][..tap.across.len()];
                if windows.stride[2] == 1 {
                    image[to..][..line.len()].iter_mut().zip(line).for_each(|(sum, &value)| *sum += value);
                } else {
                    let sums = image[to..].iter_mut().step_by(windows.stride[2]);
                    sums.zip(line).for_each(|(sum, &value)| *sum += value);
                }
            });
        }
    }
}
