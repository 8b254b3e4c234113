//! Digits at random places of a canvas, read through a spatial transformer: the network learns where to look from
//! the digits' classes alone (Jaderberg et al., "Spatial transformer networks", 2015).
//!
//! ```sh
//! cargo run --release --bin spatial_transformer -- 5
//! ```
//!
//! On canvases of 60x60 pixels, after 5 epochs with the default options on MNIST, at least 97 % of the test digits are
//! recognised.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake::random::Random;
use layercake_examples::mnist::Mnist;
use layercake_examples::progress;
use layercake_examples::training::Result;
use ndarray::{Array4, ArrayView1, ArrayView4, arr1, s};

/// Rows and columns of a canvas.
const CANVAS: usize = 60;

/// Rows and columns of a digit.
const DIGIT: usize = 28;

network! {
    /// One branch says where to look, the other what is there.
    pub struct Spotter <
        let canvas = input(1, CANVAS, CANVAS);
        let theta = canvas
            => max_pool2d(2)
            => repeat(2) { conv2d(16, 5, relu) => max_pool2d(2) }
            => dense(50, relu)
            => window: dense(6, linear, w = constant(0));
        spatial_transformer(canvas, theta, downsample_factor = 2)
            => repeat(2) { conv2d(32, 5, relu) => max_pool2d(2) }
            => dropout(0.5)
            => dense(128, relu)
            => dropout(0.5)
            => dense(10, softmax)
    >
}

/// Train a spatial transformer on MNIST's digits, scattered.
#[derive(Parser)]
struct Options {
    /// How often to go through the training images
    #[arg(default_value_t = 5)]
    epochs: u32,
    /// The folder of MNIST's four IDX files; without it they are downloaded once
    #[arg(long, env = "MNIST_DIR")]
    data_dir: Option<PathBuf>,
    /// Images in one training step
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    batch_size: u32,
    /// How far a step goes
    #[arg(long, default_value_t = 0.001)]
    learning_rate: f64,
    /// Decides the initial weights, the order and places of the digits, and dropout
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

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
    let mut net = Spotter::new(options.seed);
    // The whole canvas at first.
    net.window.b.set(arr1(&[1., 0., 0., 0., 1., 0.]).view().into_dyn())?;
    println!("{}", net.summary());
    let mut trainer =
        Trainer::new(net, CategoricalCrossentropy, adam(options.learning_rate)).seed(options.seed);

    let batch_size = options.batch_size as usize;
    let mut batches =
        Minibatches::new(mnist.x_train.view(), mnist.t_train.view(), batch_size)?.shuffled(options.seed, 0);
    println!("Starting training...");
    for epoch in 1..=options.epochs {
        let start = Instant::now();
        let bar = progress::counting(batches.len() as u64, "training");
        let (mut sum, mut easel) = (0.0, Easel::new(options.seed, epoch));
        batches.restart(epoch.into());
        while let Some((images, digits)) = batches.next() {
            sum += digits.len() as f64 * trainer.step(easel.scatter(images), digits)?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let accuracy = accuracy(&mut trainer, mnist.x_valid.view(), mnist.t_valid.view(), options)?;
        println!("Epoch {epoch} of {} took {:.3}s", options.epochs, start.elapsed().as_secs_f64());
        println!("  training loss:\t\t{:.6}", sum / mnist.t_train.len() as f64);
        println!("  validation accuracy:\t\t{:.2} %", 100.0 * accuracy);
    }
    let accuracy = accuracy(&mut trainer, mnist.x_test.view(), mnist.t_test.view(), options)?;
    println!("Final results ({}):", mnist.source);
    println!("  test accuracy:\t\t{:.2} %", 100.0 * accuracy);
    Ok(())
}

/// The share of digits recognised, each at one place.
fn accuracy(
    trainer: &mut Trainer<Spotter, CategoricalCrossentropy, impl layercake::updates::Rule>,
    images: ArrayView4<f32>,
    digits: ArrayView1<u8>,
    options: &Options,
) -> Result<f64> {
    let (mut right, mut easel) = (0.0, Easel::new(options.seed, 0));
    let mut batches = Minibatches::new(images, digits, options.batch_size as usize)?;
    while let Some((images, digits)) = batches.next() {
        trainer.evaluate(easel.scatter(images), digits)?;
        right += f64::from(categorical_accuracy(&trainer.outputs().values(), digits, 1)?.sum());
    }
    Ok(right / digits.len() as f64)
}

/// Puts digits onto canvases, each at a place of its own.
struct Easel {
    random: Random,
    count: u32,
    canvases: Array4<f32>,
}

impl Easel {
    fn new(seed: u64, epoch: u32) -> Self {
        Easel {
            random: Random::new(seed).layer(epoch),
            count: 0,
            canvases: Array4::zeros((0, 1, CANVAS, CANVAS)),
        }
    }

    /// The next digits, on canvases (batch, 1, rows, columns).
    fn scatter(&mut self, images: ArrayView4<f32>) -> ArrayView4<'_, f32> {
        let batch = images.dim().0;
        if self.canvases.dim().0 < batch {
            self.canvases = Array4::zeros((batch, 1, CANVAS, CANVAS));
        }
        self.canvases.fill(0.0);
        for (image, mut canvas) in images.outer_iter().zip(self.canvases.outer_iter_mut()) {
            let [row, column, ..] = self.random.block(self.count).map(place);
            canvas.slice_mut(s![.., row..row + DIGIT, column..column + DIGIT]).assign(&image);
            self.count += 1;
        }
        self.canvases.slice(s![..batch, .., .., ..])
    }
}

/// Where a digit begins along one axis.
fn place(word: u32) -> usize {
    ((u64::from(word) * (CANVAS - DIGIT + 1) as u64) >> 32) as usize
}
