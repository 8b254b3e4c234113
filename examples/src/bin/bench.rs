//! Times the networks of the MNIST program and the matrix products under them; beside PyTorch and JAX on request.
//!
//! ```sh
//! cargo run --release --bin bench
//! cargo run --release --bin bench -- --peers /tmp/peers/bin/python
//! ```
//!
//! A peer and layercake take turns, and what is printed are medians over the turns: of times, and of the ratio
//! within each turn.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use layercake::cpu::gemm::Threads;
use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake_examples::bench::{Peer, Table, Timing, compile_times, gemm_speed, machine, median, seconds};
use layercake_examples::models::{Classifier, Cnn, Mlp};
use ndarray::{Array1, Array4, s};

/// Time training and inference of the MNIST networks.
#[derive(Parser)]
struct Options {
    /// How many turns
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    turns: u32,
    /// A Python with PyTorch and JAX, to time these as well
    #[arg(long, value_name = "PYTHON")]
    peers: Option<PathBuf>,
    /// The folder of torch_mnist.py and jax_mnist.py
    #[arg(long, value_name = "FOLDER", default_value = "../shared/peers")]
    peers_dir: PathBuf,
    /// Time the compilation of deep networks as well
    #[arg(long)]
    compile: bool,
    /// Threads to compute with [default: all]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,
}

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// The images of an epoch, and of a minibatch.
const IMAGES: usize = 50_000;
const BATCH: usize = 500;

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
    println!("{}\n", machine(pool.current_num_threads()));
    let mut networks =
        Table::new(&["network", "by", "training epoch", "forward, 500 images", "forward, 1 image"]);
    let mut ratios = Table::new(&[
        "layercake is faster than",
        "training epoch",
        "forward, 500 images",
        "forward, 1 image",
    ]);
    compare::<Mlp>("mlp", options, &pool, &mut networks, &mut ratios)?;
    compare::<Cnn>("cnn", options, &pool, &mut networks, &mut ratios)?;
    println!("{networks}");
    if options.peers.is_some() {
        println!("{ratios}");
    }
    println!("{}", pool.install(products));
    if options.compile {
        println!("{}", compile_times(&[25, 50, 100])?);
    }
    Ok(())
}

/// Times a network and its peers, turn by turn.
fn compare<N: Classifier>(
    model: &str,
    options: &Options,
    pool: &rayon::ThreadPool,
    networks: &mut Table,
    ratios: &mut Table,
) -> Result<()> {
    let peers = options.peers.as_ref().map(|python| (python, Peer::of(model)));
    let peers: Vec<_> =
        peers.iter().flat_map(|(python, peers)| peers.iter().map(move |peer| (python, peer))).collect();
    let mut ours = Vec::new();
    let mut theirs = vec![Vec::new(); peers.len()];
    for turn in 1..=options.turns {
        eprintln!("{model}: turn {turn} of {}", options.turns);
        ours.push(pool.install(time::<N>)?);
        for ((python, peer), times) in peers.iter().zip(&mut theirs) {
            times.push(peer.run(python, &options.peers_dir, model)?);
        }
    }
    let row = |name: &str, times: &[Timing]| {
        [model.to_owned(), name.to_owned()].into_iter().chain(cells(times, time_text)).collect::<Vec<_>>()
    };
    networks.row(row("layercake", &ours));
    for ((_, peer), times) in peers.iter().zip(&theirs) {
        networks.row(row(peer.name, times));
        let by_turn: Vec<Timing> = times.iter().zip(&ours).map(|(peer, ours)| peer.over(ours)).collect();
        let cells = cells(&by_turn, |ratio| format!("{ratio:.2} times"));
        ratios.row([format!("{}, {model}", peer.name)].into_iter().chain(cells));
    }
    Ok(())
}

/// The medians of each figure.
fn cells(times: &[Timing], text: fn(f64) -> String) -> [String; 3] {
    let of = |figure: fn(&Timing) -> Option<f64>| {
        let figures: Vec<f64> = times.iter().filter_map(figure).collect();
        if figures.is_empty() { String::from("-") } else { text(median(&figures)) }
    };
    [of(|timing| Some(timing.epoch)), of(|timing| timing.forward[0]), of(|timing| timing.forward[1])]
}

fn time_text(seconds: f64) -> String {
    match seconds {
        1.0.. => format!("{seconds:.2} s"),
        0.001.. => format!("{:.2} ms", 1e3 * seconds),
        _ => format!("{:.0} us", 1e6 * seconds),
    }
}

/// An epoch of training, after a warm-up, and the forward passes.
fn time<N: Classifier>() -> Result<Timing> {
    let images = Array4::from_shape_simple_fn((IMAGES, 1, 28, 28), pixels());
    let digits = Array1::from_shape_fn(IMAGES, |image| (image % 10) as u8);
    let net = N::on(&Cpu::default(), 1);
    let mut trainer = Trainer::new(net, CategoricalCrossentropy, nesterov_momentum(0.01, 0.9));
    let mut batches = Minibatches::new(images.view(), digits.view(), BATCH)?.shuffled(1, 0);
    let mut epoch = |number, steps| -> Result<()> {
        batches.restart(number);
        for _ in 0..steps {
            let Some((images, digits)) = batches.next() else { break };
            trainer.step(images, digits)?;
        }
        Ok(())
    };
    epoch(0, 5)?;
    let mut result = Ok(());
    let epochs = seconds(1, || result = epoch(1, usize::MAX));
    result?;

    let mut inference = trainer.net.inference();
    let mut forward = |batch: usize, repetitions| -> Result<f64> {
        let images = images.slice(s![..batch, .., .., ..]);
        trainer.net.forward_with(&mut inference, images)?;
        let times = seconds(repetitions, || {
            trainer.net.forward_with(&mut inference, images).expect("the same images as before");
        });
        Ok(median(&times))
    };
    Ok(Timing { epoch: median(&epochs), forward: [Some(forward(BATCH, 30)?), Some(forward(1, 300)?)] })
}

/// Pixels without a pattern, quickly made.
fn pixels() -> impl FnMut() -> f32 {
    let mut state = 1_u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    }
}

/// The speed of matrix products as they occur in the networks, and of a large one.
fn products() -> Table {
    let mut table =
        Table::new(&["product (m, k) by (k, n), f32", "1 thread, GFLOP/s", "all threads, GFLOP/s"]);
    for (m, n, k) in [(500, 800, 784), (800, 800, 500), (500, 256, 512), (2048, 2048, 2048)] {
        let speed = |threads| format!("{:.0}", gemm_speed(threads, (m, n, k)));
        table.row([format!("m = {m}, n = {n}, k = {k}"), speed(Threads::One), speed(Threads::All)]);
    }
    table
}
