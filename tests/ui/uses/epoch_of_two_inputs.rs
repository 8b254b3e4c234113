use layercake::prelude::*;
use ndarray::{Array1, Array2};

network! { struct Net < let a = input(3); let b = input(2); concat(a, b) => dense(10, softmax) > }

fn main() {
    let (x, classes) = (Array2::<f32>::zeros((4, 3)), Array1::<u8>::zeros(4));
    let mut minibatches = Minibatches::new(x.view(), classes.view(), 2).unwrap();
    let mut trainer = Trainer::new(Net::<f32>::new(1), CategoricalCrossentropy, sgd(0.1));
    let _ = trainer.epoch(&mut minibatches);
}
