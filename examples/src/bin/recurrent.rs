//! Trains a recurrent network on the adding problem, as Lasagne's example of recurrent layers does, with long
//! short-term memory that reads each sequence both ways.
//!
//! ```sh
//! cargo run --release --bin recurrent
//! ```
//!
//! Who always answers the mean has a squared error of 1/6 = 0.167 in this problem. After the ten epochs of the default,
//! 1,000 batches of new sequences, the network has less than 0.004 on sequences that it has not seen: a fortieth.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use layercake::prelude::*;
use layercake_examples::adding::{Adding, Batch, TIME};
use layercake_examples::progress;
use layercake_examples::training::Result;

const UNITS: usize = 100;

network! {
    /// Each sequence from both its ends: (batch, time, 2) and its mask (batch, time) -> (batch, 1).
    pub struct BothWays <
        let x = input(TIME, 2);
        let marks = input(TIME);
        let there = x => lstm(UNITS, mask = marks, grad_clipping = 100, only_return_final = true);
        let back = x => lstm(UNITS, mask = marks, grad_clipping = 100, only_return_final = true, backwards = true);
        concat(there, back) => dense(1, tanh)
    >
}

/// Train a recurrent network on the adding problem: random numbers, two of them marked, and their sum.
#[derive(Parser)]
struct Options {
    /// How many epochs to train
    #[arg(default_value_t = 10)]
    epochs: u64,
    /// Batches in one epoch
    #[arg(long, default_value_t = 100)]
    epoch_size: u64,
    /// Sequences in one training step
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    batch_size: u32,
    /// How far a step goes
    #[arg(long, default_value_t = 0.005)]
    learning_rate: f64,
    /// Decides the initial weights and the sequences
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads to compute with; results do not depend on it [default: all]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,
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
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()?;
    pool.install(|| train(options))
}

fn train(options: &Options) -> Result<()> {
    let net = BothWays::<f32>::new(options.seed);
    println!("{}", net.summary());
    let mut trainer = Trainer::new(net, SquaredError, adam(options.learning_rate)).seed(options.seed);
    let mut adding = Adding::new(options.seed);
    let batch_size = options.batch_size as usize;
    let validation = adding.batch(10 * batch_size);

    println!("Starting training...");
    for epoch in 1..=options.epochs {
        let start = Instant::now();
        let bar = progress::counting(options.epoch_size, "training");
        let mut sum = 0.0;
        for _ in 0..options.epoch_size {
            let Batch { x, mask, y } = adding.batch(batch_size);
            sum += trainer.step((&x, &mask), &y)?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let Batch { x, mask, y } = &validation;
        let loss = trainer.evaluate((x, mask), y)?;
        println!("Epoch {epoch} of {} took {:.3}s", options.epochs, start.elapsed().as_secs_f64());
        println!("  training squared error:\t{:.6}", sum / options.epoch_size as f64);
        println!("  validation squared error:\t{loss:.6}");
    }
    Ok(())
}
