//! Products in parts against sums in `f64`, and against plain products.

use ndarray::{Array2, Axis};

use super::*;
use crate::cpu::bf16::kernels::{LEAST_UNFIT, Order, PARTS, STEP, STEP_WORDS};
use crate::cpu::bf16::pack;
use crate::cpu::bf16::tests::{
    LAYOUTS, Layout, SIZES, check_bits, check_without_depth, compare, levels, numbers, product, stored, view,
};

/// The kernels that this processor has: the same ones stand for several levels.
fn kernels() -> impl Iterator<Item = Bf16> {
    levels().filter(|level| *level != Bf16::Avx512Bf16)
}

fn check(level: Bf16, threads: Threads, size: (usize, usize, usize), layouts: [Layout; 2], accumulate: bool) {
    compare(
        level.name(),
        size,
        layouts,
        accumulate,
        |value| value,
        |a, b, c, epilogue| {
            gemm_with(level, threads, a, b, accumulate, c, epilogue);
        },
    );
}

#[test]
fn every_size() {
    // Several ranges of k, and several blocks of B.
    let large = [(97, 257, 1300), (40, 900, 70), (33, 70, 3000)];
    for level in kernels() {
        for (i, size) in SIZES.into_iter().chain(large).enumerate() {
            let layouts = [LAYOUTS[i % 3], LAYOUTS[i / 3 % 3]];
            check(level, Threads::One, size, layouts, i % 2 == 0);
        }
    }
}

#[test]
fn every_layout() {
    for level in kernels() {
        for a in LAYOUTS {
            for b in LAYOUTS {
                check(level, Threads::One, (37, 41, 67), [a, b], false);
                check(level, Threads::All, (37, 41, 467), [a, b], true);
            }
        }
    }
}

#[test]
fn threads_and_layouts_leave_the_bits_alone() {
    for level in kernels() {
        for size in [(131, 900, 600), (70, 90, 450), (513, 65, 129)] {
            check_bits(gemm_with, level, size);
        }
    }
}

#[test]
fn without_depth_the_product_is_zero() {
    kernels().for_each(|level| check_without_depth(gemm_with, level));
}

/// As near the exact sums as those by multiply-adds are: on average of squares, and at worst.
#[test]
fn sums_are_as_exact_as_those_of_plain_products() {
    let (m, n, k) = (96, 96, 2000);
    let (a, b) = (stored((m, k), 6), stored((k, n), 7));
    let [a, b] = [view(&a, (m, k), Layout::Rows), view(&b, (k, n), Layout::Rows)];
    let exact = a.mapv(f64::from).dot(&b.mapv(f64::from));
    let errors = |c: &Array2<f32>| {
        // Larger sums are rounded by more.
        let errors = (c.mapv(f64::from) - &exact) / exact.mapv(|sum| 1.0 + sum.abs());
        let worst = errors.iter().fold(0.0, |worst: f64, error| worst.max(error.abs()));
        ((errors.mapv(|error| error * error).mean().unwrap()).sqrt(), worst)
    };
    let plain = Array2::from_shape_fn((m, n), |(row, column)| {
        a.row(row).iter().zip(b.column(column)).fold(0.0, |sum: f32, (a, b)| a.mul_add(*b, sum))
    });
    let (plain_mean, plain_worst) = errors(&plain);
    for level in kernels() {
        let (mean, worst) = errors(&product(gemm_with, level, 1, a, b));
        println!("{}: {mean:e} {worst:e}, plain {plain_mean:e} {plain_worst:e}", level.name());
        // Without the unit, each of the six products is rounded into the sum.
        let factor = if level == Bf16::Amx { 1.0 } else { 4.0 };
        assert!(mean <= factor * plain_mean && worst <= factor * plain_worst, "{}", level.name());
    }
}

/// Parts are exact, and alike from every kernel.
#[test]
fn parts_add_up_to_the_number() {
    let fit: Vec<f32> = numbers().into_iter().filter(|value| value.abs() < LEAST_UNFIT).collect();
    let from = ArrayView2::from_shape((1, fit.len()), &fit).unwrap();
    let steps = fit.len().div_ceil(STEP);
    for level in kernels() {
        for order in [Order::Lanes, Order::Pairs] {
            let mut packed = vec![0; steps * PARTS * STEP_WORDS];
            assert!(pack(in_parts(level), from, order, 0, &mut packed));
            for (k, &number) in fit.iter().enumerate() {
                let (step, pair) = (k / STEP, k % STEP / 2);
                let place = if order == Order::Lanes { pair } else { 16 * pair };
                let part = |part: usize| {
                    let word = packed[(step * PARTS + part) * STEP_WORDS + place];
                    f32::from_bits(word << (16 * (1 - k % 2)) & 0xffff_0000)
                };
                let [first, second, third] = [0, 1, 2].map(part);
                let case = || format!("{} {order:?}: {number:e}", level.name());
                // The last part of a smaller number can be too small to be exact.
                if number.abs() >= 2_f32.powi(-109) || number == 0.0 {
                    assert_eq!(first + (second + third), number, "{}", case());
                }
                assert!(second.abs() <= first.abs() / 256.0, "{}", case());
                assert!(third.abs() <= first.abs() / 65536.0, "{}", case());
            }
        }
    }
}

#[test]
fn numbers_without_parts_are_multiplied_as_they_are() {
    for level in kernels() {
        for unfit in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX, LEAST_UNFIT] {
            for (row, in_b) in [(3, false), (99, false), (430, true), (0, true)] {
                let (a, b) = (stored((500, 100), 8), stored((500, 120), 9));
                let mut a = view(&a, (100, 500), Layout::Columns).to_owned();
                let mut b = view(&b, (500, 120), Layout::Rows).to_owned();
                let value = if in_b { &mut b[[row, 70]] } else { &mut a[[row, 20]] };
                *value = unfit;
                let mut plain = Array2::zeros((100, 120));
                gemm::gemm(Threads::One, a.view(), b.view(), false, plain.view_mut(), &gemm::Identity);
                for threads in [1, 2] {
                    let found = product(gemm_with, level, threads, a.view(), b.view());
                    for ((at, &found), &plain) in found.indexed_iter().zip(&plain) {
                        let near = (found - plain).abs() <= 1e-4 * plain.abs().max(1.0);
                        let same = found == plain || found.is_nan() && plain.is_nan() || near;
                        assert!(same, "{} {unfit}: {at:?} {found} {plain}", level.name());
                    }
                }
            }
        }
    }
}

#[test]
fn the_largest_numbers_with_parts_are_multiplied_by_them() {
    let largest = f32::from_bits(LEAST_UNFIT.to_bits() - 1);
    for level in kernels() {
        let a = Array2::from_elem((33, 64), largest);
        let b = Array2::from_elem((64, 33), 1.0 / 128.0);
        let found = product(gemm_with, level, 1, a.view(), b.view());
        let expected = f64::from(largest) / 2.0;
        for &value in &found {
            assert!((f64::from(value) - expected).abs() < 1e-6 * expected, "{} {value}", level.name());
        }
        assert_eq!(found.len_of(Axis(0)), 33);
    }
}
