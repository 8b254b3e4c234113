//! Forward: sums, pooled before they leave the cache.

use std::array::from_fn;

use super::Pooled;
use crate::Real;
use crate::cpu::convolution::{Prepared, Room};
use crate::cpu::isa::Work;
use crate::cpu::scratch;
use crate::cpu::transpose::{Rows, transpose, transpose_places};
use crate::nonlinearities::Nonlinearity;

/// What is added to the pooled sums and applied to them.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a, T> {
    /// One for each filter, or none.
    pub bias: &'a [T],
    /// Elementwise and nondecreasing: so it is the same whether it comes before the pooling or after.
    pub nonlinearity: Nonlinearity,
}

/// Where a pooled image goes, (filters, rows, columns).
pub struct Output<'a, T> {
    /// The values.
    pub values: &'a mut [T],
    /// Which position of its plane won each pool, if that is asked for.
    pub winners: Option<&'a mut [u32]>,
}

impl Pooled {
    /// The positions that pools cover.
    fn covered(&self) -> usize {
        self.pools.positions() * self.pools.window()
    }

    /// The room for what [`prepare_forward`](Self::prepare_forward) makes.
    pub fn forward_room<T: Real>(&self) -> Room {
        let places = 2 * self.covered() + self.convolution.segments_len();
        Room { numbers: self.convolution.packed_len::<T>(), places }
    }

    /// What all images share: packed filters (from filters, channels, rows, columns); the origins of windows, pool by
    /// pool; their places among all positions; and the segments of a window.
    pub fn prepare_forward<T: Real>(&self, w: &[T], to: Prepared<&mut [T], &mut [u32]>) {
        self.convolution.pack(w, to.numbers);
        let (origins, rest) = to.places.split_at_mut(self.covered());
        let (positions, segments) = rest.split_at_mut(self.covered());
        self.convolution.segments(segments);
        let ([_, height, width], [_, down, across]) = (self.pools.size, self.pools.output);
        let apart = self.convolution.origin([0, 0, 1]);
        let mut places = origins.iter_mut().zip(positions);
        for pool_row in 0..down {
            for pool_column in 0..across {
                for row in pool_row * height..(pool_row + 1) * height {
                    let line = self.convolution.origin([0, row, 0]);
                    let columns = pool_column * width..(pool_column + 1) * width;
                    for (column, (origin, position)) in columns.zip(&mut places) {
                        *origin = line + column as u32 * apart;
                        *position = (row * self.pools.input[2] + column) as u32;
                    }
                }
            }
        }
    }

    /// One image (channels, rows, columns) to its pooled output.
    pub fn forward<T: Real>(
        &self,
        given: Prepared<&[T], &[u32]>,
        finish: Finish<'_, T>,
        image: &[T],
        output: Output<'_, T>,
    ) {
        let Output { values, mut winners } = output;
        let (origins, rest) = given.places.split_at(self.covered());
        let (positions, segments) = rest.split_at(self.covered());
        let (pools, area) = (self.pools.positions(), self.pools.window());
        scratch::with(self.convolution.input_len(), |x: &mut [T]| {
            self.convolution.channels_last(image, x);
            for (first, width) in self.convolution.blocks::<T>() {
                let filters = width.min(self.filters() - first);
                let values = &mut values[first * pools..][..filters * pools];
                let mut winners =
                    winners.as_deref_mut().map(|winners| &mut winners[first * pools..][..filters * pools]);
                self.convolution.block_sums(
                    (first, width),
                    given.numbers,
                    origins,
                    segments,
                    area,
                    x,
                    |places, sums| {
                        let start = places.start / area;
                        let lie = Rows { rows: places.len() / area, columns: filters, stride: width };
                        let positions = &positions[places];
                        let pool = |sums: &mut [T], winners: &mut [u32]| {
                            self.isa.run(Pools { area, width, positions, sums, winners });
                        };
                        match &mut winners {
                            None => pool(sums, &mut []),
                            Some(winners) => scratch::with(lie.rows * width, |places| {
                                pool(sums, places);
                                transpose_places(lie, places, &mut winners[start..], pools);
                            }),
                        }
                        transpose(lie, sums, &mut values[start..], pools);
                    },
                );
                self.isa.run(Finishing { finish, first, pools, values });
            }
        });
    }
}

/// Pooled sums of some filters, to be finished.
struct Finishing<'a, T> {
    finish: Finish<'a, T>,
    /// The first of the filters.
    first: usize,
    /// Pools of a filter.
    pools: usize,
    values: &'a mut [T],
}

impl<T: Real> Work for Finishing<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Finishing { finish, first, pools, values } = self;
        let biases = finish.bias.get(first..).unwrap_or_default();
        for (values, &bias) in values.chunks_exact_mut(pools).zip(biases) {
            values.iter_mut().for_each(|value| *value += bias);
        }
        finish.nonlinearity.apply(1, values);
    }
}

/// Sums (pools, area, width), to be pooled to (pools, width) in their place.
struct Pools<'a, T> {
    /// Sums of a pool.
    area: usize,
    width: usize,
    /// Their positions, (pools, area).
    positions: &'a [u32],
    sums: &'a mut [T],
    /// Room for the positions of winners, (pools, width), or none.
    winners: &'a mut [u32],
}

impl<T: Real> Work for Pools<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        match self.width {
            32 => self.of_width::<32>(),
            16 => self.of_width::<16>(),
            8 => self.of_width::<8>(),
            4 => self.of_width::<4>(),
            _ => self.of_width::<2>(),
        }
    }
}

impl<T: Real> Pools<'_, T> {
    #[inline(always)]
    fn of_width<const WIDTH: usize>(self) {
        let (sums, _) = self.sums.as_chunks_mut::<WIDTH>();
        let (winners, _) = self.winners.as_chunks_mut::<WIDTH>();
        // A NaN is larger than all, and seldom there: it is looked for once for all sums, by adding them up.
        let mut all = [T::zero(); WIDTH];
        for sums in &*sums {
            for lane in 0..WIDTH {
                all[lane] += sums[lane];
            }
        }
        let mut nan = false;
        for total in all {
            nan |= total.is_nan();
        }
        for (pool, positions) in self.positions.chunks_exact(self.area).enumerate() {
            let of_pool = &sums[pool * self.area..][..self.area];
            let mut values = of_pool[0];
            for sums in &of_pool[1..] {
                for lane in 0..WIDTH {
                    values[lane] = if sums[lane] > values[lane] { sums[lane] } else { values[lane] };
                }
            }
            if nan {
                values = from_fn(|lane| largest(of_pool.iter().map(|sums| sums[lane])));
            }
            if let Some(winners) = winners.get_mut(pool) {
                // From the last one on: so the first of equal ones stays.
                let mut places = [0; WIDTH];
                for (sums, &position) in of_pool.iter().zip(positions).rev() {
                    for lane in 0..WIDTH {
                        places[lane] = if sums[lane] == values[lane] { position } else { places[lane] };
                    }
                }
                if nan {
                    places = from_fn(|lane| first_nan(of_pool, positions, lane).unwrap_or(places[lane]));
                }
                *winners = places;
            }
            sums[pool] = values;
        }
    }
}

/// A NaN is larger than all.
fn largest<T: Real>(values: impl Iterator<Item = T>) -> T {
    values.fold(
        T::neg_infinity(),
        |largest, value| {
            if value > largest || value.is_nan() { value } else { largest }
        },
    )
}

/// The position of the first NaN of a pool's sums.
fn first_nan<T: Real, const WIDTH: usize>(
    sums: &[[T; WIDTH]],
    positions: &[u32],
    lane: usize,
) -> Option<u32> {
    sums.iter().zip(positions).find(|(sums, _)| sums[lane].is_nan()).map(|(_, &position)| position)
}
