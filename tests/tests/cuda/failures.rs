//! What fails is told once, to the one who asked, and leaves parameters as they were.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use layercake::cuda::CudaError;
use layercake::data::Minibatches;
use layercake::train::TrainError;
use layercake::{DeviceError, InputError, io};
use layercake_tests::networks::Mlp;
use ndarray::{Array1, Array2};

use super::*;

/// An emulated device, and the bytes of its memory.
fn limited() -> Option<(Cuda, Arc<AtomicUsize>)> {
    let room = Arc::new(AtomicUsize::new(1 << 22));
    match Cuda::emulated_with_room(room.clone()) {
        Ok(device) => Some((device, room)),
        Err(error) => {
            eprintln!("skipped: no C++ compiler: {error}");
            None
        }
    }
}

fn is_out_of_memory(error: &DeviceError) -> bool {
    matches!(error.downcast_ref(), Some(CudaError::OutOfMemory { .. }))
}

#[test]
fn an_evaluation_too_large_leaves_a_trained_network_as_it_was() {
    let Some((device, _room)) = limited() else { return };
    let x: Array2<f32> = training::values((8, 50));
    let classes = Array1::from_shape_fn(8, |i| (i * 7 % 10) as u8);
    let mut trainer =
        Trainer::new(Mlp::<f32>::new(1).to(&device).unwrap(), CategoricalCrossentropy, sgd(0.1));
    trainer.step(&x, &classes).unwrap();
    let before = trainer.net.parameter_values();
    let large = Array2::<f32>::zeros((30_000, 50));
    let error = trainer.evaluate(&large, &Array1::<u8>::zeros(30_000)).unwrap_err();
    let TrainError::Input(InputError::Device(error)) = error else { panic!("{error}") };
    assert!(is_out_of_memory(&error), "{error}");
    // It has been told: all goes on.
    device.status().unwrap();
    assert_eq!(trainer.net.parameter_values(), before);
    assert_eq!(trainer.net.to(&Cpu::default()).unwrap().parameter_values(), before);
    trainer.step(&x, &classes).unwrap();
    trainer.evaluate(&x, &classes).unwrap();
    assert_ne!(trainer.net.parameter_values(), before);
}

/// Memory that could not be had when a network was copied is no absent bias.
#[test]
fn a_copy_without_memory_is_an_error_wherever_it_is_used() {
    let Some((device, room)) = limited() else { return };
    let x: Array2<f32> = training::values((8, 50));
    let net = Mlp::<f32>::new(1).to(&device).unwrap();
    let taken = room.swap(0, Ordering::Relaxed);
    let copy = net.clone();
    room.store(taken, Ordering::Relaxed);
    assert!(matches!(device.status(), Err(CudaError::OutOfMemory { .. })));
    let InputError::Device(error) = copy.forward(&x).unwrap_err() else { panic!("another error") };
    assert_eq!(error.downcast_ref(), Some(&CudaError::Missing));
    assert!(copy.to(&Cpu::default()).is_err());
    assert!(copy.parameters()[0].read().is_err());
    net.forward(&x).unwrap();
    room.store(0, Ordering::Relaxed);
    let error = Mlp::<f32>::new(1).to(&device).unwrap_err();
    assert!(is_out_of_memory(&error), "{error}");
}

/// What the backward pass cannot say, the next to ask is told: no one takes old gradients for new ones, and no file has NaN.
#[test]
fn a_failed_backward_pass_is_told_to_the_next() {
    let Some((device, room)) = limited() else { return };
    let x: Array2<f32> = training::values((8, 50));
    let mut net = Mlp::<f32>::new(1).to(&device).unwrap();
    let mut training = net.training(1);
    let file = tempfile::tempdir().unwrap();
    let file = file.path().join("weights.npz");
    let before = net.parameter_values();
    for ask in 0..4 {
        net.forward_training(&mut training, &x).unwrap();
        training.outputs.set_gradients(&training.outputs.get()).unwrap();
        // A copy fails as a kernel's memory would.
        let taken = room.swap(0, Ordering::Relaxed);
        drop(net.clone());
        room.store(taken, Ordering::Relaxed);
        net.backward(&mut training);
        let values = training.gradients.parameters()[0].get();
        assert!(values.iter().all(|value| value.is_nan()), "{values}");
        match ask {
            0 => assert!(is_out_of_memory(&training.gradients.parameters()[0].read().unwrap_err())),
            1 => assert!(is_out_of_memory(&net.to(&Cpu::default()).unwrap_err())),
            2 => {
                let error = io::save(&net, &file).unwrap_err().to_string();
                assert!(error.contains("bytes of device memory could not be had"), "{error}");
                assert!(!file.exists());
            }
            _ => {
                let error = net.forward_training(&mut training, &x).unwrap_err();
                assert!(matches!(&error, InputError::Device(error) if is_out_of_memory(error)), "{error}");
            }
        }
        io::save(&net, &file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(net.parameter_values(), before);
    }
}

#[test]
fn an_epoch_without_memory_for_its_data_is_an_error_and_the_next_one_is_not() {
    let Some((device, room)) = limited() else { return };
    let x: Array2<f32> = training::values((12, 50));
    let classes = Array1::from_shape_fn(12, |i| i as u8 % 10);
    let mut trainer =
        Trainer::new(Mlp::<f32>::new(1).to(&device).unwrap(), CategoricalCrossentropy, sgd(0.1));
    let mut minibatches = Minibatches::new(x.view(), classes.view(), 4).unwrap();
    let taken = room.swap(0, Ordering::Relaxed);
    let error = trainer.epoch(&mut minibatches).unwrap_err();
    assert!(matches!(&error, TrainError::Device(error) if is_out_of_memory(error)), "{error}");
    room.store(taken, Ordering::Relaxed);
    minibatches.restart(1);
    trainer.epoch(&mut minibatches).unwrap();
}

/// Of what is missing the file is named, and what to install.
#[test]
fn what_is_missing_is_named() {
    match Cuda::new(0) {
        Err(CudaError::Library { library, files, remedy }) => {
            let error = CudaError::Library { library, files: files.clone(), remedy }.to_string();
            assert!(files.iter().any(|file| error.contains(&format!("looked for {file}"))), "{error}");
            assert!(error.contains("install"), "{error}");
        }
        // A machine with a driver.
        Err(error) => eprintln!("skipped: no CUDA device: {error}"),
        Ok(device) => {
            let error = Cuda::new(1000).unwrap_err();
            assert!(matches!(error, CudaError::NoDevice { ordinal: 1000, .. }), "{device:?}: {error}");
        }
    }
}
