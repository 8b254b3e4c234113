use layercake::cuda::Cuda;
use layercake::prelude::*;

use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use layercake::parameters::Builder;
use layercake::{Device, Real, Shape};

/// A layer of one's own with arithmetic for the processor alone.
#[derive(Clone, Copy)]
struct Twice;

impl Twice {
    const fn output_shape(&self, input: Shape) -> Shape {
        input
    }
}

impl Layer for Twice {
    type Parameters<T: Real, D: Device> = ();
    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for Twice {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        y.values.iter_mut().zip(x.values).for_each(|(y, &x)| *y = x + x);
    }

    fn backward(&self, _: &Pass<'_, Cpu>, (): &(), (): &mut (), (): &mut (), _: Backward<'_, T, Cpu, 1>) {}
}

network! {
    struct Net < input(20) => dense(7, relu) => Twice => dense(10, softmax) >
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Net::<f32>::new(1).to(&Cuda::new(0)?)?;
    Ok(())
}
