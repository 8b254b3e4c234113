//! The paper: bent, stretched, slanted, turned and shifted before a digit is written on it.

use super::strokes::Point;
use super::{Chance, SIZE};

/// Cells per side of the lattice over the paper.
const CELLS: usize = 2;

/// Bends per side: a cubic spline needs two points on either side of a cell.
const BENDS: usize = CELLS + 3;

/// Height of a digit in pixels: MNIST's are fitted into 20 x 20.
const HEIGHT: f32 = 19.0;

/// Displacements on a lattice over the paper, smooth in between: an elastic distortion (after Simard et al.,
/// "Best practices for convolutional neural networks applied to visual document analysis", 2003).
pub(super) struct Paper {
    bends: [[Point; BENDS]; BENDS],
    /// Linear part: scale, slant and turn.
    matrix: [Point; 2],
    shift: Point,
}

impl Paper {
    pub(super) fn crumpled(chance: &mut Chance) -> Self {
        let strength = chance.between(0.07, 0.22);
        let bends = std::array::from_fn(|_| {
            std::array::from_fn(|_| [chance.about_zero(strength), chance.about_zero(strength)])
        });
        // Cosine and sine of the turn from the tangent of its half.
        let half = chance.about_zero(0.09);
        let (cos, sin) = ((1.0 - half * half) / (1.0 + half * half), 2.0 * half / (1.0 + half * half));
        let slant = 0.1 + chance.about_zero(0.25);
        let height = HEIGHT * chance.between(0.82, 1.06);
        let width = height * chance.between(0.78, 1.15);
        let matrix = [
            [cos * width, -cos * slant * width - sin * height],
            [sin * width, cos * height - sin * slant * width],
        ];
        Self { bends, matrix, shift: [chance.between(-1.6, 1.6), chance.between(-1.6, 1.6)] }
    }

    /// Moves lines from the unit square to where they come to lie in the image, in pixels.
    pub(super) fn place(&self, lines: &mut [Vec<Point>], chance: &mut Chance) {
        for line in &mut *lines {
            for point in line.iter_mut() {
                let [x, y] = self.bent(*point);
                *point = self.matrix.map(|[along_x, along_y]| along_x * x + along_y * y);
            }
            overshoot(line, chance);
        }
        // The middle of the digit comes to the middle of the image, and a digit too wide for it is narrowed.
        let points = || lines.iter().flatten();
        let low = [0, 1].map(|axis| points().map(|point| point[axis]).fold(f32::INFINITY, f32::min));
        let high = [0, 1].map(|axis| points().map(|point| point[axis]).fold(f32::NEG_INFINITY, f32::max));
        let room = SIZE as f32 - 8.0;
        let fit = [0, 1].map(|axis| (room / (high[axis] - low[axis]).max(1.0)).min(1.0));
        for point in lines.iter_mut().flatten() {
            *point = [0, 1].map(|axis| {
                let middle = 0.5 * (low[axis] + high[axis]);
                0.5 * SIZE as f32 + fit[axis] * (point[axis] - middle) + self.shift[axis]
            });
        }
    }

    /// The point displaced as the paper is at its place.
    fn bent(&self, point: Point) -> Point {
        let [(column, across), (row, down)] = point.map(|place| {
            let place = place.clamp(0.0, 1.0) * CELLS as f32;
            let cell = (place as usize).min(CELLS - 1);
            (cell, spline(place - cell as f32))
        });
        let mut bent = point;
        for (bends, down) in self.bends[row..].iter().zip(down) {
            for (bend, across) in bends[column..].iter().zip(across) {
                bent = [0, 1].map(|axis| bent[axis] + down * across * bend[axis]);
            }
        }
        bent
    }
}

/// The weights of the four nearest lattice points in a cubic B-spline, at `t` from 0 to 1 within its cell.
fn spline(t: f32) -> [f32; 4] {
    let (u, t2, t3) = (1.0 - t, t * t, t * t * t);
    [u * u * u, 3.0 * t3 - 6.0 * t2 + 4.0, 3.0 * (t + t2 - t3) + 1.0, t3].map(|weight| weight / 6.0)
}

/// The pen touches and leaves the paper a little too early or too late.
fn overshoot(line: &mut [Point], chance: &mut Chance) {
    let last = line.len() - 1;
    for (end, before) in [(0, 1), (last, last - 1)] {
        let more = chance.between(-0.6, 0.9);
        let [from, to] = [line[before], line[end]];
        line[end] = [0, 1].map(|axis| to[axis] + more * (to[axis] - from[axis]));
    }
}
