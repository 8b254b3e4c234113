use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => embedding(100, 8)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
