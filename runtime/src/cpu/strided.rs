//! Copies of elements that lie side by side, and at regular distances in another array.

use crate::Real;
use crate::geometry::Strided;

/// Packs the elements that lie apart.
pub fn gather<T: Real>(strided: &Strided, from: &[T], to: &mut [T]) {
    let (length, stride) = strided.line();
    let mut lines = to.chunks_exact_mut(length);
    strided.each_line(|start| {
        let Some(line) = lines.next() else { return };
        if stride == 1 {
            line.copy_from_slice(&from[start..start + length]);
        } else {
            let mut place = start as isize;
            for to in line {
                *to = from[place as usize];
                place += stride;
            }
        }
    });
}

/// The reverse of [`gather`]: elements between them stay as they are.
pub fn scatter<T: Real>(strided: &Strided, from: &[T], to: &mut [T]) {
    let (length, stride) = strided.line();
    let mut lines = from.chunks_exact(length);
    strided.each_line(|start| {
        let Some(line) = lines.next() else { return };
        if stride == 1 {
            to[start..start + length].copy_from_slice(line);
        } else {
            let mut place = start as isize;
            for &value in line {
                to[place as usize] = value;
                place += stride;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        // (start, axes, places of the elements)
        type Case<'a> = (usize, &'a [(usize, isize)], &'a [usize]);
        let cases: [Case<'_>; 7] = [
            (3, &[], &[3]),
            (0, &[(2, 3), (3, 1)], &[0, 1, 2, 3, 4, 5]),
            (1, &[(2, 4), (2, 1)], &[1, 2, 5, 6]),
            (0, &[(3, 1), (2, 3)], &[0, 3, 1, 4, 2, 5]),
            (5, &[(3, -2)], &[5, 3, 1]),
            (6, &[(2, -6), (1, 9), (2, 2)], &[6, 8, 0, 2]),
            (0, &[(1, 7), (2, 1), (2, 2), (1, 0), (2, 4)], &[0, 4, 2, 6, 1, 5, 3, 7]),
        ];
        let from: Vec<f64> = (0..12).map(|i| i as f64 + 1.0).collect();
        for (start, axes, places) in cases {
            let strided = Strided::new(start, axes.iter().copied());
            let mut packed = vec![0.0; places.len()];
            gather(&strided, &from, &mut packed);
            assert_eq!(packed, places.iter().map(|&place| from[place]).collect::<Vec<_>>(), "{axes:?}");
            let mut back = vec![0.0; from.len()];
            scatter(&strided, &packed, &mut back);
            let expected = (0..from.len()).map(|i| if places.contains(&i) { from[i] } else { 0.0 });
            assert_eq!(back, expected.collect::<Vec<_>>(), "{axes:?}");
        }
    }
}
