//! The networks of the MNIST program, trained and asked.

use std::error::Error;
use std::path::Path;

use layercake::data::Minibatches;
use layercake::prelude::*;
use ndarray::{Array1, Array4, s};

use super::peers::{Peer, Timing};
use super::table::Table;
use super::timing::{median, seconds, time_text};
use crate::models::{Classifier, Cnn, Mlp};

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// The images of an epoch, and of a minibatch.
const IMAGES: usize = 50_000;
const BATCH: usize = 500;

/// What layercake's products are computed in.
const OURS: [Precision; 2] = [Precision::F32, Precision::Bf16];

/// Where the peers are: a Python, and the folder of their programs.
pub type Peers<'a> = Option<(&'a Path, &'a Path)>;

/// Times the networks and their peers in so many turns: a table of times, and one of how many times as long the peers
/// take.
///
/// # Errors
/// If a peer fails.
pub fn compare(turns: u32, peers: Peers<'_>) -> Result<[Table; 2]> {
    let figures = ["training epoch", "forward, 500 images", "forward, 1 image"];
    let mut times = Table::new(&[&["network", "by"], &figures[..]].concat());
    let mut ratios = Table::new(&[&["layercake is faster than"], &figures[..]].concat());
    take_turns::<Mlp>("mlp", turns, peers, [&mut times, &mut ratios])?;
    take_turns::<Cnn>("cnn", turns, peers, [&mut times, &mut ratios])?;
    Ok([times, ratios])
}

fn take_turns<N: Classifier>(
    model: &str,
    turns: u32,
    peers: Peers<'_>,
    [table, ratios]: [&mut Table; 2],
) -> Result<()> {
    let (python, folder) = peers.unwrap_or((Path::new(""), Path::new("")));
    let peers = if peers.is_some() { Peer::of(model) } else { Vec::new() };
    let mut ours = OURS.map(|_| Vec::new());
    let mut theirs = vec![Vec::new(); peers.len()];
    for turn in 1..=turns {
        eprintln!("{model}: turn {turn} of {turns}");
        for (precision, times) in OURS.into_iter().zip(&mut ours) {
            times.push(time::<N>(precision)?);
        }
        for (peer, times) in peers.iter().zip(&mut theirs) {
            times.push(peer.run(python, folder, model)?);
        }
    }
    let mut row = |name: &str, times: &[Timing]| {
        table.row([model.to_owned(), name.to_owned()].into_iter().chain(cells(times, time_text)));
    };
    for (precision, times) in OURS.into_iter().zip(&ours) {
        row(&format!("layercake {precision}"), times);
    }
    for (peer, times) in peers.iter().zip(&theirs) {
        row(peer.name, times);
        let same = OURS.into_iter().position(|precision| precision == peer.precision);
        let ours = &ours[same.expect("peers compute in a precision that is ours, too")];
        let by_turn: Vec<Timing> = times.iter().zip(ours).map(|(peer, ours)| peer.over(ours)).collect();
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

/// An epoch of training, after a warm-up, and the forward passes.
fn time<N: Classifier>(precision: Precision) -> Result<Timing> {
    let images = Array4::from_shape_simple_fn((IMAGES, 1, 28, 28), pixels());
    let digits = Array1::from_shape_fn(IMAGES, |image| (image % 10) as u8);
    let net = N::on(&Cpu::with_precision(precision), 1);
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
