use layercake::prelude::*;

network! {
    struct Net <
        input(10, dtype = i32)
        => embedding(50, 8)
        => inverse(embedding1)
        => dense(10)
    >
}

fn main() {
    Net::<f32>::new(1);
}
