use super::backward::{Image, add_gradients, backward_on, pack_segments};
use super::forward::{Finish, forward_on, pack};
use super::*;
use crate::cpu::isa::Isa;
use crate::nonlinearities::linear;

/// Channels, rows, columns; filters, their rows, columns and padding; rows and columns of a pool.
struct Case([usize; 3], [usize; 5], [usize; 2]);

const CASES: &[Case] = &[
    Case([1, 28, 28], [32, 5, 5, 0, 0], [2, 2]),
    Case([32, 12, 12], [32, 5, 5, 0, 0], [2, 2]),
    Case([3, 9, 10], [5, 3, 2, 1, 1], [2, 2]),
    Case([2, 7, 33], [33, 2, 3, 0, 2], [2, 3]),
    Case([17, 5, 6], [40, 1, 1, 0, 0], [2, 2]),
    Case([1, 4, 4], [1, 3, 3, 2, 2], [1, 4]),
    Case([4, 2, 3], [3, 5, 5, 4, 4], [3, 2]),
];

impl Case {
    /// The windows of the convolution and of the pools.
    fn windows(&self) -> [Windows; 2] {
        let Case([channels, rows, columns], [filters, height, width, pad_rows, pad_columns], pool) = *self;
        let sums = [1, rows + 2 * pad_rows + 1 - height, columns + 2 * pad_columns + 1 - width];
        let windows = Windows {
            channels,
            input: [1, rows, columns],
            output: sums,
            size: [1, height, width],
            stride: [1; 3],
            dilation: [1; 3],
            pad: [0, pad_rows, pad_columns],
        };
        let pools = Windows {
            channels: filters,
            input: sums,
            output: [1, sums[1] / pool[0], sums[2] / pool[1]],
            size: [1, pool[0], pool[1]],
            stride: [1, pool[0], pool[1]],
            dilation: [1; 3],
            pad: [0; 3],
        };
        [windows, pools]
    }

    fn pooled(&self) -> Pooled {
        let [windows, pools] = self.windows();
        Pooled::new(&windows, &pools, pools.channels).expect("a case for this module")
    }
}

/// Values without order, some of them zero.
fn values<T: Real>(len: usize, seed: usize) -> Vec<T> {
    (0..len).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f64 / 504.0 - 1.0).map(T::of).collect()
}

/// The sums of one image by the definition.
fn sums(pooled: &Pooled, flip: bool, w: &[f64], bias: &[f64], image: &[f64]) -> Vec<f64> {
    let windows = &pooled.windows;
    let mut sums = Vec::new();
    for filter in 0..pooled.filters {
        for position in 0..windows.positions() {
            let mut sum = bias[filter];
            each_tap(pooled, flip, position, |weight, element| {
                sum += w[filter * windows.taps() + weight] * image[element];
            });
            sums.push(sum);
        }
    }
    sums
}

/// The weights within a filter and the elements of the image that meet at a position.
fn each_tap(pooled: &Pooled, flip: bool, position: usize, mut visit: impl FnMut(usize, usize)) {
    let Planes { channels, input, output, size, pad } = pooled.windows;
    let (y, x) = (position / output[1], position % output[1]);
    for channel in 0..channels {
        for row in 0..size[0] {
            for column in 0..size[1] {
                let (Some(at_row), Some(at_column)) =
                    ((y + row).checked_sub(pad[0]), (x + column).checked_sub(pad[1]))
                else {
                    continue;
                };
                if at_row < input[0] && at_column < input[1] {
                    let [row, column] =
                        if flip { [size[0] - 1 - row, size[1] - 1 - column] } else { [row, column] };
                    let element = (channel * input[0] + at_row) * input[1] + at_column;
                    visit((channel * size[0] + row) * size[1] + column, element);
                }
            }
        }
    }
}

fn exact<T: Real>(value: T) -> f64 {
    Real::to_f64(value)
}

fn assert_close<T: Real>(what: &str, found: &[T], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    let tolerance = if T::NAME == "f32" { 1e-4 } else { 1e-12 };
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (exact(*found) - expected).abs();
        assert!(
            difference <= tolerance * expected.abs().max(1.0),
            "{what}, {place}: {found}, not {expected}"
        );
    }
}

fn agrees_with_plain_loops<T: Real>() {
    for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
        for (number, case) in CASES.iter().enumerate() {
            for flip in [false, true] {
                let pooled = case.pooled();
                let what = format!("{}, case {number}, flip {flip}, {}", isa.name(), T::NAME);
                let (windows, pools) = (pooled.windows, pooled.pools);
                let image = values::<T>(windows.channels * windows.input[0] * windows.input[1], 1);
                let w = values::<T>(pooled.filters * windows.taps(), 2);
                let bias = values::<T>(pooled.filters, 3);
                let all = |values: &[T]| values.iter().map(|&value| exact(value)).collect::<Vec<f64>>();

                let outputs = pooled.filters * pools.positions();
                let (mut output, mut winners) = (vec![T::zero(); outputs], vec![0; outputs]);
                let mut packed = vec![T::zero(); pooled.packed_len()];
                pack(&pooled, flip, &w, &mut packed);
                let finish = Finish { bias: &bias, nonlinearity: linear() };
                forward_on(isa, &pooled, &packed, finish, &image, &mut output, &mut winners);
                let sums = sums(&pooled, flip, &all(&w), &all(&bias), &all(&image));
                let won: Vec<f64> = winners
                    .iter()
                    .enumerate()
                    .map(|(place, &winner)| {
                        sums[place / pools.positions() * windows.positions() + winner as usize]
                    })
                    .collect();
                assert_close(&format!("{what}, winners"), &output, &won);
                for (place, &output) in output.iter().enumerate() {
                    let (filter, pool) = (place / pools.positions(), place % pools.positions());
                    let (row, column) =
                        (pool / pools.output[1] * pools.size[0], pool % pools.output[1] * pools.size[1]);
                    let mut largest = f64::NEG_INFINITY;
                    for y in row..row + pools.size[0] {
                        for x in column..column + pools.size[1] {
                            largest =
                                largest.max(sums[filter * windows.positions() + y * windows.output[1] + x]);
                        }
                    }
                    assert_close(&format!("{what}, output {place}"), &[output], &[largest]);
                }

                let mut gradient = values::<T>(outputs, 4);
                gradient.iter_mut().step_by(3).for_each(|gradient| *gradient = T::zero());
                let mut segments = vec![T::zero(); pooled.segments_len()];
                pack_segments(&pooled, flip, &w, &mut segments);
                let mut origins = vec![0; pooled.positions()];
                pooled.origins(&mut origins);
                let mut sums_of_segments = vec![T::zero(); pooled.segments_len()];
                let mut biases = vec![T::zero(); pooled.filters];
                let mut input_gradient =
                    values::<T>(windows.channels * windows.input[0] * windows.input[1], 5);
                backward_on(
                    isa,
                    Image {
                        pooled: &pooled,
                        filters: &segments,
                        image: &image,
                        gradient: &gradient,
                        winners: &winners,
                        origins: &origins,
                        gradients: &mut sums_of_segments,
                        biases: &mut biases,
                        input_gradient: Some(&mut input_gradient),
                    },
                );
                let mut gradients = vec![T::zero(); w.len()];
                add_gradients(&pooled, flip, &sums_of_segments, &mut gradients);

                let mut expected_w = vec![0.0; w.len()];
                let mut expected_input = vec![0.0; image.len()];
                let mut expected_biases = vec![0.0; biases.len()];
                for (place, (gradient, &winner)) in gradient.iter().zip(&winners).enumerate() {
                    let (filter, gradient) = (place / pools.positions(), exact(*gradient));
                    expected_biases[filter] += gradient;
                    each_tap(&pooled, flip, winner as usize, |weight, element| {
                        let weight = filter * windows.taps() + weight;
                        expected_w[weight] += gradient * exact(image[element]);
                        expected_input[element] += gradient * exact(w[weight]);
                    });
                }
                assert_close(&format!("{what}, filters"), &gradients, &expected_w);
                assert_close(&format!("{what}, biases"), &biases, &expected_biases);
                assert_close(&format!("{what}, image"), &input_gradient, &expected_input);
            }
        }
    }
}

#[test]
fn f32_agrees_with_plain_loops() {
    agrees_with_plain_loops::<f32>();
}

#[test]
fn f64_agrees_with_plain_loops() {
    agrees_with_plain_loops::<f64>();
}

#[test]
fn not_a_number_wins() {
    let pooled = Case([1, 4, 4], [1, 1, 1, 0, 0], [2, 2]).pooled();
    let mut image = values::<f32>(16, 1);
    image[5] = f32::NAN;
    let mut packed = vec![0.0; pooled.packed_len()];
    pack(&pooled, true, &[1.0], &mut packed);
    let (mut output, mut winners) = ([0.0; 4], [0; 4]);
    let finish = Finish { bias: &[], nonlinearity: linear() };
    forward_on(Isa::Portable, &pooled, &packed, finish, &image, &mut output, &mut winners);
    assert!(output[0].is_nan() && winners[0] == 5 && output[1..].iter().all(|value| !value.is_nan()));
}

#[test]
fn other_convolutions_are_left_alone() {
    let [windows, pools] = CASES[0].windows();
    let refused = |windows: Windows, pools: Windows| Pooled::new(&windows, &pools, 32).is_none();
    assert!(!refused(windows, pools));
    assert!(refused(Windows { stride: [1, 2, 1], ..windows }, pools));
    assert!(refused(Windows { dilation: [1, 1, 2], ..windows }, pools));
    assert!(refused(Windows { size: [2, 5, 5], ..windows }, pools));
    assert!(refused(windows, Windows { stride: [1, 1, 2], ..pools }));
    assert!(refused(windows, Windows { pad: [0, 1, 1], ..pools }));
    assert!(refused(windows, Windows { output: [1, 13, 12], ..pools }));
    assert!(refused(windows, Windows { size: [1, 1, 2], stride: [1, 1, 2], ..pools }));
}
