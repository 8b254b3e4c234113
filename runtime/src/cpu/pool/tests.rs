//! Pooling against loops over every window and every element of it.

use super::*;
use crate::cpu::isa::available;
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

fn cases() -> Vec<Windows> {
    let mut cases = vec![
        windows(2, [5, 7], [3, 2], [2, 3], [0, 0]),
        windows(1, [6, 6], [3, 3], [1, 1], [1, 1]),
        windows(1, [9, 8], [3, 3], [2, 2], [1, 0]),
        windows(3, [4, 5], [4, 5], [1, 1], [0, 0]),
        windows(2, [11], [3], [2], [1]),
        windows(1, [1, 2], [7, 7], [1, 1], [3, 3]),
        windows(1, [9, 13], [4, 4], [4, 4], [1, 1]),
        windows(1, [3, 20], [2, 5], [1, 3], [0, 2]),
        windows(2, [4, 5, 6], [2, 3, 2], [2, 1, 2], [1, 2, 0]),
        windows(2, [4, 4, 6], [1, 2, 2], [1, 2, 2], [0, 0, 0]),
        // The border is kept: the last windows are not whole.
        Windows { output: [1, 3, 4], ..windows(2, [5, 7], [2, 2], [2, 2], [0, 0]) },
        Windows { output: [1, 2, 3], ..windows(1, [4, 7], [3, 3], [3, 3], [0, 0]) },
        Windows { output: [2, 2, 3], ..windows(1, [3, 4, 5], [2, 2, 3], [2, 2, 2], [0, 0, 0]) },
    ];
    cases.extend((2..=35).map(|width| windows(2, [5, width], [2, 2], [2, 2], [0, 0])));
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

/// The elements of a channel that a window covers, and how many of its elements are at most in the padding.
fn covered(windows: &Windows, position: [usize; 3]) -> (Vec<usize>, usize) {
    let mut with_padding = 0;
    let mut elements = Vec::new();
    for tap in places(windows.size) {
        let offset = [0, 1, 2].map(|axis| position[axis] * windows.stride[axis] + tap[axis]);
        if (0..3).all(|axis| offset[axis] < windows.input[axis] + 2 * windows.pad[axis]) {
            with_padding += 1;
        }
        elements.extend((0..3).try_fold(0, |before, axis| {
            let place = offset[axis].checked_sub(windows.pad[axis])?;
            (place < windows.input[axis]).then_some(before * windows.input[axis] + place)
        }));
    }
    (elements, with_padding)
}

/// The winner of a window by the definition: the first NaN, or else the first of the largest values.
fn expected_winner<T: Real>(places: &[usize], channel: &[T]) -> usize {
    let nan = places.iter().copied().find(|&place| channel[place].is_nan());
    let largest = places.iter().map(|&place| channel[place]).fold(T::neg_infinity(), T::max);
    nan.unwrap_or_else(|| places.iter().copied().find(|&place| channel[place] == largest).unwrap())
}

fn largest<T: Real>() {
    for isa in available() {
        for windows in &cases() {
            let what = format!("{} {isa:?} {windows:?}", T::NAME);
            let mut image = values::<T>(windows.input_len());
            image[windows.input[2]..].iter_mut().step_by(11).for_each(|value| *value = T::nan());
            image.iter_mut().step_by(13).for_each(|value| *value = T::neg_infinity());
            let len = windows.channels * windows.positions();
            let (mut output, mut winners) = (vec![T::zero(); len], vec![u32::MAX; len]);
            max_pool(isa, windows, &image, &mut output, &mut winners);

            let gradient = values::<T>(len);
            let mut back = vec![T::nan(); image.len()];
            max_pool_backward(windows, &gradient, &winners, &mut back);
            let mut expected_back = vec![T::zero(); image.len()];

            let mut at = 0;
            for (channel, image) in image.chunks_exact(windows.plane()).enumerate() {
                for position in places(windows.output) {
                    let expected = expected_winner(&covered(windows, position).0, image);
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
    }
}

#[test]
fn largest_f32() {
    largest::<f32>()
}

#[test]
fn largest_f64() {
    largest::<f64>()
}

fn averages<T: Real>() {
    for isa in available() {
        for (windows, with_padding) in cases().iter().flat_map(|windows| [(windows, false), (windows, true)])
        {
            let what = format!("{} {isa:?} {windows:?} {with_padding}", T::NAME);
            let image = values::<T>(windows.input_len());
            let len = windows.channels * windows.positions();
            let mut output = vec![T::nan(); len];
            average_pool(isa, windows, with_padding, &image, &mut output);

            let gradient = values::<T>(len);
            let mut back = vec![T::nan(); image.len()];
            average_pool_backward(isa, windows, with_padding, &gradient, &mut back);
            let mut expected_back = vec![T::zero(); image.len()];

            let mut at = 0;
            for (channel, image) in image.chunks_exact(windows.plane()).enumerate() {
                for position in places(windows.output) {
                    let (elements, padded) = covered(windows, position);
                    let count = T::of(if with_padding { padded } else { elements.len() } as f64);
                    let sum: T = elements.iter().map(|&place| image[place]).sum();
                    assert_eq!(output[at], sum / count, "{what}: {channel} {position:?}");
                    for place in elements {
                        expected_back[channel * windows.plane() + place] += gradient[at] / count;
                    }
                    at += 1;
                }
            }
            // Shares are no whole numbers, and added in another order.
            for (place, (found, expected)) in back.iter().zip(&expected_back).enumerate() {
                assert!((*found - *expected).abs() < T::of(1e-5), "{what}: {place}: {found} {expected}");
            }
        }
    }
}

#[test]
fn averages_f32() {
    averages::<f32>()
}

#[test]
fn averages_f64() {
    averages::<f64>()
}
