//! tmp
use layercake::prelude::*;
use layercake_examples::models::{Classifier, Cnn};
use ndarray::{Array1, Array4, s};
use std::time::Instant;
fn med(mut f: impl FnMut(), n: usize) -> [f64; 2] {
    f();
    let mut t: Vec<f64> = (0..n)
        .map(|_| {
            let s = Instant::now();
            f();
            s.elapsed().as_secs_f64()
        })
        .collect();
    t.sort_by(f64::total_cmp);
    [t[n / 2], t[0]]
}
fn main() {
    let mut st = 1u32;
    let images = Array4::from_shape_simple_fn((500, 1, 28, 28), || {
        st = st.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (st >> 8) as f32 / (1 << 24) as f32
    });
    let digits = Array1::from_shape_fn(500, |i| (i % 10) as u8);
    let net = Cnn::on(&Cpu::default(), 1);
    let mut trainer = Trainer::new(net, CategoricalCrossentropy, nesterov_momentum(0.01, 0.9));
    let t = med(
        || {
            trainer.step(images.view(), digits.view()).unwrap();
        },
        40,
    );
    println!("step 500: {:.2} / {:.2} ms -> epoch {:.2} s", t[0] * 1e3, t[1] * 1e3, t[0] * 100.0);
    let mut inference = trainer.net.inference();
    for (b, n) in [(500, 60), (1, 1000)] {
        let x = images.slice(s![..b, .., .., ..]);
        let t = med(
            || {
                trainer.net.forward_with(&mut inference, x).unwrap();
            },
            n,
        );
        println!("forward {b}: {:.1} / {:.1} us", t[0] * 1e6, t[1] * 1e6);
    }
}
