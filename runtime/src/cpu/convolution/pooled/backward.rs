//! Backward: each gradient that is not zero adds its window to its filter's gradient, and its filter to the window's.

use super::{Pooled, VECTOR};
use crate::Real;
use crate::cpu::convolution::{Prepared, Room};
use crate::cpu::isa::{Isa, Work};
use crate::cpu::scratch;

impl Pooled {
    /// The length of filters, or their gradients, as the backward pass has them: (filters, rows of a window, padded
    /// segment).
    pub fn segments_len(&self) -> usize {
        self.filters() * self.window_rows() * self.padded_segment()
    }

    /// The room for what [`prepare_backward`](Self::prepare_backward) makes, with or without the gradient with respect
    /// to the image.
    pub fn backward_room(&self, input_gradient: bool) -> Room {
        let numbers = if input_gradient { self.segments_len() } else { 0 };
        Room { numbers, places: self.convolution.windows.positions() }
    }

    /// What all images share: the filters (filters, channels, rows, columns) as segments, if there is room for them,
    /// and the origin of each position's window.
    pub fn prepare_backward<T: Real>(&self, w: &[T], to: Prepared<&mut [T], &mut [u32]>) {
        self.convolution.origins(to.places);
        if !to.numbers.is_empty() {
            to.numbers.fill(T::zero());
            self.each_weight(|weight, place| to.numbers[place] = w[weight]);
        }
    }

    /// Writes gradients of filters, as the backward pass leaves them, as (filters, channels, rows, columns).
    pub fn filter_gradients<T: Real>(&self, segments: &[T], w: &mut [T]) {
        self.each_weight(|weight, place| w[weight] = segments[place]);
    }

    /// Each weight's places: in (filters, channels, rows, columns), and in segments.
    fn each_weight(&self, mut visit: impl FnMut(usize, usize)) {
        let windows = &self.convolution.windows;
        let ([_, rows, columns], channels) = (windows.size, windows.channels);
        for filter in 0..self.filters() {
            for place in 0..rows * columns {
                let turned = if self.convolution.flip { rows * columns - 1 - place } else { place };
                let segment = (filter * rows + place / columns) * self.padded_segment();
                for channel in 0..channels {
                    let weight = (filter * channels + channel) * rows * columns + turned;
                    visit(weight, segment + place % columns * channels + channel);
                }
            }
        }
    }

    /// One image's part in the gradients.
    pub fn backward<T: Real>(&self, image: Image<'_, T>) {
        let Image { given, image, gradient, winners, gradients, biases, input_gradient } = image;
        let positions = self.pools.positions();
        let mut run = |x: &[T], dx: &mut [T], values: &mut [T], starts: &mut [u32]| {
            let sums =
                Sums { pooled: self, given, x, gradient, winners, gradients, biases, dx, values, starts };
            match self.isa {
                Isa::Portable => self.isa.run(Planes::<T, false>(sums)),
                _ => self.isa.run(Planes::<T, true>(sums)),
            }
        };
        scratch::with(self.input_len(), |x: &mut [T]| {
            let (inside, beyond) = x.split_at_mut(self.convolution.input_len());
            self.convolution.channels_last(image, inside);
            beyond.fill(T::zero());
            scratch::with(positions, |values: &mut [T]| {
                scratch::with(positions, |starts: &mut [u32]| match input_gradient {
                    None => run(x, &mut [], values, starts),
                    Some(input_gradient) => scratch::with(self.input_len(), |dx: &mut [T]| {
                        dx.fill(T::zero());
                        run(x, dx, values, starts);
                        self.convolution.channels_first(dx, input_gradient);
                    }),
                });
            });
        });
    }
}

/// What the backward pass of one image reads and writes.
pub struct Image<'a, T> {
    /// What is prepared.
    pub given: Prepared<&'a [T], &'a [u32]>,
    /// The image (channels, rows, columns).
    pub image: &'a [T],
    /// The gradient with respect to the pools' values (filters, rows, columns).
    pub gradient: &'a [T],
    /// What won each pool.
    pub winners: &'a [u32],
    /// Added to: the gradients of the filters, as segments.
    pub gradients: &'a mut [T],
    /// Added to: those of the biases, one for each filter, or none.
    pub biases: &'a mut [T],
    /// Set: the gradient with respect to the image, if it is asked for.
    pub input_gradient: Option<&'a mut [T]>,
}

/// The same for a channels-last image.
struct Sums<'a, T> {
    pooled: &'a Pooled,
    given: Prepared<&'a [T], &'a [u32]>,
    x: &'a [T],
    gradient: &'a [T],
    winners: &'a [u32],
    gradients: &'a mut [T],
    biases: &'a mut [T],
    /// The gradient with respect to the channels-last image; empty if it is not asked for.
    dx: &'a mut [T],
    /// Room for the gradients of one filter that are not zero.
    values: &'a mut [T],
    /// And for the origins of their windows.
    starts: &'a mut [u32],
}

/// To be summed plane by plane of the pools; `FUSED` if the processor has fused multiply-adds.
struct Planes<'a, T, const FUSED: bool>(Sums<'a, T>);

impl<T: Real, const FUSED: bool> Work for Planes<'_, T, FUSED> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Sums { pooled, given, x, gradient, winners, gradients, biases, dx, values, starts } = self.0;
        let (filters, origins) = (given.numbers, given.places);
        let positions = pooled.pools.positions();
        let (row, segment) = (pooled.row(), pooled.padded_segment());
        let filter_len = pooled.window_rows() * segment;
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
            add_windows::<T, FUSED>(values, starts, x, row, segment, gradients);
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

/// Adds to a filter's gradient, (rows of a window, segment), each value times the window that starts there.
#[inline(always)]
fn add_windows<T: Real, const FUSED: bool>(
    values: &[T],
    starts: &[u32],
    x: &[T],
    row: usize,
    segment: usize,
    gradient: &mut [T],
) {
    // Short segments leave registers for all rows of a window at once.
    macro_rules! at_once {
        ($($rows:literal)*) => {
            match gradient.len() / VECTOR {
                $($rows if segment == VECTOR => {
                    let (sums, _) = gradient.as_chunks_mut::<VECTOR>();
                    return add_short_windows::<T, $rows, FUSED>(values, starts, x, row, sums);
                })*
                _ => {}
            }
        };
    }
    at_once!(1 2 3 4 5 6 7);
    for (window_row, gradient) in gradient.chunks_exact_mut(segment).enumerate() {
        add_segments::<T, FUSED>(values, starts, &x[window_row * row..], gradient);
    }
}

/// The same for windows of so many rows of one vector each. Two windows at a time, with sums of their own: so one
/// addition need not wait for the other.
#[inline(always)]
fn add_short_windows<T: Real, const ROWS: usize, const FUSED: bool>(
    values: &[T],
    starts: &[u32],
    x: &[T],
    row: usize,
    gradient: &mut [[T; VECTOR]],
) {
    let (mut first, mut second) = ([[T::zero(); VECTOR]; ROWS], [[T::zero(); VECTOR]; ROWS]);
    let reach = (ROWS - 1) * row + VECTOR;
    let last = starts.iter().fold(0, |last: u32, &start| last.max(start));
    assert!(last as usize + reach <= x.len(), "windows lie in the image");
    let (value_pairs, value) = values.as_chunks::<2>();
    let (start_pairs, start) = starts.as_chunks::<2>();
    for (values, starts) in value_pairs.iter().zip(start_pairs) {
        // SAFETY: as just asserted; so below.
        unsafe {
            add_rows::<T, ROWS, FUSED>(values[0], x, starts[0], row, &mut first);
            add_rows::<T, ROWS, FUSED>(values[1], x, starts[1], row, &mut second);
        }
    }
    for (&value, &start) in value.iter().zip(start) {
        // SAFETY: as above.
        unsafe { add_rows::<T, ROWS, FUSED>(value, x, start, row, &mut first) };
    }
    for (window_row, gradient) in gradient.iter_mut().enumerate() {
        for lane in 0..VECTOR {
            gradient[lane] += first[window_row][lane] + second[window_row][lane];
        }
    }
}

/// `sum += value times the window` of so many rows of one vector each, `row` apart.
///
/// # Safety
///
/// The window lies in `x`, each of its rows a whole vector.
#[inline(always)]
unsafe fn add_rows<T: Real, const ROWS: usize, const FUSED: bool>(
    value: T,
    x: &[T],
    start: u32,
    row: usize,
    sums: &mut [[T; VECTOR]; ROWS],
) {
    for (window_row, sums) in sums.iter_mut().enumerate() {
        // Checks here would keep the sums in memory.
        // SAFETY: the caller's contract.
        let x = unsafe { x.as_ptr().add(start as usize + window_row * row).cast::<[T; VECTOR]>().read() };
        for lane in 0..VECTOR {
            sums[lane] = madd::<T, FUSED>(x[lane], value, sums[lane]);
        }
    }
}

/// `sum += value times the segment that starts there`, for all of them; as much of the sum as fits stays in registers.
#[inline(always)]
fn add_segments<T: Real, const FUSED: bool>(values: &[T], starts: &[u32], x: &[T], sum: &mut [T]) {
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

/// `a b + c`, rounded once where the processor can.
#[inline(always)]
fn madd<T: Real, const FUSED: bool>(a: T, b: T, c: T) -> T {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}
