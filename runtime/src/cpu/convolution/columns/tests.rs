//! Column matrices against loops over every window and every element of it.

use super::copy::{columns_of_image, image_of_columns};
use crate::Real;
use crate::cpu::isa::on_every_set;
use crate::geometry::{Windows, three_axes};

/// Windows as many as fit, with the same padding after the image as before it. Images have up to three axes.
fn windows<const N: usize>(
    channels: usize,
    input: [usize; N],
    size: [usize; N],
    stride: [usize; N],
    pad: [usize; N],
) -> Windows {
    let (input, pad) = (three_axes(1, &input), three_axes(0, &pad));
    let (size, stride) = (three_axes(1, &size), three_axes(1, &stride));
    let output = [0, 1, 2].map(|axis| (input[axis] + 2 * pad[axis] - size[axis]) / stride[axis] + 1);
    Windows { channels, input, output, size, stride, dilation: [1; 3], pad }
}

/// Small and large windows, strides and padding that do and do not divide the image, and every width of
/// output that has code of its own.
fn cases() -> Vec<Windows> {
    let mut cases = vec![
        windows(1, [1, 1], [1, 1], [1, 1], [0, 0]),
        windows(3, [5, 7], [5, 7], [1, 1], [0, 0]),
        windows(2, [5, 7], [3, 2], [2, 3], [0, 0]),
        windows(2, [6, 5], [3, 3], [1, 1], [1, 1]),
        windows(2, [6, 5], [5, 3], [2, 1], [2, 1]),
        windows(1, [2, 3], [3, 3], [1, 2], [2, 2]),
        windows(3, [11, 13], [2, 4], [4, 5], [0, 3]),
        windows(1, [1, 37], [1, 3], [1, 1], [0, 1]),
        windows(2, [9], [3], [2], [1]),
        windows(2, [4, 5, 6], [2, 3, 3], [1, 1, 1], [1, 0, 1]),
        windows(2, [5, 4, 6], [3, 2, 4], [2, 1, 2], [0, 1, 3]),
        windows(1, [2, 3, 2], [3, 3, 3], [1, 2, 1], [2, 2, 2]),
    ];
    for width in 1..=33 {
        cases.push(windows(2, [4, width + 2], [2, 3], [1, 1], [1, 0]));
        cases.push(windows(1, [3, width], [3, 3], [1, 1], [1, 1]));
    }
    cases
}

/// Whole numbers, whose sums are exact in any order.
fn values<T: Real>(len: usize) -> Vec<T> {
    (0..len).map(|i| T::of(((i * 29) % 23) as f64 - 9.0)).collect()
}

/// The numbers below a product of lengths, as places along their axes.
fn places(lengths: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let [_, height, width] = lengths;
    (0..lengths.iter().product()).map(move |i: usize| [i / (height * width), i / width % height, i % width])
}

/// The place in an image's channel that element `tap` of window `position` covers, unless it is padding.
fn covered(windows: &Windows, position: [usize; 3], tap: [usize; 3]) -> Option<usize> {
    (0..3).try_fold(0, |before, axis| {
        let offset = position[axis] * windows.stride[axis] + tap[axis] * windows.dilation[axis];
        let place = offset.checked_sub(windows.pad[axis])?;
        (place < windows.input[axis]).then_some(before * windows.input[axis] + place)
    })
}

/// Every element of the column matrix, with the place in the image that it comes from.
fn elements(windows: &Windows, flip: bool) -> Vec<Option<usize>> {
    let mut elements = Vec::new();
    for channel in 0..windows.channels {
        for tap in places(windows.size) {
            let tap = if flip { [0, 1, 2].map(|axis| windows.size[axis] - 1 - tap[axis]) } else { tap };
            for position in places(windows.output) {
                let place = covered(windows, position, tap);
                elements.push(place.map(|place| channel * windows.plane() + place));
            }
        }
    }
    elements
}

fn columns_and_back<T: Real>() {
    on_every_set(|isa| {
        for windows in cases() {
            for flip in [false, true] {
                let what = format!("{} {isa} {windows:?} {flip}", T::NAME);
                let elements = elements(&windows, flip);
                let image = values::<T>(windows.input_len());
                let mut columns = vec![T::nan(); windows.taps() * windows.positions()];
                columns_of_image(&windows, flip, &image, &mut columns);
                let expected: Vec<T> =
                    elements.iter().map(|place| place.map_or(T::zero(), |place| image[place])).collect();
                assert_eq!(columns, expected, "{what}");

                let columns = values::<T>(columns.len());
                let mut image = vec![T::nan(); windows.input_len()];
                image_of_columns(&windows, flip, &columns, &mut image);
                let mut expected = vec![T::zero(); image.len()];
                for (place, &value) in elements.iter().zip(&columns) {
                    if let Some(place) = *place {
                        expected[place] += value;
                    }
                }
                assert_eq!(image, expected, "{what}");
            }
        }
    });
}

#[test]
fn columns_and_back_f32() {
    columns_and_back::<f32>()
}

#[test]
fn columns_and_back_f64() {
    columns_and_back::<f64>()
}
