//! How the cost of training grows with batch, width, depth and threads.

use std::error::Error;
use std::path::Path;

use layercake::prelude::*;
use ndarray::{Array1, Array4};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::table::Table;
use super::timing::{least_time, time_text};
use crate::models::Classifier;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

macro_rules! mlps {
    ($($name:ident: $depth:tt x $width:tt;)*) => {$(
        network! {
            /// Hidden layers of so many units.
            struct $name < input(1, 28, 28) => repeat($depth) { dense($width, relu) } => dense(10, softmax) >
        }
    )*};
}

mlps! {
    Width100: 2 x 100;
    Width200: 2 x 200;
    Width400: 2 x 400;
    Width800: 2 x 800;
    Width1600: 2 x 1600;
    Width3200: 2 x 3200;
    Depth1: 1 x 400;
    Depth4: 4 x 400;
    Depth8: 8 x 400;
    Depth16: 16 x 400;
}

/// Times against one of the sizes.
#[derive(Clone, Debug)]
pub struct Curve {
    /// What grows.
    pub size: &'static str,
    /// What it is timed with.
    pub network: &'static str,
    /// Sizes, and seconds of a training step at each.
    pub seconds: Vec<(f64, f64)>,
}

/// The batch that training takes, where that does not grow.
const BATCH: usize = 512;

/// Times training steps of multilayer perceptrons on the threads of the current pool, and against their number on
/// pools of its own.
///
/// # Errors
/// If training fails.
pub fn growth(threads: usize) -> Result<Vec<Curve>> {
    let batches = [1, 4, 16, 64, 256, 1024, 4096];
    let batch = batches.into_iter().map(|batch| Ok((batch as f64, step::<Width800>(batch)?)));
    let by_threads = (1..=threads).map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok((threads as f64, pool.install(|| step::<Width800>(BATCH))?))
    });
    Ok(vec![
        Curve { size: "batch", network: "2 layers of 800 units", seconds: batch.collect::<Result<_>>()? },
        Curve {
            size: "units",
            network: "2 layers, batch 512",
            seconds: vec![
                (100.0, step::<Width100>(BATCH)?),
                (200.0, step::<Width200>(BATCH)?),
                (400.0, step::<Width400>(BATCH)?),
                (800.0, step::<Width800>(BATCH)?),
                (1600.0, step::<Width1600>(BATCH)?),
                (3200.0, step::<Width3200>(BATCH)?),
            ],
        },
        Curve {
            size: "layers",
            network: "400 units each, batch 512",
            seconds: vec![
                (1.0, step::<Depth1>(BATCH)?),
                (2.0, step::<Width400>(BATCH)?),
                (4.0, step::<Depth4>(BATCH)?),
                (8.0, step::<Depth8>(BATCH)?),
                (16.0, step::<Depth16>(BATCH)?),
            ],
        },
        Curve {
            size: "threads",
            network: "2 layers of 800 units, batch 512",
            seconds: by_threads.collect::<Result<_>>()?,
        },
    ])
}

/// Seconds of a training step: the least of as many as half a second has, at least three.
fn step<N: Classifier>(batch: usize) -> Result<f64> {
    let images = Array4::from_shape_fn((batch, 1, 28, 28), |(image, _, row, column)| {
        ((image * 31 + row * 7 + column) % 256) as f32 / 256.0
    });
    let digits = Array1::from_shape_fn(batch, |image| (image % 10) as u8);
    let mut trainer = Trainer::new(N::on(&Cpu::default(), 1), CategoricalCrossentropy, sgd(0.01));
    for _ in 0..2 {
        trainer.step(&images, &digits)?;
    }
    let call = |trainer: &mut Trainer<N, _, _>| {
        trainer.step(&images, &digits).expect("the same images as before");
    };
    Ok(least_time(0.5, &mut trainer, |_| {}, call))
}

/// The curves as a table.
#[must_use]
pub fn table(curves: &[Curve]) -> Table {
    let mut table = Table::new(&["network", "size", "training step", "of what proportion would give"]);
    for Curve { size, network, seconds } in curves {
        let (first_size, first) = seconds.first().copied().unwrap_or((1.0, 1.0));
        for &(at, seconds) in seconds {
            let proportional =
                if *size == "threads" { first * first_size / at } else { first * at / first_size };
            let part = format!("{:.2}", seconds / proportional);
            table.row([(*network).to_owned(), format!("{at} {size}"), time_text(seconds), part]);
        }
    }
    table
}

/// Draws the curves side by side into an SVG file, both axes logarithmic.
///
/// # Errors
/// If the file cannot be written.
pub fn draw(file: &Path, curves: &[Curve]) -> Result<()> {
    let area = SVGBackend::new(file, (860, 640)).into_drawing_area();
    area.fill(&WHITE)?;
    for (area, curve) in area.split_evenly((2, 2)).iter().zip(curves) {
        draw_one(area, curve)?;
    }
    area.present()?;
    Ok(())
}

fn draw_one(area: &DrawingArea<SVGBackend<'_>, Shift>, curve: &Curve) -> Result<()> {
    let points = || curve.seconds.iter().map(|&(size, seconds)| (size, 1e3 * seconds));
    let range = |of: fn((f64, f64)) -> f64| {
        let (low, high) = points()
            .map(of)
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        0.8 * low..1.25 * high
    };
    let mut chart = ChartBuilder::on(area)
        .caption(curve.network, ("sans-serif", 15))
        .margin(10)
        .x_label_area_size(34)
        .y_label_area_size(56)
        .build_cartesian_2d(range(|point| point.0).log_scale(), range(|point| point.1).log_scale())?;
    chart.configure_mesh().light_line_style(WHITE).x_desc(curve.size).y_desc("training step, ms").draw()?;
    chart.draw_series(LineSeries::new(points(), BLUE.stroke_width(2)))?;
    chart.draw_series(points().map(|point| Circle::new(point, 3, BLUE.filled())))?;
    Ok(())
}
