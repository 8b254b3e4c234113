use layercake::{Device, Parameter, Parameters, Real};

#[derive(Clone, Debug, Parameters)]
pub struct Weights<T: Real> {
    pub w: Parameter<T>,
}

fn main() {}
