//! Convolutions of few channels without a column matrix: positions beside each other in vectors, which are read where the
//! planes of an image have them.
//!
//! The planes are copied with their padding. What a tap covers at positions beside each other on a line is then a vector
//! that starts anywhere, and the number of a filter is multiplied with it: sums come out as they lie, (filters, positions), and
//! neither images nor sums are turned, which takes longer than so few products. The gradient of the input is the
//! same convolution of the sums' gradient, with few filters. That of the filters has a tile of filters by taps, to whose
//! vectors each position adds its product in a lane of its own.
//!
//! A tile of AVX-512 has 8 filters by 3 vectors, 24 multiply-adds to 11 loads, or up to 4 filters by 6 vectors; of gradients 4
//! filters by 6 taps, 24 to 10.

mod method;
pub mod tile;

use super::Product;
use super::direct::Direct;
use crate::Real;
use crate::cpu::gemm::kernels::{Vector, VectorWork};
use tile::{Kernels, Piece};

/// To turn an image and its sums takes long beside sums of at most so many products.
const FEW_TAPS: usize = 160;

/// The lanes of a vector that a choice between ways to compute a convolution goes by, whatever the processor has.
const LANES: usize = 16;

/// How much of vectors is used by so many numbers.
fn share_of_lanes(numbers: usize) -> f64 {
    numbers as f64 / numbers.next_multiple_of(LANES) as f64
}

/// A convolution of one group of channels.
#[derive(Clone, Copy, Debug)]
pub struct Planes {
    /// The same by other means: how its windows and filters lie.
    direct: Direct,
}

impl Planes {
    /// For windows that are one element apart along lines.
    pub fn new(direct: Direct) -> Option<Self> {
        (direct.windows.stride[2] == 1).then_some(Planes { direct })
    }

    /// Whether a product is faster so than with filters side by side in vectors. `cargo bench -p layercake --bench
    /// convolution` compares them.
    pub fn is_worth_it(&self, product: Product) -> bool {
        let (windows, filters) = (&self.direct.windows, self.direct.filters);
        let (columns, filters, taps) = match product {
            Product::InputGradient => (windows.input[2], windows.channels, filters * windows.window()),
            _ => (windows.output[2], filters, windows.taps()),
        };
        let least = match product {
            _ if taps > FEW_TAPS => 1.2,
            Product::FilterGradient => 1.0,
            _ => 0.7,
        };
        // Sequences count as long: shorter ones, of the same layer, are then computed in the same memory.
        let is_sequence = windows.input[..2] == [1; 2] && windows.size[..2] == [1; 2];
        let of_positions = if is_sequence { 1.0 } else { share_of_lanes(columns) };
        of_positions >= least * share_of_lanes(filters)
    }

    fn kernels<T: Real>(&self) -> &'static Kernels<T> {
        T::planes_kernels(self.direct.isa)
    }

    /// Filters that are computed together.
    fn rows<T: Real>(&self) -> usize {
        self.kernels::<T>().sums.len()
    }

    /// Elements of the planes, with their padding and, behind the last one, as many as a vector may reach.
    fn planes_len<T: Real>(&self) -> usize {
        self.direct.input_len() + self.kernels::<T>().lanes
    }

    /// The place of an element of the first plane.
    fn place(&self, [layer, row, column]: [usize; 3]) -> usize {
        let [_, rows, columns] = self.direct.extent();
        (layer * rows + row) * columns + column
    }

    /// Copies the planes of an image.
    fn pad<T: Real>(&self, image: &[T], to: &mut [T]) {
        T::on_vectors(self.direct.isa, Pad { planes: self, image, to });
    }

    /// From the start of a window to each of its taps, in the order of a filter.
    fn offsets(&self, to: &mut [u32]) {
        let (windows, flip) = (&self.direct.windows, self.direct.flip);
        let plane: usize = self.direct.extent().iter().product();
        let (window, [_, height, width]) = (windows.window(), windows.size);
        for (tap, to) in to.iter_mut().enumerate() {
            let (channel, place) = (tap / window, tap % window);
            let place = if flip { window - 1 - place } else { place };
            let place = [place / (height * width), place / width % height, place % width];
            let place = std::array::from_fn(|axis| place[axis] * windows.dilation[axis]);
            *to = (channel * plane + self.place(place)) as u32;
        }
    }

    /// How many pieces the lines of positions are cut into.
    fn pieces_len<T: Real>(&self) -> usize {
        let [layers, rows, columns] = self.direct.windows.output;
        layers * rows * columns.div_ceil(self.kernels::<T>().lanes)
    }

    /// The pieces.
    fn pieces<T: Real>(&self, to: &mut [[u32; Piece::NUMBERS]]) {
        let (lanes, windows) = (self.kernels::<T>().lanes, &self.direct.windows);
        let [_, rows, columns] = windows.output;
        let of_line = columns.div_ceil(lanes);
        for (number, to) in to.iter_mut().enumerate() {
            let (line, column) = (number / of_line, number % of_line * lanes);
            let window = [line / rows * windows.stride[0], line % rows * windows.stride[1], column];
            let (from, lanes) = (self.place(window), lanes.min(columns - column));
            Piece { from, to: line * columns + column, lanes }.write(to);
        }
    }
}

/// A copy of an image's planes, with their padding.
struct Pad<'a, T> {
    planes: &'a Planes,
    image: &'a [T],
    to: &'a mut [T],
}

impl<T: Real> VectorWork<T> for Pad<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let Pad { planes, image, to } = self;
        let windows = &planes.direct.windows;
        let ([_, height, width], [deep, down, across]) = (windows.input, planes.direct.visible());
        let plane: usize = planes.direct.extent().iter().product();
        to.fill(T::zero());
        let whole = across - across % V::LANES;
        for (image, to) in image.chunks_exact(windows.plane()).zip(to.chunks_exact_mut(plane)) {
            for (layer, row) in (0..deep).flat_map(|layer| (0..down).map(move |row| (layer, row))) {
                let place = [layer, row, 0];
                let place = planes.place(std::array::from_fn(|axis| place[axis] + windows.pad[axis]));
                let from = image[(layer * height + row) * width..][..across].as_ptr();
                let to = to[place..][..across].as_mut_ptr();
                // SAFETY: the processor has the instruction set, and both have as many elements.
                unsafe {
                    for column in (0..whole).step_by(V::LANES) {
                        V::load(from.add(column)).store(to.add(column));
                    }
                    let mask = V::mask(across - whole);
                    V::load_masked(from.wrapping_add(whole), mask).store_masked(to.wrapping_add(whole), mask);
                }
            }
        }
    }
}
