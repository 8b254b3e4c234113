//! Rows brought to zero mean and unit variance, then scaled and moved: one pass over memory each way, as a row stays in
//! the nearest cache between its moments and what is made of them.

use crate::Real;
use crate::cpu::moments::moments_of_row;
use crate::cpu::pieces::{MOST_PIECES, chunk, each, read, write};
use crate::cpu::{map, scratch};

/// Rows whose elements share mean and variance.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, T> {
    /// Elements of a row.
    pub len: usize,
    /// Elements of an item, whole rows.
    pub item: usize,
    /// Elements beside each other in an item that share a scale and an offset: 1, or divided by or dividing a row.
    pub run: usize,
    /// Added to the variance.
    pub epsilon: T,
    /// A scale for each run of an item; or none.
    pub scales: &'a [T],
    /// An offset for each run of an item; or none.
    pub b: &'a [T],
}

/// What a backward pass starts from.
#[derive(Clone, Copy)]
pub struct Back<'a, T> {
    pub x: &'a [T],
    /// The mean of each row, and `1 / sqrt(variance + epsilon)`.
    pub moments: &'a [T],
    /// The gradient with respect to what the forward pass has made.
    pub dy: &'a [T],
}

impl<T: Real> Rows<'_, T> {
    /// `scale (x - mean) / sqrt(variance + epsilon) + offset`; of each row the mean and the factor are handed out.
    pub fn forward(&self, x: &[T], y: &mut [T], moments: Option<&mut [T]>) {
        let piece = chunk(x.len(), self.len);
        let moments = moments.map(|moments| write(moments, 2 * piece / self.len));
        each(
            (write(y, piece), read(x, piece), moments),
            #[inline(always)]
            |number, (y, x, mut moments)| {
                let rows = y.chunks_exact_mut(self.len).zip(x.chunks_exact(self.len)).enumerate();
                for (row, (y, x)) in rows {
                    let [mean, inv_std] = moments_of_row(x, self.epsilon);
                    if let Some(moments) = &mut moments {
                        moments[2 * row..][..2].copy_from_slice(&[mean, inv_std]);
                    }
                    self.finish(number * piece + row * self.len, [mean, inv_std], x, y);
                }
            },
        );
    }

    /// The number of the scale and offset of the element at a place in a batch.
    #[inline(always)]
    fn number(&self, place: usize) -> usize {
        place % self.item / self.run
    }

    #[inline(always)]
    fn finish(&self, place: usize, [mean, inv_std]: [T; 2], x: &[T], y: &mut [T]) {
        let first = self.number(place);
        match (self.own_numbers(), self.b.is_empty()) {
            (true, false) if !self.scales.is_empty() => {
                let numbers = self.scales[first..].iter().zip(&self.b[first..]);
                for ((y, &x), (&scale, &b)) in y.iter_mut().zip(x).zip(numbers) {
                    *y = (x - mean) * inv_std * scale + b;
                }
            }
            (true, of_scales) => {
                let numbers = if of_scales { self.scales } else { self.b };
                for ((y, &x), &number) in y.iter_mut().zip(x).zip(&numbers[first..]) {
                    let standardized = (x - mean) * inv_std;
                    *y = if of_scales { standardized * number } else { standardized + number };
                }
            }
            (false, _) => {
                let run = self.run_in_row();
                for (number, (y, x)) in (first..).zip(y.chunks_mut(run).zip(x.chunks(run))) {
                    let factor = inv_std * self.scale(number);
                    let offset = self.b.get(number).copied().unwrap_or(T::zero());
                    y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - mean) * factor + offset);
                }
            }
        }
    }

    /// Whether each element has a scale or offset of its own.
    #[inline(always)]
    fn own_numbers(&self) -> bool {
        self.run == 1 && !(self.scales.is_empty() && self.b.is_empty())
    }

    /// Elements of a row that share scale and offset, where these are not each element's own.
    #[inline(always)]
    fn run_in_row(&self) -> usize {
        if self.run == 1 { self.len } else { self.run.min(self.len) }
    }

    #[inline(always)]
    fn scale(&self, number: usize) -> T {
        self.scales.get(number).copied().unwrap_or(T::one())
    }

    /// The gradients with respect to the scales and offsets, where there are any, and with respect to `x`.
    pub fn backward(&self, from: Back<'_, T>, scales: &mut [T], b: &mut [T], dx: Option<&mut [T]>) {
        let Back { x, moments, dy } = from;
        let piece = chunk(x.len(), self.len);
        let numbers = self.item / self.run;
        let pieces = x.len().div_ceil(piece.max(1));
        scratch::with(2 * numbers * MOST_PIECES, |sums: &mut [T]| {
            let sums = &mut sums[..2 * numbers * pieces];
            sums.fill(T::zero());
            let dx = dx.map(|dx| write(dx, piece));
            let split = (
                (read(x, piece), read(dy, piece)),
                read(moments, 2 * piece / self.len),
                write(sums, 2 * numbers),
                dx,
            );
            each(
                split,
                #[inline(always)]
                |number, ((x, dy), moments, sums, mut dx)| {
                    let (of_scales, of_offsets) = sums.split_at_mut(numbers);
                    let rows = x.chunks_exact(self.len).zip(dy.chunks_exact(self.len));
                    for (row, (x, dy)) in rows.enumerate() {
                        let moments = [moments[2 * row], moments[2 * row + 1]];
                        let first = self.number(number * piece + row * self.len);
                        let along = self.add_sums(first, moments, x, dy, of_scales, of_offsets);
                        if let Some(dx) = &mut dx {
                            let dx = &mut dx[row * self.len..][..self.len];
                            self.input_gradient(first, moments, along, x, dy, dx);
                        }
                    }
                },
            );
            for (to, part) in [(scales, 0), (b, 1)].into_iter().filter(|(to, _)| !to.is_empty()) {
                to.fill(T::zero());
                for sums in sums.chunks_exact(2 * numbers) {
                    let sums = &sums[part * numbers..][..numbers];
                    to.iter_mut().zip(sums).for_each(|(to, &sum)| *to += sum);
                }
            }
        });
    }

    /// Adds a row's gradients of scales and offsets; returns the sums of the gradients with respect to its standardized
    /// values, and of their products with these.
    #[inline(always)]
    fn add_sums(
        &self,
        first: usize,
        [mean, inv_std]: [T; 2],
        x: &[T],
        dy: &[T],
        of_scales: &mut [T],
        of_offsets: &mut [T],
    ) -> [T; 2] {
        if !self.own_numbers() {
            let run = self.run_in_row();
            let mut along = [T::zero(); 2];
            for (number, (x, dy)) in (first..).zip(x.chunks(run).zip(dy.chunks(run))) {
                let [offset, scale] = map::sums([x, dy], |[x, dy]| [dy, dy * ((x - mean) * inv_std)]);
                of_scales[number] += scale;
                of_offsets[number] += offset;
                let factor = self.scale(number);
                along = [along[0] + factor * offset, along[1] + factor * scale];
            }
            return along;
        }
        let sums = of_scales[first..].iter_mut().zip(&mut of_offsets[first..]);
        for ((scale, offset), (&x, &dy)) in sums.zip(x.iter().zip(dy)) {
            *offset += dy;
            *scale += dy * ((x - mean) * inv_std);
        }
        if self.scales.is_empty() {
            map::sums([x, dy], |[x, dy]| [dy, dy * ((x - mean) * inv_std)])
        } else {
            map::sums([x, dy, &self.scales[first..][..x.len()]], |[x, dy, scale]| {
                let gradient = dy * scale;
                [gradient, gradient * ((x - mean) * inv_std)]
            })
        }
    }

    #[inline(always)]
    fn input_gradient(
        &self,
        first: usize,
        [mean, inv_std]: [T; 2],
        along: [T; 2],
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    ) {
        let share = T::one() / T::of(self.len as f64);
        let [offset, slope] = along.map(|sum| sum * share);
        let gradient = |gradient: T, x: T| inv_std * (gradient - (offset + ((x - mean) * inv_std) * slope));
        if self.run > 1 || self.scales.is_empty() {
            let run = self.run_in_row();
            let runs = dx.chunks_mut(run).zip(x.chunks(run).zip(dy.chunks(run)));
            for (number, (dx, (x, dy))) in (first..).zip(runs) {
                let scale = self.scale(number);
                for (dx, (&x, &dy)) in dx.iter_mut().zip(x.iter().zip(dy)) {
                    *dx = gradient(scale * dy, x);
                }
            }
        } else {
            let from = x.iter().zip(dy).zip(&self.scales[first..]);
            for (dx, ((&x, &dy), &scale)) in dx.iter_mut().zip(from) {
                *dx = gradient(scale * dy, x);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(len: usize, step: usize) -> Vec<f64> {
        (0..len).map(|i| ((i * step) % 23) as f64 / 7.0 - 1.0).collect()
    }

    /// The forward pass by the definition.
    fn plain(rows: &Rows<'_, f64>, x: &[f64]) -> Vec<f64> {
        let mut y = Vec::new();
        for (number, row) in x.chunks(rows.len).enumerate() {
            let mean = row.iter().sum::<f64>() / row.len() as f64;
            let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / row.len() as f64;
            for (i, x) in row.iter().enumerate() {
                let number = (number * rows.len + i) % rows.item / rows.run;
                let scale = rows.scales.get(number).unwrap_or(&1.0);
                let b = rows.b.get(number).unwrap_or(&0.0);
                y.push((x - mean) / (variance + rows.epsilon).sqrt() * scale + b);
            }
        }
        y
    }

    /// Calls `check` for rows of many lengths, with scales and offsets and without.
    fn each_case(check: impl Fn(&Rows<'_, f64>, &[f64])) {
        for (len, item, run) in
            [(5, 5, 1), (67, 67, 1), (12, 12, 4), (9, 27, 9), (4, 24, 8), (1, 3, 1), (96, 96, 32)]
        {
            let (scales, b) = (values(item / run, 5), values(item / run, 3));
            for (scales, b) in [(&scales[..], &b[..]), (&scales, &[]), (&[], &b), (&[], &[])] {
                check(&Rows { len, item, run, epsilon: 1e-3, scales, b }, &values(3 * item, 11));
            }
        }
    }

    #[test]
    fn forward_is_as_defined() {
        each_case(|rows, x| {
            let (mut y, mut moments) = (vec![f64::NAN; x.len()], vec![f64::NAN; 2 * x.len() / rows.len]);
            rows.forward(x, &mut y, Some(&mut moments));
            assert!(moments.iter().all(|moment| moment.is_finite()));
            for (found, expected) in y.iter().zip(plain(rows, x)) {
                assert!((found - expected).abs() < 1e-12, "{rows:?}: {found} {expected}");
            }
        });
    }

    #[test]
    fn backward_agrees_with_finite_differences() {
        each_case(|rows, x| {
            let dy = values(x.len(), 13);
            let loss = |rows: &Rows<'_, f64>, x: &[f64]| -> f64 {
                plain(rows, x).iter().zip(&dy).map(|(y, dy)| y * dy).sum()
            };
            let mut moments = vec![0.0; 2 * x.len() / rows.len];
            rows.forward(x, &mut vec![0.0; x.len()], Some(&mut moments));
            let (mut scales, mut b) = (vec![9.0; rows.scales.len()], vec![9.0; rows.b.len()]);
            let mut dx = vec![9.0; x.len()];
            rows.backward(Back { x, moments: &moments, dy: &dy }, &mut scales, &mut b, Some(&mut dx));
            let difference = |at: &[f64], place: usize, loss: &dyn Fn(&[f64]) -> f64| {
                let (mut more, mut less) = (at.to_vec(), at.to_vec());
                more[place] += 1e-5;
                less[place] -= 1e-5;
                (loss(&more) - loss(&less)) / 2e-5
            };
            for (place, found) in dx.iter().enumerate() {
                let expected = difference(x, place, &|x| loss(rows, x));
                assert!((found - expected).abs() < 1e-6, "{rows:?} {place}: {found} {expected}");
            }
            for (place, found) in scales.iter().enumerate() {
                let expected = difference(rows.scales, place, &|scales| loss(&Rows { scales, ..*rows }, x));
                assert!((found - expected).abs() < 1e-6, "{rows:?} scale {place}: {found} {expected}");
            }
            for (place, found) in b.iter().enumerate() {
                let expected = difference(rows.b, place, &|b| loss(&Rows { b, ..*rows }, x));
                assert!((found - expected).abs() < 1e-6, "{rows:?} offset {place}: {found} {expected}");
            }
        });
    }
}
