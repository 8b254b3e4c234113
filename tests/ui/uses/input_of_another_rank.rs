use layercake::prelude::*;
use ndarray::Array3;

network! { struct Net < input(1, 28, 28) => dense(10, softmax) > }

fn main() {
    let images = Array3::<f32>::zeros((4, 28, 28));
    let _ = Net::<f32>::new(1).forward(&images);
}
