use layercake::prelude::*;

use layercake::layer::Layer;
use layercake::parameters::Builder;
use layercake::{Device, Real, Shape};

#[derive(Clone, Copy)]
struct Scaled {
    factor: f64,
}

impl Scaled {
    const fn output_shape(&self, input: Shape) -> Shape {
        input
    }
}

impl Layer for Scaled {
    type Parameters<T: Real, D: Device> = ();
    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

network! {
    struct Net <
        input(20)
        => Scaled { facter: 2.0 }
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
