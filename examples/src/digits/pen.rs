//! The pen: its width, its pressure, and the ink that it leaves.

use super::strokes::Point;
use super::{Chance, SIZE};

/// A sheet of pixels and the pen that writes on it.
pub(super) struct Pen {
    /// Half of the width of a stroke, in pixels.
    radius: f32,
    /// Over how many pixels ink fades at the edge of a stroke.
    softness: f32,
    /// Ink per pixel, from 0 to 1.
    ink: [[f32; SIZE]; SIZE],
}

impl Pen {
    pub(super) fn new(chance: &mut Chance) -> Self {
        Self {
            radius: chance.between(0.75, 1.65),
            softness: chance.between(0.9, 1.6),
            ink: [[0.0; SIZE]; SIZE],
        }
    }

    /// Draws a line with pressure that rises or falls along it.
    pub(super) fn stroke(&mut self, line: &[Point], chance: &mut Chance) {
        let mut radius = self.radius * chance.between(0.85, 1.15);
        let step = (self.radius * chance.between(0.8, 1.2) - radius) / line.len() as f32;
        for ends in line.windows(2) {
            self.piece(ends[0], ends[1], radius);
            radius += step;
        }
    }

    /// Draws a straight piece: a pixel's ink falls with its distance from the piece.
    fn piece(&mut self, from: Point, to: Point, radius: f32) {
        let reach = radius + self.softness;
        // Pixel `i` has its middle at `i + 0.5`. A place left of or above the image becomes 0 in the cast.
        let pixels = |axis: usize| {
            let low = from[axis].min(to[axis]) - reach;
            let high = from[axis].max(to[axis]) + reach;
            low as usize..(high as usize + 1).min(SIZE)
        };
        let [along_x, along_y] = [to[0] - from[0], to[1] - from[1]];
        let squared_length = (along_x * along_x + along_y * along_y).max(1e-6);
        for row in pixels(1) {
            for column in pixels(0) {
                let [x, y] = [column as f32 + 0.5 - from[0], row as f32 + 0.5 - from[1]];
                let nearest = ((x * along_x + y * along_y) / squared_length).clamp(0.0, 1.0);
                let [x, y] = [x - nearest * along_x, y - nearest * along_y];
                let distance = (x * x + y * y).sqrt();
                let t = ((radius + 0.5 * self.softness - distance) / self.softness).clamp(0.0, 1.0);
                let ink = &mut self.ink[row][column];
                *ink = ink.max(t * t * (3.0 - 2.0 * t));
            }
        }
    }

    /// The sheet as grey values, with a little grain where there is ink and a little dust where there is none.
    pub(super) fn print(&self, image: &mut [u8], chance: &mut Chance) {
        let black = chance.between(215.0, 262.0);
        let grain = chance.between(2.0, 16.0);
        for (pixel, &ink) in image.iter_mut().zip(self.ink.as_flattened()) {
            let noise = chance.about_zero(grain);
            let value = if ink > 0.0 { black * ink + noise } else { noise - 2.5 * grain };
            *pixel = value.clamp(0.0, 255.0) as u8;
        }
    }
}
