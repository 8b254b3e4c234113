//! Dropout's masks, made from the counter.

use crate::Real;
use crate::random::{BLOCKS, Random};

/// Multiplies `values`, which stand from `position` on in their array, by the mask: zero where dropped, `scale`
/// where kept. A value is dropped where its sixteen random bits, as a number, are below `65536 p`.
#[inline(always)]
pub fn apply<T: Real>(random: Random, position: usize, p: f64, scale: f64, values: &mut [T]) {
    let threshold = (p * 65536.0).round() as u32;
    let scale = T::of(scale);
    let mask = |bits: u32| if bits < threshold { T::zero() } else { scale };
    let head = (position.wrapping_neg() % 8).min(values.len());
    let (head, rest) = values.split_at_mut(head);
    for (i, value) in head.iter_mut().enumerate() {
        *value *= mask(u32::from(random.bits16(position + i)));
    }
    let first = ((position + head.len()) / 8) as u32;
    for (values, first) in rest.chunks_mut(8 * BLOCKS).zip((first..).step_by(BLOCKS)) {
        let mut bits = [0_u16; 8 * BLOCKS];
        for (bits, word) in bits.chunks_exact_mut(2).zip(random.blocks(first).as_flattened()) {
            (bits[0], bits[1]) = (*word as u16, (word >> 16) as u16);
        }
        for (value, bits) in values.iter_mut().zip(bits) {
            *value *= mask(u32::from(bits));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::isa::on_every_set;

    fn each_value_by_its_own_bits<T: Real>() {
        on_every_set(|isa| {
            for (seed, p) in [0.0, 0.1, 0.5, 0.99].into_iter().enumerate() {
                let random = Random::new(seed as u64).layer(3).next_step();
                for (position, len) in
                    [(0, 64), (0, 1), (3, 5), (5, 2), (7, 33), (8, 8), (1 << 20, 17), (801, 131)]
                {
                    let before: Vec<T> = (0..len).map(|i| T::of(i as f64 - 3.5)).collect();
                    let mut values = before.clone();
                    apply(random, position, p, 1.25, &mut values);
                    for (i, (value, before)) in values.into_iter().zip(before).enumerate() {
                        let dropped = f64::from(random.bits16(position + i)) < (p * 65536.0).round();
                        let expected = if dropped { T::zero() } else { before * T::of(1.25) };
                        assert_eq!(value, expected, "{} {isa} {p} {position} {i} of {len}", T::NAME);
                    }
                }
            }
        });
    }

    #[test]
    fn each_value_by_its_own_bits_f32() {
        each_value_by_its_own_bits::<f32>()
    }

    #[test]
    fn each_value_by_its_own_bits_f64() {
        each_value_by_its_own_bits::<f64>()
    }

    #[test]
    fn a_mask_depends_on_positions_alone() {
        let random = Random::new(11).layer(1);
        let mut whole = [1.0_f64; 203];
        apply(random, 0, 0.3, 2.0, &mut whole);
        for (start, len) in [(0, 1), (1, 6), (3, 5), (5, 40), (7, 1), (8, 16), (9, 194), (13, 0)] {
            let mut piece = vec![1.0; len];
            apply(random, start, 0.3, 2.0, &mut piece);
            assert_eq!(piece, whole[start..start + len], "{start}, {len}");
        }
        assert!(whole.iter().all(|&value| value == 0.0 || value == 2.0));
    }

    #[test]
    fn the_share_of_zeros_is_p() {
        for p in [0.0, 0.2, 0.5, 0.9] {
            let mut values = vec![1.0_f32; 1 << 17];
            apply(Random::new(5), 0, p, 1.0, &mut values);
            let dropped = values.iter().filter(|&&value| value == 0.0).count() as f64 / values.len() as f64;
            assert!((dropped - p).abs() < 0.005, "{p}: {dropped}");
        }
    }
}
