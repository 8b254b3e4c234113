use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => dense(800, relu, b = None)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
