//! From the gradient with respect to sums to those with respect to filters, biases and images.

use rayon::prelude::*;

use super::forward::{grid_sums, take_lines, with_packed};
use super::{Block, Convolution, PANEL, STEP, STEP_WORDS, TILE, TILE_WORDS};
use crate::cpu::bf16::kernels::kernels;
use crate::cpu::bf16::round::round;
use crate::cpu::scratch;
use crate::cpu::window::Windows;

/// Gradients are summed over as many groups of images, and the groups then in their order: the sums do not depend on
/// the number of threads.
const GROUPS: usize = 8;

/// Images whose positions a product sums over at once.
const TOGETHER: usize = 4;

/// From the gradients with respect to the sums to all others.
pub struct Gradients<'a> {
    /// Of the filters, as they lie.
    pub weights: &'a mut [f32],
    /// Of the biases, or of none.
    pub biases: &'a mut [f32],
    /// Of the images, if it is asked for.
    pub input: Option<&'a mut [f32]>,
}

impl Convolution {
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
        self.gradient_blocks().count() * PANEL * PANEL
    }

    /// Rounds an image (channels, rows, columns) into planes.
    fn fill_planes(&self, x: &[f32], planes: &mut [u16]) {
        let Windows { input: [_, height, width], pad: [_, above, before], .. } = self.windows;
        let columns = width.min(self.width().saturating_sub(before));
        let planes = planes.chunks_exact_mut(self.plane()).zip(x.chunks_exact(height * width));
        for (plane, x) in planes {
            plane.fill(0);
            let lines = plane.chunks_exact_mut(self.width()).skip(above);
            for (line, x) in lines.take(self.rows() + self.size()[0] - 1 - above).zip(x.chunks_exact(width)) {
                let values = x[..columns].iter().zip(&mut line[before..]);
                values.for_each(|(&value, to)| *to = (round(value) >> 16) as u16);
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
        for (first, c) in self.gradient_blocks().zip(sums.as_chunks_mut::<{ PANEL * PANEL }>().0) {
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

/// Over a batch of images `x`. `each` calls its argument with the filter, the place and the value of every gradient with
/// respect to an image's sums that is not zero.
pub fn backward(
    convolution: &Convolution,
    w: &[f32],
    x: &[f32],
    gradients: Gradients<'_>,
    each: impl Fn(usize, &mut dyn FnMut(usize, usize, f32)) + Sync,
) {
    let Gradients { weights, biases, input } = gradients;
    if let Some(input) = input {
        input_gradient(convolution, w, input, &each);
    }
    let (len, image) = (convolution.gradient_len(), convolution.windows.input_len());
    let group_len = convolution.panels() * len + convolution.filters;
    let batch = x.len() / image;
    let of_group = batch.div_ceil(GROUPS).max(1);
    scratch::with(GROUPS * group_len, |sums: &mut [f32]| {
        let groups = sums.par_chunks_mut(group_len).zip(x.par_chunks(of_group * image)).enumerate();
        let count = groups.len();
        groups.for_each(|(group, (sums, x))| {
            sums.fill(0.0);
            let (filters, biases) = sums.split_at_mut(convolution.panels() * len);
            for (number, x) in x.chunks(TOGETHER * image).enumerate() {
                let first = group * of_group + number * TOGETHER;
                add_images(convolution, x, filters, biases, &|image, put| each(first + image, put));
            }
        });
        let groups = || sums.chunks_exact(group_len).take(count);
        let window = convolution.windows.window();
        weights.par_chunks_mut(convolution.windows.channels * window).enumerate().for_each(
            |(filter, weights)| {
                for channel in 0..convolution.windows.channels {
                    for tap in 0..window {
                        let tap = [tap / convolution.size()[1], tap % convolution.size()[1]];
                        let (block, row) = convolution.gradient_place(channel, tap);
                        let at = filter / PANEL * len + (block * PANEL + row) * PANEL + filter % PANEL;
                        weights[convolution.place(0, channel, tap)] = groups().map(|group| group[at]).sum();
                    }
                }
            },
        );
        for (filter, bias) in biases.iter_mut().enumerate() {
            *bias = groups().map(|group| group[convolution.panels() * len + filter]).sum();
        }
    });
}

/// Adds what a few images have to the gradients of filters and biases.
fn add_images(
    convolution: &Convolution,
    x: &[f32],
    filters: &mut [f32],
    biases: &mut [f32],
    each: &dyn Fn(usize, &mut dyn FnMut(usize, usize, f32)),
) {
    let image = convolution.windows.input_len();
    let (images, len) = (x.len() / image, convolution.gradient_len());
    let pairs_len = convolution.position_steps() * STEP_WORDS;
    let (columns, width) = (convolution.columns(), convolution.width());
    scratch::with(images * convolution.planes_len() / 2 + 1, |planes: &mut [u32]| {
        scratch::with(convolution.panels() * images * pairs_len, |pairs: &mut [u32]| {
            // SAFETY: a word is two numbers, and any bits are a number.
            let planes = unsafe {
                std::slice::from_raw_parts_mut(planes.as_mut_ptr().cast::<u16>(), 2 * planes.len())
            };
            for (planes, x) in planes.chunks_exact_mut(convolution.planes_len()).zip(x.chunks_exact(image)) {
                convolution.fill_planes(x, planes);
            }
            pairs.fill(0);
            for image in 0..images {
                each(image, &mut |filter, place, value| {
                    biases[filter] += value;
                    let position = place / columns * width + place % columns;
                    let panel = (filter / PANEL * images + image) * pairs_len;
                    let (step, pair) = (position / STEP, position % STEP / 2);
                    let tile = step * STEP_WORDS + filter % PANEL / TILE * TILE_WORDS;
                    pairs[panel + tile + pair * TILE + filter % TILE] |=
                        round(value) >> (16 * (1 - position % 2));
                });
            }
            let panels = filters.chunks_exact_mut(len).zip(pairs.chunks_exact(images * pairs_len));
            panels.for_each(|(sums, pairs)| convolution.add_gradient(planes, pairs, images, sums));
        });
    });
}

/// The gradients with respect to the images of a batch.
fn input_gradient(
    convolution: &Convolution,
    w: &[f32],
    to: &mut [f32],
    each: &(impl Fn(usize, &mut dyn FnMut(usize, usize, f32)) + Sync),
) {
    let Some(reversed) = convolution.reversed() else { return to.fill(0.0) };
    let (columns, plane) = (convolution.columns(), convolution.windows.plane());
    let Windows { pad: [_, above, before], channels, .. } = reversed.windows;
    let (words, width) = (reversed.words(), reversed.width());
    // The rows of windows that hold a row of the gradient, in a grid of so many.
    let (of_window, rows) = (reversed.size()[0] / reversed.goes(), reversed.rows() + reversed.goes() - 1);
    with_packed(&reversed, w, |packed| {
        to.par_chunks_mut(convolution.windows.input_len()).enumerate().for_each(|(image, to)| {
            scratch::with(reversed.grid_len(), |grid: &mut [u32]| {
                grid.fill(0);
                each(image, &mut |filter, place, value| {
                    let (row, column) = (place / columns + above, place % columns + before);
                    for below in (0..of_window).filter(|&below| (below..rows + below).contains(&row)) {
                        let layer = below * channels + filter;
                        let word = ((row - below) * width + column) * words + layer / 2;
                        grid[word] |= round(value) >> (16 * (1 - layer % 2));
                    }
                });
                grid_sums(&reversed, packed, grid, |first, sums| {
                    for (lane, to) in to.chunks_exact_mut(plane).skip(first).take(PANEL).enumerate() {
                        take_lines(&reversed, sums, lane, to);
                    }
                });
            });
        });
    });
}
