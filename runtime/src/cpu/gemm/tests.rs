//! The products of every instruction set, and of the BLAS library if one is linked, against a plain sum.
//!
//! Miri checks the portable kernels' use of pointers, on the smallest of the sizes:
//!
//! ```sh
//! rustup toolchain install nightly --component miri
//! cargo +nightly miri test -p layercake --lib cpu::gemm
//! ```

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{Array2, ArrayView2, ArrayViewMut2, ShapeBuilder, s};

use super::*;

/// Every instruction set that this processor has.
fn built_in() -> impl Iterator<Item = Provider> {
    Isa::ALL.into_iter().filter(|isa| isa.is_available()).map(Provider::BuiltIn)
}

/// These, and the library that is linked.
fn providers() -> impl Iterator<Item = Provider> {
    let chosen = Provider::chosen();
    built_in().chain(Some(chosen).filter(|chosen| !matches!(chosen, Provider::BuiltIn(_))))
}

/// The kernels, whose tiles' edges the sizes are chosen by; a library's are unknown.
fn kernels<T: Real>(provider: Provider) -> &'static kernels::Kernels<T> {
    T::kernels(match provider {
        Provider::BuiltIn(isa) => isa,
        #[cfg(feature = "blas")]
        Provider::Blas => isa(),
    })
}

/// How the elements of a matrix lie in memory.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Rows,
    Columns,
    PaddedRows,
    PaddedColumns,
    /// Neither stride is one, and rows run backwards.
    General,
}

use Layout::*;

/// A matrix of small values that are no multiples of a power of two, in a given layout.
struct Stored<T> {
    buffer: Array2<T>,
    layout: Layout,
}

impl<T: Real> Stored<T> {
    fn new(rows: usize, columns: usize, layout: Layout, seed: usize) -> Stored<T> {
        let shape = match layout {
            Rows => (rows, columns),
            Columns => (columns, rows),
            PaddedRows => (rows, columns + 3),
            PaddedColumns => (columns, rows + 5),
            General => (2 * rows, 3 * columns),
        };
        let mut state = seed as u64 * 2 + 1;
        let buffer = Array2::from_shape_simple_fn(shape, || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            T::of((state >> 40) as f64 / (1 << 23) as f64 - 1.0)
        });
        Stored { buffer, layout }
    }

    fn view(&self) -> ArrayView2<'_, T> {
        match self.layout {
            Rows => self.buffer.view(),
            Columns => self.buffer.t(),
            PaddedRows => self.buffer.slice(s![.., 2..self.buffer.ncols() - 1]),
            PaddedColumns => self.buffer.slice(s![.., 4..self.buffer.ncols() - 1]).reversed_axes(),
            General => self.buffer.slice(s![..;-2, 1..;3]),
        }
    }
}

/// A value as `f64`.
fn exact<T: Real>(value: T) -> f64 {
    Real::to_f64(value)
}

/// The sum in `f64` of the products for one element.
fn dot<T: Real>(a: ArrayView2<T>, b: ArrayView2<T>, row: usize, column: usize) -> f64 {
    a.row(row).iter().zip(b.column(column)).map(|(a, b)| exact(*a) * exact(*b)).sum()
}

/// Counts the calls for each element and replaces its value by a function of its place.
struct Counted {
    columns: usize,
    calls: Vec<AtomicUsize>,
}

impl<T: Real> Epilogue<T> for Counted {
    fn apply(&self, row: usize, column: usize, values: &mut [T]) {
        for (offset, value) in values.iter_mut().enumerate() {
            self.calls[row * self.columns + column + offset].fetch_add(1, Ordering::Relaxed);
            *value = *value * T::of(2.0) + place(row, column + offset);
        }
    }
}

fn place<T: Real>(row: usize, column: usize) -> T {
    T::of((row % 13) as f64 - (column % 7) as f64)
}

/// One product, of which every element is compared.
fn check<T: Real>(
    provider: Provider,
    threads: Threads,
    (m, n, k): (usize, usize, usize),
    [layout_a, layout_b, layout_c]: [Layout; 3],
    accumulate: bool,
) {
    if cfg!(miri) && m * n * (k + 1) > 350 {
        return;
    }
    let what = format!(
        "{} {provider:?} ({m}, {n}, {k}) {layout_a:?} {layout_b:?} {layout_c:?} {accumulate}",
        T::NAME
    );
    let a = Stored::<T>::new(m, k, layout_a, 1);
    let b = Stored::<T>::new(k, n, layout_b, 2);
    let mut stored = Stored::<T>::new(m, n, layout_c, 3);
    let before = stored.buffer.clone();
    let start = stored.view().to_owned();
    let pad = if matches!(layout_c, PaddedRows) { 2 } else { 0 };
    if !accumulate {
        // What C held must not be read.
        stored.buffer.slice_mut(s![.., pad..pad + n]).fill(T::nan());
    }
    let counted = Counted { columns: n, calls: (0..m * n).map(|_| AtomicUsize::new(0)).collect() };
    let c: ArrayViewMut2<T> = stored.buffer.slice_mut(s![.., pad..pad + n]);
    gemm_with(provider, threads, a.view(), b.view(), accumulate, c, &counted);

    assert!(counted.calls.iter().all(|calls| calls.load(Ordering::Relaxed) == 1), "{what}: epilogue");
    let tolerance = exact(T::epsilon()) * (k + 4) as f64;
    for ((row, column), value) in stored.view().indexed_iter() {
        let held = if accumulate { exact(start[(row, column)]) } else { 0.0 };
        let expected = 2.0 * (held + dot(a.view(), b.view(), row, column)) + exact(place::<T>(row, column));
        let error = (exact(*value) - expected).abs();
        assert!(error <= tolerance * 4.0, "{what}: ({row}, {column}) is {value}, not {expected}");
    }
    // Nothing beside C was written.
    for ((row, column), value) in stored.buffer.indexed_iter() {
        assert!(
            (pad..pad + n).contains(&column) || *value == before[(row, column)],
            "{what}: outside ({row}, {column})"
        );
    }
}

const LAYOUTS: [Layout; 5] = [Rows, Columns, PaddedRows, PaddedColumns, General];

/// Every number of rows and columns of a tile, and the edges around two of them.
fn every_size<T: Real>() {
    for provider in providers() {
        let kernels = kernels::<T>(provider);
        let rows = (1..=kernels.rows() + 1).chain([2 * kernels.rows(), 4 * kernels.rows() + 3]);
        for (i, m) in rows.enumerate() {
            let columns = kernels.columns();
            for (j, n) in (1..=columns + 1).chain([2 * columns - 1]).enumerate() {
                let layouts = [LAYOUTS[i % 5], LAYOUTS[(i + j) % 5], [Rows, PaddedRows][j % 2]];
                check::<T>(provider, Threads::One, (m, n, 1 + (i + j) % 6), layouts, j % 3 == 0);
            }
        }
    }
}

#[test]
fn every_size_of_tile_f32() {
    every_size::<f32>()
}

#[test]
fn every_size_of_tile_f64() {
    every_size::<f64>()
}

/// Every combination of layouts, with sizes that take every way through the blocks.
fn every_layout<T: Real>() {
    for provider in providers() {
        let columns = kernels::<T>(provider).columns();
        let sizes = [
            (1, columns, 9),
            (2, columns + 5, 3),
            (7, 9, 4),
            (20, 3, 4),
            (3, columns + 5, 40),
            (3, 5 * columns, 21),
            (31, 37, 41),
            (61, 67, 19),
        ];
        for layout_a in LAYOUTS {
            for layout_b in LAYOUTS {
                for (i, size) in sizes.into_iter().enumerate() {
                    let layout_c = [Rows, PaddedRows][i % 2];
                    for accumulate in [false, true] {
                        check::<T>(provider, Threads::One, size, [layout_a, layout_b, layout_c], accumulate);
                    }
                }
            }
        }
    }
}

#[test]
fn every_layout_f32() {
    every_layout::<f32>()
}

#[test]
fn every_layout_f64() {
    every_layout::<f64>()
}

/// Sizes that need several blocks of k and of rows.
fn large<T: Real>() {
    for provider in providers() {
        let sizes = [
            (1, 300, 1100),
            (5, 70, 1500),
            (67, 70, 1031),
            (700, 34, 530),
            (47, 500, 257),
            (311, 503, 3),
            (33, 300, 1024),
        ];
        for size in sizes {
            check::<T>(provider, Threads::All, size, [Rows, Rows, Rows], false);
            check::<T>(provider, Threads::All, size, [Columns, Columns, PaddedRows], true);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore)]
fn large_f32() {
    large::<f32>()
}

#[test]
#[cfg_attr(miri, ignore)]
fn large_f64() {
    large::<f64>()
}

/// The built-in products alone: a library promises no bits.
fn the_number_of_threads_changes_no_bit<T: Real>() {
    let sizes =
        [(1, 2100, 700), (2, 1500, 600), (17, 1100, 900), (500, 10, 800), (131, 257, 300), (784, 90, 50)];
    for provider in built_in() {
        for size in sizes {
            for layouts in [[Rows, Rows], [Columns, Rows], [Rows, Columns], [General, General]] {
                for accumulate in [false, true] {
                    let results = [1, 2, 3, 8]
                        .map(|threads| with_threads::<T>(provider, threads, size, layouts, accumulate));
                    let what = format!("{} {provider:?} {size:?} {layouts:?} {accumulate}", T::NAME);
                    assert!(results.iter().all(|c| c == &results[0]), "{what}");
                }
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore)]
fn the_number_of_threads_changes_no_bit_f32() {
    the_number_of_threads_changes_no_bit::<f32>()
}

#[test]
fn parts_are_all_of_c_and_find_room() {
    let kernels = <f32 as kernels::Kernel>::kernels(isa());
    for lengths @ [rows, columns, depth] in
        [[1, 1, 1], [1, 2100, 700], [61, 90, 1500], [500, 10, 800], [784, 800, 500], [1031, 257, 3000]]
    {
        for strides in [[depth as isize, 1, 1], [1, rows as isize, 1], [1024, 1, 7]] {
            for threads in [1, 2, 3, 16] {
                let cuts = cuts::Cuts::new(lengths, strides, false, kernels, threads);
                let mut counts = Array2::<u8>::zeros((rows, columns));
                for part in 0..cuts.parts() {
                    let (rows, panels) = cuts.part(part);
                    let [room_a, room_b] = cuts.room();
                    let tiles = rows.len().div_ceil(cuts.tile_rows);
                    assert!(!cuts.pack_a || tiles * cuts.tile_rows * cuts.packed_row() <= room_a);
                    let panels_packed = panels.len().min(cuts.panels_together);
                    assert!(!cuts.pack_b || panels_packed * kernels.columns() * cuts.depth_step <= room_b);
                    for columns in panels.map(|panel| cuts.panel(panel)) {
                        assert!((1..=kernels.columns()).contains(&columns.len()));
                        counts.slice_mut(s![rows.clone(), columns]).mapv_inplace(|count| count + 1);
                    }
                }
                assert!(counts.iter().all(|&count| count == 1), "{cuts:?}");
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore)]
fn the_number_of_threads_changes_no_bit_f64() {
    the_number_of_threads_changes_no_bit::<f64>()
}

fn with_threads<T: Real>(
    provider: Provider,
    threads: usize,
    (m, n, k): (usize, usize, usize),
    layouts: [Layout; 2],
    accumulate: bool,
) -> Vec<(u64, i16, i8)> {
    let a = Stored::<T>::new(m, k, layouts[0], 1);
    let b = Stored::<T>::new(k, n, layouts[1], 2);
    let mut c = Stored::<T>::new(m, n, Rows, 3).buffer;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        gemm_with(provider, Threads::All, a.view(), b.view(), accumulate, c.view_mut(), &Identity);
    });
    c.iter().map(|value| value.integer_decode()).collect()
}

#[test]
#[cfg_attr(miri, ignore)]
fn infinities_and_nan_reach_c() {
    for provider in providers() {
        for (m, n) in [(1, 40), (20, 33), (90, 70)] {
            let mut a = Array2::<f32>::ones((m, 5));
            let mut b = Array2::<f32>::ones((5, n));
            a[(m - 1, 2)] = f32::INFINITY;
            b[(2, n - 1)] = 0.0;
            b[(4, 0)] = f32::NAN;
            let mut c = Array2::<f32>::zeros((m, n));
            gemm_with(provider, Threads::One, a.view(), b.view(), false, c.view_mut(), &Identity);
            assert!(c.column(0).iter().all(|value| value.is_nan()));
            assert_eq!(c[(m - 1, 1)], f32::INFINITY);
            assert!(c[(m - 1, n - 1)].is_nan(), "infinity times zero");
            assert!(m == 1 || c[(0, n - 1)] == 4.0);
        }
    }
}

#[test]
fn empty_products() {
    for provider in providers() {
        for size in [(0, 3, 2), (3, 0, 2), (0, 0, 0), (3, 0, 0)] {
            check::<f32>(provider, Threads::All, size, [Rows, Rows, Rows], false);
        }
        // An empty sum is zero, and still meets the epilogue.
        check::<f32>(provider, Threads::All, (3, 4, 0), [Rows, Rows, PaddedRows], false);
        check::<f64>(provider, Threads::All, (3, 4, 0), [Rows, Rows, Rows], true);
        check::<f64>(provider, Threads::All, (701, 311, 0), [Rows, Columns, PaddedRows], true);
    }
}

/// Operands whose elements stand for several places each: no BLAS can read them.
#[test]
#[cfg_attr(miri, ignore)]
fn overlapping_operands() {
    let values: Vec<f32> = (0..200).map(|i| (i % 7) as f32 - 2.5).collect();
    let view = |rows, columns, strides: (usize, usize)| {
        ArrayView2::from_shape((rows, columns).strides(strides), &values).unwrap()
    };
    let strides = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 1), (1, 3)];
    for provider in providers() {
        for (m, n, k) in [(1, 2, 3), (2, 1, 1), (20, 5, 30), (11, 31, 4)] {
            for (strides_a, strides_b) in
                strides.into_iter().flat_map(|a| strides.into_iter().map(move |b| (a, b)))
            {
                let (a, b) = (view(m, k, strides_a), view(k, n, strides_b));
                let mut c = Array2::zeros((m, n));
                gemm_with(provider, Threads::One, a, b, false, c.view_mut(), &Identity);
                for ((row, column), value) in c.indexed_iter() {
                    let what = format!("{provider:?} ({m}, {n}, {k}) {strides_a:?} {strides_b:?}");
                    assert_eq!(exact(*value), dot(a, b, row, column), "{what}: ({row}, {column})");
                }
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore)]
fn a_product_within_an_epilogue() {
    struct Nested;
    impl Epilogue<f32> for Nested {
        fn apply(&self, _: usize, _: usize, values: &mut [f32]) {
            let (a, b) = (Array2::<f32>::ones((60, 4)), Array2::<f32>::ones((4, 40)));
            let mut c = Array2::<f32>::zeros((60, 40));
            gemm(Threads::One, a.view(), b.t().as_standard_layout().t(), false, c.view_mut(), &Identity);
            values.iter_mut().for_each(|value| *value += c[(59, 39)]);
        }
    }
    let (a, b) = (Array2::<f32>::ones((60, 4)), Array2::<f32>::ones((4, 40)));
    let mut c = Array2::<f32>::zeros((60, 40));
    gemm(Threads::One, a.view(), b.view(), false, c.view_mut(), &Nested);
    assert!(c.iter().all(|&value| value == 8.0));
}

#[test]
#[should_panic(expected = "gemm: a (2, 3) and b (4, 5) do not give c (2, 5)")]
fn shapes_must_agree() {
    let (a, b) = (Array2::<f32>::zeros((2, 3)), Array2::<f32>::zeros((4, 5)));
    let mut c = Array2::<f32>::zeros((2, 5));
    gemm(Threads::One, a.view(), b.view(), false, c.view_mut(), &Identity);
}

#[test]
#[should_panic(expected = "gemm: the rows of c must be contiguous")]
fn rows_of_c_must_be_contiguous() {
    let (a, b) = (Array2::<f32>::zeros((2, 3)), Array2::<f32>::zeros((3, 5)));
    let mut c = Array2::<f32>::zeros((5, 2));
    gemm(Threads::One, a.view(), b.view(), false, c.view_mut().reversed_axes(), &Identity);
}

/// A B that is packed once gives the same bits as one that each product packs; on any number of threads, of which
/// helpers know nothing.
fn prepared_operand<T: Real>() {
    for threads in [2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(prepared_operand_of_a_pool::<T>);
    }
}

fn prepared_operand_of_a_pool<T: Real>() {
    for provider in built_in() {
        let rows = 3 * kernels::<T>(provider).rows();
        for (m, n, k) in [
            (1, 5, 3),
            (rows, 7, 2),
            (rows + 1, 1, 1),
            (37, 131, 67),
            (50, 400, 700),
            (33, 48, 20),
            (64, 600, 256),
        ] {
            for layout in [Rows, Columns, PaddedRows, General] {
                let (a, b) = (Stored::<T>::new(m, k, Rows, 1), Stored::<T>::new(k, n, layout, 2));
                let room_for = |products| Prepared::<T>::room_with(provider, products, m, (k, n));
                assert_eq!((room_for(1) == 0, room_for(9) == 0), (m <= rows, false));
                for products in [1, 9] {
                    let mut room = vec![T::nan(); room_for(products)];
                    // Few rows are otherwise summed in another order.
                    let bound = 4.0 * k as f64 * exact(T::epsilon());
                    let tolerance = if room_for(1) == room_for(products) { 0.0 } else { bound };
                    let prepared = Prepared::with(provider, b.view(), &mut room);
                    for (threads, accumulate, backwards) in [
                        (Threads::One, false, false),
                        (Threads::All, true, true),
                        (Threads::All, false, false),
                    ] {
                        let mut found = Array2::from_elem((m, n), T::of(0.5));
                        let mut expected = found.clone();
                        let c = found.view_mut();
                        prepared.multiply(threads, a.view(), accumulate, c, &Identity, backwards);
                        let c = expected.view_mut();
                        gemm_with(provider, threads, a.view(), b.view(), accumulate, c, &Identity);
                        let what = format!("{} {provider:?} ({m}, {n}, {k}) {layout:?} {products}", T::NAME);
                        for (&found, &expected) in found.iter().zip(&expected) {
                            let error = exact((found - expected).abs());
                            assert!(error <= tolerance, "{what}: {found}, not {expected}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn prepared_operand_f32() {
    prepared_operand::<f32>()
}

#[test]
fn prepared_operand_f64() {
    prepared_operand::<f64>()
}
