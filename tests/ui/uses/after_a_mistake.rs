use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => hidden: dense(800, rellu)
        => dense(10, softmax)
    >
}

fn main() {
    let mut net = Net::<f32>::new(1);
    let x = ndarray::Array2::<f32>::zeros((5, 20));
    let y = net.forward(&x).unwrap();
    let mut training = net.training(1);
    net.forward_training(&mut training, &x).unwrap();
    net.backward(&mut training);
    println!("{y} {:?} {}", net.hidden.w, net.parameters().len());
}
