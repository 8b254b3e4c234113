use layercake::{Device, Parameter, Parameters, Real};

#[derive(Clone, Debug, Parameters)]
pub struct Pair<T: Real, D: Device>(Parameter<T, D>, Parameter<T, D>);

fn main() {}
