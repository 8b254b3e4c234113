//! Grey images side by side.

use std::error::Error;
use std::path::Path;

use ndarray::ArrayView4;
use plotters::prelude::*;

/// The side of a pixel, and the distance between images, in the picture's units.
const PIXEL: i32 = 2;
const MARGIN: i32 = 4;

/// Draws rows of images (images, 1, rows, columns) below each other into an SVG file; 0 is paper, 1 is ink.
///
/// # Errors
/// If the file cannot be written.
pub fn draw(file: &Path, rows: &[ArrayView4<f32>]) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (mut width, mut height) = (MARGIN, MARGIN);
    for images in rows {
        let (count, _, image_height, image_width) = images.dim();
        width = width.max(MARGIN + count as i32 * (image_width as i32 * PIXEL + MARGIN));
        height += image_height as i32 * PIXEL + MARGIN;
    }
    let area = SVGBackend::new(file, (width as u32, height as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut top = MARGIN;
    for images in rows {
        let (_, _, image_height, image_width) = images.dim();
        for ((image, _, row, column), &ink) in images.indexed_iter() {
            let grey = (255.0 * (1.0 - ink)).round() as u8;
            if grey < 255 {
                let left = MARGIN + image as i32 * (image_width as i32 * PIXEL + MARGIN);
                let (x, y) = (left + column as i32 * PIXEL, top + row as i32 * PIXEL);
                let color = RGBColor(grey, grey, grey).filled();
                area.draw(&Rectangle::new([(x, y), (x + PIXEL, y + PIXEL)], color))?;
            }
        }
        top += image_height as i32 * PIXEL + MARGIN;
    }
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;

    #[test]
    fn every_pixel_with_ink_is_drawn_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("images.svg");
        let mut images = Array4::zeros((3, 1, 4, 5));
        images[[0, 0, 1, 2]] = 1.0;
        images[[2, 0, 3, 4]] = 0.5;
        draw(&file, &[images.view(), images.view()]).unwrap();
        let svg = std::fs::read_to_string(&file).unwrap();
        assert_eq!(svg.matches("#000000").count(), 2, "{svg}");
        assert_eq!(svg.matches("#808080").count(), 2, "{svg}");
        assert!(svg.contains(r#"width="46" height="28""#), "{svg}");
    }
}
