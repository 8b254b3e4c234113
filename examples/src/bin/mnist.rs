//! Trains a network on MNIST, as the example of Lasagne's tutorial does.
//!
//! ```sh
//! cargo run --release --bin mnist -- mlp 20
//! cargo run --release --features cuda --bin mnist -- mlp 20 --device cuda
//! ```

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use layercake::data::Minibatches;
use layercake::train::Epochs;
use layercake::updates::{ApplyNesterovMomentum, Norms, RuleOn, Sgd};
use layercake::{Head, io, prelude::*};
use layercake_examples::mnist::Mnist;
use layercake_examples::models::{CUSTOM_MLP, Classifier, Cnn, CustomMlp, Mlp, Model};
use layercake_examples::place::Place;
use layercake_examples::plot::Epoch;
use layercake_examples::training::{self, Result};
use layercake_examples::{plot, rebuild};
use ndarray::{ArrayView1, Ix2};

/// Train a network on MNIST.
#[derive(Parser)]
struct Options {
    /// mlp, cnn, or custom_mlp:DEPTH,WIDTH,DROP_IN,DROP_HID with any values
    #[arg(default_value = "mlp")]
    model: Model,
    /// How often to go through the training images; 0 only tests
    #[arg(default_value_t = 500)]
    epochs: u64,
    /// The folder of MNIST's four IDX files; without it they are downloaded once
    #[arg(long, env = "MNIST_DIR")]
    data_dir: Option<PathBuf>,
    /// Images in one training step
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    batch_size: u32,
    /// How far a step goes
    #[arg(long, default_value_t = 0.01)]
    learning_rate: f64,
    /// How much of a step stays in the next one
    #[arg(long, default_value_t = 0.9)]
    momentum: f64,
    /// Decides the initial weights, the order of the images, and dropout
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads to compute with; results do not depend on it [default: all]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// Where to compute: cpu, or (with the feature cuda) cuda or cuda:NUMBER for an NVIDIA GPU
    #[arg(long, default_value = "cpu")]
    device: Place,
    /// What products are computed in: f32, or bf16 (on a GPU also tf32), which is faster where the device has it
    #[arg(long, default_value_t)]
    precision: Precision,
    /// Save the trained network, as FILE.npz or FILE.safetensors
    #[arg(long, value_name = "FILE", value_parser = model_file)]
    save: Option<PathBuf>,
    /// Start from a saved network
    #[arg(long, value_name = "FILE", value_parser = model_file)]
    load: Option<PathBuf>,
    /// Keep the training in FILE after each epoch, and go on from there if FILE is there
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Draw loss and accuracy over the epochs
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

/// A name that says the format, known to be good before hours of training.
fn model_file(name: &str) -> Result<PathBuf, io::UnknownFormat> {
    io::Format::of(name.as_ref()).map(|_| name.into())
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    if let Model::Custom(specification) = &options.model
        && specification.to_string() != CUSTOM_MLP
    {
        return rebuild::and_run(specification);
    }
    match options.device {
        Place::Cpu => {
            let (device, seed) = (Cpu::with_precision(options.precision), options.seed);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()?;
            pool.install(|| match &options.model {
                Model::Mlp => train(Mlp::on(&device, seed), options),
                Model::Cnn => train(Cnn::on(&device, seed), options),
                Model::Custom(_) => train(CustomMlp::on(&device, seed), options),
            })
        }
        Place::Cuda(ordinal) => run_on_cuda(ordinal, options),
    }
}

#[cfg(feature = "cuda")]
fn run_on_cuda(ordinal: usize, options: &Options) -> Result<()> {
    let device = Cuda::new(ordinal)?.with_precision(options.precision);
    println!("Computing on {}", device.name());
    match &options.model {
        Model::Mlp => train(Mlp::new(options.seed).to(&device)?, options),
        Model::Cnn => train(Cnn::new(options.seed).to(&device)?, options),
        Model::Custom(_) => train(CustomMlp::new(options.seed).to(&device)?, options),
    }
}

#[cfg(not(feature = "cuda"))]
fn run_on_cuda(_: usize, _: &Options) -> Result<()> {
    unreachable!("without the feature `cuda` no such place can be named")
}

fn train<D: Epochs + Norms>(mut net: impl Classifier<D>, options: &Options) -> Result<()>
where
    ApplyNesterovMomentum<Sgd>: RuleOn<D>,
    CategoricalCrossentropy: for<'a> Objective<Head<f32, D, Ix2>, ArrayView1<'a, u8>>,
{
    println!("Loading data...");
    let mnist = Mnist::load(options.data_dir.as_deref(), options.seed)?;
    if let Some(file) = &options.load {
        io::load(&mut net, file)?;
        println!("Loaded {}", file.display());
    }
    println!("{}", net.summary());

    let update = nesterov_momentum(options.learning_rate, options.momentum);
    let mut trainer = Trainer::new(net, CategoricalCrossentropy, update).seed(options.seed);
    let batch_size = options.batch_size as usize;
    let mut batches =
        Minibatches::new(mnist.x_train.view(), mnist.t_train.view(), batch_size)?.shuffled(options.seed, 0);
    let mut history = Vec::new();

    if let Some(file) = options.resume.as_ref().filter(|file| file.exists()) {
        trainer.load(file)?;
        println!("Resumed {} after {} steps", file.display(), trainer.update.steps());
    }
    let epochs_done = trainer.update.steps() / batches.len() as u64;

    println!("Starting training...");
    for epoch in epochs_done + 1..=options.epochs {
        let start = Instant::now();
        let training_loss = training::epoch(&mut trainer, &mut batches, epoch)?;
        let (validation_loss, validation_accuracy) =
            training::evaluate(&mut trainer, mnist.x_valid.view(), mnist.t_valid.view(), batch_size)?;

        println!("Epoch {epoch} of {} took {:.3}s", options.epochs, start.elapsed().as_secs_f64());
        println!("  training loss:\t\t{training_loss:.6}");
        println!("  validation loss:\t\t{validation_loss:.6}");
        println!("  validation accuracy:\t\t{:.2} %", 100.0 * validation_accuracy);
        if let Some(file) = &options.resume {
            trainer.save(file)?;
        }
        history.push(Epoch { training_loss, validation_loss, validation_accuracy });
        if let Some(file) = &options.plot {
            plot::draw(file, &history)?;
        }
    }

    let (loss, accuracy) =
        training::evaluate(&mut trainer, mnist.x_test.view(), mnist.t_test.view(), batch_size)?;
    println!("Final results ({}):", mnist.source);
    println!("  test loss:\t\t\t{loss:.6}");
    println!("  test accuracy:\t\t{:.2} %", 100.0 * accuracy);
    if let Some(file) = &options.save {
        io::save(&trainer.net, file)?;
        println!("Saved {}", file.display());
    }
    Ok(())
}
