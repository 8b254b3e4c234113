use layercake::{Device, Parameter, Parameters, Real};

#[derive(Clone, Debug, Parameters)]
pub enum Either<T: Real, D: Device> {
    Weights(Parameter<T, D>),
}

fn main() {}
