//! Digits drawn by a program: something to train on where MNIST cannot be had.
//!
//! A digit is written as a person would: strokes in one of several styles, on paper that is bent,
//! stretched and turned, by a pen of varying width and pressure. The images have MNIST's format, and its
//! look in broad outline, but accuracies on them say nothing about accuracies on MNIST.

mod paper;
mod pen;
mod strokes;

use std::ops::Range;

use indicatif::ProgressBar;
use ndarray::{Array1, Array3};
use rand_philox::Philox;
use rayon::prelude::*;

use paper::Paper;
use pen::Pen;
use strokes::{Point, STYLES};

/// Rows and columns of an image.
pub const SIZE: usize = 28;

/// How many straight pieces make up the part of a curve between two of its points.
const PIECES: usize = 6;

/// A labelled set of grey images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    /// Images (examples, rows, columns): 0 is paper, 255 is ink.
    pub images: Array3<u8>,
    /// The digits (examples): 0 to 9.
    pub labels: Array1<u8>,
}

/// Draws the digits at `places` of an endless series, each class being equally likely; `progress` is moved on by one
/// for each.
///
/// An image is a function of the seed and of its place: the same on every platform and for any number of threads.
///
/// # Panics
///
/// If `places` are more than memory can hold.
#[must_use]
pub fn draw(seed: u64, places: Range<u64>, progress: &ProgressBar) -> Digits {
    let count =
        usize::try_from(places.end.saturating_sub(places.start)).expect("as many digits as memory can hold");
    let mut images = Array3::zeros((count, SIZE, SIZE));
    let mut labels = Array1::zeros(count);
    let pixels = images.as_slice_mut().expect("a new array is contiguous");
    pixels
        .par_chunks_exact_mut(SIZE * SIZE)
        .zip(labels.as_slice_mut().expect("a new array is contiguous"))
        .enumerate()
        .for_each(|(index, (image, label))| {
            let mut chance = Chance(Philox::from_u64_seed_stream(seed, places.start + index as u64));
            *label = chance.below(10) as u8;
            write(usize::from(*label), image, &mut chance);
            progress.inc(1);
        });
    Digits { images, labels }
}

/// Writes one digit in a style, and on a paper, that chance decides.
fn write(digit: usize, image: &mut [u8], chance: &mut Chance) {
    let styles = STYLES[digit];
    let style = styles[chance.below(styles.len())];
    let mut lines: Vec<Vec<Point>> = style.iter().map(|stroke| curve(stroke)).collect();
    Paper::crumpled(chance).place(&mut lines, chance);

    let mut pen = Pen::new(chance);
    for line in &lines {
        pen.stroke(line, chance);
    }
    pen.print(image, chance);
}

/// The Catmull-Rom curve through the points, as a line of straight pieces.
fn curve(points: &[Point]) -> Vec<Point> {
    let at = |index: usize| points[index.min(points.len() - 1)];
    let mut line = vec![points[0]];
    for index in 0..points.len() - 1 {
        let neighbours = [at(index.saturating_sub(1)), at(index), at(index + 1), at(index + 2)];
        line.extend((1..=PIECES).map(|piece| {
            let t = piece as f32 / PIECES as f32;
            [0, 1].map(|axis| {
                let [a, b, c, d] = neighbours.map(|point| point[axis]);
                b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
            })
        }));
    }
    line
}

/// What chance decides about one image. Only sums, products, quotients and roots are made of it, which IEEE 754
/// rounds alike everywhere.
struct Chance(Philox);

impl Chance {
    /// Uniform over whole numbers below `end`.
    fn below(&mut self, end: usize) -> usize {
        ((u64::from(self.0.next_u32()) * end as u64) >> 32) as usize
    }

    /// Uniform between the two.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * rand_philox::u32_to_unit_f32(self.0.next_u32())
    }

    /// Bell-shaped about 0, with standard deviation `deviation`, and never beyond 3.5 of them: a sum of four
    /// uniform numbers.
    fn about_zero(&mut self, deviation: f32) -> f32 {
        let sum: f32 = (0..4).map(|_| self.between(-1.0, 1.0)).sum();
        sum * deviation * 0.866_025_4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(seed: u64, count: u64) -> Digits {
        draw(seed, 0..count, &ProgressBar::hidden())
    }

    #[test]
    fn a_function_of_the_seed_at_any_number_of_threads() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| some(7, 300))
        };
        let one = on(1);
        assert_eq!(one, on(2));
        assert_eq!(one, on(5));
        assert_ne!(one, some(8, 300));
    }

    #[test]
    fn an_image_depends_on_its_place_alone() {
        let (all, last) = (some(3, 50), draw(3, 30..50, &ProgressBar::hidden()));
        assert_eq!(all.images.slice(ndarray::s![30.., .., ..]), last.images);
        assert_eq!(all.labels.slice(ndarray::s![30..]), last.labels);
    }

    #[test]
    fn classes_are_balanced() {
        let digits = some(1, 5000);
        let mut counts = [0; 10];
        digits.labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
        // 500 expected, with a standard deviation of 21.
        assert!(counts.iter().all(|count| (410..590).contains(count)), "{counts:?}");
    }

    /// Every image shows something, mostly paper, well inside its frame, and no two are the same.
    #[test]
    fn images_look_like_writing() {
        let digits = some(2, 2000);
        for image in digits.images.outer_iter() {
            let ink = image.iter().filter(|&&pixel| pixel > 127).count();
            assert!((15..300).contains(&ink), "{ink} of 784 pixels are dark");
            assert!(image.iter().any(|&pixel| pixel > 180));
            let edge: u32 =
                [image.row(0), image.row(27)].iter().flatten().map(|&pixel| u32::from(pixel)).sum();
            assert!(edge < 28 * 64, "ink on the edge: {edge}");
        }
        let mut images: Vec<_> =
            digits.images.outer_iter().map(|image| image.to_owned().into_raw_vec_and_offset().0).collect();
        images.sort_unstable();
        images.dedup();
        assert_eq!(images.len(), 2000);
    }

    /// The nearest class mean is right far more often than one time in ten, and far from always: the images are
    /// neither noise nor stamps.
    #[test]
    fn classes_can_be_told_apart() {
        let (known, unknown) = (some(4, 3000), some(5, 1000));
        let mut means = vec![[0.0f32; SIZE * SIZE]; 10];
        let mut counts = [0.0f32; 10];
        for (image, &label) in known.images.outer_iter().zip(&known.labels) {
            counts[usize::from(label)] += 1.0;
            means[usize::from(label)]
                .iter_mut()
                .zip(&image)
                .for_each(|(sum, &pixel)| *sum += f32::from(pixel));
        }
        for (mean, count) in means.iter_mut().zip(counts) {
            mean.iter_mut().for_each(|sum| *sum /= count);
        }
        let right = unknown.images.outer_iter().zip(&unknown.labels).filter(|(image, label)| {
            let distance = |mean: &[f32; SIZE * SIZE]| -> f32 {
                mean.iter().zip(image).map(|(mean, &pixel)| (mean - f32::from(pixel)).powi(2)).sum()
            };
            let nearest = (0..10).min_by(|&a, &b| distance(&means[a]).total_cmp(&distance(&means[b])));
            nearest == Some(usize::from(**label))
        });
        let right = right.count();
        assert!((500..950).contains(&right), "{right} of 1000");
    }
}
