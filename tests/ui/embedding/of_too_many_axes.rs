use layercake::prelude::*;

network! {
    struct Net <
        input(1, 2, 3, 4, 5, dtype = i32)
        => embedding(50, 8)
        => dense(10)
    >
}

fn main() {
    Net::<f32>::new(1);
}
