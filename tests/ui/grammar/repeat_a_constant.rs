use layercake::prelude::*;

const DEPTH: usize = 3;

network! {
    struct Net <
        input(20)
        => repeat(DEPTH) { dense(800, relu) }
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
