//! Windows against loops over every window and every element of it.

use super::columns::{columns_of_image, image_of_columns};
use super::local::{add_image_gradient, add_sums, add_weight_gradient};
use super::*;
use crate::cpu::isa::on_every_set;

/// Windows as many as fit, with the same padding after the image as before it.
fn windows<const N: usize>(
    channels: usize,
    input: [usize; N],
    size: [usize; N],
    stride: [usize; N],
    pad: [usize; N],
) -> Windows {
    dilated(channels, input, size, stride, pad, [1; N])
}

fn dilated<const N: usize>(
    channels: usize,
    input: [usize; N],
    size: [usize; N],
    stride: [usize; N],
    pad: [usize; N],
    dilation: [usize; N],
) -> Windows {
    let output: [usize; N] = std::array::from_fn(|axis| {
        (input[axis] + 2 * pad[axis] - (size[axis] - 1) * dilation[axis] - 1) / stride[axis] + 1
    });
    let [input, output, size] = [input, output, size].map(|lengths| three_axes(1, &lengths));
    let [stride, dilation] = [stride, dilation].map(|lengths| three_axes(1, &lengths));
    Windows { channels, input, output, size, stride, dilation, pad: three_axes(0, &pad) }
}

/// Small and large windows, strides and padding that do and do not divide the image, gaps, one to three axes, and
/// every width of output that has code of its own.
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
        windows(2, [7], [3], [1], [0]),
        windows(2, [7], [4], [3], [2]),
        windows(2, [4, 3, 5], [2, 2, 3], [1, 1, 1], [0, 0, 0]),
        windows(1, [4, 3, 5], [3, 2, 3], [2, 1, 1], [2, 1, 1]),
        windows(2, [2, 3, 4], [3, 3, 2], [1, 2, 3], [2, 2, 0]),
        dilated(2, [8, 9], [3, 2], [1, 1], [0, 0], [2, 3]),
        dilated(1, [5, 6], [3, 3], [2, 1], [2, 3], [2, 4]),
        dilated(1, [3, 5, 6], [2, 3, 2], [1, 1, 2], [1, 2, 0], [2, 2, 5]),
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

/// All places in a block of these lengths, in order.
fn places(lengths: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let [depth, height, width] = lengths;
    (0..depth * height * width).map(move |i| [i / (height * width), i / width % height, i % width])
}

/// The place in an image's channel that element `tap` of window `position` covers, unless it is padding.
fn covered(windows: &Windows, position: [usize; 3], tap: [usize; 3]) -> Option<usize> {
    (0..3).try_fold(0, |place, axis| {
        let offset = position[axis] * windows.stride[axis] + tap[axis] * windows.dilation[axis];
        let along = offset.checked_sub(windows.pad[axis]).filter(|&along| along < windows.input[axis])?;
        Some(place * windows.input[axis] + along)
    })
}

/// Every element of the column matrix, with the place in the image that it comes from.
fn elements(windows: &Windows, flip: bool) -> Vec<Option<usize>> {
    let size = windows.size;
    let mut elements = Vec::new();
    for channel in 0..windows.channels {
        for tap in places(size) {
            let tap = if flip { [0, 1, 2].map(|axis| size[axis] - 1 - tap[axis]) } else { tap };
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

/// Weights of each position's own, against sums over the elements of the column matrix.
#[test]
fn weights_of_their_own() {
    for windows in cases().into_iter().filter(|windows| windows.channels == 1 && windows.stride == [1; 3]) {
        for flip in [false, true] {
            let what = format!("{windows:?} {flip}");
            let positions = windows.positions();
            let (image, sums) = (values::<f64>(windows.plane()), values::<f64>(positions));
            let weights = values::<f64>(windows.window() * positions);
            let mut found = (vec![1.0; sums.len()], vec![2.0; image.len()], vec![3.0; weights.len()]);
            let mut expected = found.clone();
            add_sums(&windows, flip, &image, &weights, &mut found.0);
            add_image_gradient(&windows, flip, &sums, &weights, &mut found.1);
            add_weight_gradient(&windows, flip, &image, &sums, &mut found.2);
            for (at, place) in elements(&windows, flip).into_iter().enumerate() {
                if let Some(place) = place {
                    expected.0[at % positions] += weights[at] * image[place];
                    expected.1[place] += weights[at] * sums[at % positions];
                    expected.2[at] += image[place] * sums[at % positions];
                }
            }
            assert_eq!(found, expected, "{what}");
        }
    }
}

/// The winner of a window by the definition: the first NaN, or else the first of the largest values.
fn winner<T: Real>(windows: &Windows, position: [usize; 3], image: &[T]) -> usize {
    let places: Vec<usize> = places(windows.size).filter_map(|tap| covered(windows, position, tap)).collect();
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
        windows(2, [7], [3], [2], [1]),
        windows(2, [4, 5, 6], [2, 3, 2], [2, 1, 2], [1, 1, 0]),
        windows(1, [3, 4, 4], [1, 2, 2], [1, 2, 2], [0, 0, 0]),
        // The border is kept: the last windows are not whole.
        Windows { output: [1, 3, 4], ..windows(2, [5, 7], [2, 2], [2, 2], [0, 0]) },
        Windows { output: [1, 2, 3], ..windows(1, [4, 7], [3, 3], [3, 3], [0, 0]) },
    ];
    cases.extend((2..=35).map(|width| windows(2, [5, width], [2, 2], [2, 2], [0, 0])));
    on_every_set(|isa| {
        for windows in &cases {
            let what = format!("{} {isa} {windows:?}", T::NAME);
            let mut image = values::<T>(windows.input_len());
            image[windows.input[2]..].iter_mut().step_by(11).for_each(|value| *value = T::nan());
            image.iter_mut().step_by(13).for_each(|value| *value = T::neg_infinity());
            let len = windows.channels * windows.positions();
            let (mut output, mut winners) = (vec![T::zero(); len], vec![u32::MAX; len]);
            max_pool(windows, &image, &mut output, &mut winners);

            let gradient = values::<T>(len);
            let mut back = vec![T::nan(); image.len()];
            max_pool_backward(windows, &gradient, &winners, &mut back);
            let mut expected_back = vec![T::zero(); image.len()];

            let mut at = 0;
            for (channel, image) in image.chunks_exact(windows.plane()).enumerate() {
                for position in places(windows.output) {
                    let expected = winner(windows, position, image);
                    assert_eq!(winners[at] as usize, expected, "{what}: {channel} {position:?}");
                    let (value, largest) = (output[at], image[expected]);
                    assert!(
                        value == largest || value.is_nan() && largest.is_nan(),
                        "{what}: {channel} {position:?}"
                    );
                    expected_back[channel * windows.plane() + expected] += gradient[at];
                    at += 1;
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
