//! Clones of one device on several threads.

use layercake::data::Minibatches;
use layercake::regularization::L2;
use layercake_tests::networks::Mlp;
use ndarray::{Array1, Array2};

use super::*;

/// Epochs, whose steps are recorded, and steps with a penalty and norms, of two networks of different sizes.
fn train(device: &Cuda, seed: u64, examples: usize) -> Vec<f64> {
    let x: Array2<f64> = training::values((examples, 50));
    let classes = Array1::from_shape_fn(examples, |i| (i * 7 % 10) as u8);
    let net = Mlp::<f64>::new(seed).to(device).unwrap();
    let mut trainer = Trainer::new(net, CategoricalCrossentropy, adam(0.01))
        .seed(seed)
        .penalty(L2(1e-3))
        .max_gradient_norm(0.5);
    let mut minibatches = Minibatches::new(x.view(), classes.view(), 4).unwrap();
    let mut losses = Vec::new();
    for epoch in 0..2 {
        minibatches.restart(epoch);
        losses.push(trainer.epoch(&mut minibatches).unwrap());
        losses.push(trainer.step(&x, &classes).unwrap());
        losses.push(trainer.evaluate(&x, &classes).unwrap());
    }
    losses
}

#[test]
fn trainers_on_two_threads_compute_what_they_compute_alone() {
    for device in devices::cuda() {
        let alone = [train(&device, 1, 12), train(&device, 2, 20)];
        for _ in 0..2 {
            let together = std::thread::scope(|scope| {
                [(1, 12), (2, 20)]
                    .map(|(seed, examples)| {
                        let device = device.clone();
                        scope.spawn(move || train(&device, seed, examples))
                    })
                    .map(|thread| thread.join().unwrap())
            });
            assert_eq!(together, alone);
        }
    }
}

/// A trainer goes on where it is moved to, without what was recorded before.
#[test]
fn a_trainer_may_go_to_another_thread() {
    let x: Array2<f64> = training::values((12, 50));
    let classes = Array1::from_shape_fn(12, |i| (i * 7 % 10) as u8);
    for device in devices::cuda() {
        let epochs = |elsewhere: bool| {
            let net = Mlp::<f64>::new(1).to(&device).unwrap();
            let mut trainer = Trainer::new(net, CategoricalCrossentropy, adam(0.01));
            let mut minibatches = Minibatches::new(x.view(), classes.view(), 4).unwrap();
            let mut losses = Vec::new();
            for epoch in 0..4 {
                minibatches.restart(epoch);
                let epoch = || trainer.epoch(&mut minibatches).unwrap();
                losses.push(if elsewhere {
                    std::thread::scope(|scope| scope.spawn(epoch).join().unwrap())
                } else {
                    let mut epoch = epoch;
                    epoch()
                });
            }
            losses
        };
        assert_eq!(epochs(true), epochs(false));
    }
}
