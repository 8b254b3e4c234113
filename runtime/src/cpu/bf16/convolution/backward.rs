//! From the gradient with respect to sums to those with respect to filters, biases and images.

use std::ops::Range;

use super::{BLOCK, Block, Convolution, PANEL, STEP, STEP_WORDS, TILE};
use crate::cpu::bf16::kernels::{TILE_WORDS, kernels};
use crate::cpu::isa::{Work, isa};
use crate::cpu::pieces::{each, read, write};
use crate::cpu::round::round;
use crate::cpu::scratch;
use crate::cpu::transpose::{Rows, transpose};
use crate::geometry::Windows;

/// Gradients are summed over as many groups of images, and the groups then in their order: the sums do not depend on
/// the number of threads.
const GROUPS: usize = 8;

/// About how many steps of positions a product sums over at once: less, and reading and writing C costs more than the
/// products; more, and what it reads leaves the nearest caches.
const STEPS_AT_ONCE: usize = 16;

/// What [`backward`] gives.
pub struct Gradients<'a> {
    /// Of the filters, as they lie.
    pub weights: &'a mut [f32],
    /// Of the biases, or of none.
    pub biases: &'a mut [f32],
    /// Of the images, if it is asked for.
    pub input: Option<&'a mut [f32]>,
}

/// The gradients with respect to the sums of a batch, which are zero but at the winners of pools.
#[derive(Clone, Copy)]
pub struct Pooled<'a> {
    /// Pools that do not overlap.
    pub pools: &'a Windows,
    /// For each image (filters, pools).
    pub gradient: &'a [f32],
    /// As [`pooled_forward`](super::pooled_forward) leaves them.
    pub winners: &'a [u8],
}

impl Convolution {
    /// Images that a product of filter gradients sums over at once.
    fn together(&self) -> usize {
        (STEPS_AT_ONCE / self.position_steps()).max(1)
    }

    /// Whether [`backward`] computes it.
    pub fn has_backward(&self) -> bool {
        self.reversed().is_some()
    }

    /// Steps of 32 positions.
    fn position_steps(&self) -> usize {
        self.positions().div_ceil(STEP)
    }

    /// Numbers of a plane, with what blocks read beyond it.
    pub(super) fn plane(&self) -> usize {
        self.size()[0] * self.width() + TILE + self.position_steps() * STEP
    }

    /// Numbers of an image's planes, with those that fill the last block.
    fn planes_len(&self) -> usize {
        let channels = self.windows.channels;
        self.plane() * if self.has_few_channels() { channels } else { channels.next_multiple_of(PANEL) }
    }

    /// The blocks of a filter panel's gradient: for each where it begins in the planes.
    fn gradient_blocks(&self) -> impl Iterator<Item = usize> {
        let ([rows, columns], few) = (self.size(), self.has_few_channels());
        let (channels, plane, width) = (self.windows.channels, self.plane(), self.width());
        (0..channels).step_by(if few { 1 } else { PANEL }).flat_map(move |channel| {
            let rows = (0..rows).step_by(if few { 2 } else { 1 });
            rows.flat_map(move |row| {
                (0..if few { 1 } else { columns }).map(move |column| channel * plane + row * width + column)
            })
        })
    }

    /// The block, and its row, that hold the gradient of a weight.
    fn gradient_place(&self, channel: usize, [row, column]: [usize; 2]) -> (usize, usize) {
        let [rows, columns] = self.size();
        if self.has_few_channels() {
            (channel * rows.div_ceil(2) + row / 2, row % 2 * TILE + column)
        } else {
            (channel / PANEL * rows * columns + row * columns + column, channel % PANEL)
        }
    }

    /// Sums of a filter panel's gradient.
    fn gradient_len(&self) -> usize {
        self.gradient_blocks().count() * BLOCK
    }

    /// The gradient of the filters, as they lie.
    fn unpack_gradient(&self, sums: &[f32], weights: &mut [f32]) {
        let (len, window, columns) = (self.gradient_len(), self.windows.window(), self.size()[1]);
        for tap in (0..window).map(|tap| [tap / columns, tap % columns]) {
            for channel in 0..self.windows.channels {
                let (block, row) = self.gradient_place(channel, tap);
                let first = self.place(0, channel, tap);
                let weights = weights[first..].iter_mut().step_by(self.windows.channels * window);
                for (filter, weight) in weights.enumerate() {
                    *weight = sums[filter / PANEL * len + (block * PANEL + row) * PANEL + filter % PANEL];
                }
            }
        }
    }

    /// Adds the gradient of a panel of filters over some images to `sums`. `pairs` are the gradients of their sums.
    fn add_gradient(&self, planes: &[u16], pairs: &[u32], images: usize, sums: &mut [f32]) {
        let steps = self.position_steps();
        assert!(planes.len() >= images * self.planes_len() && pairs.len() >= images * steps * STEP_WORDS);
        let (row, tile) =
            if self.has_few_channels() { (1, self.width()) } else { (self.plane(), TILE * self.plane()) };
        let kernels = kernels(self.by);
        // SAFETY: the processor has the kernels' instructions.
        unsafe { (kernels.begin)() };
        for (first, c) in self.gradient_blocks().zip(sums.as_chunks_mut::<{ BLOCK }>().0) {
            let block = Block {
                goes: images,
                steps,
                a: planes[first..].as_ptr(),
                a_row_stride: row as isize,
                a_tile: tile as isize,
                a_step: STEP as isize,
                a_go: self.planes_len() as isize,
                b: pairs.as_ptr(),
                c: c.as_mut_ptr(),
                c_row_stride: PANEL,
                accumulate: true,
            };
            // SAFETY: planes have room for all that blocks read beyond them, and `pairs` for all steps of all images;
            // this thread has begun.
            unsafe { (kernels.block)(&block) };
        }
        // SAFETY: as above.
        unsafe { (kernels.end)() };
    }
}

/// Over a batch of images `x`, from the gradients with respect to their sums to all others.
pub fn backward(convolution: &Convolution, w: &[f32], x: &[f32], sums: Pooled<'_>, gradients: Gradients<'_>) {
    let reversed = convolution.reversed().filter(|_| gradients.input.is_some());
    let Some(reversed) = reversed else { return backward_with(convolution, None, x, sums, gradients) };
    reversed.with_packed(w, |packed| {
        backward_with(convolution, Some(Reversed { convolution: &reversed, packed }), x, sums, gradients);
    });
}

/// The convolution that the image's gradient is, and its packed filters.
#[derive(Clone, Copy)]
struct Reversed<'a> {
    convolution: &'a Convolution,
    packed: &'a [u32],
}

/// The same, given the convolution that the image's gradient is, if that is asked for.
fn backward_with(
    convolution: &Convolution,
    reversed: Option<Reversed<'_>>,
    x: &[f32],
    sums: Pooled<'_>,
    gradients: Gradients<'_>,
) {
    let Gradients { weights, biases, input } = gradients;
    let image = convolution.windows.input_len();
    let of_group = (x.len() / image).div_ceil(GROUPS).max(1);
    let len = convolution.panels() * convolution.gradient_len();
    let group_len = len + convolution.panels() * PANEL;
    let (output, winners) =
        (convolution.filters * sums.pools.positions(), convolution.winners_len(sums.pools));
    let together = convolution.together();
    scratch::with(GROUPS * group_len, |totals: &mut [f32]| {
        let of_groups = (
            (write(totals, group_len), read(x, of_group * image)),
            (read(sums.gradient, of_group * output), read(sums.winners, of_group * winners)),
            input.map(|input| write(input, of_group * image)),
        );
        each(of_groups, |_, ((totals, x), (gradient, winners_of_group), mut input)| {
            totals.fill(0.0);
            let (filters, biases) = totals.split_at_mut(len);
            for (number, x) in x.chunks(together * image).enumerate() {
                let (first, images) = (number * together, x.len() / image);
                let sums = Pooled {
                    pools: sums.pools,
                    gradient: &gradient[first * output..][..images * output],
                    winners: &winners_of_group[first * winners..][..images * winners],
                };
                let input = input.as_deref_mut().map(|input| &mut input[first * image..][..images * image]);
                let into = reversed.zip(input);
                Images { convolution, images, x, sums }.add(filters, biases, into);
            }
        });
        let (first, others) = totals.split_at_mut(group_len);
        let groups = (x.len() / image).div_ceil(of_group);
        if groups == 0 {
            first.fill(0.0);
        }
        for group in others.chunks_exact(group_len).take(groups.saturating_sub(1)) {
            first.iter_mut().zip(group).for_each(|(sum, &value)| *sum += value);
        }
        let (of_filters, of_biases) = first.split_at(len);
        convolution.unpack_gradient(of_filters, weights);
        biases.iter_mut().zip(of_biases).for_each(|(bias, &sum)| *bias = sum);
    });
}

/// A few images, and the gradients of their sums.
struct Images<'a> {
    convolution: &'a Convolution,
    images: usize,
    x: &'a [f32],
    sums: Pooled<'a>,
}

impl Images<'_> {
    /// Adds what they have to the gradients of filters and biases; writes those of the images, if asked for.
    fn add(&self, filters: &mut [f32], biases: &mut [f32], into: Option<(Reversed<'_>, &mut [f32])>) {
        let &Images { convolution, images, x, sums } = self;
        let pairs_len = images * convolution.position_steps() * STEP_WORDS;
        scratch::with(sums.winners.len(), |lanes: &mut [f32]| {
            self.turn(lanes);
            isa().run(Biases { lanes, of_panel: sums.pools.positions() * PANEL, biases });
            scratch::with(images * convolution.planes_len(), |planes: &mut [u16]| {
                let of_images = planes.chunks_exact_mut(convolution.planes_len());
                for (planes, x) in of_images.zip(x.chunks_exact(x.len() / images)) {
                    convolution.fill_planes(x, planes);
                }
                scratch::with(pairs_len, |pairs: &mut [u32]| {
                    for (panel, sums) in filters.chunks_exact_mut(convolution.gradient_len()).enumerate() {
                        isa().run(Pairs { images: self, panel, lanes, pairs });
                        convolution.add_gradient(planes, pairs, images, sums);
                    }
                });
            });
            if let Some((Reversed { convolution: reversed, packed }, to)) = into {
                let of_image = lanes.len() / images;
                for (image, to) in to.chunks_exact_mut(to.len() / images).enumerate() {
                    let own = image * of_image..(image + 1) * of_image;
                    let sums = Scattered {
                        reversed,
                        pools: sums.pools,
                        lanes: &lanes[own.clone()],
                        winners: &sums.winners[own],
                    };
                    input_gradient(packed, sums, to);
                }
            }
        });
    }

    /// Turns the gradients: for each image and panel (pools, 32 filters).
    fn turn(&self, lanes: &mut [f32]) {
        let (filters, pools) = (self.convolution.filters, self.sums.pools.positions());
        let of_images = lanes.chunks_exact_mut(self.convolution.winners_len(self.sums.pools));
        for (lanes, gradient) in of_images.zip(self.sums.gradient.chunks_exact(filters * pools)) {
            let panels = lanes.chunks_exact_mut(pools * PANEL);
            for (lanes, gradient) in panels.zip(gradient.chunks(PANEL * pools)) {
                let rows = gradient.len() / pools;
                if rows < PANEL {
                    lanes.fill(0.0);
                }
                transpose(Rows { rows, columns: pools, stride: pools }, gradient, lanes, PANEL);
            }
        }
    }
}

/// The sums of lanes, image by image and panel by panel, to be added to the gradients of the biases.
struct Biases<'a> {
    lanes: &'a [f32],
    of_panel: usize,
    biases: &'a mut [f32],
}

impl Work for Biases<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Biases { lanes, of_panel, biases } = self;
        let (biases, _) = biases.as_chunks_mut::<PANEL>();
        for (panel, lanes) in lanes.chunks_exact(of_panel).enumerate() {
            let to = &mut biases[panel % biases.len()];
            let mut sums = *to;
            for lanes in lanes.as_chunks::<PANEL>().0 {
                for lane in 0..PANEL {
                    sums[lane] += lanes[lane];
                }
            }
            *to = sums;
        }
    }
}

/// Rounds the gradients of a panel's sums into packed pairs.
struct Pairs<'a> {
    images: &'a Images<'a>,
    panel: usize,
    lanes: &'a [f32],
    pairs: &'a mut [u32],
}

impl Work for Pairs<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Pairs { images: &Images { convolution, images, sums, .. }, panel, lanes, pairs } = self;
        let (pools, width) = (sums.pools, convolution.width());
        let of_panel = pools.positions() * PANEL;
        pairs.fill(0);
        for (image, pairs) in pairs.chunks_exact_mut(pairs.len() / images).enumerate() {
            let own = (image * convolution.panels() + panel) * of_panel;
            let lanes = lanes[own..][..of_panel].as_chunks::<PANEL>().0;
            let winners = sums.winners[own..][..of_panel].as_chunks::<PANEL>().0;
            let (pairs, _) = pairs.as_chunks_mut::<TILE>();
            for (pool, (lanes, winners)) in lanes.iter().zip(winners).enumerate() {
                let (mut values, mut won) = ([0; PANEL], [0; PANEL]);
                for lane in 0..PANEL {
                    (values[lane], won[lane]) = (round(lanes[lane]), u32::from(winners[lane]));
                }
                let (rows, columns) = covered(pools, pool);
                for (below, row) in rows.enumerate() {
                    for (beside, column) in columns.clone().enumerate() {
                        let place = (below * pools.size[2] + beside) as u32;
                        let position = row * width + column;
                        let shift = if position % 2 == 0 { 16 } else { 0 };
                        let first = position / STEP * (STEP_WORDS / TILE) + position % STEP / 2;
                        for tile in 0..2 {
                            let to = &mut pairs[first + tile * (TILE_WORDS / TILE)];
                            for lane in 0..TILE {
                                let value = values[tile * TILE + lane] >> shift;
                                to[lane] |= if won[tile * TILE + lane] == place { value } else { 0 };
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The rows and columns of sums that a pool covers.
#[inline(always)]
fn covered(pools: &Windows, pool: usize) -> (Range<usize>, Range<usize>) {
    let across = pools.output[2];
    (pools.covered(1, pool / across), pools.covered(2, pool % across))
}

/// The gradient with respect to an image.
fn input_gradient(packed: &[u32], sums: Scattered<'_>, to: &mut [f32]) {
    let reversed = sums.reversed;
    let (columns, width, plane) = (reversed.columns(), reversed.width(), reversed.windows.positions());
    scratch::with(reversed.grid_len(), |grid: &mut [u16]| {
        isa().run(Scatter { sums, grid });
        scratch::with(reversed.blocks() * BLOCK, |sums: &mut [f32]| {
            let of_panels = packed.chunks_exact(reversed.panel_words()).zip(to.chunks_mut(PANEL * plane));
            for (packed, to) in of_panels {
                reversed.sums(grid, 0, packed, sums);
                let lie = Rows { rows: columns, columns: to.len() / plane, stride: PANEL };
                for row in 0..reversed.rows() {
                    transpose(lie, &sums[row * width * PANEL..], &mut to[row * columns..], plane);
                }
            }
        });
    });
}

/// Gradients of an image's sums, which are to lie in the grid of the convolution that the image's gradient is.
#[derive(Clone, Copy)]
struct Scattered<'a> {
    reversed: &'a Convolution,
    pools: &'a Windows,
    /// Panel by panel (pools, 32 filters).
    lanes: &'a [f32],
    winners: &'a [u8],
}

/// Writes them there.
struct Scatter<'a> {
    sums: Scattered<'a>,
    grid: &'a mut [u16],
}

impl Work for Scatter<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Scatter { sums: Scattered { reversed, pools, lanes, winners }, grid } = self;
        let Windows { pad: [_, above, before], channels, .. } = reversed.windows;
        let (depth, width) = (reversed.depth(), reversed.width());
        // The rows of windows that hold a row of the gradient, in a grid of so many.
        let (of_window, rows) = (reversed.size()[0] / reversed.goes(), reversed.rows() + reversed.goes() - 1);
        grid.fill(0);
        let lanes = lanes.as_chunks::<PANEL>().0.iter().zip(winners.as_chunks::<PANEL>().0);
        for (number, (lanes, winners)) in lanes.enumerate() {
            let (panel, pool) = (number / pools.positions(), number % pools.positions());
            let filters = PANEL.min(channels - panel * PANEL);
            let mut values = [0; PANEL];
            for lane in 0..PANEL {
                values[lane] = (round(lanes[lane]) >> 16) as u16;
            }
            let (down, across) = covered(pools, pool);
            for (below, row) in down.enumerate() {
                for (beside, column) in across.clone().enumerate() {
                    let place = (below * pools.size[2] + beside) as u8;
                    let (row, column) = (row + above, column + before);
                    for under in (0..of_window).filter(|&under| (under..rows + under).contains(&row)) {
                        let position = (row - under) * width + column;
                        let to = &mut grid[position * depth + under * channels + panel * PANEL..];
                        let mut won = [0; PANEL];
                        for lane in 0..PANEL {
                            won[lane] = if winners[lane] == place { values[lane] } else { 0 };
                        }
                        match to.first_chunk_mut() {
                            Some(to) if filters == PANEL => *to = won,
                            _ => to[..filters].copy_from_slice(&won[..filters]),
                        }
                    }
                }
            }
        }
    }
}
