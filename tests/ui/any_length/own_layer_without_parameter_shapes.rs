use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use layercake::parameters::Builder;
use layercake::prelude::*;
use layercake::{Device, Real, Shape};

#[derive(Clone, Copy, Debug)]
pub struct Same;

impl Same {
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        input
    }
}

impl Layer for Same {
    type Parameters<T: Real, D: Device> = ();

    fn parameters<T: Real, D: Device>(&self, _: &[Shape], _: &mut Builder<'_, D>) {}
}

impl<T: Real> Compute<T, Cpu> for Same {
    type Memory = ();

    fn forward(&self, _: &Pass<'_, Cpu>, (): &(), [x]: [Signal<'_, T>; 1], y: SignalMut<'_, T>) {
        y.values.copy_from_slice(x.values);
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        (): &(),
        (): &mut (),
        (): &mut (),
        signals: Backward<'_, T, Cpu, 1>,
    ) {
        if let [Some(to)] = signals.input_gradients {
            to.values.copy_from_slice(signals.output_gradient.values);
        }
    }
}

network! {
    struct Net <
        input(..=100, 2)
        => Same
        => lstm(20)
    >
}

fn main() {
    Net::<f32>::new(1);
}
