//! Forward: sums in registers, pooled row by row.

use std::array::from_fn;

use super::{LANES, Planes, Pooled};
use crate::Real;
use crate::cpu::isa::{Isa, Work, isa};
use crate::cpu::scratch;
use crate::nonlinearities::Nonlinearity;

impl Pooled {
    /// The length of what [`pack`] writes.
    pub fn packed_len(&self) -> usize {
        self.filters.div_ceil(LANES) * self.windows.taps() * LANES
    }
}

/// Writes filters (filters, channels, rows, columns) as the kernel reads them: (blocks, taps, [`LANES`]), with the taps
/// in the order of a channels-last window. What is no filter is zero.
pub fn pack<T: Real>(pooled: &Pooled, flip: bool, w: &[T], packed: &mut [T]) {
    let ([rows, columns], channels, taps) =
        (pooled.windows.size, pooled.windows.channels, pooled.windows.taps());
    for (block, packed) in packed.chunks_exact_mut(taps * LANES).enumerate() {
        let mut lanes = packed.chunks_exact_mut(LANES);
        for (row, column, channel) in taps_of(rows, columns, channels) {
            let place = pooled.weight(flip, [row, column, channel]);
            let Some(lanes) = lanes.next() else { return };
            for (lane, to) in lanes.iter_mut().enumerate() {
                *to = w.get((block * LANES + lane) * taps + place).copied().unwrap_or_default();
            }
        }
    }
}

/// The taps of a channels-last window, in order.
pub(super) fn taps_of(
    rows: usize,
    columns: usize,
    channels: usize,
) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..rows).flat_map(move |row| {
        (0..columns).flat_map(move |column| (0..channels).map(move |channel| (row, column, channel)))
    })
}

/// What is added to the pooled sums and applied to them.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a, T> {
    /// One for each filter, or none.
    pub bias: &'a [T],
    /// Elementwise and nondecreasing: so it is the same whether it comes before the pooling or after.
    pub nonlinearity: Nonlinearity,
}

/// One image (channels, rows, columns) to its pooled output (filters, rows, columns), and which position of its plane
/// won each pool.
pub fn forward<T: Real>(
    pooled: &Pooled,
    packed: &[T],
    finish: Finish<'_, T>,
    image: &[T],
    output: &mut [T],
    winners: &mut [u32],
) {
    forward_on(isa(), pooled, packed, finish, image, output, winners);
}

pub(super) fn forward_on<T: Real>(
    isa: Isa,
    pooled: &Pooled,
    packed: &[T],
    finish: Finish<'_, T>,
    image: &[T],
    output: &mut [T],
    winners: &mut [u32],
) {
    let columns = pooled.pools.output[1];
    let [pool_rows, pool_columns] = pooled.pools.size;
    scratch::with(pooled.input_len(), |x: &mut [T]| {
        pooled.channels_last(image, x);
        scratch::with(columns * pool_columns * pool_rows * LANES, |sums: &mut [T]| {
            scratch::with(columns * LANES, |places: &mut [u32]| match isa {
                Isa::Portable => {
                    isa.run(Image::<T, 3, false> { pooled, packed, finish, x, sums, places, output, winners })
                }
                Isa::Avx2 => {
                    isa.run(Image::<T, 3, true> { pooled, packed, finish, x, sums, places, output, winners })
                }
                Isa::Avx512 => {
                    isa.run(Image::<T, 12, true> { pooled, packed, finish, x, sums, places, output, winners })
                }
            });
        });
    });
}

/// One image, in tiles of at most `MOST` positions; `FUSED` if the processor has fused multiply-adds.
struct Image<'a, T, const MOST: usize, const FUSED: bool> {
    pooled: &'a Pooled,
    packed: &'a [T],
    finish: Finish<'a, T>,
    x: &'a [T],
    /// Room for the sums that one row of pools covers.
    sums: &'a mut [T],
    /// Room for the winners of one row of pools.
    places: &'a mut [u32],
    output: &'a mut [T],
    winners: &'a mut [u32],
}

impl<T: Real, const MOST: usize, const FUSED: bool> Work for Image<'_, T, MOST, FUSED> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Image { pooled, packed, finish, x, sums, places, output, winners } = self;
        let (pools, channels) = (&pooled.pools, pooled.windows.channels);
        let [pool_rows, pool_columns] = pools.size;
        let width = pools.output[1] * pool_columns;
        let (sums, _) = sums.as_chunks_mut::<LANES>();
        let (places, _) = places.as_chunks_mut::<LANES>();
        for (block, packed) in packed.chunks_exact(pooled.windows.taps() * LANES).enumerate() {
            let first = block * LANES;
            let filters = LANES.min(pooled.filters - first);
            let bias: [T; LANES] = from_fn(|lane| finish.bias.get(first + lane).copied().unwrap_or_default());
            let (packed, _) = packed.as_chunks::<LANES>();
            for pool_row in 0..pools.output[0] {
                for (row, sums) in sums.chunks_exact_mut(width).enumerate() {
                    let x = &x[(pool_row * pool_rows + row) * pooled.row()..];
                    let mut column = 0;
                    while column < width {
                        // Tiles of nearly the same length.
                        let tiles = (width - column).div_ceil(MOST);
                        let len = (width - column).div_ceil(tiles);
                        let (x, sums) = (&x[column * channels..], &mut sums[column..][..len]);
                        tile_of::<T, MOST, FUSED>(pooled, packed, x, sums);
                        column += len;
                    }
                }
                // A pool's values take the place of sums that have been pooled.
                for (column, places) in places.iter_mut().enumerate() {
                    (sums[column], *places) = winner(pools, sums, width, column * pool_columns);
                }
                let start = pool_row * pools.output[1];
                let corner = (pool_row * pool_rows * pools.input[1]) as u32;
                for lane in 0..filters {
                    let place = (first + lane) * pools.positions() + start;
                    let output = &mut output[place..][..places.len()];
                    let winners = &mut winners[place..][..places.len()];
                    for (output, values) in output.iter_mut().zip(&*sums) {
                        *output = values[lane] + bias[lane];
                    }
                    for (winner, places) in winners.iter_mut().zip(&*places) {
                        *winner = corner + places[lane];
                    }
                }
            }
        }
        finish.nonlinearity.apply(1, output);
    }
}

/// The largest of the sums in one pool for each filter, and which it was: the first, where several are equal. A NaN is
/// larger than all.
#[inline(always)]
fn winner<T: Real>(
    pools: &Planes,
    sums: &[[T; LANES]],
    width: usize,
    first: usize,
) -> ([T; LANES], [u32; LANES]) {
    let [rows, columns] = pools.size;
    let (mut values, mut places) = (sums[first], [first as u32; LANES]);
    for row in 0..rows {
        for column in 0..columns {
            let other = &sums[row * width + first + column];
            let place = (row * pools.input[1] + first + column) as u32;
            for lane in 0..LANES {
                let wins = other[lane] > values[lane] || (other[lane].is_nan() & !values[lane].is_nan());
                values[lane] = if wins { other[lane] } else { values[lane] };
                places[lane] = if wins { place } else { places[lane] };
            }
        }
    }
    (values, places)
}

/// A tile of as many positions as `sums` has.
#[inline(always)]
fn tile_of<T: Real, const MOST: usize, const FUSED: bool>(
    pooled: &Pooled,
    packed: &[[T; LANES]],
    x: &[T],
    sums: &mut [[T; LANES]],
) {
    macro_rules! of_len {
        ($($len:literal)*) => {
            match sums.len() {
                $($len if $len <= MOST => tile::<T, $len, FUSED>(pooled, packed, x, sums),)*
                _ => unreachable!("tiles have at most {MOST} positions"),
            }
        };
    }
    of_len!(1 2 3 4 5 6 7 8 9 10 11 12)
}

/// The sums at `LEN` neighbouring positions of a row, kept in registers over all taps.
#[inline(always)]
fn tile<T: Real, const LEN: usize, const FUSED: bool>(
    pooled: &Pooled,
    packed: &[[T; LANES]],
    x: &[T],
    sums: &mut [[T; LANES]],
) {
    let (segment, channels) = (pooled.segment(), pooled.windows.channels);
    let mut tile = [[T::zero(); LANES]; LEN];
    for (row, weights) in packed.chunks_exact(segment).enumerate() {
        let x = &x[row * pooled.row()..][..(LEN - 1) * channels + segment];
        let x: [&[T]; LEN] = from_fn(|position| &x[position * channels..][..segment]);
        for (tap, weights) in weights.iter().enumerate() {
            for position in 0..LEN {
                let value = x[position][tap];
                for lane in 0..LANES {
                    tile[position][lane] = madd::<T, FUSED>(weights[lane], value, tile[position][lane]);
                }
            }
        }
    }
    sums.copy_from_slice(&tile);
}

/// `a b + c`, rounded once where the processor can.
#[inline(always)]
pub(super) fn madd<T: Real, const FUSED: bool>(a: T, b: T, c: T) -> T {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}
