//! Every method against the definition, on every instruction set.

use super::columns::Columns;
use super::direct::Direct;
use super::fft::Fft;
use super::planes::Planes;
use super::winograd::Winograd;
use super::*;
use crate::cpu::gemm::Identity;
use crate::cpu::isa::Isa;
use crate::geometry::Windows;

/// Channels and the image's axes; filters and their axes; then strides, dilations and padding.
fn windows(
    [channels, image @ ..]: [usize; 4],
    size: [usize; 3],
    stride: [usize; 3],
    dilation: [usize; 3],
    pad: [usize; 3],
) -> Windows {
    let output = [0, 1, 2].map(|axis| {
        let covered = (size[axis] - 1) * dilation[axis] + 1;
        (image[axis] + 2 * pad[axis] - covered) / stride[axis] + 1
    });
    Windows { channels, input: image, output, size, stride, dilation, pad }
}

/// Windows and the number of filters.
fn cases() -> Vec<(Windows, usize)> {
    let flat = |channels, rows, columns, size: [usize; 2], pad: [usize; 2]| {
        windows([channels, 1, rows, columns], [1, size[0], size[1]], [1; 3], [1; 3], [0, pad[0], pad[1]])
    };
    vec![
        (flat(1, 1, 1, [1, 1], [0, 0]), 1),
        (flat(1, 28, 28, [5, 5], [0, 0]), 32),
        (flat(32, 12, 12, [5, 5], [0, 0]), 33),
        (flat(3, 9, 11, [3, 3], [1, 1]), 5),
        (flat(3, 8, 8, [3, 3], [0, 0]), 70),
        (flat(17, 7, 5, [3, 3], [1, 1]), 16),
        (flat(2, 4, 33, [2, 3], [0, 2]), 17),
        (flat(5, 6, 5, [1, 1], [0, 0]), 3),
        (flat(4, 2, 3, [5, 5], [4, 4]), 3),
        (flat(2, 3, 2, [3, 3], [2, 2]), 4),
        (flat(1, 2, 2, [3, 3], [1, 1]), 1),
        (windows([3, 1, 1, 19], [1, 1, 4], [1, 1, 1], [1; 3], [0, 0, 2]), 6),
        (windows([3, 1, 9, 8], [1, 3, 2], [1, 2, 3], [1; 3], [0, 1, 0]), 6),
        (windows([2, 4, 5, 6], [2, 3, 3], [1; 3], [1; 3], [1, 0, 1]), 3),
        (windows([2, 5, 4, 6], [3, 2, 4], [2, 1, 2], [1; 3], [0, 1, 3]), 3),
        (windows([3, 1, 9, 8], [1, 3, 2], [1; 3], [1, 2, 3], [0, 2, 1]), 6),
        // Padding in which some windows see nothing of the image.
        (windows([2, 1, 3, 4], [1, 2, 1], [1, 3, 2], [1; 3], [0, 4, 5]), 2),
    ]
}

/// Calls `visit` with each position, tap of a filter and element of the image that meet.
fn each_product(windows: &Windows, flip: bool, mut visit: impl FnMut(usize, usize, usize)) {
    let places = |lengths: [usize; 3]| {
        let [_, height, width] = lengths;
        (0..lengths.iter().product())
            .map(move |i: usize| [i / (height * width), i / width % height, i % width])
    };
    for (position, at) in places(windows.output).enumerate() {
        for (place, tap) in places(windows.size).enumerate() {
            let place = if flip { windows.window() - 1 - place } else { place };
            let covered = (0..3).try_fold(0, |before, axis| {
                let offset = at[axis] * windows.stride[axis] + tap[axis] * windows.dilation[axis];
                let covered = offset.checked_sub(windows.pad[axis])?;
                (covered < windows.input[axis]).then_some(before * windows.input[axis] + covered)
            });
            if let Some(covered) = covered {
                for channel in 0..windows.channels {
                    visit(position, channel * windows.window() + place, channel * windows.plane() + covered);
                }
            }
        }
    }
}

fn values<T: Real>(len: usize, seed: usize) -> Vec<T> {
    (0..len).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f64 / 504.0 - 1.0).map(T::of).collect()
}

fn assert_close<T: Real>(what: &str, found: &[T], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let tolerance = if T::NAME == "f32" { 2e-4 } else { 1e-11 };
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (Real::to_f64(*found) - expected).abs();
        assert!(
            difference <= tolerance * expected.abs().max(1.0),
            "{what}, {place}: {found}, not {expected}"
        );
    }
}

/// Calls `work` with what a method prepares.
fn with<T: Real, R>(
    method: &dyn Method<T>,
    product: Product,
    w: &[T],
    work: impl FnOnce(Prepared<&[T], &[u32]>) -> R,
) -> R {
    let room = method.room(product);
    let (mut numbers, mut places) = (vec![T::nan(); room.numbers], vec![u32::MAX; room.places]);
    method.prepare(product, w, Prepared { numbers: &mut numbers, places: &mut places });
    work(Prepared { numbers: &numbers, places: &places })
}

fn images<T>(values: &[T], len: usize) -> Images<'_, T> {
    Images { values, stride: len, len }
}

fn images_mut<T>(values: &mut [T], len: usize) -> ImagesMut<'_, T> {
    ImagesMut { values, stride: len, len }
}

/// All products of a method against loops over the definition.
fn agrees<T: Real>(
    what: &str,
    method: &dyn Method<T>,
    windows: &Windows,
    filters: usize,
    flip: bool,
    input: bool,
) {
    const IMAGES: usize = 3;
    let (len, taps, positions) = (windows.input_len(), windows.taps(), windows.positions());
    let sums_len = filters * positions;
    let (x, w) = (values::<T>(IMAGES * len, 1), values::<T>(filters * taps, 2));
    let gradient = values::<T>(IMAGES * sums_len, 3);
    let exact = |values: &[T]| values.iter().map(|&value| Real::to_f64(value)).collect::<Vec<_>>();
    let (exact_x, exact_w, exact_gradient) = (exact(&x), exact(&w), exact(&gradient));
    let mut sums = vec![0.0; IMAGES * sums_len];
    let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
    each_product(windows, flip, |position, tap, element| {
        for image in 0..IMAGES {
            for filter in 0..filters {
                let sum = image * sums_len + filter * positions + position;
                let (weight, element) = (filter * taps + tap, image * len + element);
                sums[sum] += exact_w[weight] * exact_x[element];
                dx[element] += exact_w[weight] * exact_gradient[sum];
                dw[weight] += exact_x[element] * exact_gradient[sum];
            }
        }
    });
    for threads in [Threads::One, Threads::All] {
        with(method, Product::Sums, &w, |given| {
            let mut found = vec![T::nan(); sums.len()];
            let at_once = method.images_at_once(Product::Sums);
            for (x, y) in x.chunks(at_once * len).zip(found.chunks_mut(at_once * sums_len)) {
                method.sums(threads, given, images(x, len), &Identity, images_mut(y, sums_len));
            }
            assert_close(&format!("{what}: sums"), &found, &sums);
        });
        if input {
            with(method, Product::InputGradient, &w, |given| {
                let mut found = vec![T::nan(); dx.len()];
                let at_once = method.images_at_once(Product::InputGradient);
                let of_batch = gradient.chunks(at_once * sums_len).zip(found.chunks_mut(at_once * len));
                for (gradient, x) in of_batch {
                    method.input_gradient(threads, given, images(gradient, sums_len), images_mut(x, len));
                }
                assert_close(&format!("{what}: gradient of the input"), &found, &dx);
            });
        }
        with(method, Product::FilterGradient, &w, |given| {
            let mut totals = vec![T::zero(); method.gradient_len()];
            let at_once = method.images_at_once(Product::FilterGradient);
            for (x, gradient) in x.chunks(at_once * len).zip(gradient.chunks(at_once * sums_len)) {
                let (x, gradient) = (images(x, len), images(gradient, sums_len));
                method.add_filter_gradients(threads, given, x, gradient, &mut totals);
            }
            let mut found = vec![T::nan(); w.len()];
            method.filter_gradients(&totals, &mut found);
            assert_close(&format!("{what}: gradient of the filters"), &found, &dw);
        });
    }
}

fn every_method_agrees<T: Real>() {
    for (number, (windows, filters)) in cases().into_iter().enumerate() {
        for flip in [false, true] {
            let what = |name: &str| format!("{name}, case {number}, flip {flip}, {}", T::NAME);
            let columns = Columns { windows, filters, flip };
            agrees::<T>(&what("columns"), &columns, &windows, filters, flip, true);
            for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
                let direct = Direct::on(isa, windows, filters, flip);
                let reversible = direct.reversed().is_some();
                let on_isa = what(&format!("direct on {}", isa.name()));
                agrees::<T>(&on_isa, &direct, &windows, filters, flip, reversible);
                if let Some(planes) = Planes::new(direct) {
                    let on_isa = what(&format!("planes on {}", isa.name()));
                    agrees::<T>(&on_isa, &planes, &windows, filters, flip, reversible);
                }
                if let Some(fft) = Fft::new(direct) {
                    agrees::<T>(
                        &what(&format!("fft on {}", isa.name())),
                        &fft,
                        &windows,
                        filters,
                        flip,
                        true,
                    );
                }
                if let Some(winograd) = Winograd::new(direct) {
                    let on_isa = what(&format!("winograd on {}", isa.name()));
                    agrees::<T>(&on_isa, &winograd, &windows, filters, flip, reversible);
                }
            }
        }
    }
}

#[test]
fn every_method_agrees_with_the_definition_f32() {
    every_method_agrees::<f32>();
}

#[test]
fn every_method_agrees_with_the_definition_f64() {
    every_method_agrees::<f64>();
}

#[test]
fn where_the_gradient_of_the_input_is_a_convolution() {
    let reversed = |stride, pad| {
        let windows = windows([1, 1, 5, 5], [1, 3, 3], [1, stride, stride], [1; 3], [0, pad, pad]);
        Direct::new(windows, 1, false).reversed().map(|direct| direct.windows.pad)
    };
    assert_eq!(reversed(1, 0), Some([0, 2, 2]));
    assert_eq!(reversed(1, 2), Some([0, 0, 0]));
    assert_eq!(reversed(1, 3), None);
    assert_eq!(reversed(2, 0), None);
}
