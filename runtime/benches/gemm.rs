//! Speed of the matrix product on the shapes of the example networks, in `f32` and `f64`.
//!
//! `cargo bench -p layercake --bench gemm -- [GFLOP/s of one core] [filter]`

use std::hint::black_box;
use std::time::{Duration, Instant};

use layercake::cpu::gemm::{Identity, Threads};
use layercake::cpu::product::product;
use layercake::{Precision, Real};
use ndarray::{Array2, ArrayView2};

/// What the author's machine can do on one core with `f32`: two 512-bit FMA a cycle.
const LIMIT: f64 = 213.0;

struct Shape {
    name: &'static str,
    m: usize,
    n: usize,
    k: usize,
    /// Whether A or B is the transpose of a matrix with contiguous rows.
    transposed: [bool; 2],
    threads: Threads,
}

fn shapes() -> Vec<Shape> {
    let shape = |name, (m, n, k), a, b, threads| Shape { name, m, n, k, transposed: [a, b], threads };
    use Threads::{All, One};
    vec![
        shape("forward", (500, 800, 784), false, false, All),
        shape("forward", (500, 800, 800), false, false, All),
        shape("forward", (500, 10, 800), false, false, All),
        shape("forward", (500, 256, 512), false, false, All),
        shape("weight gradient", (784, 800, 500), true, false, All),
        shape("weight gradient", (800, 800, 500), true, false, All),
        shape("weight gradient", (800, 10, 500), true, false, All),
        shape("input gradient", (500, 800, 800), false, true, All),
        shape("input gradient", (500, 800, 10), false, true, All),
        shape("one row", (1, 800, 784), false, false, All),
        shape("one row", (1, 800, 800), false, false, All),
        shape("one row, gradient", (1, 800, 800), false, true, All),
        shape("four rows", (4, 800, 800), false, false, All),
        shape("convolution", (32, 64, 800), false, false, One),
        shape("convolution", (32, 576, 25), false, false, One),
        shape("convolution, weights", (800, 32, 64), false, true, One),
        shape("convolution, input", (800, 64, 32), true, false, One),
        shape("wide layer", (32, 4096, 4096), false, false, All),
        shape("wide layer", (512, 4096, 4096), false, false, All),
        shape("wide layer, input gradient", (512, 4096, 4096), false, true, All),
        shape("wide layer, weight gradient", (4096, 4096, 512), true, false, All),
        shape("recurrent step", (32, 2048, 512), false, false, All),
        shape("recurrent step, gradient", (32, 512, 2048), false, true, All),
        shape("square", (2048, 2048, 2048), false, false, All),
    ]
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench").peekable();
    let limit = arguments.next_if(|argument| argument.parse::<f64>().is_ok());
    let limit = limit.map_or(LIMIT, |limit| limit.parse().expect("just parsed"));
    let filter = arguments.next().unwrap_or_default();
    bench::<f32>(limit, &filter);
    bench::<f64>(limit / 2.0, &filter);
}

fn bench<T: Real>(limit: f64, filter: &str) {
    println!("{}: a limit of {limit} GFLOP/s a core", T::NAME);
    let pools = [1, 2].map(|threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads")
    });
    for shape in shapes() {
        let Shape { name, m, n, k, .. } = shape;
        let title = format!("{} {name} ({m}, {n}, {k})", T::NAME);
        if !title.contains(filter) {
            continue;
        }
        let [a, b] = [(m, k), (k, n)].map(|(rows, columns)| {
            Array2::from_shape_fn((rows, columns), |(i, j)| T::of(((i * 7 + j * 3) % 11) as f64 - 5.0))
        });
        let stored = [a, b].map(|matrix| (matrix.t().as_standard_layout().into_owned(), matrix));
        let [a, b] = [0, 1].map(|i| -> ArrayView2<T> {
            let (transpose, matrix) = &stored[i];
            if shape.transposed[i] { transpose.t() } else { matrix.view() }
        });
        let mut c = Array2::zeros((m, n));
        print!("{title:45}");
        for (threads, pool) in [1, 2].into_iter().zip(&pools) {
            if threads > 1 && shape.threads == Threads::One {
                continue;
            }
            let time = pool.install(|| {
                median(|| {
                    product(Precision::F32, shape.threads, a, b, false, black_box(c.view_mut()), &Identity);
                })
            });
            let rate = 2.0 * (m * n * k) as f64 / time.as_secs_f64() / 1e9;
            let fraction = 100.0 * rate / (limit * threads as f64);
            print!("  {:9.1} us {rate:6.1} GFLOP/s {fraction:5.1} %", time.as_secs_f64() * 1e6);
        }
        println!();
    }
}

/// The median time of one call, over many short runs.
fn median(mut call: impl FnMut()) -> Duration {
    let once = {
        let start = Instant::now();
        call();
        call();
        start.elapsed() / 2
    };
    let calls = (Duration::from_millis(4).as_nanos() / once.as_nanos().max(1)).max(1) as u32;
    let mut times: Vec<Duration> = (0..41)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(|_| call());
            start.elapsed() / calls
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}
