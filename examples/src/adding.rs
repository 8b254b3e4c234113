//! The adding problem: sequences of random numbers, two of which are marked, and their sum.
//!
//! Hochreiter and Schmidhuber, "Long short-term memory" (Neural Computation 1997), with the lengths and the centering
//! of Lasagne's recurrent example.

use ndarray::{Array2, Array3, Axis};
use rand_philox::Philox;

/// The shortest sequence, and one more than the longest.
pub const LENGTHS: std::ops::Range<usize> = 50..55;

/// The length that all sequences are filled up to.
pub const TIME: usize = 55;

/// One batch.
#[derive(Debug)]
pub struct Batch {
    /// The numbers and their marks (sequences, time, 2), centered.
    pub x: Array3<f32>,
    /// 1 within a sequence, 0 behind it (sequences, time).
    pub mask: Array2<f32>,
    /// The sums of the marked numbers (sequences, 1), centered.
    pub y: Array2<f32>,
}

/// Draws batches.
#[derive(Debug)]
pub struct Adding(Philox);

impl Adding {
    /// Batches that are a function of `seed`.
    pub fn new(seed: u64) -> Self {
        Adding(Philox::from_u64_seed(seed))
    }

    /// The next batch of so many sequences. One number is marked in the first tenth of each, one in the second half.
    pub fn batch(&mut self, sequences: usize) -> Batch {
        let (mut x, mut mask) = (Array3::zeros((sequences, TIME, 2)), Array2::zeros((sequences, TIME)));
        let mut y = Array2::zeros((sequences, 1));
        for item in 0..sequences {
            let length = self.below(LENGTHS.start, LENGTHS.end);
            for time in 0..length {
                x[[item, time, 0]] = rand_philox::u32_to_unit_f32(self.0.next_u32());
                mask[[item, time]] = 1.0;
            }
            for time in [self.below(0, length / 10), self.below(length / 2, length)] {
                x[[item, time, 1]] = 1.0;
                y[[item, 0]] += x[[item, time, 0]];
            }
        }
        for mut feature in x.axis_iter_mut(Axis(2)) {
            feature -= feature.mean().unwrap_or_default();
        }
        y -= y.mean().unwrap_or_default();
        Batch { x, mask, y }
    }

    /// A whole number in `low..high`.
    fn below(&mut self, low: usize, high: usize) -> usize {
        low + ((u64::from(self.0.next_u32()) * (high - low) as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_have_the_variance_of_two_numbers() {
        let Batch { x, mask, y } = Adding::new(3).batch(4000);
        assert_eq!(x.dim(), (4000, TIME, 2));
        let variance = y.iter().map(|y| y * y).sum::<f32>() / 4000.0;
        assert!((variance - 1.0 / 6.0).abs() < 0.02, "{variance}");
        for (item, mask) in mask.outer_iter().enumerate() {
            let length = mask.sum() as usize;
            assert!(LENGTHS.contains(&length) && mask.iter().take(length).all(|&mask| mask == 1.0), "{item}");
            let low = x.slice(ndarray::s![item, .., 1]).iter().copied().fold(f32::INFINITY, f32::min);
            let marks = x.slice(ndarray::s![item, .., 1]).iter().filter(|&&mark| mark > low).count();
            assert_eq!(marks, 2, "{item}");
        }
    }
}
