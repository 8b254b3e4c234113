//! From `f32` to bfloat16.

/// The nearest bfloat16 in the upper half of the bits, and zeros in the lower: of two as near the even one.
///
/// As the hardware has it: NaN stays NaN, subnormal numbers become zeros of their sign, and numbers beyond the largest
/// become infinite.
#[inline(always)]
pub fn round(value: f32) -> u32 {
    let bits = value.to_bits();
    let magnitude = bits & 0x7fff_ffff;
    let even = bits >> 16 & 1;
    let rounded = if magnitude > 0x7f80_0000 {
        // Quiet, so that it does not become an infinity where its upper bits are all zero.
        bits | 0x40_0000
    } else {
        bits.wrapping_add(0x7fff + even)
    };
    // Selections rather than branches: loops over many numbers become vectors.
    (if magnitude < 0x80_0000 { bits & 0x8000_0000 } else { rounded }) & 0xffff_0000
}

/// The element types of products, each with what [`Precision::Bf16`](crate::Precision::Bf16) makes of a factor.
pub trait Factor: Copy {
    /// In `f32` the nearest bfloat16; in `f64` the number itself.
    fn rounded(self) -> Self;
}

impl Factor for f32 {
    #[inline(always)]
    fn rounded(self) -> f32 {
        f32::from_bits(round(self))
    }
}

impl Factor for f64 {
    #[inline(always)]
    fn rounded(self) -> f64 {
        self
    }
}

/// Two numbers side by side: the first in the lower half.
#[inline(always)]
pub fn pair(first: f32, second: f32) -> u32 {
    round(first) >> 16 | round(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_the_nearest_and_ties_to_even() {
        let rounded = |value: f32| f32::from_bits(round(value));
        let step = 1.0 / 128.0;
        for (value, expected) in [
            (1.0, 1.0),
            (1.0 + 0.4 * step, 1.0),
            (1.0 + 0.5 * step, 1.0),
            (1.0 + 0.6 * step, 1.0 + step),
            (1.0 + 1.5 * step, 1.0 + 2.0 * step),
            (-1.0 - 1.5 * step, -1.0 - 2.0 * step),
            (255.9, 256.0),
            (f32::MAX, f32::INFINITY),
            (f32::NEG_INFINITY, f32::NEG_INFINITY),
            (f32::MIN_POSITIVE, f32::MIN_POSITIVE),
            (0.5 * f32::MIN_POSITIVE, 0.0),
        ] {
            assert_eq!(rounded(value), expected, "{value}");
        }
        assert!(rounded(f32::from_bits(0x7f80_0001)).is_nan());
        assert!(rounded(-1e-40).is_sign_negative());
        assert_eq!(pair(1.0, -2.0), 0xc000_3f80);
    }
}
