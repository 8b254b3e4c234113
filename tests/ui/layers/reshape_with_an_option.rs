use layercake::prelude::*;

network! {
    struct Net <
        input(784)
        => reshape(shape = (28, 28))
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
