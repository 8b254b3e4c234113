//! Whole training steps.

use super::*;
use layercake::data::Minibatches;
use layercake::regularization::{L1, L2};
use layercake::train::TrainError;
use layercake_tests::networks::Mlp;
use ndarray::{Array1, Array2, Array3, Array4};

#[test]
fn trainers_agree() {
    let x: Array2<f64> = training::values((37, 50));
    let classes = Array1::from_shape_fn(37, |i| (i * 7 % 10) as u8);
    for device in devices::cuda_with_products() {
        let net = Mlp::<f64>::new(1);
        let mut on_gpu =
            Trainer::new(net.to(&device).unwrap(), CategoricalCrossentropy, nesterov_momentum(0.1, 0.9))
                .penalty((L1(1e-4), L2(1e-3)));
        let mut on_cpu = Trainer::new(net, CategoricalCrossentropy, nesterov_momentum(0.1, 0.9))
            .penalty((L1(1e-4), L2(1e-3)));
        for _ in 0..5 {
            let (found, expected) = (on_gpu.step(&x, &classes).unwrap(), on_cpu.step(&x, &classes).unwrap());
            assert!((found - expected).abs() < 1e-10, "found {found}, expected {expected}");
        }
        let (found, expected) = (on_gpu.net.to(&Cpu::default()).unwrap(), &on_cpu.net);
        for (found, expected) in found.parameter_values().iter().zip(expected.parameter_values()) {
            assert_close("parameters", found.view(), expected.view(), 1e-9);
        }
        let (found, expected) =
            (on_gpu.evaluate(&x, &classes).unwrap(), on_cpu.evaluate(&x, &classes).unwrap());
        assert!((found - expected).abs() < 1e-10, "found {found}, expected {expected}");
    }
}

/// A data set that is sent in parts, of which the last is shorter.
#[test]
fn epochs_of_parts_agree() {
    let x: Array2<f32> = training::values((37, 50));
    let targets: Array2<f32> = training::values((37, 10)).mapv(|value: f32| value.abs());
    for device in devices::cuda() {
        // Two places of three minibatches of 4 each.
        let device = device.with_data_limit(2 * 3 * 4 * 60 * size_of::<f32>() + 100);
        let net = Mlp::<f32>::new(1);
        let mut on_gpu = Trainer::new(net.to(&device).unwrap(), CategoricalCrossentropy, sgd(0.1));
        let mut on_cpu = Trainer::new(net, CategoricalCrossentropy, sgd(0.1));
        let mut minibatches = Minibatches::new(x.view(), targets.view(), 4).unwrap().shuffled(1, 0);
        for epoch in 0..2 {
            minibatches.restart(epoch);
            let found = on_gpu.epoch(&mut minibatches).unwrap();
            minibatches.restart(epoch);
            let expected = on_cpu.epoch(&mut minibatches).unwrap();
            assert!((found - expected).abs() < 1e-4, "epoch {epoch}: found {found}, expected {expected}");
        }
    }
}

/// The data set on the device, steps recorded and replayed, a last minibatch of another size, settings that change.
#[test]
fn epochs_agree() {
    let x: Array2<f64> = training::values((37, 50));
    let classes = Array1::from_shape_fn(37, |i| (i * 7 % 10) as u8);
    for device in devices::cuda_with_products() {
        let net = Mlp::<f64>::new(1);
        let mut on_gpu =
            Trainer::new(net.to(&device).unwrap(), CategoricalCrossentropy, adam(0.01)).max_norm(0.8);
        let mut on_cpu = Trainer::new(net, CategoricalCrossentropy, adam(0.01)).max_norm(0.8);
        let mut minibatches = Minibatches::new(x.view(), classes.view(), 8).unwrap().shuffled(1, 0);
        for epoch in 0..3_u32 {
            let rate = 0.01 / f64::from(epoch + 1);
            (on_gpu.update.rule.learning_rate, on_cpu.update.rule.learning_rate) = (rate, rate);
            minibatches.restart(epoch.into());
            let found = on_gpu.epoch(&mut minibatches).unwrap();
            assert!(minibatches.next().is_none());
            minibatches.restart(epoch.into());
            let expected = on_cpu.epoch(&mut minibatches).unwrap();
            assert!((found - expected).abs() < 1e-10, "epoch {epoch}: found {found}, expected {expected}");
            // Steps from the host in between, which draw random numbers and update as well.
            let (found, expected) = (on_gpu.step(&x, &classes).unwrap(), on_cpu.step(&x, &classes).unwrap());
            assert!((found - expected).abs() < 1e-10, "step {epoch}: found {found}, expected {expected}");
        }
        let found = on_gpu.net.to(&Cpu::default()).unwrap();
        for (found, expected) in found.parameter_values().iter().zip(on_cpu.net.parameter_values()) {
            assert_close("parameters", found.view(), expected.view(), 1e-9);
        }
    }
}

/// Steps are recorded for shapes: other ones are computed anew.
#[test]
fn recordings_do_not_survive_another_length_or_batch() {
    network! { struct AnyLength < input(..=9, 3) => dense(4, tanh, num_leading_axes = 2) => dropout(0.2) => dense(2, linear, num_leading_axes = 2) > }
    for device in devices::cuda() {
        let net = AnyLength::<f64>::new(1);
        let mut on_gpu = Trainer::new(net.to(&device).unwrap(), SquaredError, adam(0.01));
        let mut on_cpu = Trainer::new(net, SquaredError, adam(0.01));
        for (length, batch_size) in [(5, 4), (7, 4), (5, 4), (5, 3)] {
            let x: Array3<f64> = training::values((12, length, 3));
            let targets: Array3<f64> = training::values((12, length, 2));
            let mut minibatches = Minibatches::new(x.view(), targets.view(), batch_size).unwrap();
            let found = on_gpu.epoch(&mut minibatches).unwrap();
            minibatches.restart(0);
            let expected = on_cpu.epoch(&mut minibatches).unwrap();
            let what = format!("length {length}, batch {batch_size}");
            assert!((found - expected).abs() < 1e-10, "{what}: found {found}, expected {expected}");
        }
    }
}

#[test]
fn empty_batches_agree() {
    network! {
        struct Mixed <
            input(2, 9, 7)
                => conv2d(3, 3, relu, norm = batch_norm)
                => max_pool2d(2)
                => bias
                => prelu
                => dropout_channels(0.3)
                => feature_pool(3)
                => dense(4, softmax)
        >
    }
    for device in devices::cuda_with_products() {
        let net = Mixed::<f32>::new(5);
        compare(&net, net.to(&device).unwrap(), &Array4::zeros((0, 2, 9, 7)), 0.0);
    }
}

#[test]
fn a_loss_that_is_not_finite_stops_the_epoch_and_changes_nothing() {
    let mut x: Array2<f32> = training::values((12, 50));
    x[[7, 3]] = f32::NAN;
    let classes = Array1::from_shape_fn(12, |i| i as i64 % 10);
    let mut on_cpu = Trainer::new(Mlp::<f32>::new(1), CategoricalCrossentropy, adam(0.01));
    let mut minibatches = Minibatches::new(x.view(), classes.view(), 2).unwrap();
    on_cpu.epoch(&mut minibatches).unwrap_err();
    let healthy: Array2<f32> = training::values((5, 50));
    let healthy_classes = Array1::from_shape_fn(5, |i| i as i64 % 10);
    let next_on_cpu = [0, 1].map(|_| on_cpu.step(&healthy, &healthy_classes).unwrap());
    for device in devices::cuda_with_products() {
        let net = Mlp::<f32>::new(1).to(&device).unwrap();
        let mut trainer = Trainer::new(net, CategoricalCrossentropy, adam(0.01));
        let mut minibatches = Minibatches::new(x.view(), classes.view(), 2).unwrap();
        let error = trainer.epoch(&mut minibatches).unwrap_err().to_string();
        assert!(error.starts_with("the loss of step 4 is NaN"), "{error}");
        assert!(trainer.net.parameter_values().iter().flatten().all(|value| value.is_finite()));
        // The next step is the one after the failed one, as on the processor: its random numbers, its number in the update.
        assert_eq!(trainer.update.steps(), on_cpu.update.steps() - 2);
        for expected in next_on_cpu {
            let found = trainer.step(&healthy, &healthy_classes).unwrap();
            assert!((found - expected).abs() < 1e-4, "found {found}, expected {expected}");
        }
    }
}

/// An epoch that is over has no examples left, and is told so before anything is asked of the device.
#[test]
fn an_epoch_that_is_over_has_no_examples() {
    let x: Array2<f32> = training::values((12, 50));
    let classes = Array1::from_shape_fn(12, |i| (i * 7 % 10) as u8);
    for device in devices::cuda() {
        let net = Mlp::<f32>::new(1).to(&device).unwrap();
        let mut trainer = Trainer::new(net, CategoricalCrossentropy, sgd(0.1));
        let mut minibatches = Minibatches::new(x.view(), classes.view(), 4).unwrap();
        trainer.epoch(&mut minibatches).unwrap();
        let before = trainer.net.parameter_values();
        assert_eq!(trainer.epoch(&mut minibatches).unwrap_err(), TrainError::NoExamples);
        assert_eq!((trainer.net.parameter_values(), trainer.update.steps()), (before, 3));
        minibatches.restart(1);
        trainer.epoch(&mut minibatches).unwrap();
        assert_eq!(trainer.update.steps(), 6);
    }
}

/// A training on the device goes on from a file with the same bits, there also from one of the processor.
#[test]
fn trainings_go_on_from_a_file() {
    let x: Array2<f64> = training::values((12, 50));
    let classes = Array1::from_shape_fn(12, |i| (i * 7 % 10) as u8);
    let mut minibatches = Minibatches::new(x.view(), classes.view(), 4).unwrap().shuffled(1, 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("training");
    macro_rules! train {
        ($trainer:expr, $epochs:expr) => {
            for epoch in $epochs {
                minibatches.restart(epoch);
                $trainer.epoch(&mut minibatches).unwrap();
            }
        };
    }
    let on_cpu = |seed| Trainer::new(Mlp::<f64>::new(seed), CategoricalCrossentropy, adam(0.01)).seed(seed);
    for device in devices::cuda_with_products() {
        let trainer = |seed| {
            let net = Mlp::<f64>::new(seed).to(&device).unwrap();
            Trainer::new(net, CategoricalCrossentropy, adam(0.01)).seed(seed)
        };
        let mut whole = trainer(1);
        train!(whole, 0..4);
        let mut stopped = trainer(1);
        train!(stopped, 0..2);
        stopped.save(&path).unwrap();
        // Of another seed, and with steps that were recorded.
        let mut resumed = trainer(2);
        train!(resumed, 0..2);
        resumed.load(&path).unwrap();
        train!(resumed, 2..4);
        assert_eq!(resumed.net.parameter_values(), whole.net.parameter_values());

        let mut resumed = on_cpu(2);
        resumed.load(&path).unwrap();
        train!(resumed, 2..4);
        for (found, expected) in resumed.net.parameter_values().iter().zip(whole.net.parameter_values()) {
            assert_close("parameters", found.view(), expected.view(), 1e-9);
        }
    }
}

/// What the trainer is told after an epoch, or another network in its place, holds in the next one, though steps are
/// recorded.
#[test]
fn recorded_steps_follow_the_trainer() {
    let x: Array2<f64> = training::values((12, 50));
    let classes = Array1::from_shape_fn(12, |i| (i * 7 % 10) as u8);
    let mut minibatches = Minibatches::new(x.view(), classes.view(), 4).unwrap();
    let mut number = 0;
    // Of the steps of two epochs the first is done, the second recorded, the others replayed.
    macro_rules! agree {
        ($on_gpu:expr, $on_cpu:expr) => {
            for _ in 0..2 {
                number += 1;
                minibatches.restart(number);
                let found = $on_gpu.epoch(&mut minibatches).unwrap();
                minibatches.restart(number);
                let expected = $on_cpu.epoch(&mut minibatches).unwrap();
                assert!((found - expected).abs() < 1e-10, "epoch {number}: {found}, not {expected}");
            }
        };
    }
    for device in devices::cuda() {
        let [net, other] = [1, 2].map(Mlp::<f64>::new);
        let mut other_on_gpu = other.to(&device).unwrap();
        let mut on_gpu = Trainer::new(net.to(&device).unwrap(), CategoricalCrossentropy, sgd(0.1));
        let mut on_cpu = Trainer::new(net, CategoricalCrossentropy, sgd(0.1));
        agree!(on_gpu, on_cpu);
        std::mem::swap(&mut on_gpu.net, &mut other_on_gpu);
        on_cpu.net = other;
        agree!(on_gpu, on_cpu);
        (on_gpu, on_cpu) = (on_gpu.max_norm(0.5), on_cpu.max_norm(0.5));
        agree!(on_gpu, on_cpu);
        (on_gpu, on_cpu) = (on_gpu.max_gradient_norm(0.1), on_cpu.max_gradient_norm(0.1));
        agree!(on_gpu, on_cpu);
        let (mut on_gpu, mut on_cpu) = (on_gpu.penalty(L2(1e-2)), on_cpu.penalty(L2(1e-2)));
        agree!(on_gpu, on_cpu);
    }
}

/// What the benchmark prints for each kernel.
#[test]
fn kernels_are_timed() {
    let x: Array2<f32> = training::values((6, 50));
    let classes = Array1::from_shape_fn(6, |i| i as u8);
    for device in devices::cuda_with_products() {
        let mut trainer =
            Trainer::new(Mlp::<f32>::new(1).to(&device).unwrap(), CategoricalCrossentropy, sgd(0.1));
        let (loss, times) = device.time_kernels(2, || trainer.step(&x, &classes));
        loss.unwrap();
        let named = |name| times.iter().filter(|time| time.work.kernel == name).count();
        assert!(named("update") > 0 && named("gemm") + named("product of a library") > 0, "{times:?}");
        assert!(times.iter().all(|time| time.seconds > 0.0), "{times:?}");
        let products: usize = times.iter().map(|time| time.work.multiply_adds).sum();
        assert!(products >= 3 * 6 * 50 * 10, "{times:?}");
        // Values are read and written, gradients read.
        let updates = times.iter().filter(|time| time.work.kernel == "update");
        let bytes: usize = updates.map(|time| time.work.bytes).sum();
        assert_eq!(bytes, 3 * size_of::<f32>() * trainer.net.count_parameters(), "{times:?}");
        // Only then.
        assert_eq!(device.time_kernels(2, || ()).1, []);
    }
}
