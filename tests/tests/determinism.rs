//! A training run is a function of its seed: its bits depend neither on the number of threads nor on chance, and
//! the instruction set changes them by rounding alone.

use std::process::Command;

use layercake::cpu::isa::{Isa, isa};
use layercake::prelude::*;
use layercake::{Arrays, Real};
use layercake_tests::golden::{TOLERANCE, assert_close};
use layercake_tests::networks::{
    AnyLength, Branching, Cnn, LargeImage, ManyUnits, Mlp, Normalized, Pooled, Referring, Sequences,
};
use layercake_tests::training::{Squares, step, values, words};
use ndarray::{Array1, Array2, Array3, Array4, ArrayD};
use rayon::ThreadPoolBuilder;

/// The parameters and, last, the outputs after some steps of training from `seed`, on so many threads.
fn trained<N>(device: Cpu, threads: usize, seed: u64, batches: &[N::OwnedInputs]) -> Vec<ArrayD<f64>>
where
    N: Network<Device = Cpu, Heads: Squares>,
    N::OwnedInputs: Sync,
{
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let mut net = N::on(&device, seed);
        let mut training = net.training(seed);
        for inputs in batches.iter().cycle().take(2 * batches.len()) {
            step(&mut net, &mut training, inputs);
        }
        let outputs = net.forward(batches[0].views()).unwrap().elements();
        let mut results = net.parameter_values();
        results.push(Array1::from(outputs).into_dyn());
        results.iter().map(|array| array.mapv(Real::to_f64)).collect()
    })
}

fn bits(arrays: &[ArrayD<f64>]) -> Vec<u64> {
    arrays.iter().flatten().map(|value| value.to_bits()).collect()
}

fn assert_deterministic<N>(batches: &[N::OwnedInputs])
where
    N: Network<Device = Cpu, Heads: Squares>,
    N::OwnedInputs: Sync,
{
    assert_deterministic_on::<N>(Cpu::default(), batches);
}

fn assert_deterministic_on<N>(device: Cpu, batches: &[N::OwnedInputs])
where
    N: Network<Device = Cpu, Heads: Squares>,
    N::OwnedInputs: Sync,
{
    let one = trained::<N>(device, 1, 7, batches);
    assert!(one.iter().flatten().all(|value| value.is_finite()));
    for (initial, after) in N::on(&device, 7).parameter_values().iter().zip(&one) {
        assert_ne!(initial.mapv(Real::to_f64), after, "training changes every parameter");
    }
    for threads in [1, 2, 3, 5] {
        let several = trained::<N>(device, threads, 7, batches);
        assert!(bits(&one) == bits(&several), "{threads} threads give other bits than one");
    }
    let other = trained::<N>(device, 1, 8, batches);
    assert!(one.iter().zip(&other).all(|(one, other)| one != other), "another seed gives the same");
}

fn mlp_batches<T: Real>() -> Vec<Array2<T>> {
    vec![values((431, 50)), values((37, 50)), values((1, 50))]
}

fn cnn_batches<T: Real>() -> Vec<Array4<T>> {
    vec![values((19, 2, 14, 13)), values((3, 2, 14, 13)), values((1, 2, 14, 13))]
}

fn normalized_batches<T: Real>() -> Vec<Array4<T>> {
    vec![values((33, 3, 9, 8)), values((5, 3, 9, 8)), values((1, 3, 9, 8))]
}

fn large_image<T: Real>() -> Vec<Array4<T>> {
    vec![values((1, 8, 24, 24))]
}

fn branching_batches<T: Real>() -> Vec<(Array4<T>, Array2<T>)> {
    vec![(values((67, 1, 9, 8)), values((67, 7))), (values((5, 1, 9, 8)), values((5, 7)))]
}

fn sequences<T: Real>() -> Vec<(Array3<T>, Array2<T>)> {
    vec![(values((210, 6, 5)), values((210, 6))), (values((3, 6, 5)), values((3, 6)))]
}

fn referring_batches<T: Real>() -> Vec<(Array2<i32>, Array4<T>)> {
    vec![(words((67, 4), 50), values((67, 1, 10, 10))), (words((5, 4), 50), values((5, 1, 10, 10)))]
}

#[test]
fn dense_layers_with_dropout() {
    assert_deterministic::<Mlp<f32>>(&mlp_batches());
    assert_deterministic::<Mlp<f64>>(&mlp_batches());
}

#[test]
fn pooling_and_axes() {
    assert_deterministic::<Pooled<f32>>(&[values((19, 2, 14, 12)), values((3, 2, 14, 12))]);
    assert_deterministic::<Pooled<f64>>(&[values((19, 2, 14, 12)), values((3, 2, 14, 12))]);
}

#[test]
fn normalizations_noise_and_fitted_merges() {
    assert_deterministic::<Normalized<f32>>(&normalized_batches());
    assert_deterministic::<Normalized<f64>>(&normalized_batches());
}

#[test]
fn convolutions() {
    assert_deterministic::<Cnn<f32>>(&cnn_batches());
    assert_deterministic::<Cnn<f64>>(&cnn_batches());
}

#[test]
fn a_convolution_that_threads_share() {
    assert_deterministic::<LargeImage<f32>>(&large_image());
    assert_deterministic::<LargeImage<f64>>(&large_image());
}

#[test]
fn recurrent_layers() {
    assert_deterministic::<Sequences<f32>>(&sequences());
    assert_deterministic::<Sequences<f64>>(&sequences());
}

#[test]
fn products_in_parts() {
    assert_deterministic::<ManyUnits<f32>>(&[values((150, 8, 150)), values((3, 8, 150))]);
}

#[test]
fn sequences_of_any_length() {
    fn batches<T: Real>() -> Vec<(Array3<T>, Array2<T>)> {
        [(140, 9), (140, 4), (3, 7)]
            .map(|(items, length)| (values((items, length, 5)), values((items, length))))
            .into()
    }
    assert_deterministic::<AnyLength<f32>>(&batches());
    assert_deterministic::<AnyLength<f64>>(&batches());
}

#[test]
fn branches() {
    assert_deterministic::<Branching<f32>>(&branching_batches());
    assert_deterministic::<Branching<f64>>(&branching_batches());
}

#[test]
fn layers_that_refer_to_others() {
    assert_deterministic::<Referring<f32>>(&referring_batches());
    assert_deterministic::<Referring<f64>>(&referring_batches());
}

#[test]
fn rounded_factors() {
    let device = Cpu::with_precision(Precision::Bf16);
    assert_deterministic_on::<Mlp<f32>>(device, &mlp_batches());
    assert_deterministic_on::<Cnn<f32>>(device, &cnn_batches());
    assert_deterministic_on::<LargeImage<f32>>(device, &large_image());
}

/// Where a process that this test starts leaves its results.
const RESULTS: &str = "LAYERCAKE_TEST_RESULTS";

/// The instruction set is chosen once a process. So this test starts its own program again, with this test alone,
/// for each set that the processor has.
#[test]
fn instruction_sets_agree() {
    if let Some(path) = std::env::var_os(RESULTS) {
        let results = [
            trained::<Mlp<f64>>(Cpu::default(), 2, 7, &mlp_batches()),
            trained::<Cnn<f64>>(Cpu::default(), 2, 7, &cnn_batches()),
            trained::<LargeImage<f64>>(Cpu::default(), 2, 7, &large_image()),
            trained::<Branching<f64>>(Cpu::default(), 2, 7, &branching_batches()),
            trained::<Sequences<f64>>(Cpu::default(), 2, 7, &sequences()),
            trained::<Referring<f64>>(Cpu::default(), 2, 7, &referring_batches()),
        ];
        let values = results.iter().flatten().flatten().map(|value| format!("{value:?}\n"));
        std::fs::write(path, format!("{}\n{}", isa().name(), values.collect::<String>())).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let results_on = |isa: Isa| {
        let path = folder.path().join(isa.name());
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "instruction_sets_agree"])
            .env("LAYERCAKE_ISA", isa.name())
            .env(RESULTS, &path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = std::fs::read_to_string(path).unwrap();
        let (name, values) = text.split_once('\n').unwrap();
        assert_eq!(name, isa.name(), "the set in use");
        values.lines().map(|line| line.parse().unwrap()).collect::<Array1<f64>>().into_dyn()
    };
    let expected = results_on(Isa::Portable);
    for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
        assert_close(isa.name(), results_on(isa).view(), expected.view(), TOLERANCE);
    }
}
