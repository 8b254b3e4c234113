//! Products of every precision and every way of storing, on the emulated device.

use super::*;
use crate::Precision;
use crate::device::Device;

/// What a precision makes of a factor: nearest, ties to even.
fn rounded(value: f32, precision: Precision) -> f64 {
    let dropped = match precision {
        Precision::F32 => return value.into(),
        Precision::Tf32 => 13,
        Precision::Bf16 => 16,
    };
    let unit = f64::from(value.abs()).log2().floor().exp2() * f64::from(2_f32.powi(dropped - 23));
    if value == 0.0 { 0.0 } else { (f64::from(value) / unit).round_ties_even() * unit }
}

fn values(len: usize, seed: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 37 + seed * 11) % 101) as f32 / 7.3 - 6.0).collect()
}

#[test]
fn products_agree_with_sums_of_rounded_factors() {
    let Ok(device) = Cuda::emulated() else {
        eprintln!("skipped: no C++ compiler");
        return;
    };
    for precision in Precision::ALL {
        let device = device.clone().with_precision(precision);
        for (m, n, k) in [(1, 1, 1), (5, 7, 3), (17, 9, 31), (65, 70, 33)] {
            for (a_turned, b_turned) in [(false, false), (true, false), (false, true)] {
                let (a, b, before) = (values(m * k, 1), values(k * n, 2), values(m * n, 3));
                let mut buffers = [(); 3].map(|()| Default::default());
                for (buffer, values) in buffers.iter_mut().zip([&a, &b, &before]) {
                    device.keep::<f32>(values, buffer);
                }
                let [a_there, b_there, c_there] = &mut buffers;
                let matrix = |buffer, rows, columns, turned| {
                    let values = Cuda::slice::<f32>(buffer, rows * columns);
                    if turned { Matrix::new(values, rows).t() } else { Matrix::new(values, columns) }
                };
                let (x, y) = (matrix(a_there, m, k, a_turned), matrix(b_there, k, n, b_turned));
                device.gemm(x, y, true, &Cuda::slice_mut(c_there, m * n), Finish::NONE);
                let mut found = vec![0.0; m * n];
                device.download(c_there, &mut found);
                for (place, found) in found.into_iter().enumerate() {
                    let (row, column) = (place / n, place % n);
                    let terms = (0..k).map(|i| {
                        let a = a[if a_turned { i * m + row } else { row * k + i }];
                        let b = b[if b_turned { column * k + i } else { i * n + column }];
                        rounded(a, precision) * rounded(b, precision)
                    });
                    let expected = f64::from(before[place]) + terms.sum::<f64>();
                    let close = (f64::from(found) - expected).abs() <= 36e-6 * k as f64;
                    assert!(close, "{precision} {m} {n} {k}, {place}: found {found}, expected {expected}");
                }
            }
        }
    }
    device.synchronize().unwrap();
}
