//! Exponentials and what is made of them, for loops that the compiler turns into vectors.
//!
//! The functions of the standard library are calls, one for each element. For `f32` those here are a few additions and
//! multiplications without branches: the argument is split into `n log(2) + r` with r between plus and minus
//! `log(2) / 2`, `exp(r) - 1` is a polynomial, and powers of two are written into the exponent's bits, as in Cody and
//! Waite, "Software manual for the elementary functions" (1980). Multiply-adds are fused, so that all instruction sets give
//! the same bits; where the processor has no such instruction, they are slow. For `f64` the functions are the standard
//! library's.

/// The functions for one element type. NaN stays NaN.
pub trait Elementary: Sized {
    /// `exp(x)`, within 2 units in the last place for `f32`.
    fn exp_of(x: Self) -> Self;

    /// `exp(x)` for x up to 0, within 2 units in the last place for `f32`; 0 below -87, where that is hardly more than 1e-38.
    fn exp_of_negative(x: Self) -> Self;

    /// `exp(x) - 1` for x up to 0, within 2 units in the last place for `f32`.
    fn exp_m1_of_negative(x: Self) -> Self;

    /// `log(1 + x)` for x from 0 to 1, within 3 units in the last place for `f32`.
    fn ln_1p_of(x: Self) -> Self;

    /// `tanh(x)`, within 4 units in the last place for `f32`.
    fn tanh_of(x: Self) -> Self;
}

/// `exp(x)`.
#[inline(always)]
pub fn exp<T: Elementary>(x: T) -> T {
    T::exp_of(x)
}

/// `exp(x)` for x up to 0, quicker; 0 where that is no normal number.
#[inline(always)]
pub fn exp_negative<T: Elementary>(x: T) -> T {
    T::exp_of_negative(x)
}

/// `exp(x) - 1` for x up to 0, exact also where x is small.
#[inline(always)]
pub fn exp_m1_negative<T: Elementary>(x: T) -> T {
    T::exp_m1_of_negative(x)
}

/// `log(1 + x)` for x from 0 to 1, exact also where x is small.
#[inline(always)]
pub fn ln_1p<T: Elementary>(x: T) -> T {
    T::ln_1p_of(x)
}

/// `tanh(x)`.
#[inline(always)]
pub fn tanh<T: Elementary>(x: T) -> T {
    T::tanh_of(x)
}

impl Elementary for f64 {
    #[inline(always)]
    fn exp_of(x: f64) -> f64 {
        x.exp()
    }

    #[inline(always)]
    fn exp_of_negative(x: f64) -> f64 {
        x.exp()
    }

    #[inline(always)]
    fn exp_m1_of_negative(x: f64) -> f64 {
        x.exp_m1()
    }

    #[inline(always)]
    fn ln_1p_of(x: f64) -> f64 {
        x.ln_1p()
    }

    #[inline(always)]
    fn tanh_of(x: f64) -> f64 {
        x.tanh()
    }
}

/// Added to a number below 2^22 it leaves the nearest whole number in the last bits.
const ROUND: f32 = 12_582_912.0;
/// `log(2)` in two parts, the first with so few bits that its multiples are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// `c[0] + c[1] x + c[2] x^2 ..`
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let from_last = coefficients.into_iter().rev();
    from_last.reduce(|sum, coefficient| sum.mul_add(x, coefficient)).unwrap_or(0.0)
}

/// The multiple of `log(2)` nearest to x, as n in the last bits of a number and as it is, for x of at most a few hundreds.
#[inline(always)]
fn nearest_multiple(x: f32) -> (f32, f32) {
    let rounded = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    (rounded, rounded - ROUND)
}

/// `exp(r) - 1` for r between plus and minus `log(2) / 2`.
#[inline(always)]
fn exp_m1_near_0(r: f32) -> f32 {
    // Fitted to the least relative error of the whole, an eighth of a unit in the last place before rounding.
    let rest = polynomial(r, [0.166_665_5, 0.041_666_85, 0.008_366_07, 0.001_389_82]);
    (r * r).mul_add(r.mul_add(rest, 0.5), r)
}

/// x as n, in the last bits of a number, and `exp(x - n log(2)) - 1`.
#[inline(always)]
fn reduced(x: f32) -> (f32, f32) {
    let (rounded, n) = nearest_multiple(x);
    (rounded, exp_m1_near_0(n.mul_add(-LN_2[1], n.mul_add(-LN_2[0], x))))
}

/// 2^n for n from -126 to 127, which is in the last bits of `rounded`.
#[inline(always)]
fn power_of_two(rounded: f32) -> f32 {
    f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

/// Written so that NaN stays NaN.
#[inline(always)]
fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

impl Elementary for f32 {
    #[inline(always)]
    fn exp_of(x: f32) -> f32 {
        let (rounded, exp_m1) = reduced(clamp(x, -150.0, 150.0));
        // In two halves, as 2^n may be too large or small while the result is not.
        let n = (rounded.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
        let half = n >> 1;
        let power = |n: i32| power_of_two(f32::from_bits(n as u32));
        (1.0 + exp_m1) * power(half) * power(n.wrapping_sub(half))
    }

    #[inline(always)]
    fn exp_of_negative(x: f32) -> f32 {
        const LEAST: f32 = -87.0;
        let (rounded, exp_m1) = reduced(if x < LEAST { LEAST } else { x });
        let scale = power_of_two(rounded);
        let value = scale.mul_add(exp_m1, scale);
        if x < LEAST { 0.0 } else { value }
    }

    #[inline(always)]
    fn exp_m1_of_negative(x: f32) -> f32 {
        // Next to -1 long before.
        const LEAST: f32 = -80.0;
        let x = if x < LEAST { LEAST } else { x };
        let (rounded, n) = nearest_multiple(x);
        // `log(2)` in one part: what its error changes is small beside 1.
        let exp_m1 = exp_m1_near_0(n.mul_add(-std::f32::consts::LN_2, x));
        let scale = power_of_two(rounded);
        scale.mul_add(exp_m1, scale - 1.0)
    }

    #[inline(always)]
    fn ln_1p_of(x: f32) -> f32 {
        // log(1 + x) = 2 artanh(x / (2 + x)), by its series with fitted coefficients.
        let s = x / (2.0 + x);
        let z = s * s;
        let rest = polynomial(z, [0.333_333_38, 0.199_994_36, 0.143_084_83, 0.107_135_93, 0.121_508_35]);
        let twice = s + s;
        twice.mul_add(z * rest, twice)
    }

    #[inline(always)]
    fn tanh_of(x: f32) -> f32 {
        let exp_m1 = exp_m1_negative(-2.0 * x.abs());
        (exp_m1 / (exp_m1 + 2.0)).copysign(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::isa::on_every_set;

    /// The largest error of `function` in units in the last place of a normal result, over positive and negative
    /// numbers of every size between these.
    fn error(function: fn(f32) -> f32, expected: fn(f64) -> f64, [low, high]: [f32; 2]) -> f64 {
        let mut largest = 0.0_f64;
        for bits in (0..f32::INFINITY.to_bits()).step_by(1009) {
            for x in [f32::from_bits(bits), -f32::from_bits(bits)] {
                if (low..=high).contains(&x) {
                    let expected = expected(f64::from(x));
                    let unit = 2.0_f64.powi(expected.abs().log2().floor().max(-126.0) as i32 - 23);
                    largest = largest.max((f64::from(function(x)) - expected).abs() / unit);
                }
            }
        }
        largest
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn errors_are_as_stated() {
        on_every_set(|isa| {
            let bounds = [
                ("exp", error(exp, f64::exp, [-150.0, 88.7]), 2.0),
                ("exp_negative", error(exp_negative, f64::exp, [-87.0, 0.0]), 2.0),
                ("exp_m1_negative", error(exp_m1_negative, f64::exp_m1, [f32::MIN, 0.0]), 2.0),
                ("ln_1p", error(ln_1p, f64::ln_1p, [0.0, 1.0]), 3.0),
                ("tanh", error(tanh, f64::tanh, [f32::MIN, f32::MAX]), 4.0),
            ];
            for (name, error, bound) in bounds {
                assert!(error <= bound, "{name} on {isa}: {error} units in the last place");
            }
        });
    }

    #[test]
    fn special_values() {
        assert_eq!(exp(0.0_f32), 1.0);
        assert_eq!([exp(f32::NEG_INFINITY), exp(-1e9), exp(-110.0)], [0.0; 3]);
        assert_eq!([exp_negative(f32::NEG_INFINITY), exp_negative(-1e9), exp_negative(-88.0)], [0.0; 3]);
        assert_eq!(exp_negative(-0.0_f32), 1.0);
        assert!(exp_negative(f32::NAN).is_nan());
        assert_eq!([exp(f32::INFINITY), exp(1e9), exp(89.0)], [f32::INFINITY; 3]);
        assert_eq!([f32::NEG_INFINITY, -100.0, 0.0].map(exp_m1_negative), [-1.0, -1.0, 0.0]);
        assert_eq!([tanh(f32::NEG_INFINITY), tanh(-20.0), tanh(0.0), tanh(1e30)], [-1.0, -1.0, 0.0, 1.0]);
        assert_eq!(ln_1p(0.0_f32), 0.0);
        for nan in [exp(f32::NAN), exp_m1_negative(f32::NAN), ln_1p(f32::NAN), tanh(f32::NAN)] {
            assert!(nan.is_nan());
        }
    }
}
