//! Epochs of training, and how well a network does.

use std::error::Error;

use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake::regularization::PenaltyOn;
use layercake::train::Epochs;
use layercake::updates::{Norms, RuleOn};
use layercake::{Device, Head};
use ndarray::{ArrayView1, ArrayView4, Ix1, Ix2, Ix4};

use crate::models::Classifier;

/// What these functions return.
pub type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Images (examples, 1, 28, 28) and their digits, in portions.
pub type Digits<'a> = Minibatches<'a, f32, u8, Ix4, Ix1>;

/// Trains on every minibatch of an epoch; returns the mean loss.
///
/// # Errors
/// If an image or digit does not fit, or the loss is not finite.
pub fn epoch<D, N, R, P>(
    trainer: &mut Trainer<N, CategoricalCrossentropy, R, P>,
    batches: &mut Digits<'_>,
    number: u64,
) -> Result<f64>
where
    D: Epochs + Norms,
    N: Classifier<D>,
    R: RuleOn<D>,
    P: PenaltyOn<D>,
    CategoricalCrossentropy: for<'a> Objective<Head<f32, D, Ix2>, ArrayView1<'a, u8>>,
{
    batches.restart(number);
    Ok(trainer.epoch(batches)?)
}

/// Mean loss and share of digits recognised.
///
/// # Errors
/// If an image or digit does not fit.
pub fn evaluate<D, N, R, P>(
    trainer: &mut Trainer<N, CategoricalCrossentropy, R, P>,
    images: ArrayView4<f32>,
    digits: ArrayView1<u8>,
    batch_size: usize,
) -> Result<(f64, f64)>
where
    D: Device,
    N: Classifier<D>,
    CategoricalCrossentropy: for<'a> Objective<Head<f32, D, Ix2>, ArrayView1<'a, u8>>,
{
    let (mut loss, mut right) = (0.0, 0.0);
    let mut batches = Minibatches::new(images, digits, batch_size)?;
    while let Some((images, digits)) = batches.next() {
        loss += digits.len() as f64 * trainer.evaluate(images, digits)?;
        right += f64::from(categorical_accuracy(&trainer.outputs().get(), digits, 1)?.sum());
    }
    Ok((loss / digits.len() as f64, right / digits.len() as f64))
}
