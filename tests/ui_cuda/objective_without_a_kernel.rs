use layercake::cuda::Cuda;
use layercake::objectives::Elementwise;
use layercake::prelude::*;
use layercake::Real;
use ndarray::array;

/// An objective of one's own with arithmetic for the processor alone.
struct Distance;

impl Elementwise for Distance {
    const NAME: &'static str = "distance";

    fn element<T: Real>(&self, prediction: T, target: T) -> T {
        (prediction - target).abs()
    }

    fn derivative<T: Real>(&self, prediction: T, target: T) -> T {
        (prediction - target).signum()
    }
}

network! {
    struct Net < input(2) => dense(1, linear) >
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let net = Net::<f32>::new(1).to(&Cuda::new(0)?)?;
    Trainer::new(net, Distance, sgd(0.1)).step(&array![[1.0, 2.0]], &array![[3.0]])?;
    Ok(())
}
