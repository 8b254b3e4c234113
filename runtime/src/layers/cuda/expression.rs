//! A function of one's own, by its code.

use crate::cuda::{Cuda, CudaError};
use crate::device::DeviceError;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::{Expression, ExpressionText};
use crate::{Real, Shape};

impl Expression {
    /// What a GPU runs.
    ///
    /// # Errors
    /// If there is none.
    fn on_cuda(&self, name: &'static str) -> Result<ExpressionText<1>, CudaError> {
        self.code.ok_or_else(|| CudaError::NoKernels {
            name,
            kind: "expression",
            option: String::from("a function in Rust alone"),
            instead: "the option `code`, a type that implements `layercake::layers::ExpressionCode`",
        })
    }

    /// The same; none where the network was refused, which its maker was told.
    fn text(&self, device: &Cuda) -> Option<ExpressionText<1>> {
        self.on_cuda("expression").map_err(|error| device.fail(error)).ok()
    }
}

impl<T: Real> Compute<T, Cuda> for Expression {
    type Memory = ();

    fn check(&self, name: &'static str, _: &[Shape]) -> Result<(), DeviceError> {
        Ok(self.on_cuda(name).map(drop)?)
    }

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        [x]: [Signal<'_, T, Cuda>; 1],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let Some(text) = self.text(pass.device) else { return };
        // SAFETY: whoever wrote the text vouches for it.
        unsafe { pass.device.map(text.function(), [x.values], &y.values) };
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, 1>,
    ) {
        let ([x], [Some(dx)]) = (signals.inputs, signals.input_gradients) else { return };
        let Some(text) = self.text(pass.device) else { return };
        let ([derivative], dy) = (text.derivatives(), signals.output_gradient.values.read());
        // SAFETY: as above.
        unsafe { pass.device.multiply_by(derivative, x.values, dy, &dx.values) };
    }
}
