//! Trains a small residual network with batch normalization on MNIST: He, Zhang, Ren and Sun, "Deep residual learning
//! for image recognition" (CVPR 2016).
//!
//! ```sh
//! cargo run --release --bin residual
//! ```

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake_examples::mnist::Mnist;
use layercake_examples::training::{Result, epoch, evaluate};

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
    /// Decides the initial weights, the order of the images, and dropout
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
    let mut batches =
        Minibatches::new(mnist.x_train.view(), mnist.t_train.view(), batch_size)?.shuffled(options.seed, 0);

    println!("Starting training...");
    for number in 1..=options.epochs {
        let start = Instant::now();
        // Half a cosine over all epochs: Loshchilov and Hutter, "SGDR" (ICLR 2017).
        let gone = (number - 1) as f64 / options.epochs as f64;
        let rate = 0.5 * options.learning_rate * (1.0 + (std::f64::consts::PI * gone).cos());
        trainer.update.rule.rule.learning_rate = rate;
        let training_loss = epoch(&mut trainer, &mut batches, number)?;
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
