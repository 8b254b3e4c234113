//! Dense layers: three products, with bias, nonlinearity and dropout where the first one's sums are at hand.

use crate::Real;
use crate::cuda::dropout::Mask;
use crate::cuda::gemm::{Finish, Matrix};
use crate::cuda::{Cuda, SliceMut};
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut, Then};
use crate::layers::{Dense, DenseParameters, Dropout};

impl Dense {
    fn multiply_on_cuda<T: Real>(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &DenseParameters<T, Cuda>,
        x: Signal<'_, T, Cuda>,
        y: &SignalMut<'_, T, Cuda>,
        dropout: Option<Mask>,
    ) {
        let (inputs, units) = (self.num_inputs(x.shape), self.num_units);
        let finish = Finish { bias: parameters.b.slice(), nonlinearity: self.nonlinearity, dropout };
        let (a, b) = (Matrix::new(x.values, inputs), Matrix::new(parameters.w.slice(), units));
        pass.device.gemm(a, b, false, &y.values, finish);
        pass.device.nonlinearity_over_rows(self.nonlinearity, units, &y.values);
    }

    /// From the gradient with respect to the sums to all others.
    fn multiply_back_on_cuda<T: Real>(
        &self,
        device: &Cuda,
        parameters: &DenseParameters<T, Cuda>,
        gradients: &mut DenseParameters<T, Cuda>,
        x: Signal<'_, T, Cuda>,
        sums: &SliceMut<'_, T>,
        input_gradient: Option<SignalMut<'_, T, Cuda>>,
    ) {
        let (inputs, units) = (self.num_inputs(x.shape), self.num_units);
        let (x, sums) = (Matrix::new(x.values, inputs), Matrix::new(sums.read(), units));
        let DenseParameters { w, b } = gradients;
        if b.is_empty() {
            device.gemm(x.t(), sums, false, &w.slice_mut(), Finish::NONE);
        } else {
            device.gemm_and_sum_rows(x.t(), sums, &w.slice_mut(), &b.slice_mut());
        }
        if let Some(input_gradient) = input_gradient {
            let w = Matrix::new(parameters.w.slice(), units);
            device.gemm(sums, w.t(), false, &input_gradient.values, Finish::NONE);
        }
    }
}

impl<T: Real> Compute<T, Cuda> for Dense {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &DenseParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        self.multiply_on_cuda(pass, parameters, x, &y, None);
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &DenseParameters<T, Cuda>,
        gradients: &mut DenseParameters<T, Cuda>,
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let (y, sums) = (signals.output.values, signals.output_gradient.values);
        pass.device.nonlinearity_backward(self.nonlinearity, self.num_units, y, &sums);
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        self.multiply_back_on_cuda(pass.device, parameters, gradients, x, &sums, input_gradient);
    }
}

/// Dropout in the product's last step; the nonlinearity is elementwise.
impl<T: Real> Compute<T, Cuda> for Then<Dense, Dropout> {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &DenseParameters<T, Cuda>,
        inputs: [Signal<'_, T, Cuda>; 1],
        output: SignalMut<'_, T, Cuda>,
    ) {
        self.0.forward(pass, parameters, inputs, output);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &mut DenseParameters<T, Cuda>,
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
        (): &mut (),
    ) {
        let Then(dense, dropout) = self;
        if dropout.is_independent(y.shape) {
            dense.multiply_on_cuda(pass, parameters, x, &y, Some(dropout.on_cuda(pass)));
        } else {
            dense.multiply_on_cuda(pass, parameters, x, &y, None);
            pass.device.dropout(dropout.on_cuda(pass), y.shape, dropout.shared_axes, &y.values);
        }
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        parameters: &DenseParameters<T, Cuda>,
        gradients: &mut DenseParameters<T, Cuda>,
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let Then(dense, dropout) = self;
        let (y, sums) = (signals.output, signals.output_gradient.values);
        pass.device.dropout_backward(
            dropout.on_cuda(pass),
            y.shape,
            dropout.shared_axes,
            dense.nonlinearity,
            y.values,
            &sums,
        );
        let ([x], [input_gradient]) = (signals.inputs, signals.input_gradients);
        dense.multiply_back_on_cuda(pass.device, parameters, gradients, x, &sums, input_gradient);
    }
}
