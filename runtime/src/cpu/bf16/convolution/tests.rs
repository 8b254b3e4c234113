//! Convolutions of every level against plain sums of rounded factors.

use super::*;
use crate::cpu::gemm::Epilogue;
use crate::cpu::pool::larger;
use crate::cpu::round::round;

type Case = ([usize; 2], [usize; 2], [usize; 2], [usize; 2]);

/// Channels, filters, rows and columns of the image and of a window, and padding: with few channels and many, one
/// panel of filters and more, and lengths around those of tiles.
const CASES: [Case; 11] = [
    ([1, 1], [1, 1], [1, 1], [0, 0]),
    ([1, 32], [28, 28], [5, 5], [0, 0]),
    ([2, 3], [6, 5], [3, 2], [0, 0]),
    ([3, 35], [9, 11], [5, 5], [2, 2]),
    ([4, 5], [7, 17], [1, 16], [0, 3]),
    ([5, 4], [8, 7], [3, 3], [1, 1]),
    ([16, 17], [5, 5], [5, 5], [0, 0]),
    ([32, 32], [12, 12], [5, 5], [0, 0]),
    ([33, 3], [4, 4], [3, 1], [2, 0]),
    ([7, 64], [10, 3], [2, 3], [1, 2]),
    ([5, 6], [4, 4], [2, 2], [3, 0]),
];

const IMAGES: usize = 5;

/// Every level that this processor has.
fn levels() -> impl Iterator<Item = Bf16> {
    Bf16::ALL.into_iter().filter(|level| level.is_available())
}

fn values(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

fn windows(case: ([usize; 2], [usize; 2], [usize; 2], [usize; 2])) -> (Windows, usize) {
    let ([channels, filters], [height, width], [rows, columns], [above, before]) = case;
    let windows = Windows {
        channels,
        input: [1, height, width],
        output: [1, height + 2 * above - rows + 1, width + 2 * before - columns + 1],
        size: [1, rows, columns],
        stride: [1; 3],
        dilation: [1; 3],
        pad: [0, above, before],
    };
    (windows, filters)
}

fn pools(windows: &Windows, size: usize) -> Windows {
    let [_, rows, columns] = windows.output;
    Windows {
        channels: 1,
        input: windows.output,
        output: [1, rows.div_ceil(size), columns.div_ceil(size)],
        size: [1, size, size],
        stride: [1, size, size],
        dilation: [1; 3],
        pad: [0; 3],
    }
}

/// Calls `product` with each product of a convolution: the places of a sum, a weight and an element of the image.
fn each_product(windows: &Windows, filters: usize, flip: bool, mut product: impl FnMut(usize, usize, usize)) {
    let Windows { channels, input: [_, height, width], output, size: [_, rows, columns], pad, .. } = *windows;
    for filter in 0..filters {
        for channel in 0..channels {
            for tap in 0..rows * columns {
                let reached = if flip { rows * columns - 1 - tap } else { tap };
                for position in 0..output[1] * output[2] {
                    let row = (position / output[2] + reached / columns).wrapping_sub(pad[1]);
                    let column = (position % output[2] + reached % columns).wrapping_sub(pad[2]);
                    if row < height && column < width {
                        let weight = (filter * channels + channel) * rows * columns + tap;
                        let sum = filter * output[1] * output[2] + position;
                        product(sum, weight, (channel * height + row) * width + column);
                    }
                }
            }
        }
    }
}

fn rounded(value: f32) -> f64 {
    f64::from(f32::from_bits(round(value)))
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f64], what: &str) {
    for (place, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let close = (f64::from(found) - expected).abs() <= 1e-4 * (1.0 + expected.abs());
        assert!(close, "{what}: at {place} {found}, expected {expected}");
    }
}

/// Adds its number to each row.
struct AddRow;

impl Epilogue<f32> for AddRow {
    fn apply(&self, row: usize, _: usize, values: &mut [f32]) {
        values.iter_mut().for_each(|value| *value += row as f32);
    }
}

/// Which of its sums won a pool; `number` counts the filters of all images.
fn winner(convolution: &Convolution, pools: &Windows, winners: &[u8], number: usize, pool: usize) -> usize {
    let (image, filter) = (number / convolution.filters, number % convolution.filters);
    let panel = (image * convolution.panels() + filter / PANEL) * pools.positions();
    usize::from(winners[(panel + pool) * PANEL + filter % PANEL])
}

#[test]
fn pools_of_sums() {
    for (case, pool) in CASES.into_iter().flat_map(|case| [1, 2, 3].map(|pool| (case, pool))) {
        let ((windows, filters), flip) = (windows(case), pool == 2);
        let pools = pools(&windows, pool);
        let (input, output) = (windows.input_len(), filters * windows.positions());
        let (x, w) = (values(IMAGES * input, 1), values(filters * windows.taps(), 2));
        let mut sums = vec![0.0; IMAGES * output];
        for image in 0..IMAGES {
            each_product(&windows, filters, flip, |sum, weight, element| {
                sums[image * output + sum] += rounded(w[weight]) * rounded(x[image * input + element]);
            });
        }
        for by in levels() {
            let what = format!("{} {case:?} {pool}", by.name());
            let convolution = Convolution::on(by, &windows, filters, flip).unwrap();
            let mut y = vec![0.0; IMAGES * filters * pools.positions()];
            let mut winners = vec![0; IMAGES * convolution.winners_len(&pools)];
            pooled_forward(&convolution, &pools, &w, &x, &mut y, Some(&mut winners), &AddRow);
            let mut alone = vec![0.0; y.len()];
            pooled_forward(&convolution, &pools, &w, &x, &mut alone, None, &AddRow);
            assert_eq!(y, alone, "{what}");
            let each = y.chunks(pools.positions());
            for ((number, y), sums) in each.enumerate().zip(sums.chunks(windows.positions())) {
                let filter = (number % filters) as f64;
                for (place, &y) in y.iter().enumerate() {
                    let rows = pools.covered(1, place / pools.output[2]);
                    let columns = pools.covered(2, place % pools.output[2]);
                    let won = winner(&convolution, &pools, &winners, number, place);
                    let (row, column) = (rows.start + won / pool, columns.start + won % pool);
                    let winner = row * windows.output[2] + column;
                    assert!(rows.contains(&row) && columns.contains(&column), "{what}: {winner} in {place}");
                    let of_pool = rows
                        .flat_map(|row| columns.clone().map(move |column| row * windows.output[2] + column));
                    let best =
                        of_pool.map(|place| sums[place]).reduce(|a, b| if larger(b, a) { b } else { a });
                    assert_close(&[y; 2], &[best.unwrap() + filter, sums[winner] + filter], &what);
                }
            }
        }
    }
}

#[test]
fn gradients() {
    let cases = CASES.into_iter().flat_map(|case| [1, 2, 3].map(|pool| (case, pool)));
    for (number, (case, pool)) in cases.enumerate() {
        let ((windows, filters), flip) = (windows(case), number % 2 == 0);
        let pools = pools(&windows, pool);
        let (input, positions) = (windows.input_len(), pools.positions());
        let (x, w) = (values(IMAGES * input, 3), values(filters * windows.taps(), 4));
        let mut gradient = values(IMAGES * filters * positions, 5);
        gradient.iter_mut().step_by(3).for_each(|value| *value = 0.0);
        for by in levels() {
            let what = format!("{} {case:?} {pool}", by.name());
            let convolution = Convolution::on(by, &windows, filters, flip).unwrap();
            let mut winners = vec![0; IMAGES * convolution.winners_len(&pools)];
            // Any of the sums that there are.
            for (place, won) in winners.iter_mut().enumerate() {
                let at = place / PANEL % positions;
                let rows = pools.covered(1, at / pools.output[2]).len();
                let columns = pools.covered(2, at % pools.output[2]).len();
                *won = (place * 7 % 5 % rows * pool + place * 3 % 7 % columns) as u8;
            }
            let mut sums = vec![0.0; IMAGES * filters * windows.positions()];
            for (place, &value) in gradient.iter().enumerate() {
                let (number, at) = (place / positions, place % positions);
                let won = winner(&convolution, &pools, &winners, number, at);
                let row = pools.covered(1, at / pools.output[2]).start + won / pool;
                let column = pools.covered(2, at % pools.output[2]).start + won % pool;
                sums[number * windows.positions() + row * windows.output[2] + column] = value;
            }
            let output = filters * windows.positions();
            let (mut of_w, mut of_x, mut of_b) = (vec![0.0; w.len()], vec![0.0; x.len()], vec![0.0; filters]);
            for image in 0..IMAGES {
                each_product(&windows, filters, flip, |sum, weight, element| {
                    let (gradient, element) = (rounded(sums[image * output + sum]), image * input + element);
                    of_w[weight] += gradient * rounded(x[element]);
                    of_x[element] += gradient * rounded(w[weight]);
                });
            }
            for (number, &sum) in sums.iter().enumerate() {
                of_b[number / windows.positions() % filters] += f64::from(sum);
            }
            assert_eq!(convolution.has_backward(), convolution.reversed().is_some());
            let (mut weights, mut biases, mut into) =
                (vec![9.0; w.len()], vec![9.0; filters], vec![9.0; x.len()]);
            let wanted = convolution.has_backward().then_some(&mut into[..]);
            let gradients = Gradients { weights: &mut weights, biases: &mut biases, input: wanted };
            let sums = Pooled { pools: &pools, gradient: &gradient, winners: &winners };
            backward(&convolution, &w, &x, sums, gradients);
            assert_close(&weights, &of_w, &format!("{what}, filters"));
            assert_close(&biases, &of_b, &format!("{what}, biases"));
            if convolution.has_backward() {
                assert_close(&into, &of_x, &format!("{what}, images"));
            }
        }
    }
}
