//! Chains of layers within a layer, written in braces: `{ dense(20, tanh) => dense(10, linear) }`.
//!
//! A chain of one layer is a [`Link`], one of several a [`Chain`] of its first layer and a chain of the rest. It is a
//! layer like others, composed in the type system.

use crate::device::{Device, DeviceError};
use crate::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use crate::parameters::{Builder, PairVisitor, Parameter, Parameters};
use crate::{Real, Shape};

/// A layer that knows its shape rule at run time, where the compiler has checked it.
pub trait Inner: Layer {
    /// The output's shape for an input's.
    fn shape_after(&self, input: Shape) -> Shape;
}

/// One layer and its shape rule. It has that layer's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Link<L> {
    /// The layer.
    pub layer: L,
    /// Its `output_shape`, which is no method of a trait, since those cannot run in constants.
    pub output_shape: fn(&L, Shape) -> Shape,
}

impl<L: Layer> Inner for Link<L> {
    fn shape_after(&self, input: Shape) -> Shape {
        (self.output_shape)(&self.layer, input)
    }
}

impl<L: Layer> Layer for Link<L> {
    type Parameters<T: Real, D: Device> = L::Parameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> Self::Parameters<T, D> {
        self.layer.parameters(inputs, builder)
    }

    fn input_size(&self) -> Option<usize> {
        self.layer.input_size()
    }

    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> usize {
        self.layer.multiply_adds(inputs, output)
    }
}

impl<T: Real, D: Device, L: Compute<T, D>> Compute<T, D> for Link<L> {
    type Memory = L::Memory;

    fn check(&self, name: &'static str, inputs: &[Shape]) -> Result<(), DeviceError> {
        self.layer.check(name, inputs)
    }

    fn forward(
        &self,
        pass: &Pass<'_, D>,
        parameters: &Self::Parameters<T, D>,
        inputs: [Signal<'_, T, D>; 1],
        output: SignalMut<'_, T, D>,
    ) {
        self.layer.forward(pass, parameters, inputs, output);
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, D>,
        parameters: &mut Self::Parameters<T, D>,
        inputs: [Signal<'_, T, D>; 1],
        output: SignalMut<'_, T, D>,
        memory: &mut Self::Memory,
    ) {
        self.layer.forward_training(pass, parameters, inputs, output, memory);
    }

    fn backward(
        &self,
        pass: &Pass<'_, D>,
        parameters: &Self::Parameters<T, D>,
        gradients: &mut Self::Parameters<T, D>,
        memory: &mut Self::Memory,
        signals: Backward<'_, T, D, 1>,
    ) {
        self.layer.backward(pass, parameters, gradients, memory, signals);
    }
}

/// A layer, and the chain that follows it.
#[derive(Clone, Copy, Debug)]
pub struct Chain<A, B> {
    /// The first layer.
    pub first: Link<A>,
    /// The others: a [`Link`] or a [`Chain`].
    pub rest: B,
}

/// The parameters of a [`Chain`]: `chain.first.w`, `chain.rest.first.w`, and of the last layer `chain.rest.rest.w`.
#[derive(Clone, Debug)]
pub struct ChainParameters<A, B> {
    /// Those of the first layer.
    pub first: A,
    /// Those of the others.
    pub rest: B,
}

impl<T: Real, D: Device, A: Parameters<T, D>, B: Parameters<T, D>> Parameters<T, D>
    for ChainParameters<A, B>
{
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a Parameter<T, D>)) {
        self.first.visit(visitor);
        self.rest.visit(visitor);
    }

    fn visit_mut<'a>(&'a mut self, visitor: &mut dyn FnMut(&'a mut Parameter<T, D>)) {
        self.first.visit_mut(visitor);
        self.rest.visit_mut(visitor);
    }

    fn visit_pairs(&mut self, other: &mut Self, visitor: &mut PairVisitor<'_, T, D>) {
        self.first.visit_pairs(&mut other.first, visitor);
        self.rest.visit_pairs(&mut other.rest, visitor);
    }
}

impl<A: Layer, B: Inner> Inner for Chain<A, B> {
    fn shape_after(&self, input: Shape) -> Shape {
        self.rest.shape_after(self.first.shape_after(input))
    }
}

impl<A: Layer, B: Inner> Layer for Chain<A, B> {
    type Parameters<T: Real, D: Device> = ChainParameters<A::Parameters<T, D>, B::Parameters<T, D>>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> Self::Parameters<T, D> {
        let between = self.first.shape_after(inputs[0]);
        ChainParameters {
            first: builder.part("first", |builder| self.first.parameters(inputs, builder)),
            rest: builder.part("rest", |builder| self.rest.parameters(&[between], builder)),
        }
    }

    fn input_size(&self) -> Option<usize> {
        self.first.input_size().or(self.rest.input_size())
    }

    fn multiply_adds(&self, inputs: &[Shape], output: Shape) -> usize {
        let between = self.first.shape_after(inputs[0]);
        self.first.multiply_adds(inputs, between) + self.rest.multiply_adds(&[between], output)
    }
}

/// What a [`Chain`] keeps of its forward pass for the backward pass.
#[derive(Debug)]
pub struct ChainMemory<T: Real, D: Device, A, B> {
    /// The first layer's output, and on the way back its gradient.
    between: [D::Buffer<T>; 2],
    first: A,
    rest: B,
}

impl<T: Real, D: Device, A: Default, B: Default> Default for ChainMemory<T, D, A, B> {
    fn default() -> Self {
        ChainMemory { between: Default::default(), first: A::default(), rest: B::default() }
    }
}

impl<T, D, A, B> Compute<T, D> for Chain<A, B>
where
    T: Real,
    D: Device,
    A: Compute<T, D>,
    B: Compute<T, D> + Inner,
{
    type Memory = ChainMemory<T, D, A::Memory, B::Memory>;

    fn check(&self, name: &'static str, inputs: &[Shape]) -> Result<(), DeviceError> {
        self.first.check(name, inputs)?;
        self.rest.check(name, &[self.first.shape_after(inputs[0])])
    }

    fn forward(
        &self,
        pass: &Pass<'_, D>,
        parameters: &Self::Parameters<T, D>,
        [x]: [Signal<'_, T, D>; 1],
        y: SignalMut<'_, T, D>,
    ) {
        let shape = self.first.shape_after(x.shape);
        pass.device.with_scratch(x.batch() * shape.len(), |mut values| {
            let between = SignalMut { shape, values: D::reborrow_mut::<T>(&mut values) };
            self.first.forward(&pass.part(0), &parameters.first, [x.reborrow()], between);
            let between = Signal { shape, values: D::as_slice::<T>(&values) };
            self.rest.forward(&pass.part(1), &parameters.rest, [between], y);
        });
    }

    fn forward_training(
        &self,
        pass: &Pass<'_, D>,
        parameters: &mut Self::Parameters<T, D>,
        [x]: [Signal<'_, T, D>; 1],
        y: SignalMut<'_, T, D>,
        memory: &mut Self::Memory,
    ) {
        let shape = self.first.shape_after(x.shape);
        let len = x.batch() * shape.len();
        memory.between.iter_mut().for_each(|buffer| pass.device.reserve(buffer, len));
        let [values, _] = &mut memory.between;
        let between = SignalMut { shape, values: D::slice_mut::<T>(values, len) };
        self.first.forward_training(&pass.part(0), &mut parameters.first, [x], between, &mut memory.first);
        let between = Signal { shape, values: D::slice::<T>(values, len) };
        self.rest.forward_training(&pass.part(1), &mut parameters.rest, [between], y, &mut memory.rest);
    }

    fn backward(
        &self,
        pass: &Pass<'_, D>,
        parameters: &Self::Parameters<T, D>,
        gradients: &mut Self::Parameters<T, D>,
        memory: &mut Self::Memory,
        signals: Backward<'_, T, D, 1>,
    ) {
        let ([x], [mut to], mut dy) = (signals.inputs, signals.input_gradients, signals.output_gradient);
        let shape = self.first.shape_after(x.shape);
        let len = x.batch() * shape.len();
        let [values, gradient] = &mut memory.between;
        let of_rest = Backward {
            inputs: [Signal { shape, values: D::slice::<T>(values, len) }],
            output: signals.output.reborrow(),
            output_gradient: dy.reborrow(),
            input_gradients: [Some(SignalMut { shape, values: D::slice_mut::<T>(gradient, len) })],
        };
        let (rest, first) = (&mut memory.rest, &mut memory.first);
        self.rest.backward(&pass.part(1), &parameters.rest, &mut gradients.rest, rest, of_rest);
        let of_first = Backward {
            inputs: [x.reborrow()],
            output: Signal { shape, values: D::slice::<T>(values, len) },
            output_gradient: SignalMut { shape, values: D::slice_mut::<T>(gradient, len) },
            input_gradients: [to.as_mut().map(SignalMut::reborrow)],
        };
        self.first.backward(&pass.part(0), &parameters.first, &mut gradients.first, first, of_first);
    }
}
