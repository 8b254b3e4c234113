//! Images seen through a grid that a network chooses.
//!
//! The points of the grid are linear in the parameters: for each item `points = (parameters + offset) basis`, once
//! for x and once for y. What differs between the layers is the basis, a matrix that is made with the network.

mod affine;
mod thin_plate;

pub use affine::SpatialTransformer;
pub use thin_plate::TpsTransformer;

use ndarray::{ArrayView2, ArrayViewMut2};

pub use crate::cpu::sample::BorderMode;

use crate::cpu::gemm::{Identity, Threads, gemm};
use crate::cpu::pieces::{each_item, read, write};
use crate::cpu::sample::Sampler;
use crate::cpu::scratch;
use crate::device::{Cpu, Device};
use crate::layer::{Backward, Signal, SignalMut};
use crate::parameters::{Builder, PairVisitor, Parameter, Parameters};
use crate::{Real, Shape};

/// What a transformer makes the points of its grid of. It is computed with the network, and nothing in it is learnt:
/// it is no parameter.
#[derive(Clone, Debug)]
pub struct Grid<T: Real, D: Device = Cpu> {
    /// The parameters of one coordinate.
    pub(in crate::layers) num_parameters: usize,
    pub(in crate::layers) num_points: usize,
    /// (parameters of one coordinate, points).
    pub(in crate::layers) basis: D::Buffer<T>,
    /// (coordinates, parameters of one coordinate).
    pub(in crate::layers) offset: D::Buffer<T>,
}

impl<T: Real, D: Device> Parameters<T, D> for Grid<T, D> {
    fn visit<'a>(&'a self, _: &mut dyn FnMut(&'a Parameter<T, D>)) {}
    fn visit_mut<'a>(&'a mut self, _: &mut dyn FnMut(&'a mut Parameter<T, D>)) {}
    fn visit_pairs(&mut self, _: &mut Self, _: &mut PairVisitor<'_, T, D>) {}
}

impl<T: Real, D: Device> Grid<T, D> {
    fn new(builder: &Builder<'_, D>, basis: &[f64], offset: &[f64]) -> Self {
        let num_parameters = offset.len() / 2;
        let on_device =
            |values: &[f64]| builder.buffer(&values.iter().map(|&x| T::of(x)).collect::<Vec<_>>());
        Grid {
            num_parameters,
            num_points: basis.len() / num_parameters,
            basis: on_device(basis),
            offset: on_device(offset),
        }
    }
}

/// `length` places from -1 to 1.
fn places(length: usize) -> impl Iterator<Item = f64> + Clone {
    let step = 2.0 / (length - 1) as f64;
    (0..length).map(move |i| i as f64 * step - 1.0)
}

fn matrix<T>(values: &[T], columns: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

fn matrix_mut<T>(values: &mut [T], columns: usize) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((values.len() / columns, columns), values).expect("whole rows")
}

impl<T: Real> Grid<T, Cpu> {
    fn basis(&self) -> ArrayView2<'_, T> {
        matrix(Cpu::slice(&self.basis, self.num_parameters * self.num_points), self.num_points)
    }

    /// Calls `then` with the points of all items: (items, coordinates, points).
    fn with_points<R>(&self, parameters: &[T], then: impl FnOnce(&[T]) -> R) -> R {
        let offset = Cpu::slice(&self.offset, 2 * self.num_parameters);
        scratch::with(parameters.len(), |sums: &mut [T]| {
            for (sums, parameters) in sums.chunks_exact_mut(offset.len()).zip(parameters.chunks(offset.len()))
            {
                for ((sum, &parameter), &offset) in sums.iter_mut().zip(parameters).zip(offset) {
                    *sum = parameter + offset;
                }
            }
            let len = parameters.len() / self.num_parameters * self.num_points;
            scratch::with(len, |points: &mut [T]| {
                let (sums, to) = (matrix(sums, self.num_parameters), matrix_mut(points, self.num_points));
                gemm(Threads::All, sums, self.basis(), false, to, &Identity);
                then(points)
            })
        })
    }

    fn forward(&self, border: BorderMode, [image, parameters]: [Signal<'_, T>; 2], y: SignalMut<'_, T>) {
        let sampler = sampler(image.shape, border);
        self.with_points(parameters.values, |points| {
            let (item, len) = (image.shape.len(), y.shape.len());
            each_item(
                (write(y.values, len), read(image.values, item), read(points, 2 * self.num_points)),
                len,
                |_, (y, image, points)| sampler.sample(image, points, y),
            );
        });
    }

    fn backward(&self, border: BorderMode, signals: Backward<'_, T, Cpu, 2>) {
        let [image, parameters] = signals.inputs;
        let [to_image, to_parameters] = signals.input_gradients;
        let sampler = sampler(image.shape, border);
        let (len, gradient_len, points_len) =
            (image.shape.len(), signals.output.shape.len(), 2 * self.num_points);
        let gradient = &*signals.output_gradient.values;
        self.with_points(parameters.values, |points| {
            scratch::with(points.len(), |to_points: &mut [T]| {
                let from = (read(image.values, len), read(points, points_len), read(gradient, gradient_len));
                let to = (write(to_points, points_len), to_image.map(|to| write(to.values, len)));
                each_item((from, to), len, |_, ((image, points, gradient), (to_points, to_image))| {
                    sampler.sample_backward(image, points, gradient, to_points, to_image);
                });
                if let Some(to) = to_parameters {
                    let (to_points, to) =
                        (matrix(to_points, self.num_points), matrix_mut(to.values, self.num_parameters));
                    gemm(Threads::All, to_points, self.basis().reversed_axes(), false, to, &Identity);
                }
            });
        });
    }
}

fn sampler(image: Shape, border: BorderMode) -> Sampler {
    Sampler { rows: image.dim(1), columns: image.dim(2), border }
}

/// What the transformers' implementations share; they differ in `grid`, which gives basis and offset for the shape
/// of the output.
macro_rules! layer {
    ($layer:ident) => {
        impl crate::layer::Layer for $layer {
            type Parameters<T: crate::Real, D: crate::Device> = super::Grid<T, D>;

            fn parameters<T: crate::Real, D: crate::Device>(
                &self,
                inputs: &[crate::Shape],
                builder: &mut crate::parameters::Builder<'_, D>,
            ) -> super::Grid<T, D> {
                let (basis, offset) = self.grid(self.output_shape(inputs));
                super::Grid::new(builder, &basis, &offset)
            }
        }

        impl<T: crate::Real> crate::layer::Compute<T, crate::Cpu, 2> for $layer {
            type Memory = ();

            fn forward(
                &self,
                _: &crate::layer::Pass<'_, crate::Cpu>,
                grid: &super::Grid<T>,
                inputs: [crate::layer::Signal<'_, T>; 2],
                output: crate::layer::SignalMut<'_, T>,
            ) {
                grid.forward(self.border_mode, inputs, output);
            }

            fn backward(
                &self,
                _: &crate::layer::Pass<'_, crate::Cpu>,
                grid: &super::Grid<T>,
                _: &mut super::Grid<T>,
                (): &mut (),
                signals: crate::layer::Backward<'_, T, crate::Cpu, 2>,
            ) {
                grid.backward(self.border_mode, signals);
            }
        }
    };
}
use layer;
