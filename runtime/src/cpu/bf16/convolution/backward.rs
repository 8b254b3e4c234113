//! From the gradient with respect to sums to those with respect to filters, biases and images.

use super::forward::{grid_sums, take_lines, with_packed};
use super::{BLOCK, Block, Convolution, PANEL, STEP, STEP_WORDS, TILE, TILE_WORDS};
use crate::cpu::bf16::kernels::kernels;
use crate::cpu::bf16::round::round;
use crate::cpu::isa::{Work, isa};
use crate::cpu::pieces::{each, read, write};
use crate::cpu::scratch;
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

/// The gradients with respect to the sums of a batch, which are zero but at some places.
#[derive(Clone, Copy)]
pub struct Sparse<'a> {
    /// For each image and filter as many values.
    pub values: &'a [f32],
    /// Where they stand among the sums of the filter, each at a place of its own.
    pub places: &'a [u32],
}

impl<'a> Sparse<'a> {
    /// Those of an image, of so many.
    fn image(self, image: usize, images: usize) -> Self {
        let len = self.values.len() / images;
        let of_image = image * len..(image + 1) * len;
        Sparse { values: &self.values[of_image.clone()], places: &self.places[of_image] }
    }

    /// Those of each of so many filters.
    fn filters(self, filters: usize) -> impl Iterator<Item = (&'a [f32], &'a [u32])> {
        let len = self.values.len() / filters;
        self.values.chunks_exact(len).zip(self.places.chunks_exact(len))
    }
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
    fn plane(&self) -> usize {
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

    /// For each place among the sums of a filter, where its gradient stands in the packed ones: twice the word, and
    /// which half of it.
    fn fill_codes(&self, codes: &mut [u32]) {
        for (place, code) in codes.iter_mut().enumerate() {
            let position = place / self.columns() * self.width() + place % self.columns();
            let word = position / STEP * STEP_WORDS + position % STEP / 2 * TILE;
            *code = (2 * word + position % 2) as u32;
        }
    }

    /// Rounds the gradients of a panel of filters, from the first of it on, into packed pairs that are zero.
    fn fill_pairs(&self, codes: &[u32], sums: Sparse<'_>, first: usize, pairs: &mut [u32]) {
        for (lane, (values, places)) in sums.filters(self.filters).skip(first).take(PANEL).enumerate() {
            let pairs = &mut pairs[lane / TILE * TILE_WORDS + lane % TILE..];
            for (&value, &place) in values.iter().zip(places) {
                let code = codes[place as usize];
                pairs[(code >> 1) as usize] |= round(value) >> (16 * (1 - (code & 1)));
            }
        }
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
pub fn backward(convolution: &Convolution, w: &[f32], x: &[f32], sums: Sparse<'_>, gradients: Gradients<'_>) {
    let Gradients { weights, biases, input } = gradients;
    let image = convolution.windows.input_len();
    let batch = x.len() / image;
    if let Some(input) = input {
        input_gradient(convolution, w, sums, input);
    }
    let len = convolution.panels() * convolution.gradient_len();
    let group_len = len + convolution.filters;
    let of_group = batch.div_ceil(GROUPS).max(1);
    scratch::with(GROUPS * group_len, |totals: &mut [f32]| {
        scratch::with(convolution.rows() * convolution.columns(), |codes: &mut [u32]| {
            convolution.fill_codes(codes);
            each((write(totals, group_len), read(x, of_group * image)), |group, (totals, x)| {
                totals.fill(0.0);
                let (filters, biases) = totals.split_at_mut(len);
                let together = convolution.together();
                for (number, x) in x.chunks(together * image).enumerate() {
                    let first = group * of_group + number * together;
                    let of_image = |image| sums.image(first + image, batch);
                    add_images(convolution, codes, x, of_image, filters, biases);
                }
            });
        });
        let (first, others) = totals.split_at_mut(group_len);
        let groups = batch.div_ceil(of_group);
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

/// Adds what a few images have to the gradients of filters and biases. `of_image` gives the gradients of an image's sums.
fn add_images<'a>(
    convolution: &Convolution,
    codes: &[u32],
    x: &[f32],
    of_image: impl Fn(usize) -> Sparse<'a>,
    filters: &mut [f32],
    biases: &mut [f32],
) {
    let image = convolution.windows.input_len();
    let images = x.len() / image;
    let pairs_len = convolution.position_steps() * STEP_WORDS;
    scratch::with((images * convolution.planes_len()).div_ceil(2), |planes: &mut [u32]| {
        scratch::with(convolution.panels() * images * pairs_len, |pairs: &mut [u32]| {
            // SAFETY: a word is two numbers, and any bits are a number.
            let planes = unsafe {
                std::slice::from_raw_parts_mut(planes.as_mut_ptr().cast::<u16>(), 2 * planes.len())
            };
            for (planes, x) in planes.chunks_exact_mut(convolution.planes_len()).zip(x.chunks_exact(image)) {
                isa().run(Planes { convolution, x, planes });
            }
            pairs.fill(0);
            for image in 0..images {
                let sums = of_image(image);
                for ((values, _), bias) in sums.filters(convolution.filters).zip(&mut *biases) {
                    *bias += values.iter().sum::<f32>();
                }
                for panel in 0..convolution.panels() {
                    let pairs = &mut pairs[(panel * images + image) * pairs_len..][..pairs_len];
                    convolution.fill_pairs(codes, sums, panel * PANEL, pairs);
                }
            }
            let len = convolution.gradient_len();
            let panels = filters.chunks_exact_mut(len).zip(pairs.chunks_exact(images * pairs_len));
            panels.for_each(|(sums, pairs)| convolution.add_gradient(planes, pairs, images, sums));
        });
    });
}

/// The gradients with respect to the images of a batch.
fn input_gradient(convolution: &Convolution, w: &[f32], sums: Sparse<'_>, to: &mut [f32]) {
    let Some(reversed) = convolution.reversed() else { return to.fill(0.0) };
    let (columns, plane) = (convolution.columns(), convolution.windows.plane());
    let Windows { pad: [_, above, before], channels, .. } = reversed.windows;
    let (words, width) = (reversed.words(), reversed.width());
    // The rows of windows that hold a row of the gradient, in a grid of so many.
    let (of_window, rows) = (reversed.size()[0] / reversed.goes(), reversed.rows() + reversed.goes() - 1);
    let input = convolution.windows.input_len();
    let batch = to.len() / input;
    with_packed(&reversed, w, |packed| {
        each(write(to, input), |image, to| {
            scratch::with(reversed.grid_len(), |grid: &mut [u32]| {
                grid.fill(0);
                for (filter, (values, places)) in sums.image(image, batch).filters(channels).enumerate() {
                    for (&value, &place) in values.iter().zip(places) {
                        let place = place as usize;
                        let (row, column) = (place / columns + above, place % columns + before);
                        for below in (0..of_window).filter(|&below| (below..rows + below).contains(&row)) {
                            let layer = below * channels + filter;
                            let word = ((row - below) * width + column) * words + layer / 2;
                            grid[word] |= round(value) >> (16 * (1 - layer % 2));
                        }
                    }
                }
                grid_sums(&reversed, packed, grid, |first, sums| {
                    for (lane, to) in to.chunks_exact_mut(plane).skip(first).take(PANEL).enumerate() {
                        take_lines(&reversed, sums, lane, to);
                    }
                });
            });
        });
    });
}

/// Rounds an image (channels, rows, columns) into planes.
struct Planes<'a> {
    convolution: &'a Convolution,
    x: &'a [f32],
    planes: &'a mut [u16],
}

impl Work for Planes<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Planes { convolution, x, planes } = self;
        let Windows { input: [_, height, width], pad: [_, above, before], .. } = convolution.windows;
        let rows = convolution.rows() + convolution.size()[0] - 1;
        // Lines that are side by side in image and plane alike are as one.
        let (to_width, from_width, columns, rows) = if convolution.is_contiguous() {
            (rows * width, rows * width, rows * width, 1)
        } else {
            let to_width = convolution.width();
            (to_width, width, width.min(to_width.saturating_sub(before)), rows.saturating_sub(above))
        };
        let planes = planes.chunks_exact_mut(convolution.plane()).zip(x.chunks_exact(height * width));
        for (plane, x) in planes {
            plane.fill(0);
            let lines = plane.chunks_exact_mut(to_width).skip(above).take(rows);
            for (line, x) in lines.zip(x.chunks_exact(from_width)) {
                let values = x[..columns].iter().zip(&mut line[before..]);
                values.for_each(|(&value, to)| *to = (round(value) >> 16) as u16);
            }
        }
    }
}
