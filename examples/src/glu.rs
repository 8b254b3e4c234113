//! A layer of one's own with parameters, written outside of the crate: all that one takes.

use layercake::init::Init;
use layercake::layer::{Backward, Compute, Layer, Pass, Signal, SignalMut};
use layercake::parameters::{Builder, Tags};
use layercake::{Cpu, Device, Message, Parameter, Parameters, Real, Shape};
use ndarray::{Array2, ArrayView, Axis, Dimension, Ix1, Ix2, concatenate, s};

/// A gated linear unit, `(x V + a) sigmoid(x W + b)`: (inputs) -> (units). Dauphin, Fan, Auli and Grangier, "Language
/// modeling with gated convolutional networks" (ICML 2017).
#[derive(Clone, Copy, Debug)]
pub struct Glu(pub usize);

impl Glu {
    /// The shape rule, which the compiler runs.
    #[track_caller]
    pub const fn output_shape(&self, input: Shape) -> Shape {
        if input.rank() != 1 {
            Message::new()
                .text("Glu: takes vectors, and its input is ")
                .shape(input)
                .text("; flatten it")
                .panic()
        }
        Shape::new(&[self.0])
    }
}

/// The parameters of [`Glu`]: those of the values and those of the gates side by side.
#[derive(Clone, Debug, Parameters)]
pub struct GluParameters<T: Real, D: Device = Cpu> {
    /// Weights `V W` (inputs, 2 units).
    pub w: Parameter<T, D>,
    /// Biases `a b` (2 units).
    pub b: Parameter<T, D>,
}

impl Layer for Glu {
    type Parameters<T: Real, D: Device> = GluParameters<T, D>;

    fn parameters<T: Real, D: Device>(
        &self,
        inputs: &[Shape],
        builder: &mut Builder<'_, D>,
    ) -> GluParameters<T, D> {
        let shape = [inputs[0].len(), 2 * self.0];
        GluParameters {
            w: builder.parameter("w", &shape, Init::GlorotUniform { gain: 1.0 }, Tags::WEIGHT),
            b: builder.parameter("b", &shape[1..], Init::Constant(0.0), Tags::BIAS),
        }
    }
}

fn typed<T: Real, R: Dimension>(parameter: &Parameter<T>) -> ArrayView<'_, T, R> {
    parameter.view().into_dimensionality().expect("the axes that `parameters` gave it")
}

/// Values (batch, units) and opened gates (batch, units).
fn halves<T: Real>(parameters: &GluParameters<T>, x: Signal<'_, T>) -> [Array2<T>; 2] {
    let sums = x.rows().dot(&typed::<T, Ix2>(&parameters.w)) + typed::<T, Ix1>(&parameters.b);
    let units = sums.ncols() / 2;
    let gates = sums.slice(s![.., units..]).mapv(|sum| T::one() / (T::one() + (-sum).exp()));
    [sums.slice_move(s![.., ..units]), gates]
}

impl<T: Real> Compute<T, Cpu> for Glu {
    type Memory = [Array2<T>; 2];

    fn forward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &GluParameters<T>,
        [x]: [Signal<'_, T>; 1],
        mut y: SignalMut<'_, T>,
    ) {
        let [values, gates] = halves(parameters, x);
        y.rows().assign(&(values * gates));
    }

    fn forward_training(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &mut GluParameters<T>,
        [x]: [Signal<'_, T>; 1],
        mut y: SignalMut<'_, T>,
        memory: &mut Self::Memory,
    ) {
        *memory = halves(parameters, x);
        y.rows().assign(&(&memory[0] * &memory[1]));
    }

    fn backward(
        &self,
        _: &Pass<'_, Cpu>,
        parameters: &GluParameters<T>,
        gradients: &mut GluParameters<T>,
        [values, gates]: &mut Self::Memory,
        mut signals: Backward<'_, T, Cpu, 1>,
    ) {
        let gradient = signals.output_gradient.rows();
        let of_values = &gradient * &*gates;
        let of_gates = &of_values * &*values * gates.mapv(|gate| T::one() - gate);
        let sums = concatenate![Axis(1), of_values, of_gates];
        gradients.w.view_mut().assign(&signals.inputs[0].rows().t().dot(&sums));
        gradients.b.view_mut().assign(&sums.sum_axis(Axis(0)));
        if let [Some(to)] = &mut signals.input_gradients {
            to.rows().assign(&sums.dot(&typed::<T, Ix2>(&parameters.w).t()));
        }
    }
}
