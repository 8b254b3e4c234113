//! Layers over a range of sizes: how long each takes, beside PyTorch, and how near it comes to the machine's limits.

mod alone;
mod cases;
mod chart;
mod torch;

use std::path::Path;

use super::limits::Limits;
use super::table::Table;
use super::timing::{median, time_text};
use cases::{Case, cases};
use torch::Torch;

pub use chart::draw;

/// A figure of the forward pass, and one of a training step: forward and backward, to parameters and input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times<T> {
    /// Of the forward pass, in inference.
    pub forward: T,
    /// Of the training step.
    pub step: T,
}

/// What the sweep found for a case.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kind of layer.
    pub layer: &'static str,
    /// Its size.
    pub size: String,
    /// Seconds: the least of each turn, and of these the median.
    pub ours: Times<f64>,
    /// The same of PyTorch, if it was asked for.
    pub torch: Option<Times<f64>>,
    /// How many times as long PyTorch takes, the median over the turns.
    pub ratio: Option<Times<f64>>,
    /// The part of our time that the machine's limits account for.
    pub reached: Times<f64>,
}

/// How a sweep is done.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// A few cases of each kind alone.
    pub quick: bool,
    /// Cases of layers whose name has one of these words, with commas between, in it alone.
    pub only: Option<&'a str>,
    /// A Python that has PyTorch.
    pub python: Option<&'a Path>,
    /// Threads that compute.
    pub threads: usize,
}

/// The turns in which a layer and PyTorch's are timed alternately.
const TURNS: usize = 3;

/// Goes through the cases, and calls `found` with each result.
///
/// # Errors
/// If PyTorch does not do its part.
pub fn sweep(
    options: &Options<'_>,
    limits: &Limits,
    mut found: impl FnMut(&Row),
) -> Result<Vec<Row>, String> {
    let mut torch = options.python.map(|python| Torch::start(python, options.threads)).transpose()?;
    let seconds = if options.quick { 0.03 } else { 0.06 };
    let wanted =
        |case: &Case| options.only.is_none_or(|only| only.split(',').any(|word| case.layer.contains(word)));
    let mut rows = Vec::new();
    for case in cases(options.quick).into_iter().filter(wanted) {
        let row = time(&case, torch.as_mut(), limits, seconds)?;
        found(&row);
        rows.push(row);
    }
    Ok(rows)
}

fn time(case: &Case, mut torch: Option<&mut Torch>, limits: &Limits, seconds: f64) -> Result<Row, String> {
    let mut layer = case.make();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.push(layer.time(seconds));
        if let Some(torch) = &mut torch {
            theirs.push(torch.time(case, seconds)?);
        }
    }
    let ratios: Vec<_> = theirs
        .iter()
        .zip(&ours)
        .map(|(theirs, ours)| Times { forward: theirs.forward / ours.forward, step: theirs.step / ours.step })
        .collect();
    let work = layer.work();
    let times = medians(&ours).expect("there are turns");
    Ok(Row {
        layer: case.layer,
        size: case.size.clone(),
        ours: times,
        torch: medians(&theirs),
        ratio: medians(&ratios),
        reached: Times {
            forward: limits.seconds(work.forward) / times.forward,
            step: limits.seconds(work.step) / times.step,
        },
    })
}

fn medians(turns: &[Times<f64>]) -> Option<Times<f64>> {
    let of = |figure: fn(&Times<f64>) -> f64| median(&turns.iter().map(figure).collect::<Vec<_>>());
    (!turns.is_empty()).then(|| Times { forward: of(|times| times.forward), step: of(|times| times.step) })
}

/// The rows as a table.
#[must_use]
pub fn table(rows: &[Row]) -> Table {
    let with_torch = rows.iter().any(|row| row.torch.is_some());
    let ours: &[&str] = &["layer", "size", "forward", "step", "of the limit, forward", "step"];
    let theirs: &[&str] = &["PyTorch, forward", "step", "times as long, forward", "step"];
    let mut table = Table::new(&if with_torch { [ours, theirs].concat() } else { ours.to_vec() });
    for row in rows {
        let pair = |times: Times<f64>, text: &dyn Fn(f64) -> String| [text(times.forward), text(times.step)];
        let percent = |part: f64| format!("{:.0} %", 100.0 * part);
        let mut cells = vec![row.layer.to_owned(), row.size.clone()];
        cells.extend(pair(row.ours, &time_text));
        cells.extend(pair(row.reached, &percent));
        if let (Some(torch), Some(ratio)) = (row.torch, row.ratio) {
            cells.extend(pair(torch, &time_text));
            cells.extend(pair(ratio, &|ratio| format!("{ratio:.2}")));
        }
        table.row(cells);
    }
    table
}
