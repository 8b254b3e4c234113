//! Backward: each gradient that is not zero adds its window to its filter's gradient, and its filter to the window's.

use super::forward::{madd, taps_of};
use super::{Pooled, VECTOR};
use crate::Real;
use crate::cpu::isa::{Isa, Work, isa};
use crate::cpu::scratch;

impl Pooled {
    /// The length of filters, or their gradients, as the backward pass has them: (filters, rows of a window, padded
    /// segment).
    pub fn segments_len(&self) -> usize {
        self.filters * self.windows.size[0] * self.padded_segment()
    }
}

/// Writes filters (filters, channels, rows, columns) as the backward pass reads them.
pub fn pack_segments<T: Real>(pooled: &Pooled, flip: bool, w: &[T], segments: &mut [T]) {
    segments.fill(T::zero());
    each_weight(pooled, flip, |weight, place| segments[place] = w[weight]);
}

/// Adds gradients of filters, as the backward pass leaves them, to (filters, channels, rows, columns).
pub fn add_gradients<T: Real>(pooled: &Pooled, flip: bool, segments: &[T], w: &mut [T]) {
    each_weight(pooled, flip, |weight, place| w[weight] += segments[place]);
}

/// Each weight's places: in (filters, channels, rows, columns), and in segments.
fn each_weight(pooled: &Pooled, flip: bool, mut visit: impl FnMut(usize, usize)) {
    let ([rows, columns], channels) = (pooled.windows.size, pooled.windows.channels);
    let (taps, segment) = (pooled.windows.taps(), pooled.padded_segment());
    for filter in 0..pooled.filters {
        for (row, column, channel) in taps_of(rows, columns, channels) {
            let weight = filter * taps + pooled.weight(flip, [row, column, channel]);
            visit(weight, (filter * rows + row) * segment + column * channels + channel);
        }
    }
}

/// What the backward pass of one image reads and writes.
pub struct Image<'a, T> {
    /// The convolution.
    pub pooled: &'a Pooled,
    /// The packed filters; read if the gradient with respect to the image is asked for.
    pub filters: &'a [T],
    /// The image (channels, rows, columns).
    pub image: &'a [T],
    /// The gradient with respect to the pools' values (filters, rows, columns).
    pub gradient: &'a [T],
    /// What won each pool.
    pub winners: &'a [u32],
    /// [`Pooled::origins`].
    pub origins: &'a [u32],
    /// Added to: the gradients of the filters, as segments.
    pub gradients: &'a mut [T],
    /// Added to: those of the biases, one for each filter, or none.
    pub biases: &'a mut [T],
    /// Set: the gradient with respect to the image, if it is asked for.
    pub input_gradient: Option<&'a mut [T]>,
}

/// One image's part in the gradients.
pub fn backward<T: Real>(image: Image<'_, T>) {
    backward_on(isa(), image);
}

pub(super) fn backward_on<T: Real>(isa: Isa, image: Image<'_, T>) {
    let Image { pooled, filters, image, gradient, winners, origins, gradients, biases, input_gradient } =
        image;
    let positions = pooled.pools.positions();
    let mut run = |x: &[T], dx: &mut [T], values: &mut [T], starts: &mut [u32]| match isa {
        Isa::Portable => Isa::Portable.run(Sums::<T, false> {
            pooled,
            filters,
            x,
            gradient,
            winners,
            origins,
            gradients,
            biases,
            dx,
            values,
            starts,
        }),
        isa => isa.run(Sums::<T, true> {
            pooled,
            filters,
            x,
            gradient,
            winners,
            origins,
            gradients,
            biases,
            dx,
            values,
            starts,
        }),
    };
    scratch::with(pooled.input_len(), |x: &mut [T]| {
        pooled.channels_last(image, x);
        scratch::with(positions, |values: &mut [T]| {
            scratch::with(positions, |starts: &mut [u32]| match input_gradient {
                None => run(x, &mut [], values, starts),
                Some(input_gradient) => scratch::with(pooled.input_len(), |dx: &mut [T]| {
                    dx.fill(T::zero());
                    run(x, dx, values, starts);
                    pooled.channels_first(dx, input_gradient);
                }),
            });
        });
    });
}

/// The same, plane by plane of the pools.
struct Sums<'a, T, const FUSED: bool> {
    pooled: &'a Pooled,
    filters: &'a [T],
    x: &'a [T],
    gradient: &'a [T],
    winners: &'a [u32],
    origins: &'a [u32],
    gradients: &'a mut [T],
    biases: &'a mut [T],
    /// The gradient with respect to the channels-last input; empty if it is not asked for.
    dx: &'a mut [T],
    /// Room for the gradients of one filter that are not zero.
    values: &'a mut [T],
    /// And for the origins of their windows.
    starts: &'a mut [u32],
}

impl<T: Real, const FUSED: bool> Work for Sums<'_, T, FUSED> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Sums { pooled, filters, x, gradient, winners, origins, gradients, biases, dx, values, starts } =
            self;
        let positions = pooled.pools.positions();
        let (row, segment) = (pooled.row(), pooled.padded_segment());
        let filter_len = pooled.windows.size[0] * segment;
        let planes = gradient.chunks_exact(positions).zip(winners.chunks_exact(positions));
        for (filter, ((gradient, winners), gradients)) in
            planes.zip(gradients.chunks_exact_mut(filter_len)).enumerate()
        {
            // Without a branch: which gradients are zero cannot be predicted.
            let mut count = 0;
            let mut sum = T::zero();
            for (&value, &winner) in gradient.iter().zip(winners) {
                values[count] = value;
                starts[count] = origins[winner as usize];
                count += usize::from(value != T::zero());
                sum += value;
            }
            if let Some(bias) = biases.get_mut(filter) {
                *bias += sum;
            }
            let (values, starts) = (&values[..count], &starts[..count]);
            for (window_row, gradients) in gradients.chunks_exact_mut(segment).enumerate() {
                let x = &x[window_row * row..];
                sum_of_segments::<T, FUSED>(values, starts, x, gradients);
            }
            if !dx.is_empty() {
                let filter = &filters[filter * filter_len..][..filter_len];
                for (&value, &start) in values.iter().zip(starts) {
                    for (window_row, weights) in filter.chunks_exact(segment).enumerate() {
                        let to = &mut dx[start as usize + window_row * row..][..segment];
                        to.iter_mut()
                            .zip(weights)
                            .for_each(|(to, &weight)| *to = madd::<T, FUSED>(weight, value, *to));
                    }
                }
            }
        }
    }
}

/// `sum += value times the segment that starts there`, for all of them; as much of the sum as fits stays in registers.
#[inline(always)]
fn sum_of_segments<T: Real, const FUSED: bool>(values: &[T], starts: &[u32], x: &[T], sum: &mut [T]) {
    let mut start = 0;
    macro_rules! in_registers {
        ($($vectors:literal)*) => {$(
            while sum.len() - start >= $vectors * VECTOR {
                let sum = &mut sum[start..][..$vectors * VECTOR];
                let (sum, _) = sum.as_chunks_mut::<{ $vectors * VECTOR }>();
                let mut registers = sum[0];
                for (&value, &first) in values.iter().zip(starts) {
                    let x = &x[first as usize + start..][..$vectors * VECTOR];
                    for lane in 0..$vectors * VECTOR {
                        registers[lane] = madd::<T, FUSED>(x[lane], value, registers[lane]);
                    }
                }
                sum[0] = registers;
                start += $vectors * VECTOR;
            }
        )*};
    }
    in_registers!(10 5 2 1);
}
