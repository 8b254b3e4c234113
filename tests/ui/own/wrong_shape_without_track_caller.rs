use layercake::prelude::*;

use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use layercake::parameters::Builder;
use layercake::{Device, Message, Real, Shape};

/// Halves: the sum of a vector's first and second half.
#[derive(Clone, Copy)]
struct Halves;

impl Halves {
    const fn output_shape(&self, input: Shape) -> Shape {
        if !input.len().is_multiple_of(2) {
            Message::new().text("halves: needs an even number of elements, and its input is ").shape(input).panic()
        }
        Shape::new(&[input.len() / 2])
    }
}

impl Layer for Halves {
    type Parameters<T: Real, D: Device> = ();
    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for Halves {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        let (first, second) = x.values.split_at(y.values.len());
        y.values.iter_mut().zip(first).zip(second).for_each(|((y, &a), &b)| *y = a + b);
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        _: Backward<'_, T, Cpu, 1>,
    ) {
        unimplemented!()
    }
}

network! {
    struct Net <
        input(20)
        => dense(7, relu)
        => Halves
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
