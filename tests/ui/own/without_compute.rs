use layercake::prelude::*;

use layercake::layer::Layer;
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

network! {
    struct Net <
        input(20)
        => Halves
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
