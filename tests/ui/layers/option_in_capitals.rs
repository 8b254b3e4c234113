use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => dense(800, relu, W = he_normal)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
