//! Windows with weights of their own: the products of one channel of an image with weights (window, positions).

use std::ops::Range;

use crate::Real;
use crate::geometry::Windows;

/// Calls `line` for each line of windows and each of their elements within the image, with the places of the
/// line's weights, sums and covered elements. Windows lie side by side, at a stride of 1.
#[inline]
fn each_line(windows: &Windows, flip: bool, mut line: impl FnMut(Range<usize>, Range<usize>, Range<usize>)) {
    debug_assert_eq!(windows.stride, [1; 3]);
    for tap in windows.taps_of_window(flip) {
        let (len, weights) = (tap.across.len(), tap.row * windows.positions());
        tap.each_line(windows, |window, covered| {
            line(weights + window..weights + window + len, window..window + len, covered..covered + len);
        });
    }
}

#[inline]
fn add_product<T: Real>(a: &[T], b: &[T], sum: &mut [T]) {
    sum.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (&a, &b))| *sum += a * b);
}

/// Adds the products of what windows cover with their weights to their sums.
pub fn add_sums<T: Real>(windows: &Windows, flip: bool, image: &[T], weights: &[T], sums: &mut [T]) {
    each_line(windows, flip, |weight, sum, covered| {
        add_product(&image[covered], &weights[weight], &mut sums[sum]);
    });
}

/// Adds the gradient with respect to the image, from that with respect to the sums.
pub fn add_image_gradient<T: Real>(
    windows: &Windows,
    flip: bool,
    sums: &[T],
    weights: &[T],
    image: &mut [T],
) {
    each_line(windows, flip, |weight, sum, covered| {
        add_product(&sums[sum], &weights[weight], &mut image[covered]);
    });
}

/// Adds the gradient with respect to the weights, from that with respect to the sums.
pub fn add_weight_gradient<T: Real>(
    windows: &Windows,
    flip: bool,
    image: &[T],
    sums: &[T],
    weights: &mut [T],
) {
    each_line(windows, flip, |weight, sum, covered| {
        add_product(&image[covered], &sums[sum], &mut weights[weight]);
    });
}
