//! Values of images between their pixels.

use crate::Real;

/// What lies beyond an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BorderMode {
    /// The nearest pixel.
    Nearest,
    /// The image mirrored at its outermost pixels, which are not doubled.
    Mirror,
    /// The image again.
    Wrap,
}

/// Samples images of so many rows and columns by bilinear interpolation, at points whose coordinates go from -1 to 1
/// over the image.
#[derive(Clone, Copy, Debug)]
pub struct Sampler {
    /// Rows of the image.
    pub rows: usize,
    /// Its columns.
    pub columns: usize,
    /// What lies beyond.
    pub border: BorderMode,
}

/// The four pixels around a point, and how far it is from the first.
struct Neighbours<T> {
    /// (upper, lower) of the left column, then of the right.
    pixels: [usize; 4],
    right: T,
    down: T,
}

impl Sampler {
    /// Samples each channel of `image` at the points: all x, then all y.
    pub fn sample<T: Real>(&self, image: &[T], points: &[T], output: &mut [T]) {
        let count = points.len() / 2;
        let plane = self.rows * self.columns;
        for point in 0..count {
            let Neighbours { pixels, right, down } = self.neighbours(points[point], points[count + point]);
            let (left, up) = (T::one() - right, T::one() - down);
            let weights = [left * up, left * down, right * up, right * down];
            for (image, output) in image.chunks_exact(plane).zip(output.chunks_exact_mut(count)) {
                let [a, b, c, d] = pixels.map(|pixel| image[pixel]);
                output[point] = weights[0] * a + weights[1] * b + weights[2] * c + weights[3] * d;
            }
        }
    }

    /// From the gradient with respect to the output, that with respect to the points and, if it is asked for, to the
    /// image.
    pub fn sample_backward<T: Real>(
        &self,
        image: &[T],
        points: &[T],
        gradient: &[T],
        point_gradient: &mut [T],
        mut image_gradient: Option<&mut [T]>,
    ) {
        let count = points.len() / 2;
        let plane = self.rows * self.columns;
        let half = |length: usize| T::of((length - 1) as f64 / 2.0);
        if let Some(image_gradient) = &mut image_gradient {
            image_gradient.fill(T::zero());
        }
        for point in 0..count {
            let Neighbours { pixels, right, down } = self.neighbours(points[point], points[count + point]);
            let (left, up) = (T::one() - right, T::one() - down);
            let weights = [left * up, left * down, right * up, right * down];
            let (mut across, mut along) = (T::zero(), T::zero());
            for (channel, (image, gradient)) in
                image.chunks_exact(plane).zip(gradient.chunks_exact(count)).enumerate()
            {
                let gradient = gradient[point];
                let [a, b, c, d] = pixels.map(|pixel| image[pixel]);
                across += gradient * (up * (c - a) + down * (d - b));
                along += gradient * (left * (b - a) + right * (d - c));
                if let Some(image_gradient) = &mut image_gradient {
                    for (pixel, weight) in pixels.into_iter().zip(weights) {
                        image_gradient[channel * plane + pixel] += weight * gradient;
                    }
                }
            }
            point_gradient[point] = across * half(self.columns);
            point_gradient[count + point] = along * half(self.rows);
        }
    }

    #[inline]
    fn neighbours<T: Real>(&self, x: T, y: T) -> Neighbours<T> {
        let ([x0, x1], right) = self.along(x, self.columns);
        let ([y0, y1], down) = self.along(y, self.rows);
        let pixel = |y: usize, x: usize| y * self.columns + x;
        Neighbours { pixels: [pixel(y0, x0), pixel(y1, x0), pixel(y0, x1), pixel(y1, x1)], right, down }
    }

    /// The pixels before and after a coordinate, and how far it is from the first.
    #[inline]
    fn along<T: Real>(&self, coordinate: T, length: usize) -> ([usize; 2], T) {
        let place = (coordinate + T::one()) / T::of(2.0) * T::of((length - 1) as f64);
        let first = place.floor();
        ([self.pixel(first, length), self.pixel(first + T::one(), length)], place - first)
    }

    /// The pixel at a place that may lie beyond the border. What is not a number is at the first.
    #[inline]
    fn pixel<T: Real>(&self, place: T, length: usize) -> usize {
        let last = T::of((length - 1) as f64);
        let within = |place: T, period: T| place - (place / period).floor() * period;
        let place = match self.border {
            BorderMode::Nearest => place,
            BorderMode::Mirror => {
                let period = last + last;
                within(place, period).min(within(-place, period))
            }
            BorderMode::Wrap => within(place, last + T::one()),
        };
        place.max(T::zero()).min(last).to_usize().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(border: BorderMode, places: &[f64]) -> Vec<usize> {
        let sampler = Sampler { rows: 4, columns: 4, border };
        places.iter().map(|&place| sampler.pixel(place, 4)).collect()
    }

    #[test]
    fn beyond_the_border() {
        let places = [-7., -6., -4., -3., -2., -1., 0., 1., 3., 4., 5., 6., 7., 9.];
        assert_eq!(pixels(BorderMode::Nearest, &places), [0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 3, 3, 3, 3]);
        assert_eq!(pixels(BorderMode::Mirror, &places), [1, 0, 2, 3, 2, 1, 0, 1, 3, 2, 1, 0, 1, 3]);
        assert_eq!(pixels(BorderMode::Wrap, &places), [1, 2, 0, 1, 2, 3, 0, 1, 3, 0, 1, 2, 3, 1]);
    }

    #[test]
    fn no_place_is_outside() {
        for border in [BorderMode::Nearest, BorderMode::Mirror, BorderMode::Wrap] {
            for place in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, 1e17, -1e17] {
                assert!(pixels(border, &[place])[0] < 4, "{border:?} {place}");
                let sampler = Sampler { rows: 3, columns: 4, border };
                let mut output = [0.0; 2];
                sampler.sample(&[1.0; 24], &[place, place], &mut output);
            }
        }
    }

    #[test]
    fn pixels_themselves_and_halfway_between() {
        let sampler = Sampler { rows: 2, columns: 3, border: BorderMode::Nearest };
        let image = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
        let mut output = [0.0; 5];
        sampler.sample(&image, &[-1.0, 0.0, 1.0, 0.5, 0.0, -1.0, -1.0, 1.0, -1.0, 0.0], &mut output);
        assert_eq!(output, [1.0, 2.0, 32.0, 3.0, 9.0]);
    }
}
