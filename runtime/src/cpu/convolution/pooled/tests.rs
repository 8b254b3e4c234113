use super::*;
use crate::Real;
use crate::cpu::convolution::Prepared;
use crate::cpu::gemm::Threads;
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

    fn pooled(&self, isa: Isa, flip: bool) -> Pooled {
        let [windows, pools] = self.windows();
        Pooled::on(isa, &windows, &pools, pools.channels, flip).expect("a case for this module")
    }
}

/// Values without order, some of them zero.
fn values<T: Real>(len: usize, seed: usize) -> Vec<T> {
    (0..len).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f64 / 504.0 - 1.0).map(T::of).collect()
}

/// The sums of one image by the definition.
fn sums(pooled: &Pooled, w: &[f64], bias: &[f64], image: &[f64]) -> Vec<f64> {
    let windows = &pooled.convolution.windows;
    let mut sums = Vec::new();
    for filter in 0..pooled.filters() {
        for position in 0..windows.positions() {
            let mut sum = bias[filter];
            each_tap(pooled, position, |weight, element| {
                sum += w[filter * windows.taps() + weight] * image[element];
            });
            sums.push(sum);
        }
    }
    sums
}

/// The weights within a filter and the elements of the image that meet at a position.
fn each_tap(pooled: &Pooled, position: usize, mut visit: impl FnMut(usize, usize)) {
    let Direct { windows, flip, .. } = pooled.convolution;
    let last = |axes: [usize; 3]| [axes[1], axes[2]];
    let (channels, [input, output]) = (windows.channels, [windows.input, windows.output].map(last));
    let [size, pad] = [windows.size, windows.pad].map(last);
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

/// The output and winners of one image.
fn forward<T: Real>(pooled: &Pooled, w: &[T], bias: &[T], image: &[T]) -> (Vec<T>, Vec<u32>) {
    let outputs = pooled.filters() * pooled.pools.positions();
    let (mut values, mut winners) = (vec![T::nan(); outputs], vec![u32::MAX; outputs]);
    let output = Output { values: &mut values, winners: Some(&mut winners) };
    forward_to(pooled, w, bias, image, output);
    (values, winners)
}

fn forward_to<T: Real>(pooled: &Pooled, w: &[T], bias: &[T], image: &[T], output: Output<'_, T>) {
    let room = pooled.forward_room::<T>();
    let (mut numbers, mut places) = (vec![T::nan(); room.numbers], vec![0; room.places]);
    pooled.prepare_forward(w, Prepared { numbers: &mut numbers, places: &mut places });
    let given = Prepared { numbers: &numbers[..], places: &places[..] };
    pooled.forward(Threads::One, given, Finish { bias, nonlinearity: linear() }, image, output);
}

fn agrees_with_plain_loops<T: Real>() {
    for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
        for (number, case) in CASES.iter().enumerate() {
            for flip in [false, true] {
                let pooled = case.pooled(isa, flip);
                let what = format!("{}, case {number}, flip {flip}, {}", isa.name(), T::NAME);
                let (windows, pools) = (pooled.convolution.windows, pooled.pools);
                let image = values::<T>(windows.input_len(), 1);
                let w = values::<T>(pooled.filters() * windows.taps(), 2);
                let bias = values::<T>(pooled.filters(), 3);
                let all = |values: &[T]| values.iter().map(|&value| exact(value)).collect::<Vec<f64>>();

                let outputs = pooled.filters() * pools.positions();
                let (output, winners) = forward(&pooled, &w, &bias, &image);
                let mut without_winners = vec![T::zero(); outputs];
                forward_to(
                    &pooled,
                    &w,
                    &bias,
                    &image,
                    Output { values: &mut without_winners, winners: None },
                );
                assert_eq!(output, without_winners, "{what}");
                let sums = sums(&pooled, &all(&w), &all(&bias), &all(&image));
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
                        (pool / pools.output[2] * pools.size[1], pool % pools.output[2] * pools.size[2]);
                    let mut largest = f64::NEG_INFINITY;
                    for y in row..row + pools.size[1] {
                        for x in column..column + pools.size[2] {
                            largest =
                                largest.max(sums[filter * windows.positions() + y * windows.output[2] + x]);
                        }
                    }
                    assert_close(&format!("{what}, output {place}"), &[output], &[largest]);
                }

                let mut gradient = values::<T>(outputs, 4);
                gradient.iter_mut().step_by(3).for_each(|gradient| *gradient = T::zero());
                let room = pooled.backward_room(true);
                let (mut segments, mut origins) = (vec![T::nan(); room.numbers], vec![0; room.places]);
                pooled.prepare_backward(&w, Prepared { numbers: &mut segments, places: &mut origins });
                let mut sums_of_segments = vec![T::zero(); pooled.segments_len()];
                let mut biases = vec![T::zero(); pooled.filters()];
                let mut input_gradient = values::<T>(windows.input_len(), 5);
                pooled.backward(Image {
                    given: Prepared { numbers: &segments, places: &origins },
                    image: &image,
                    gradient: &gradient,
                    winners: &winners,
                    gradients: &mut sums_of_segments,
                    biases: &mut biases,
                    input_gradient: Some(&mut input_gradient),
                });
                let mut gradients = vec![T::nan(); w.len()];
                pooled.filter_gradients(&sums_of_segments, &mut gradients);

                let mut expected_w = vec![0.0; w.len()];
                let mut expected_input = vec![0.0; image.len()];
                let mut expected_biases = vec![0.0; biases.len()];
                for (place, (gradient, &winner)) in gradient.iter().zip(&winners).enumerate() {
                    let (filter, gradient) = (place / pools.positions(), exact(*gradient));
                    expected_biases[filter] += gradient;
                    each_tap(&pooled, winner as usize, |weight, element| {
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
    for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
        let pooled = Case([1, 4, 4], [1, 1, 1, 0, 0], [2, 2]).pooled(isa, true);
        let mut image = values::<f32>(16, 1);
        image[5] = f32::NAN;
        let (output, winners) = forward(&pooled, &[1.0], &[], &image);
        assert!(output[0].is_nan() && winners[0] == 5 && output[1..].iter().all(|value| !value.is_nan()));
    }
}

#[test]
fn other_convolutions_are_left_alone() {
    let [windows, pools] = CASES[0].windows();
    let refused = |windows: Windows, pools: Windows| Pooled::new(&windows, &pools, 32, false).is_none();
    assert!(!refused(windows, pools));
    assert!(refused(Windows { stride: [1, 2, 1], ..windows }, pools));
    assert!(refused(Windows { dilation: [1, 1, 2], ..windows }, pools));
    assert!(refused(Windows { size: [2, 5, 5], ..windows }, pools));
    assert!(refused(windows, Windows { stride: [1, 1, 2], ..pools }));
    assert!(refused(windows, Windows { pad: [0, 1, 1], ..pools }));
    assert!(refused(windows, Windows { output: [1, 13, 12], ..pools }));
    assert!(refused(windows, Windows { size: [1, 1, 2], stride: [1, 1, 2], ..pools }));
}
