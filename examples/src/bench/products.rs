//! The matrix products under the networks.

use layercake::Precision;
use layercake::cpu::gemm::{Identity, Threads};
use layercake::cpu::product::product;
use ndarray::Array2;

use super::table::Table;
use super::timing::{median, seconds};

/// The speed of matrix products as they occur in the networks, and of a large one.
#[must_use]
pub fn products() -> Table {
    let mut table =
        Table::new(&["product (m, k) by (k, n), f32", "1 thread, GFLOP/s", "all threads, GFLOP/s"]);
    for (m, n, k) in [(500, 800, 784), (800, 800, 500), (500, 256, 512), (2048, 2048, 2048)] {
        let speed = |threads| format!("{:.0}", gemm_speed(threads, (m, n, k)));
        table.row([format!("m = {m}, n = {n}, k = {k}"), speed(Threads::One), speed(Threads::All)]);
    }
    table
}

/// Billions of multiplications and additions a second in a product (m, k) by (k, n), in `f32`: the median.
fn gemm_speed(threads: Threads, (m, n, k): (usize, usize, usize)) -> f64 {
    let a = Array2::from_shape_fn((m, k), |(row, column)| ((row * 7 + column) % 13) as f32 - 6.0);
    let b = Array2::from_shape_fn((k, n), |(row, column)| ((row + column * 5) % 11) as f32 - 5.0);
    let mut c = Array2::zeros((m, n));
    let times = seconds(15, || {
        product(Precision::F32, threads, a.view(), b.view(), false, c.view_mut(), &Identity);
    });
    2.0 * (m * n * k) as f64 / median(&times) / 1e9
}
