//! Trains a small residual network with batch normalization on MNIST: He, Zhang, Ren and Sun, "Deep residual learning
//! for image recognition" (CVPR 2016).
//!
//! ```sh
//! cargo run --release --bin residual
//! ```
//!
//! In training each image is shifted by up to two pixels, another way each time. After the twelve epochs of the default it
//! recognises at least 99.3 % of the test digits.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake::random::Random;
use layercake::updates::cosine_annealing;
use layercake_examples::mnist::Mnist;
use layercake_examples::progress;
use layercake_examples::training::{Digits, Result, evaluate};
use ndarray::{Array4, ArrayView2, ArrayView4, ArrayViewMut2, Axis, s};

/// Rows and columns that an image is shifted by at most.
const SHIFT: usize = 2;

network! {
    /// Three stages of one residual block each; between them the image shrinks and channels are added.
    pub struct Residual <
        let a = input(1, 28, 28)
            => conv2d(16, 3, relu, pad = same, w = he_normal(gain = relu), norm = batch_norm)
            => max_pool2d(2);
        let a_more = a
            => conv2d(16, 3, relu, pad = same, w = he_normal(gain = relu), norm = batch_norm)
            => conv2d(16, 3, linear, pad = same, w = he_normal(gain = relu), norm = batch_norm);
        let b = add(a, a_more)
            => nonlinearity(relu)
            => conv2d(32, 3, relu, stride = 2, pad = same, w = he_normal(gain = relu), norm = batch_norm);
        let b_more = b
            => conv2d(32, 3, relu, pad = same, w = he_normal(gain = relu), norm = batch_norm)
            => conv2d(32, 3, linear, pad = same, w = he_normal(gain = relu), norm = batch_norm);
        let c = add(b, b_more)
            => nonlinearity(relu)
            => conv2d(64, 3, relu, stride = 2, pad = same, w = he_normal(gain = relu), norm = batch_norm);
        let c_more = c
            => conv2d(64, 3, relu, pad = same, w = he_normal(gain = relu), norm = batch_norm)
            => conv2d(64, 3, linear, pad = same, w = he_normal(gain = relu), norm = batch_norm);
        add(c, c_more) => nonlinearity(relu) => dropout(0.3) => dense(10, softmax)
    >
}

/// Train a residual network on MNIST.
#[derive(Parser)]
struct Options {
    /// How often to go through the training images
    #[arg(default_value_t = 12)]
    epochs: u64,
    /// The folder of MNIST's four IDX files; without it they are downloaded once
    #[arg(long, env = "MNIST_DIR")]
    data_dir: Option<PathBuf>,
    /// Images in one training step
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    batch_size: u32,
    /// How far the first step goes; the last one goes almost nowhere
    #[arg(long, default_value_t = 0.05)]
    learning_rate: f64,
    /// How strongly large weights are penalised
    #[arg(long, default_value_t = 1e-4)]
    penalty: f64,
    /// Decides the initial weights, the order and shifts of the images, and dropout
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    match train(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn train(options: &Options) -> Result<()> {
    println!("Loading data...");
    let mnist = Mnist::load(options.data_dir.as_deref(), options.seed)?;
    let net = Residual::<f32>::new(options.seed);
    println!("{}", net.summary());

    let update = nesterov_momentum(options.learning_rate, 0.9);
    let mut trainer =
        Trainer::new(net, CategoricalCrossentropy, update).penalty(L2(options.penalty)).seed(options.seed);
    let batch_size = options.batch_size as usize;
    let mut batches: Digits<'_> =
        Minibatches::new(mnist.x_train.view(), mnist.t_train.view(), batch_size)?.shuffled(options.seed, 0);

    println!("Starting training...");
    for number in 1..=options.epochs {
        let start = Instant::now();
        let rate = cosine_annealing(options.learning_rate, 0.0, options.epochs, number - 1);
        trainer.update.set_learning_rate(rate);
        let mut shifts = Shifts::new(options.seed, number);
        batches.restart(number);
        let bar = progress::counting(batches.len() as u64, "training");
        let mut training_loss = 0.0;
        while let Some((images, digits)) = batches.next() {
            let share = digits.len() as f64 / mnist.t_train.len() as f64;
            training_loss += share * trainer.step(shifts.shift(images), digits)?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let (loss, accuracy) =
            evaluate(&mut trainer, mnist.x_valid.view(), mnist.t_valid.view(), batch_size)?;
        println!("Epoch {number} of {} took {:.3}s", options.epochs, start.elapsed().as_secs_f64());
        println!("  training loss:\t\t{training_loss:.6}");
        println!("  validation loss:\t\t{loss:.6}");
        println!("  validation accuracy:\t\t{:.2} %", 100.0 * accuracy);
    }

    let (loss, accuracy) = evaluate(&mut trainer, mnist.x_test.view(), mnist.t_test.view(), batch_size)?;
    println!("Final results ({}):", mnist.source);
    println!("  test loss:\t\t\t{loss:.6}");
    println!("  test accuracy:\t\t{:.2} %", 100.0 * accuracy);
    Ok(())
}

/// Shifts images, each by a number of rows and columns of its own.
struct Shifts {
    random: Random,
    count: u32,
    shifted: Array4<f32>,
}

impl Shifts {
    fn new(seed: u64, epoch: u64) -> Self {
        Shifts {
            random: Random::new(seed).layer(epoch as u32),
            count: 0,
            shifted: Array4::default((0, 1, 0, 0)),
        }
    }

    /// The next images (batch, 1, rows, columns), with zeros where an image left its place.
    fn shift(&mut self, images: ArrayView4<f32>) -> ArrayView4<'_, f32> {
        if self.shifted.dim() != images.dim() {
            self.shifted = Array4::zeros(images.dim());
        }
        self.shifted.fill(0.0);
        for (image, mut shifted) in images.outer_iter().zip(self.shifted.outer_iter_mut()) {
            let [row, column, ..] = self.random.block(self.count).map(place);
            shift(image.index_axis(Axis(0), 0), shifted.index_axis_mut(Axis(0), 0), [row, column]);
            self.count += 1;
        }
        self.shifted.view()
    }
}

/// A shift along one axis, counted from the farthest one back.
fn place(word: u32) -> usize {
    ((u64::from(word) * (2 * SHIFT + 1) as u64) >> 32) as usize
}

/// Copies what of `image` stays within it, shifted by `by` less [`SHIFT`] rows and columns.
fn shift(image: ArrayView2<f32>, mut shifted: ArrayViewMut2<f32>, by: [usize; 2]) {
    let (rows, columns) = image.dim();
    let [to_row, to_column] = by.map(|by| by.saturating_sub(SHIFT));
    let [row, column] = by.map(|by| SHIFT.saturating_sub(by));
    let (rows, columns) = (rows - row - to_row, columns - column - to_column);
    shifted
        .slice_mut(s![to_row..to_row + rows, to_column..to_column + columns])
        .assign(&image.slice(s![row..row + rows, column..column + columns]));
}
