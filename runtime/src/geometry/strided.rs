//! Elements that lie side by side, and at regular distances in another array.

use crate::shape::MAX_RANK;

/// Where the elements of a packed row-major array lie in another one.
#[derive(Clone, Copy, Debug)]
pub struct Strided {
    /// The axes of the packed array; those that it does not have come first, with one element.
    lengths: [usize; MAX_RANK],
    /// The distance between neighbours along each axis in the other array.
    strides: [isize; MAX_RANK],
    /// Where the first element lies there.
    start: usize,
}

/// The distance between neighbours along each axis of a packed array.
pub fn strides(lengths: &[usize]) -> [isize; MAX_RANK] {
    let mut strides = [1; MAX_RANK];
    for axis in (0..lengths.len().saturating_sub(1)).rev() {
        strides[axis] = strides[axis + 1] * lengths[axis + 1] as isize;
    }
    strides
}

impl Strided {
    /// The elements along axes with these lengths and strides, from `start` on.
    pub fn new(start: usize, axes: impl DoubleEndedIterator<Item = (usize, isize)>) -> Self {
        let mut strided = Strided { lengths: [1; MAX_RANK], strides: [0; MAX_RANK], start };
        let mut at = MAX_RANK;
        for (length, stride) in axes.rev().filter(|&(length, _)| length > 1) {
            // An axis whose elements follow on those of the next is one with it: lines become longer.
            if at < MAX_RANK && stride == strided.strides[at] * strided.lengths[at] as isize {
                strided.lengths[at] *= length;
            } else {
                at -= 1;
                (strided.lengths[at], strided.strides[at]) = (length, stride);
            }
        }
        if at == MAX_RANK {
            strided.strides[MAX_RANK - 1] = 1;
        }
        strided
    }

    /// The lengths of the packed array's axes.
    #[cfg(feature = "cuda")]
    pub fn lengths(&self) -> [usize; MAX_RANK] {
        self.lengths
    }

    /// The distance between neighbours along each axis in the other array.
    #[cfg(feature = "cuda")]
    pub fn strides(&self) -> [isize; MAX_RANK] {
        self.strides
    }

    /// Where the first element lies there.
    #[cfg(feature = "cuda")]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Calls `line` for each line of the packed array, with the place of its first element in the other one.
    #[inline]
    pub fn each_line(&self, mut line: impl FnMut(usize)) {
        let ([a, b, c, d, _], strides) = (self.lengths, self.strides);
        let mut place = [self.start as isize; MAX_RANK];
        for _ in 0..a {
            place[1] = place[0];
            for _ in 0..b {
                place[2] = place[1];
                for _ in 0..c {
                    place[3] = place[2];
                    for _ in 0..d {
                        line(place[3] as usize);
                        place[3] += strides[3];
                    }
                    place[2] += strides[2];
                }
                place[1] += strides[1];
            }
            place[0] += strides[0];
        }
    }

    /// The length of a line, and the distance between its neighbours in the other array.
    pub fn line(&self) -> (usize, isize) {
        (self.lengths[MAX_RANK - 1], self.strides[MAX_RANK - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_in_a_packed_array() {
        assert_eq!(strides(&[2, 3, 4])[..3], [12, 4, 1]);
        assert_eq!(strides(&[7])[0], 1);
    }
}
