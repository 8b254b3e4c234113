//! Several inputs: joined element by element, or one after the other.

use std::array;

use crate::cuda::merge::{Function, Input, Merge, OwnFunction, fitted};
use crate::cuda::strided::Side;
use crate::cuda::{Cuda, CudaError};
use crate::device::DeviceError;
use crate::layer::{Backward, Compute, Pass, Signal, SignalMut};
use crate::layers::{Concat, ElemwiseMerge, ElemwiseSum, MergeFunction};
use crate::shape::Crop;
use crate::{Real, Shape};

/// A layer that joins its inputs element by element.
trait Joins {
    /// What joins them.
    ///
    /// # Errors
    /// If no kernel does.
    fn function(&self, name: &'static str) -> Result<Function, CudaError>;

    /// Which part of each of them is kept.
    fn cropping(&self) -> &'static [Crop];

    /// What an input is multiplied by.
    fn factor(&self, input: usize) -> f64;
}

impl Joins for ElemwiseSum {
    fn function(&self, _: &'static str) -> Result<Function, CudaError> {
        Ok(Function::Add)
    }

    fn cropping(&self) -> &'static [Crop] {
        self.cropping
    }

    fn factor(&self, input: usize) -> f64 {
        self.coefficient(input)
    }
}

impl Joins for ElemwiseMerge {
    fn function(&self, name: &'static str) -> Result<Function, CudaError> {
        Ok(match self.merge_function {
            MergeFunction::Add => Function::Add,
            MergeFunction::Mul => Function::Mul,
            MergeFunction::Maximum => Function::Maximum,
            MergeFunction::Minimum => Function::Minimum,
            MergeFunction::Own(_) => match self.code {
                Some(text) => {
                    Function::Own(OwnFunction { function: text.function(), derivatives: text.derivatives() })
                }
                None => {
                    return Err(CudaError::NoKernels {
                        name,
                        kind: "elemwise_merge",
                        option: String::from("a function in Rust alone"),
                        instead: "the option `code`, a type that implements `layercake::layers::ExpressionCode<2>`, or \
                                  add, mul, maximum or minimum",
                    });
                }
            },
        })
    }

    fn cropping(&self) -> &'static [Crop] {
        self.cropping
    }

    fn factor(&self, _: usize) -> f64 {
        1.0
    }
}

/// How the inputs meet in an output of this shape; none where the network was refused, which its maker was told.
fn merge(layer: &impl Joins, device: &Cuda, output: Shape) -> Option<Merge> {
    let function = layer.function("elemwise_merge").map_err(|error| device.fail(error)).ok()?;
    Some(Merge { function, output, cropping: layer.cropping() })
}

fn inputs<'a, T: Real, const N: usize>(
    layer: &impl Joins,
    signals: [Signal<'a, T, Cuda>; N],
) -> [Input<'a, T>; N] {
    array::from_fn(|number| {
        let Signal { shape, values } = signals[number];
        Input { values, shape, factor: layer.factor(number) }
    })
}

macro_rules! joins {
    ($($layer:ident)*) => {$(
        impl<T: Real, const N: usize> Compute<T, Cuda, N> for $layer {
            type Memory = ();

            fn check(&self, name: &'static str, _: &[Shape]) -> Result<(), DeviceError> {
                Ok(self.function(name).map(drop)?)
            }

            fn forward(
                &self,
                pass: &Pass<'_, Cuda>,
                (): &(),
                signals: [Signal<'_, T, Cuda>; N],
                y: SignalMut<'_, T, Cuda>,
            ) {
                let Some(merge) = merge(self, pass.device, y.shape) else { return };
                pass.device.join(&merge, &inputs(self, signals), &y.values);
            }

            fn backward(
                &self,
                pass: &Pass<'_, Cuda>,
                (): &(),
                (): &mut (),
                (): &mut (),
                signals: Backward<'_, T, Cuda, N>,
            ) {
                let Some(merge) = merge(self, pass.device, signals.output.shape) else { return };
                let (inputs, dy) = (inputs(self, signals.inputs), signals.output_gradient.values.read());
                for (own, gradient) in signals.input_gradients.into_iter().enumerate() {
                    if let Some(SignalMut { values: dx, .. }) = gradient {
                        pass.device.join_backward(&merge, &inputs, own, dy, &dx);
                    }
                }
            }
        }
    )*};
}

joins! { ElemwiseSum ElemwiseMerge }

impl Concat {
    /// For each input what is left of it, where that lies in the input, and where in the output.
    fn parts<const N: usize>(&self, inputs: [Shape; N], output: Shape) -> [(Shape, Side, Side); N] {
        let mut start = 0;
        inputs.map(|input| {
            let part = self.cropped(input, output);
            let there = Side { start, ..Side::packed(output) };
            start += self.piece(part);
            (part, fitted(input, part, self.cropping), there)
        })
    }
}

impl<T: Real, const N: usize> Compute<T, Cuda, N> for Concat {
    type Memory = ();

    fn forward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        inputs: [Signal<'_, T, Cuda>; N],
        y: SignalMut<'_, T, Cuda>,
    ) {
        let parts = self.parts(inputs.each_ref().map(|input| input.shape), y.shape);
        for (input, (part, own, there)) in inputs.into_iter().zip(parts) {
            pass.device.copy_strided(part, [&own, &there], input.values, &y.values);
        }
    }

    fn backward(
        &self,
        pass: &Pass<'_, Cuda>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cuda, N>,
    ) {
        let dy = signals.output_gradient.values.read();
        let parts = self.parts(signals.inputs.map(|input| input.shape), signals.output.shape);
        for (gradient, (part, own, there)) in signals.input_gradients.into_iter().zip(parts) {
            let Some(SignalMut { shape, values: dx }) = gradient else { continue };
            if !part.same(&shape) {
                pass.device.zero(&dx);
            }
            pass.device.copy_strided(part, [&there, &own], dy, &dx);
        }
    }
}
