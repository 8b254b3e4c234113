use layercake::prelude::*;

network! {
    struct Net <
        input(20, dtype = i32)
        => embedding(100_000_000, 8)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
