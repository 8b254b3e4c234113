use layercake::prelude::*;

network! {
    struct Net <
        dense(800, relu)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
