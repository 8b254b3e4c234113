//! Upscaling: each element of an image becomes a block.

use crate::Real;
use crate::geometry::Blocks;

/// Upscales channels.
pub fn upscale<T: Real>(blocks: &Blocks, from: &[T], to: &mut [T]) {
    let ([_, _, width], [_, _, across]) = (blocks.input, blocks.scale);
    let channels = from.chunks_exact(blocks.input_len()).zip(to.chunks_exact_mut(blocks.output_len()));
    for (from, to) in channels {
        for (line, to) in blocks.lines().zip(to.chunks_exact_mut(width * across)) {
            let Some(line) = line else {
                to.fill(T::zero());
                continue;
            };
            for (block, &value) in to.chunks_exact_mut(across).zip(&from[line * width..][..width]) {
                block.fill(if blocks.filled { value } else { T::zero() });
                block[0] = value;
            }
        }
    }
}

/// The reverse of [`upscale`] for gradients: each element gets the sum of those in its block that it filled.
pub fn upscale_backward<T: Real>(blocks: &Blocks, gradient: &[T], to: &mut [T]) {
    let ([_, _, width], [_, _, across]) = (blocks.input, blocks.scale);
    let channels = gradient.chunks_exact(blocks.output_len()).zip(to.chunks_exact_mut(blocks.input_len()));
    let filled = if blocks.filled { across } else { 1 };
    for (gradient, to) in channels {
        to.fill(T::zero());
        for (line, gradient) in blocks.lines().zip(gradient.chunks_exact(width * across)) {
            let Some(line) = line else { continue };
            for (sum, block) in to[line * width..][..width].iter_mut().zip(gradient.chunks_exact(across)) {
                *sum += block[..filled].iter().copied().sum::<T>();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::isa::on_every_set;

    #[test]
    fn blocks_of_every_element() {
        on_every_set(|isa| {
            for (input, scale) in [([1, 1, 1], [1, 1, 1]), ([1, 3, 4], [1, 2, 3]), ([2, 3, 2], [3, 1, 2])] {
                for filled in [true, false] {
                    let what = format!("{isa} {input:?} {scale:?} {filled}");
                    let blocks = Blocks { input, scale, filled };
                    let channels = 2;
                    let from: Vec<f64> = (0..channels * blocks.input_len()).map(|i| i as f64 + 1.0).collect();
                    let mut to = vec![f64::NAN; channels * blocks.output_len()];
                    upscale(&blocks, &from, &mut to);
                    let gradient: Vec<f64> = (0..to.len()).map(|i| (i * i % 17) as f64).collect();
                    let mut back = vec![f64::NAN; from.len()];
                    upscale_backward(&blocks, &gradient, &mut back);

                    let mut expected_back = vec![0.0; from.len()];
                    let output = [0, 1, 2].map(|axis| input[axis] * scale[axis]);
                    for (place, &found) in to.iter().enumerate() {
                        let z = place / (output[1] * output[2]);
                        let (channel, z) = (z / output[0], z % output[0]);
                        let (y, x) = (place / output[2] % output[1], place % output[2]);
                        let source = ((channel * input[0] + z / scale[0]) * input[1] + y / scale[1])
                            * input[2]
                            + x / scale[2];
                        let first = z % scale[0] == 0 && y % scale[1] == 0 && x % scale[2] == 0;
                        let taken = filled || first;
                        assert_eq!(found, if taken { from[source] } else { 0.0 }, "{what} {place}");
                        expected_back[source] += if taken { gradient[place] } else { 0.0 };
                    }
                    assert_eq!(back, expected_back, "{what}");
                }
            }
        });
    }
}
