//! The sweep as a picture: a bar for each case, so that a slow corner shows.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Row;

/// Pixels of a case, of the text beside its bars, and of them at their longest.
const HEIGHT: i32 = 17;
const TEXT: i32 = 330;
const WIDTH: i32 = 640;
const MARGIN: i32 = 44;

/// Bars end where a figure is so many times as large or as small as 1.
const MOST: f64 = 16.0;

/// Draws how many times as long PyTorch takes, or without it the part of the limit that is reached, into an SVG file.
/// The scale is logarithmic; bars of what takes more than 1.2 times as long as PyTorch are red.
///
/// # Errors
/// If the file cannot be written.
pub fn draw(file: &Path, rows: &[Row]) -> Result<(), Box<dyn Error + Send + Sync>> {
    let against_torch = rows.iter().all(|row| row.ratio.is_some());
    let height = 2 * MARGIN + HEIGHT * rows.len() as i32;
    let area = SVGBackend::new(file, ((TEXT + WIDTH + 20) as u32, height as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    let text = |size: i32, horizontal| {
        TextStyle::from(("sans-serif", size).into_font()).pos(Pos::new(horizontal, VPos::Center))
    };
    let title = if against_torch {
        "how many times as long PyTorch takes: forward (blue), training step (green); slow corners red"
    } else {
        "part of the machine's limit that is reached: forward (blue), training step (green)"
    };
    area.draw(&Text::new(title, (12, 14), text(14, HPos::Left)))?;
    let (low, high) = if against_torch { (1.0 / MOST, MOST) } else { (1.0 / 64.0, 2.0) };
    let x = |figure: f64| {
        let along = (figure.clamp(low, high) / low).ln() / (high / low).ln();
        TEXT + (along * f64::from(WIDTH)) as i32
    };
    let mut tick = low;
    while tick <= high {
        let bottom = height - MARGIN;
        let line = if tick == 1.0 { BLACK } else { RGBColor(220, 220, 220) };
        area.draw(&PathElement::new([(x(tick), MARGIN - 8), (x(tick), bottom + 8)], line))?;
        let label = if tick < 1.0 { format!("1/{:.0}", 1.0 / tick) } else { format!("{tick:.0}") };
        area.draw(&Text::new(label, (x(tick), bottom + 18), text(12, HPos::Center)))?;
        tick *= 2.0;
    }
    for (number, row) in rows.iter().enumerate() {
        let top = MARGIN + HEIGHT * number as i32;
        let name = format!("{}: {}", row.layer, row.size);
        area.draw(&Text::new(name, (TEXT - 8, top + HEIGHT / 2), text(10, HPos::Right)))?;
        let figures = row.ratio.unwrap_or(row.reached);
        let start = if against_torch { x(1.0) } else { x(low) };
        for (place, figure, color) in
            [(0, figures.forward, RGBColor(66, 120, 200)), (1, figures.step, RGBColor(80, 170, 110))]
        {
            let slow = against_torch && figure * 1.2 < 1.0;
            let color = if slow { RGBColor(210, 50, 50) } else { color };
            let top = top + 2 + place * (HEIGHT - 4) / 2;
            let end = x(figure);
            let corners = [(start.min(end), top), (start.max(end), top + (HEIGHT - 4) / 2 - 1)];
            area.draw(&Rectangle::new(corners, color.filled()))?;
        }
    }
    area.present()?;
    Ok(())
}
