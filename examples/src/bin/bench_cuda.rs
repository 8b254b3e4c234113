//! Times the networks of the MNIST program on an NVIDIA GPU; beside PyTorch on request.
//!
//! ```sh
//! cargo run --release --features cuda --bin bench_cuda -- --peer python3
//! ```
//!
//! layercake and PyTorch take turns, and what is printed are medians.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use layercake::cuda::Cuda;
use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake_examples::bench::python::Script;
use layercake_examples::bench::{Table, median, seconds};
use layercake_examples::models::{Classifier, Cnn, Mlp};
use layercake_examples::training::{self, Result};
use ndarray::{Array1, Array4, s};

/// Time training and inference on a GPU.
#[derive(Parser)]
struct Options {
    /// The number of the GPU
    #[arg(long, default_value_t = 0)]
    device: usize,
    /// How many turns
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    turns: u32,
    /// A Python with PyTorch, to time it as well
    #[arg(long, value_name = "PYTHON")]
    peer: Option<PathBuf>,
    /// Take the device that runs kernels on the processor: to see that the program works, not to measure
    #[arg(long, hide = true)]
    emulated: bool,
    /// The images of an epoch
    #[arg(long, hide = true, default_value_t = 50_000)]
    images: usize,
}

/// PyTorch, asked line by line.
const PEER: &str = include_str!("../bench/gpu_peer.py");

/// The images of a minibatch.
const BATCH: usize = 500;

/// Seconds of an epoch, and of forward passes of a minibatch and of one image, from host to host.
type Times = [f64; 3];

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
    let device = if options.emulated { Cuda::emulated()? } else { Cuda::new(options.device)? };
    println!("{}\n", device.name());
    let headings =
        ["network", "precision", "by", "training epoch", "forward, 500 images", "forward, 1 image"];
    let mut table = Table::new(&headings);
    let peer_device = if options.emulated { "cpu" } else { "cuda" };
    let start = |python| Script::start(python, PEER, &[&options.images.to_string(), peer_device]);
    let mut peer = options.peer.as_deref().map(start).transpose()?;
    let ways: &[&str] = if peer.is_some() { &["eager", "compile"] } else { &[] };
    for (model, precision) in ["mlp", "cnn"].into_iter().flat_map(|model| Precision::ALL.map(|p| (model, p)))
    {
        let device = device.clone().with_precision(precision);
        let (mut ours, mut theirs) = (Vec::new(), vec![Vec::new(); ways.len()]);
        for _ in 0..options.turns {
            ours.push(match model {
                "mlp" => times(Mlp::new(1).to(&device)?, options.images)?,
                _ => times(Cnn::new(1).to(&device)?, options.images)?,
            });
            for (way, times) in ways.iter().zip(&mut theirs) {
                let Some(peer) = &mut peer else { continue };
                let answer = peer.ask(&format!("{model} {precision} {way}"))?;
                match peer_times(&answer) {
                    Some(found) => times.push(found),
                    None => eprintln!("PyTorch {way}, {model}, {precision}: {}", answer.trim()),
                }
            }
        }
        let mut row = |by: &str, times: &[Times]| {
            if times.is_empty() {
                return;
            }
            let medians =
                [0, 1, 2].map(|figure| median(&times.iter().map(|times| times[figure]).collect::<Vec<_>>()));
            let cells = [milliseconds(medians[0]), milliseconds(medians[1]), microseconds(medians[2])];
            table.row([model.to_owned(), precision.to_string(), by.to_owned()].into_iter().chain(cells));
        };
        row("layercake", &ours);
        for (way, times) in ways.iter().zip(&theirs) {
            row(&format!("PyTorch {way}"), times);
        }
    }
    println!("{table}");
    let images = BATCH.min(options.images);
    println!("mlp: {}", kernels(Mlp::new(1).to(&device)?, images)?);
    println!("cnn: {}", kernels(Cnn::new(1).to(&device)?, images)?);
    println!("{}", transfers(&device)?);
    Ok(())
}

/// Each kernel of a training step by itself, in f32, with its part of what limits it: memory, or multiply-adds without tensor
/// cores.
fn kernels(net: impl Classifier<Cuda>, images: usize) -> Result<Table> {
    let device = net.device().clone();
    let x = Array4::from_elem((images, 1, 28, 28), 0.5);
    let digits = Array1::from_shape_fn(images, |image| (image % 10) as u8);
    let mut trainer = Trainer::new(net, CategoricalCrossentropy, nesterov_momentum(0.01, 0.9));
    trainer.step(&x, &digits)?;
    let repetitions = if images < BATCH { 1 } else { 50 };
    let (loss, times) = device.time_kernels(repetitions, || trainer.step(&x, &digits));
    loss?;
    let limits = device.limits();
    let mut table = Table::new(&["kernel of a step, f32", "takes", "multiply-adds", "bytes", "of its limit"]);
    for time in times {
        let millions = |count: usize, unit| {
            if count > 0 { format!("{:.2} {unit}", count as f64 / 1e6) } else { String::from("-") }
        };
        let reached = time
            .reached(&limits)
            .map_or(String::from("-"), |(part, limit)| format!("{:.0} %, {limit}", 100.0 * part));
        table.row([
            time.work.kernel.to_owned(),
            format!("{:.1} us", 1e6 * time.seconds),
            millions(time.work.multiply_adds, "M"),
            millions(time.work.bytes, "MB"),
            reached,
        ]);
    }
    Ok(table)
}

/// A network: the data set on the device, and recorded steps.
fn times(net: impl Classifier<Cuda>, examples: usize) -> Result<Times> {
    let images = Array4::from_shape_fn((examples, 1, 28, 28), |(i, _, j, k)| {
        ((i * 7 + j * 3 + k) % 256) as f32 / 256.0
    });
    let digits = Array1::from_shape_fn(examples, |image| (image % 10) as u8);
    let mut trainer = Trainer::new(net, CategoricalCrossentropy, nesterov_momentum(0.01, 0.9));
    let mut minibatches = Minibatches::new(images.view(), digits.view(), BATCH)?.shuffled(1, 0);
    training::epoch(&mut trainer, &mut minibatches, 0)?;
    let mut number = 0;
    let mut failure = None;
    let epochs = seconds(3, || {
        number += 1;
        failure = training::epoch(&mut trainer, &mut minibatches, number).err();
    });
    if let Some(error) = failure {
        return Err(error);
    }
    let mut inference = trainer.net.inference();
    let mut forward = |batch: usize, repetitions| -> Result<f64> {
        let images = images.slice(s![..batch, .., .., ..]);
        trainer.net.forward_with(&mut inference, images)?;
        let mut failure = None;
        let times = seconds(repetitions, || {
            failure = trainer.net.forward_with(&mut inference, images).err();
            std::hint::black_box(inference.outputs.get());
        });
        failure.map_or(Ok(median(&times)), |error| Err(error.into()))
    };
    let repetitions = if examples < BATCH { 1 } else { 200 };
    let forward = [forward(BATCH.min(examples), repetitions)?, forward(1, repetitions)?];
    Ok([median(&epochs), forward[0], forward[1]])
}

/// Reads PyTorch's answer, such as `0.031 0.0004 0.00005`.
fn peer_times(answer: &str) -> Option<Times> {
    let figures: Vec<f64> = answer.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    figures.try_into().ok()
}

/// How fast a network's weights reach the device and come back.
fn transfers(device: &Cuda) -> Result<Table> {
    let net = network!(< input(4096) => dense(4096, linear, b = none) => dense(4096, linear, b = none) >);
    let bytes = (net.count_parameters() * size_of::<f32>()) as f64;
    let there = median(&seconds(5, || drop(net.to(device))));
    let on_device = net.to(device)?;
    let back = median(&seconds(5, || drop(on_device.parameter_values())));
    device.synchronize()?;
    let mut table = Table::new(&["weights, 134 MB", "GB/s"]);
    table.row([String::from("to the device, with its memory"), format!("{:.1}", bytes / there / 1e9)]);
    table.row([String::from("back"), format!("{:.1}", bytes / back / 1e9)]);
    Ok(table)
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.2} ms", 1e3 * seconds)
}

fn microseconds(seconds: f64) -> String {
    format!("{:.0} us", 1e6 * seconds)
}
