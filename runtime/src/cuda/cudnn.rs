//! Convolutions by NVIDIA's library, cuDNN.

use super::Cuda;
use super::convolution::{Convolution, Finish};
use super::driver::{ConvolutionShape, Grid, LibraryConvolution, MOST_INT, Wanted};
use super::error::CudaError;
use super::kernels::FINISH;
use super::map::with_nonlinearity;
use super::memory::{Slice, SliceMut};
use super::pool::present;
use super::program::Program;
use super::timing::Work;
use crate::Real;

impl Convolution {
    fn shape<T: Real>(&self, wanted: Wanted, device: &Cuda, batch: usize) -> ConvolutionShape {
        let windows = &self.windows;
        ConvolutionShape {
            wanted,
            real: T::NAME,
            precision: device.precision(),
            batch,
            channels: windows.channels,
            num_filters: self.num_filters,
            num_groups: self.num_groups,
            flip_filters: self.flip_filters,
            input: windows.input,
            output: windows.output,
            filter_size: windows.size,
            stride: windows.stride,
            pad: windows.pad,
        }
    }
}

impl Cuda {
    /// The product that is `wanted` of images, filters and sums, whose place is among these.
    fn convolve_by_library<T: Real>(
        &self,
        convolution: &Convolution,
        wanted: Wanted,
        [images, filters, sums]: [Slice<'_, T>; 3],
    ) {
        let batch = images.len / convolution.windows.input_len();
        let shape = convolution.shape::<T>(wanted, self, batch);
        if let Some(number) =
            [images.len, filters.len, sums.len].into_iter().max().filter(|&len| len > MOST_INT)
        {
            return self.fail(CudaError::TooLarge { kernel: "a convolution by cuDNN", number });
        }
        let work = Work {
            kernel: "convolution of a library",
            multiply_adds: batch * convolution.multiply_adds(),
            bytes: (images.len + filters.len + sums.len) * size_of::<T>(),
        };
        let [images, filters, sums] = [images.pointer, filters.pointer, sums.pointer];
        self.attempt(|driver| {
            present([images, filters, sums])?;
            // SAFETY: the slices are as long as the shape says, and are borrowed.
            let convolve =
                || unsafe { driver.convolve(&LibraryConvolution { shape, images, filters, sums }) };
            convolve()?;
            self.time(driver, work, convolve)
        });
    }

    /// `y = nonlinearity(W * x + b)`.
    pub(crate) fn convolve_by_cudnn<T: Real>(
        &self,
        convolution: &Convolution,
        w: Slice<'_, T>,
        finish: Finish<'_, T>,
        x: Slice<'_, T>,
        y: &SliceMut<'_, T>,
    ) {
        self.convolve_by_library(convolution, Wanted::Sums, [x, w, y.read()]);
        let program = with_nonlinearity(Program::new::<T>(&FINISH), finish.nonlinearity);
        let program = program.int("FILTERS", convolution.num_filters);
        let plane = convolution.windows.positions();
        let program = program.int("PLANE", plane).within(convolution.num_filters * plane);
        let program = program.int("UNTIED", usize::from(finish.untie_biases));
        let arguments = [y.in_place(), finish.biases.into(), (y.len as u64).into()];
        self.launch(&program, "finish", Grid::over(y.len), &arguments);
    }

    /// From the gradient with respect to the sums to that with respect to the images `x`.
    pub(crate) fn convolve_backward_by_cudnn<T: Real>(
        &self,
        convolution: &Convolution,
        w: Slice<'_, T>,
        gradient: Slice<'_, T>,
        x: &SliceMut<'_, T>,
    ) {
        self.convolve_by_library(convolution, Wanted::Images, [x.read(), w, gradient]);
    }

    /// From the gradient with respect to the sums to that with respect to the filters.
    pub(crate) fn filter_gradients_by_cudnn<T: Real>(
        &self,
        convolution: &Convolution,
        x: Slice<'_, T>,
        gradient: Slice<'_, T>,
        w: &SliceMut<'_, T>,
    ) {
        self.convolve_by_library(convolution, Wanted::Filters, [x, w.read(), gradient]);
    }
}
