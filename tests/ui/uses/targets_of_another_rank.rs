use layercake::prelude::*;
use ndarray::{Array1, Array2};

network! { struct Net < input(3) => dense(1, linear) > }

fn main() {
    let (x, targets) = (Array2::<f32>::zeros((4, 3)), Array1::<f32>::zeros(4));
    let mut trainer = Trainer::new(Net::new(1), SquaredError, sgd(0.1));
    let _ = trainer.step(&x, &targets);
}
