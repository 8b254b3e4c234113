//! The products of every level against a plain sum of rounded factors.

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{Array2, s};
use rayon::ThreadPoolBuilder;

use super::*;
use crate::cpu::gemm::Identity;
use crate::cpu::gemm::kernels::{Kernel, Vector, VectorWork};
use crate::cpu::isa::Isa;
use crate::cpu::round::round;

/// Around the sizes of tiles, panels and steps, and primes.
pub(super) const SIZES: [(usize, usize, usize); 14] = [
    (1, 1, 1),
    (1, 1, 2),
    (2, 3, 31),
    (15, 17, 32),
    (16, 16, 33),
    (17, 33, 64),
    (31, 32, 65),
    (32, 64, 16),
    (33, 31, 97),
    (61, 10, 512),
    (64, 97, 513),
    (1, 131, 1025),
    (131, 1, 700),
    (97, 257, 127),
];

/// Every level that this processor has.
pub(super) fn levels() -> impl Iterator<Item = Bf16> {
    Bf16::ALL.into_iter().filter(|level| {
        let available = level.is_available();
        if !available {
            println!("skipped: this processor lacks {}", level.name());
        }
        available
    })
}

/// How a matrix lies in memory.
#[derive(Clone, Copy, Debug)]
pub(super) enum Layout {
    Rows,
    Columns,
    /// Neither stride is one, and rows run backwards.
    General,
}

pub(super) const LAYOUTS: [Layout; 3] = [Layout::Rows, Layout::Columns, Layout::General];

/// Values that are no bfloat16 numbers, with others around them that do not count.
pub(super) fn stored((rows, columns): (usize, usize), seed: u32) -> Array2<f32> {
    let mut state = seed * 2 + 1;
    Array2::from_shape_simple_fn((2 * rows.max(columns), 2 * columns.max(rows) + 1), || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    })
}

pub(super) fn view(
    stored: &Array2<f32>,
    (rows, columns): (usize, usize),
    layout: Layout,
) -> ArrayView2<'_, f32> {
    match layout {
        Layout::Rows => stored.slice(s![..rows, 1..=columns]),
        Layout::Columns => stored.slice(s![..columns, 1..=rows]).reversed_axes(),
        Layout::General => stored.slice(s![..2 * rows;-2, 1..=2 * columns;2]),
    }
}

/// The sum in `f64` of the products of rounded factors, and of their magnitudes.
fn expected(
    a: ArrayView2<f32>,
    b: ArrayView2<f32>,
    row: usize,
    column: usize,
    factor: Rounding,
) -> (f64, f64) {
    let factor = |&value: &f32| f64::from(factor(value));
    let products = a.row(row).into_iter().zip(b.column(column)).map(|(a, b)| factor(a) * factor(b));
    products.fold((0.0, 0.0), |(sum, magnitude), product| (sum + product, magnitude + product.abs()))
}

/// What becomes of a factor.
pub(super) type Rounding = fn(f32) -> f32;

/// To the nearest bfloat16.
fn rounded(value: f32) -> f32 {
    f32::from_bits(round(value))
}

/// Counts the calls for each element and replaces its value by a function of its place.
pub(super) struct Counted {
    columns: usize,
    calls: Vec<AtomicUsize>,
}

impl Epilogue<f32> for Counted {
    fn apply(&self, row: usize, column: usize, values: &mut [f32]) {
        for (offset, value) in values.iter_mut().enumerate() {
            self.calls[row * self.columns + column + offset].fetch_add(1, Ordering::Relaxed);
            *value = 2.0 * *value + place(row, column + offset);
        }
    }
}

fn place(row: usize, column: usize) -> f32 {
    (row % 13) as f32 - (column % 7) as f32
}

/// One product by a level, of which every element is compared.
fn check(level: Bf16, threads: Threads, size: (usize, usize, usize), layouts: [Layout; 2], accumulate: bool) {
    compare(level.name(), size, layouts, accumulate, rounded, |a, b, c, epilogue| {
        gemm_with(level, threads, a, b, accumulate, c, epilogue);
    });
}

/// One product, computed by `multiply` of factors so rounded, of which every element is compared.
pub(super) fn compare(
    by: &str,
    (m, n, k): (usize, usize, usize),
    layouts: [Layout; 2],
    accumulate: bool,
    factor: Rounding,
    multiply: impl FnOnce(ArrayView2<f32>, ArrayView2<f32>, ArrayViewMut2<f32>, &Counted),
) {
    let (a, b) = (stored((m, k), 1), stored((k, n), 2));
    let (a, b) = (view(&a, (m, k), layouts[0]), view(&b, (k, n), layouts[1]));
    let before = stored((m, n), 3);
    let mut whole = before.clone();
    if !accumulate {
        whole.slice_mut(s![..m, 1..=n]).fill(f32::NAN);
    }
    let epilogue = Counted { columns: n, calls: (0..m * n).map(|_| AtomicUsize::new(0)).collect() };
    multiply(a, b, whole.slice_mut(s![..m, 1..=n]), &epilogue);
    let case = || format!("{by} {m} {n} {k} {layouts:?} {accumulate}");
    for ((row, column), &found) in whole.indexed_iter() {
        let old = before[[row, column]];
        if row >= m || column == 0 || column > n {
            assert_eq!(found, old, "outside of c, {}: ({row}, {column})", case());
            continue;
        }
        let (sum, magnitude) = expected(a, b, row, column - 1, factor);
        let old = if accumulate { f64::from(old) } else { 0.0 };
        let expected = 2.0 * (sum + old) + f64::from(place(row, column - 1));
        let tolerance = 4.0 * f64::from(f32::EPSILON) * (magnitude * (k as f64).sqrt() + 20.0);
        let error = (f64::from(found) - expected).abs();
        assert!(error <= tolerance, "{}: ({row}, {column}) {found} {expected}", case());
    }
    assert!(epilogue.calls.iter().all(|calls| calls.load(Ordering::Relaxed) == 1), "{}", case());
}

#[test]
fn every_size() {
    for level in levels() {
        for (i, size) in SIZES.into_iter().enumerate() {
            let layouts = [LAYOUTS[i % 3], LAYOUTS[i / 3 % 3]];
            check(level, Threads::One, size, layouts, i % 2 == 0);
        }
    }
}

#[test]
fn few_rows_are_rounded_as_they_are_read() {
    for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
        for size in [(1, 131, 1025), (1, 800, 784), (3, 97, 300), (8, 33, 513), (2, 1, 260)] {
            for layout in LAYOUTS {
                for (b, accumulate) in [(Layout::Rows, false), (Layout::Rows, true), (Layout::Columns, false)]
                {
                    // By columns, as many rows as a tile has.
                    let size =
                        if matches!(b, Layout::Columns) { (size.0.min(2), size.1, size.2) } else { size };
                    compare(isa.name(), size, [layout, b], accumulate, rounded, |a, b, c, epilogue| {
                        assert!(
                            rounded_if_short(isa, Threads::All, a, b, accumulate, c, epilogue),
                            "{} {size:?}",
                            isa.name()
                        );
                    });
                }
            }
        }
        let (a, b) = (Array2::<f32>::ones((9, 300)), Array2::<f32>::ones((300, 300)));
        assert!(!rounded_if_short(
            isa,
            Threads::One,
            a.view(),
            b.view(),
            false,
            Array2::zeros((9, 300)).view_mut(),
            &Identity
        ));
    }
}

#[test]
fn every_layout() {
    for level in levels() {
        for a in LAYOUTS {
            for b in LAYOUTS {
                check(level, Threads::One, (37, 41, 67), [a, b], false);
                check(level, Threads::One, (37, 41, 67), [a, b], true);
            }
        }
    }
}

/// A product by given kernels, of rounded factors or of their parts.
pub(super) type Gemm =
    fn(Bf16, Threads, ArrayView2<f32>, ArrayView2<f32>, bool, ArrayViewMut2<f32>, &Identity);

/// A product on so many threads.
pub(super) fn product(
    gemm: Gemm,
    level: Bf16,
    threads: usize,
    a: ArrayView2<f32>,
    b: ArrayView2<f32>,
) -> Array2<f32> {
    let mut c = Array2::zeros((a.nrows(), b.ncols()));
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| gemm(level, Threads::All, a, b, false, c.view_mut(), &Identity));
    c
}

/// Panics unless a product has the same bits on one, two and three threads, and of an A stored by columns.
pub(super) fn check_bits(gemm: Gemm, level: Bf16, (m, n, k): (usize, usize, usize)) {
    let (a, b) = (stored((m, k), 4), stored((k, n), 5));
    let (a, b) = (a.slice(s![..m, ..k]), b.slice(s![..k, ..n]));
    let bits = |threads: usize, a: ArrayView2<f32>| -> Vec<u32> {
        product(gemm, level, threads, a, b).iter().map(|value| value.to_bits()).collect()
    };
    let one = bits(1, a);
    for threads in [2, 3] {
        assert!(one == bits(threads, a), "{} {m} {n} {k} {threads}", level.name());
    }
    let columns = a.t().as_standard_layout().into_owned();
    assert!(one == bits(2, columns.t()), "{} {m} {n} {k}", level.name());
}

/// Panics unless a product over no steps is zero.
pub(super) fn check_without_depth(gemm: Gemm, level: Bf16) {
    for accumulate in [false, true] {
        let mut c = Array2::from_elem((35, 34), 2.0);
        let (a, b) = (Array2::zeros((35, 0)), Array2::zeros((0, 34)));
        gemm(level, Threads::One, a.view(), b.view(), accumulate, c.view_mut(), &Identity);
        let expected = if accumulate { 2.0 } else { 0.0 };
        assert!(c.iter().all(|&value| value == expected), "{} {accumulate}", level.name());
    }
}

#[test]
fn threads_and_layouts_leave_the_bits_alone() {
    for level in levels() {
        for size in [(131, 257, 600), (1, 800, 784), (300, 10, 800), (513, 65, 129)] {
            check_bits(gemm_with, level, size);
        }
        check(level, Threads::All, (131, 257, 600), [Layout::Columns, Layout::Columns], false);
    }
}

#[test]
fn without_depth_the_product_is_zero() {
    levels().for_each(|level| check_without_depth(gemm_with, level));
}

#[test]
fn what_is_not_finite_stays_in_its_row_or_column() {
    for level in levels() {
        let (mut a, b) = (Array2::from_elem((40, 50), 1.0), Array2::from_elem((50, 40), 1.0));
        a[[3, 49]] = f32::NAN;
        a[[35, 7]] = f32::INFINITY;
        let mut c = Array2::zeros((40, 40));
        gemm_with(level, Threads::One, a.view(), b.view(), false, c.view_mut(), &Identity);
        for ((row, column), &value) in c.indexed_iter() {
            let good = match row {
                3 => value.is_nan(),
                35 => value == f32::INFINITY,
                _ => value == 50.0,
            };
            assert!(good, "{}: ({row}, {column}) {value}", level.name());
        }
    }
}

/// Numbers of every kind: subnormal, NaN, halfway between two, beyond the largest.
pub(super) fn numbers() -> Vec<f32> {
    let mut numbers: Vec<f32> = (0..4096_u32).map(|i| f32::from_bits(i.wrapping_mul(1_048_573))).collect();
    let edges = [
        0x3f80_8000,
        0x3f81_8000,
        0x7f7f_8000,
        0x7f7f_7fff,
        0x0040_0000,
        0x8000_0001,
        0x7f80_0000,
        0xff80_0000,
        0x7f80_0001,
        0xffff_ffff,
        0x0080_0000,
        0x807f_ffff,
        0,
        0x8000_0000,
        0x7fc0_0000,
        0x3f80_7fff,
    ];
    numbers.extend(edges.map(f32::from_bits));
    numbers
}

#[test]
fn registers_round_alike() {
    /// Rounds numbers in place, a whole number of vectors.
    struct Rounded<'a>(&'a mut [f32]);
    impl VectorWork<f32> for Rounded<'_> {
        #[inline(always)]
        unsafe fn run<V: Vector<Element = f32>>(self) {
            for lanes in self.0.chunks_exact_mut(V::LANES) {
                // SAFETY: the caller's contract, and a chunk has as many elements as a vector.
                unsafe { V::load(lanes.as_ptr()).rounded().store(lanes.as_mut_ptr()) };
            }
        }
    }
    for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
        let mut rounded = numbers();
        f32::on_vectors(isa, Rounded(&mut rounded));
        for (found, number) in rounded.into_iter().zip(numbers()) {
            assert_eq!(found.to_bits(), round(number), "{} {number:e}", isa.name());
        }
    }
}

/// Every kind of number is rounded by the hardware as by [`round`].
#[test]
fn packing_rounds_alike() {
    let numbers = numbers();
    let from = ArrayView2::from_shape((1, numbers.len()), &numbers).unwrap();
    let steps = numbers.len().div_ceil(STEP);
    for level in levels() {
        for order in [Order::Lanes, Order::Pairs] {
            let mut packed = vec![0; steps * STEP_WORDS];
            pack(kernels::kernels(level), from, order, 0, &mut packed);
            for (k, &number) in numbers.iter().enumerate() {
                let (step, pair) = (k / STEP, k % STEP / 2);
                let place = step * STEP_WORDS + if order == Order::Lanes { pair } else { 16 * pair };
                let found = packed[place] << (16 * (1 - k % 2)) & 0xffff_0000;
                assert_eq!(found, round(number), "{} {order:?}: {number:e}", level.name());
            }
        }
    }
}
