//! Random numbers for the elements of a batch, made from the counter: each a function of its position alone.

use crate::cpu::pieces::{each, write};
use crate::cpu::scratch;
use crate::cpu::sharing::Sharing;
use crate::random::Random;
use crate::shape::{Axes, MAX_RANK};
use crate::{Real, Shape};

/// Fills `values`, which stand from `position` on in their array, with numbers from `low` to `high`.
pub fn uniform<T: Real>(random: Random, position: usize, low: f64, high: f64, values: &mut [T]) {
    fill(random, position, values, |words| words.map(|word| T::of(low + (high - low) * unit(word))));
}

/// Fills `values`, which stand from `position` on in their array, with Gaussian numbers of mean 0 and deviation 1:
/// the method of Box and Muller (1958).
pub fn normal<T: Real>(random: Random, position: usize, values: &mut [T]) {
    fill(random, position, values, |[a, b, c, d]| {
        let pair = |length: u32, angle: u32| {
            let length = (-2.0 * unit(length).ln()).sqrt();
            let (sine, cosine) = (std::f64::consts::TAU * unit(angle)).sin_cos();
            [T::of(length * cosine), T::of(length * sine)]
        };
        let ([a, b], [c, d]) = (pair(a, b), pair(c, d));
        [a, b, c, d]
    });
}

/// Random bits as a number between 0 and 1, neither of them included.
fn unit(word: u32) -> f64 {
    (f64::from(word) + 0.5) / 4_294_967_296.0
}

/// Four positions a block.
fn fill<T: Copy>(random: Random, position: usize, values: &mut [T], of: impl Fn([u32; 4]) -> [T; 4]) {
    let mut start = position;
    let mut rest = values;
    while !rest.is_empty() {
        let first = start % 4;
        let (own, later) = rest.split_at_mut((4 - first).min(rest.len()));
        let numbers = of(random.block((start / 4) as u32));
        own.copy_from_slice(&numbers[first..first + own.len()]);
        start += own.len();
        rest = later;
    }
}

/// Replaces each element of `to` by `function` of a random number, the element itself and those of `from`. Along
/// the shared axes elements have one random number; `draw` fills a slice with the numbers from a position on.
pub fn update<T: Real, const N: usize>(
    shape: Shape,
    shared_axes: Axes,
    to: &mut [T],
    from: [&[T]; N],
    draw: impl Fn(usize, &mut [T]) + Sync,
    function: impl Fn(T, T, [T; N]) -> T + Sync,
) {
    let mask = shared_axes.mask();
    let sharing = Sharing::new(shape, mask);
    let unit = if mask[0] { to.len().max(1) } else { shape.len() };
    each(write(to, unit), |i, to| {
        let from = from.map(|from| &from[i * unit..][..to.len()]);
        scratch::with(sharing.len(), |noise: &mut [T]| {
            draw(i * sharing.len(), noise);
            sharing.update(to, from, [&*noise], |to, from, [noise]| function(noise, to, from));
        });
    });
}

/// Whether items of this shape have any of the axes, the batch axis included.
pub fn any_axis(shape: Shape, axes: Axes) -> bool {
    let mask: [bool; MAX_RANK + 1] = axes.mask();
    mask[..=shape.rank()].contains(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_depend_on_positions_alone() {
        let random = Random::new(4).layer(2);
        let (mut whole, mut flat) = ([0.0_f64; 103], [0.0_f64; 103]);
        normal(random, 0, &mut whole);
        uniform(random, 0, 0.0, 1.0, &mut flat);
        for (start, len) in [(0, 1), (1, 6), (3, 2), (5, 40), (8, 16), (9, 94), (13, 0)] {
            let mut piece = vec![0.0; len];
            normal(random, start, &mut piece);
            assert_eq!(piece, whole[start..start + len], "{start}, {len}");
            uniform(random, start, 0.0, 1.0, &mut piece);
            assert_eq!(piece, flat[start..start + len], "{start}, {len}");
        }
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut values = vec![0.0_f64; 1 << 18];
        let moment = |values: &[f64], power: i32| {
            values.iter().map(|value| value.powi(power)).sum::<f64>() / values.len() as f64
        };
        normal(Random::new(1), 0, &mut values);
        for (power, expected) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0)] {
            let found = moment(&values, power);
            assert!((found - expected).abs() < 0.06, "{power}: {found}");
        }
        uniform(Random::new(1), 0, -1.0, 3.0, &mut values);
        assert!((moment(&values, 1) - 1.0).abs() < 0.02);
        assert!((moment(&values, 2) - 7.0 / 3.0).abs() < 0.04);
        assert!(values.iter().all(|value| (-1.0..3.0).contains(value)));
    }

    #[test]
    fn shared_axes_share_a_number() {
        let shape = Shape::new(&[2, 3, 2]);
        let drawn = |axes: Axes| {
            let mut values = [0.0_f64; 24];
            let random = Random::new(9);
            update(shape, axes, &mut values, [], |at, to| normal(random, at, to), |noise, _, []| noise);
            values
        };
        let distinct = |values: &[f64]| {
            let mut bits: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
            bits.sort_unstable();
            bits.dedup();
            bits.len()
        };
        for (axes, count) in [
            (Axes::These(&[]), 24),
            (Axes::Spatial, 4),
            (Axes::These(&[1]), 12),
            (Axes::These(&[0]), 12),
            (Axes::Auto, 2),
            (Axes::Features, 2),
            (Axes::All, 1),
        ] {
            assert_eq!(distinct(&drawn(axes)), count, "{axes:?}");
        }
        let spatial = drawn(Axes::Spatial);
        assert_eq!(distinct(&spatial[..6]), 1);
        assert_eq!(drawn(Axes::These(&[0]))[..12], drawn(Axes::These(&[0]))[12..]);
    }
}
