//! Networks whose device rounds the factors of products: the rounding is there, small, and does no harm to training.

use layercake::prelude::*;
use layercake::{Arrays, Real};
use layercake_tests::networks::{Cnn, ManyUnits, Mlp};
use layercake_tests::training::{Squares, step, values};
use ndarray::{Array1, Array2};

network! { struct Small < input(20) => dense(64, relu) => dense(64, relu) => dense(5, softmax) > }

/// All gradients after a step, as one list for each parameter: of the network as it is, or with its weights replaced.
fn gradients_of<N>(
    precision: Precision,
    inputs: &N::OwnedInputs,
    weight: impl Fn(N::Real) -> N::Real,
) -> Vec<Vec<f64>>
where
    N: Network<Device = Cpu, Heads: Squares>,
{
    let mut net = N::on(&Cpu::with_precision(precision), 3);
    let weights: Vec<_> = net.parameter_values().iter().map(|values| values.mapv(&weight)).collect();
    net.set_parameter_values(&weights).unwrap();
    let mut training = net.training(4);
    step(&mut net, &mut training, inputs);
    let gradients = training.gradients.parameter_values();
    gradients.iter().map(|gradient| gradient.iter().map(|&value| Real::to_f64(value)).collect()).collect()
}

fn gradients<N>(precision: Precision, inputs: &N::OwnedInputs) -> Vec<Vec<f64>>
where
    N: Network<Device = Cpu, Heads: Squares>,
{
    gradients_of::<N>(precision, inputs, |weight| weight)
}

/// The nearest bfloat16, of two as near the even one.
fn to_bf16(value: f32) -> f32 {
    let bits = value.to_bits();
    f32::from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
}

/// The distance between two lists, relative to the length of the second.
fn distance(found: &[f64], expected: &[f64]) -> f64 {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    norm(&mut found.iter().zip(expected).map(|(found, expected)| found - expected))
        / norm(&mut expected.iter().copied())
}

fn assert_rounded<N>(inputs: &N::OwnedInputs)
where
    N: Network<Real = f32, Device = Cpu, Heads: Squares>,
{
    let exact = gradients::<N>(Precision::F32, inputs);
    for (rounded, exact) in gradients::<N>(Precision::Bf16, inputs).iter().zip(&exact) {
        assert!(distance(rounded, exact) > 1e-5, "nothing is rounded");
    }
    // To round inputs and weights alone moves the first layer's gradients by 6 %, whatever computes the products: some
    // units pass a kink. So exact products are given the same numbers.
    let mut rounded_inputs = inputs.clone();
    rounded_inputs.visit_mut(&mut |values| values.iter_mut().for_each(|value| *value = to_bf16(*value)));
    let expected = gradients_of::<N>(Precision::F32, &rounded_inputs, to_bf16);
    let found = gradients_of::<N>(Precision::Bf16, &rounded_inputs, to_bf16);
    for (parameter, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let distance = distance(found, expected);
        assert!(distance < 0.03, "parameter {parameter}: {distance:e}");
    }
    assert_eq!(gradients::<N>(Precision::Tf32, inputs), exact, "the processor has no products in tf32");
}

#[test]
fn gradients_are_those_in_f32_but_for_rounding() {
    // Enough items that one unit at a kink, which rounding within the network moves too, weighs little.
    assert_rounded::<Mlp<f32>>(&values((400, 50)));
    assert_rounded::<Cnn<f32>>(&values((19, 2, 14, 13)));
}

#[test]
fn in_f64_nothing_is_rounded() {
    let inputs = values((37, 50));
    let expected = gradients::<Mlp<f64>>(Precision::F32, &inputs);
    assert_eq!(gradients::<Mlp<f64>>(Precision::Bf16, &inputs), expected);
}

/// Both networks draw the same numbers, rounded to theirs.
#[test]
fn f32_is_as_near_f64_as_its_bits_allow() {
    let found = gradients::<ManyUnits<f32>>(Precision::F32, &values((150, 8, 150)));
    let expected = gradients::<ManyUnits<f64>>(Precision::F32, &values((150, 8, 150)));
    for (parameter, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let distance = distance(found, expected);
        assert!(distance < 3e-5, "parameter {parameter}: {distance:e}");
    }
}

/// Points around five centres, each with the number of its centre.
fn clouds() -> (Array2<f32>, Array1<u8>) {
    let (centres, noise): (Array2<f32>, Array2<f32>) = (values((5, 20)), values((500, 20)));
    let classes = Array1::from_shape_fn(500, |point| (point % 5) as u8);
    let points = Array2::from_shape_fn((500, 20), |(point, axis)| {
        0.5 * centres[[point % 5, axis]] + noise[[(point * 7 + axis) % 500, (axis * 3) % 20]]
    });
    (points, classes)
}

/// The share of points that a network recognises after training on half of them, of the other half.
fn accuracy(precision: Precision) -> f64 {
    let (points, classes) = clouds();
    let (train, test) = (ndarray::s![..250, ..], ndarray::s![250.., ..]);
    let net = Small::on(&Cpu::with_precision(precision), 1);
    let mut trainer = Trainer::new(net, CategoricalCrossentropy, nesterov_momentum(0.05, 0.9));
    for _ in 0..100 {
        trainer.step(points.slice(train), classes.slice(ndarray::s![..250])).unwrap();
    }
    let classes = classes.slice(ndarray::s![250..]);
    trainer.evaluate(points.slice(test), classes).unwrap();
    categorical_accuracy(&trainer.outputs().values(), classes, 1).unwrap().sum() as f64 / 250.0
}

#[test]
fn training_with_rounded_factors_learns_as_much() {
    let (exact, rounded) = (accuracy(Precision::F32), accuracy(Precision::Bf16));
    assert!(exact > 0.6 && (exact - rounded).abs() < 0.02, "{exact} {rounded}");
}
