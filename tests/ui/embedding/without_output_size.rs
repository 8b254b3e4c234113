use layercake::prelude::*;

network! {
    struct Net <
        input(20, dtype = i32)
        => embedding(100)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
