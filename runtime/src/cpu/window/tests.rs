//! Windows against loops over every window and every element of it.

use super::*;
use crate::cpu::isa::on_every_set;

/// Windows as many as fit, with the same padding after the image as before it.
fn windows(
    channels: usize,
    input: [usize; 2],
    size: [usize; 2],
    stride: [usize; 2],
    pad: [usize; 2],
) -> Windows {
    let output = [0, 1].map(|axis| (input[axis] + 2 * pad[axis] - size[axis]) / stride[axis] + 1);
    Windows { channels, input, output, size, stride, pad }
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

/// The place in an image's channel that element `tap` of window `position` covers, unless it is padding.
fn covered(windows: &Windows, position: [usize; 2], tap: [usize; 2]) -> Option<usize> {
    let [row, column] = [0, 1].map(|axis| {
        let place = (position[axis] * windows.stride[axis] + tap[axis]).checked_sub(windows.pad[axis])?;
        (place < windows.input[axis]).then_some(place)
    });
    Some(row? * windows.input[1] + column?)
}

/// Every element of the column matrix, with the place in the image that it comes from.
fn elements(windows: &Windows, flip: bool) -> Vec<Option<usize>> {
    let [height, width] = windows.size;
    let mut elements = Vec::new();
    for channel in 0..windows.channels {
        for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
            let tap = if flip { [height - 1 - row, width - 1 - column] } else { [row, column] };
            for y in 0..windows.output[0] {
                for x in 0..windows.output[1] {
                    let place = covered(windows, [y, x], tap);
                    elements.push(place.map(|place| channel * windows.input[0] * windows.input[1] + place));
                }
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

/// The winner of a window by the definition: the first NaN, or else the first of the largest values.
fn winner<T: Real>(windows: &Windows, position: [usize; 2], image: &[T]) -> usize {
    let taps = (0..windows.size[0]).flat_map(|row| (0..windows.size[1]).map(move |column| [row, column]));
    let places: Vec<usize> = taps.filter_map(|tap| covered(windows, position, tap)).collect();
    let nan = places.iter().copied().find(|&place| image[place].is_nan());
    let largest = places.iter().map(|&place| image[place]).fold(T::neg_infinity(), T::max);
    nan.unwrap_or_else(|| places.iter().copied().find(|&place| image[place] == largest).unwrap())
}

fn pools<T: Real>() {
    let mut cases = vec![
        windows(2, [5, 7], [3, 2], [2, 3], [0, 0]),
        windows(1, [6, 6], [3, 3], [1, 1], [1, 1]),
        windows(1, [9, 8], [3, 3], [2, 2], [1, 0]),
        windows(3, [4, 5], [4, 5], [1, 1], [0, 0]),
        // The border is kept: the last windows are not whole.
        Windows { output: [3, 4], ..windows(2, [5, 7], [2, 2], [2, 2], [0, 0]) },
        Windows { output: [2, 3], ..windows(1, [4, 7], [3, 3], [3, 3], [0, 0]) },
    ];
    cases.extend((2..=35).map(|width| windows(2, [5, width], [2, 2], [2, 2], [0, 0])));
    on_every_set(|isa| {
        for windows in &cases {
            let what = format!("{} {isa} {windows:?}", T::NAME);
            let mut image = values::<T>(windows.input_len());
            image[windows.input[1]..].iter_mut().step_by(11).for_each(|value| *value = T::nan());
            image.iter_mut().step_by(13).for_each(|value| *value = T::neg_infinity());
            let len = windows.channels * windows.positions();
            let (mut output, mut winners) = (vec![T::zero(); len], vec![u32::MAX; len]);
            max_pool(windows, &image, &mut output, &mut winners);

            let gradient = values::<T>(len);
            let mut back = vec![T::nan(); image.len()];
            max_pool_backward(windows, &gradient, &winners, &mut back);
            let mut expected_back = vec![T::zero(); image.len()];

            let plane = windows.input[0] * windows.input[1];
            let mut at = 0;
            for (channel, image) in image.chunks_exact(plane).enumerate() {
                for y in 0..windows.output[0] {
                    for x in 0..windows.output[1] {
                        let expected = winner(windows, [y, x], image);
                        assert_eq!(winners[at] as usize, expected, "{what}: {channel} {y} {x}");
                        let (value, largest) = (output[at], image[expected]);
                        assert!(
                            value == largest || value.is_nan() && largest.is_nan(),
                            "{what}: {channel} {y} {x}"
                        );
                        expected_back[channel * plane + expected] += gradient[at];
                        at += 1;
                    }
                }
            }
            assert_eq!(back, expected_back, "{what}");
        }
    });
}

#[test]
fn pools_f32() {
    pools::<f32>()
}

#[test]
fn pools_f64() {
    pools::<f64>()
}
