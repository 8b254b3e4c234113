//! Curves of loss and accuracy.

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

/// What an epoch's lines say.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    /// Mean loss in training.
    pub training_loss: f64,
    /// Mean loss on the validation data.
    pub validation_loss: f64,
    /// Share of validation data classified rightly.
    pub validation_accuracy: f64,
}

/// Draws the losses above and the accuracy below, over the epochs, into an SVG file.
///
/// # Errors
/// If the file cannot be written.
pub fn draw(file: &Path, epochs: &[Epoch]) -> Result<(), Box<dyn Error + Send + Sync>> {
    let area = SVGBackend::new(file, (720, 640)).into_drawing_area();
    area.fill(&WHITE)?;
    let (above, below) = area.split_vertically(320);
    let of = |value: fn(&Epoch) -> f64| epochs.iter().map(value).collect::<Vec<f64>>();
    let losses =
        [("training", BLUE, of(|e| e.training_loss)), ("validation", RED, of(|e| e.validation_loss))];
    curves(&above, "loss", &losses)?;
    let accuracy = [("validation", RED, of(|e| 100.0 * e.validation_accuracy))];
    curves(&below, "accuracy in %", &accuracy)?;
    area.present()?;
    Ok(())
}

fn curves(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    caption: &str,
    curves: &[(&str, RGBColor, Vec<f64>)],
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let values = || curves.iter().flat_map(|(_, _, values)| values.iter().copied());
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let margin = 0.05 * (high - low).max(0.01 * high.abs()).max(1e-6);
    let epochs = curves.iter().map(|(_, _, values)| values.len()).max().unwrap_or(1).max(2);
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(50)
        .build_cartesian_2d(1.0..epochs as f64, low - margin..high + margin)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc("epoch")
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .x_labels(epochs.min(12))
        .draw()?;
    for (name, color, values) in curves {
        let color = *color;
        let points = (1_u32..).map(f64::from).zip(values.iter().copied());
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color.stroke_width(2)));
    }
    chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw()?;
    Ok(())
}
