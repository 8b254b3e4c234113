//! The three models of the MNIST program learn: a few epochs on a small set of generated digits.

use indicatif::ProgressBar;
use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake_examples::digits;
use layercake_examples::models::{Classifier, Cnn, CustomMlp, Mlp};
use ndarray::{Array1, Array4, ArrayView3, Axis};

/// Images (count, 1, 28, 28) and digits (count).
fn draw(range: std::ops::Range<u64>) -> (Array4<f32>, Array1<u8>) {
    let drawn = digits::draw(1, range, &ProgressBar::hidden());
    let scale = |images: ArrayView3<u8>| images.mapv(|pixel| f32::from(pixel) / 256.0);
    (scale(drawn.images.view()).insert_axis(Axis(1)), drawn.labels)
}

/// The share of 500 new digits that the network knows after `epochs` over 1,000.
fn accuracy(net: impl Classifier, learning_rate: f64, epochs: u64) -> f32 {
    let (images, digits) = draw(0..1000);
    let mut trainer = Trainer::new(net, CategoricalCrossentropy, nesterov_momentum(learning_rate, 0.9));
    let mut batches = Minibatches::new(images.view(), digits.view(), 50).unwrap().shuffled(1, 0);
    for epoch in 0..epochs {
        batches.restart(epoch);
        while let Some((images, digits)) = batches.next() {
            trainer.step(images, digits).unwrap();
        }
    }
    let (images, digits) = draw(1000..1500);
    trainer.evaluate(&images, &digits).unwrap();
    categorical_accuracy(&trainer.outputs().values(), &digits, 1).unwrap().mean().unwrap()
}

#[test]
fn mlp_learns() {
    let accuracy = accuracy(Mlp::new(1), 0.05, 4);
    assert!(accuracy > 0.7, "{accuracy}");
}

#[test]
fn cnn_learns() {
    let accuracy = accuracy(Cnn::new(1), 0.05, 4);
    assert!(accuracy > 0.75, "{accuracy}");
}

#[test]
fn custom_mlp_learns() {
    let accuracy = accuracy(CustomMlp::new(1), 0.05, 4);
    assert!(accuracy > 0.7, "{accuracy}");
}
