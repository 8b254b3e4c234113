//! A convolutional autoencoder: squeezes MNIST's images into 32 numbers and draws them again from these.
//!
//! ```sh
//! cargo run --release --bin autoencoder
//! ```
//!
//! After five epochs the mean squared error on the test images is below 0.01; an empty picture has 0.11.
//! `autoencoder.svg` shows test images above what became of them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake_examples::mnist::Mnist;
use layercake_examples::training::Result;
use layercake_examples::{picture, progress};
use ndarray::{ArrayView4, s};

network! {
    /// Down to 32 numbers by convolutions with a stride, and up again by their transposes.
    pub struct Autoencoder <
        input(1, 28, 28)
        => conv2d(8, 3, relu, stride = 2, pad = same)
        => conv2d(16, 3, relu, stride = 2, pad = same)
        => code: dense(32, linear)
        => dense(16 * 7 * 7, relu)
        => reshape(16, 7, 7)
        => transposed_conv2d(8, 3, relu, stride = 2, crop = same, output_size = 14)
        => transposed_conv2d(1, 3, sigmoid, stride = 2, crop = same, output_size = 28)
    >
}

/// Train a convolutional autoencoder on MNIST.
#[derive(Parser)]
struct Options {
    /// How often to go through the training images
    #[arg(default_value_t = 5)]
    epochs: u64,
    /// The folder of MNIST's four IDX files; without it they are downloaded once
    #[arg(long, env = "MNIST_DIR")]
    data_dir: Option<PathBuf>,
    /// Images in one training step
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    batch_size: u32,
    /// How far a step goes
    #[arg(long, default_value_t = 0.002)]
    learning_rate: f64,
    /// Decides the initial weights and the order of the images
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to draw test images and what became of them
    #[arg(long, value_name = "FILE.svg", default_value = "autoencoder.svg")]
    picture: PathBuf,
}

/// How many test images are drawn.
const DRAWN: usize = 12;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    println!("Loading data...");
    let mnist = Mnist::load(options.data_dir.as_deref(), options.seed)?;
    let net = Autoencoder::<f32>::new(options.seed);
    println!("{}", net.summary());

    let mut trainer = Trainer::new(net, SquaredError, adam(options.learning_rate));
    let batch_size = options.batch_size as usize;
    let images = mnist.x_train.view();
    let mut batches = Minibatches::new(images, images, batch_size)?.shuffled(options.seed, 0);
    println!("Starting training...");
    for epoch in 1..=options.epochs {
        let start = Instant::now();
        let bar = progress::counting(batches.len() as u64, "training");
        let mut sum = 0.0;
        batches.restart(epoch);
        while let Some((images, targets)) = batches.next() {
            sum += images.dim().0 as f64 * trainer.step(images, targets)?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        println!("Epoch {epoch} of {} took {:.3}s", options.epochs, start.elapsed().as_secs_f64());
        println!("  training error:\t\t{:.6}", sum / images.dim().0 as f64);
        println!("  validation error:\t\t{:.6}", error(&mut trainer, mnist.x_valid.view(), batch_size)?);
    }

    println!("Final results ({}):", mnist.source);
    println!("  mean squared error on test:\t{:.6}", error(&mut trainer, mnist.x_test.view(), batch_size)?);
    let images = mnist.x_test.slice(s![..DRAWN, .., .., ..]);
    let again = trainer.net.forward(images)?;
    picture::draw(&options.picture, &[images, again.view()])?;
    println!("Drew {}", options.picture.display());
    Ok(())
}

/// Mean squared error of all pixels.
fn error(
    trainer: &mut Trainer<Autoencoder, SquaredError, layercake::updates::Adam>,
    images: ArrayView4<f32>,
    batch_size: usize,
) -> Result<f64> {
    let mut sum = 0.0;
    let mut batches = Minibatches::new(images, images, batch_size)?;
    while let Some((images, targets)) = batches.next() {
        sum += images.dim().0 as f64 * trainer.evaluate(images, targets)?;
    }
    Ok(sum / images.dim().0 as f64)
}
