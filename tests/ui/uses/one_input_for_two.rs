use layercake::prelude::*;
use ndarray::Array2;

network! { struct Net < let a = input(3); let b = input(2); concat(a, b) => dense(1) > }

fn main() {
    let a = Array2::<f32>::zeros((4, 3));
    let _ = Net::<f32>::new(1).forward(&a);
}
