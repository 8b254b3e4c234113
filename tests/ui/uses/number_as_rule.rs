use layercake::prelude::*;

network! { struct Net < input(20) => dense(10, softmax) > }

fn main() {
    let _ = Trainer::new(Net::<f32>::new(1), CategoricalCrossentropy, 0.1);
}
