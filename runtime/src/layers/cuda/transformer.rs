//! Images seen through a grid. The grid's points are products in `f32` whatever the device's precision: fewer bits would move
//! them by whole pixels.

use crate::cuda::gemm::{Finish, Matrix};
use crate::cuda::sample::Samples;
use crate::cuda::{Cuda, SliceMut};
use crate::device::Device;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::{BorderMode, Grid, SpatialTransformer, TpsTransformer};
use crate::{Precision, Real, Shape};

impl<T: Real> Grid<T, Cuda> {
    fn samples(&self, image: Shape, border: BorderMode) -> Samples {
        Samples { image, num_points: self.num_points, border }
    }

    fn basis(&self) -> Matrix<'_, T> {
        Matrix::new(Cuda::slice(&self.basis, self.num_parameters * self.num_points), self.num_points)
    }

    /// Calls `then` with the points of all items: (items, coordinates, points).
    fn with_points(
        &self,
        device: &Cuda,
        samples: &Samples,
        parameters: Signal<'_, T, Cuda>,
        then: impl FnOnce(SliceMut<'_, T>),
    ) {
        let offset = Cuda::slice(&self.offset, 2 * self.num_parameters);
        device.with_scratch(parameters.values.len, |sums: SliceMut<'_, T>| {
            device.add_offset(samples, parameters.values, offset, &sums);
            device.with_scratch(2 * parameters.batch() * self.num_points, |points: SliceMut<'_, T>| {
                let sums = Matrix::new(sums.read(), self.num_parameters);
                device.gemm(sums, self.basis(), false, &points, Finish::NONE);
                then(points);
            });
        });
    }

    fn forward_on_cuda(
        &self,
        pass: &Pass<'_, Cuda>,
        border: BorderMode,
        [image, parameters]: [Signal<'_, T, Cuda>; 2],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let device = &pass.device.clone().with_precision(Precision::F32);
        let samples = self.samples(image.shape, border);
        self.with_points(device, &samples, parameters, |points| {
            device.sample(&samples, image.values, points.read(), &y.values);
        });
    }

    fn backward_on_cuda(&self, pass: &Pass<'_, Cuda>, border: BorderMode, signals: Backward<'_, T, Cuda, 2>) {
        let device = &pass.device.clone().with_precision(Precision::F32);
        let ([image, parameters], dy) = (signals.inputs, signals.output_gradient.values.read());
        let [to_image, to_parameters] = signals.input_gradients;
        let samples = self.samples(image.shape, border);
        self.with_points(device, &samples, parameters, |points| {
            if let Some(to) = to_image {
                device.sample_backward_to_image(&samples, points.read(), dy, &to.values);
            }
            let Some(to) = to_parameters else { return };
            device.with_scratch(points.len, |to_points: SliceMut<'_, T>| {
                device.sample_backward_to_points(&samples, image.values, points.read(), dy, &to_points);
                let to_points = Matrix::new(to_points.read(), self.num_points);
                device.gemm(to_points, self.basis().t(), false, &to.values, Finish::NONE);
            });
        });
    }
}

macro_rules! transformers {
    ($($layer:ident)*) => {$(
        impl<T: Real> Compute<T, Cuda, 2> for $layer {
            type Memory = ();

            fn forward(
                &self,
                pass: &Pass<'_, Cuda>,
                grid: &Grid<T, Cuda>,
                inputs: [Signal<'_, T, Cuda>; 2],
                output: SignalMut<'_, T, Cuda>,
            ) {
                grid.forward_on_cuda(pass, self.border_mode, inputs, output);
            }

            fn backward(
                &self,
                pass: &Pass<'_, Cuda>,
                grid: &Grid<T, Cuda>,
                _: &mut Grid<T, Cuda>,
                (): &mut (),
                signals: Backward<'_, T, Cuda, 2>,
            ) {
                grid.backward_on_cuda(pass, self.border_mode, signals);
            }
        }
    )*};
}

transformers! { SpatialTransformer TpsTransformer }
