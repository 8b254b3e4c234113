//! Times the networks of the MNIST program and the matrix products under them, or layer after layer over a range of
//! sizes; beside PyTorch and JAX on request.
//!
//! ```sh
//! cargo run --release --bin bench
//! cargo run --release --bin bench -- --peers /tmp/peers/bin/python
//! cargo run --release --bin bench -- --sweep --quick --peers /tmp/peers/bin/python
//! ```
//!
//! A peer and layercake take turns, and what is printed are medians over the turns: of times, and of the ratio
//! within each turn. Without peers it takes about a minute, and a sweep about two; a quick sweep with PyTorch takes
//! about two minutes, a whole one about ten.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use layercake_examples::bench::limits::Limits;
use layercake_examples::bench::sweep::{self, Row, sweep};
use layercake_examples::bench::{compare, compile_times, growth, machine, memory, products, train};

/// Time training and inference of the MNIST networks, or of layers at many sizes.
#[derive(Parser)]
struct Options {
    /// How many turns
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
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
    /// Time layers at many sizes instead
    #[arg(long)]
    sweep: bool,
    /// Time training against batch, width, depth and threads instead
    #[arg(long, conflicts_with = "sweep")]
    growth: bool,
    /// With --sweep: a few sizes of each layer alone
    #[arg(long, requires = "sweep")]
    quick: bool,
    /// With --sweep: layers with one of these words in their name alone
    #[arg(long, requires = "sweep", value_name = "WORD,..")]
    only: Option<String>,
    /// With --sweep or --growth: draw the result as SVG into this file
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Threads to compute with [default: all]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// Train, and print this process's peak of resident memory
    #[arg(long, hide = true)]
    peak_memory: bool,
}

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

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
    let threads = pool.current_num_threads();
    if options.peak_memory {
        println!("{}", pool.install(train)?);
        return Ok(());
    }
    println!("{}\n", machine(threads));
    pool.install(|| match options {
        Options { sweep: true, .. } => layers(options, threads),
        Options { growth: true, .. } => sizes(options, threads),
        _ => networks(options, threads),
    })
}

fn networks(options: &Options, threads: usize) -> Result<()> {
    let peers = options.peers.as_deref().map(|python| (python, options.peers_dir.as_path()));
    let [times, ratios] = compare(options.turns, peers)?;
    println!("{times}");
    if peers.is_some() {
        println!("{ratios}");
    }
    println!("{}", products());
    println!("{}", memory(threads, options.peers.as_deref())?);
    if options.compile {
        println!("{}", compile_times(&[25, 50, 100])?);
    }
    Ok(())
}

fn layers(options: &Options, threads: usize) -> Result<()> {
    let limits = Limits::measure(threads);
    println!("{limits}");
    let sweep_options = sweep::Options {
        quick: options.quick,
        only: options.only.as_deref(),
        python: options.peers.as_deref(),
        threads,
    };
    let rows = sweep(&sweep_options, &limits, |row: &Row| eprintln!("{}: {}", row.layer, row.size))?;
    println!("{}", sweep::table(&rows));
    options.chart.as_deref().map_or(Ok(()), |file: &Path| sweep::draw(file, &rows))
}

fn sizes(options: &Options, threads: usize) -> Result<()> {
    let curves = growth::growth(threads)?;
    println!("{}", growth::table(&curves));
    options.chart.as_deref().map_or(Ok(()), |file: &Path| growth::draw(file, &curves))
}
